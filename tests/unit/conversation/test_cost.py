"""What a conversation costs: counted, kept, priced, and the guide's own sums."""

from __future__ import annotations

import json
import threading
from datetime import date

import pytest

from app.cli import main
from app.conversation.cost.account import account
from app.conversation.cost.ledger import Ledger, MonthCounts
from app.conversation.cost.meter import Meter
from app.conversation.cost.prices import PRICES, read_prices
from app.core.errors import CostError
from app.settings import ledger_folder

NOV_20 = date(2026, 11, 20)


@pytest.fixture
def state(monkeypatch, tmp_path):
    """The folders of this test's user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def at(day: date, ledger: Ledger | None = None) -> Meter:
    """A meter on a day."""
    return Meter(ledger, lambda: day)


def test_the_guides_month_comes_out_of_the_data():
    """The guide: $23 without, about $27 with ten hours of RunPod's L4."""
    made = account(MonthCounts("2026-11", 1), read_prices(), today=NOV_20, gpu_hours=10)
    assert made.visemes_only.guide_usd == 23.0
    assert made.with_a2f.guide_usd == pytest.approx(26.90) and round(made.with_a2f.guide_usd) == 27
    assert {line.component: line.guide_usd for line in made.lines} == {
        "Azure Speech (STT/TTS)": 18.0, "Azure OpenAI": 5.0, "Azure Static Web App": 0.0, "RunPod L4, 10 h": pytest.approx(3.90),
    }  # fmt: skip
    twice = account(MonthCounts("2026-11", 1), read_prices(), today=NOV_20, gpu_hours=20, gpu="RunPod T4")
    assert twice.with_a2f.guide_usd == pytest.approx(23 + 20 * 0.20)


def test_what_was_used_is_priced_by_unit_and_model():
    meter = at(NOV_20)
    meter.count("tts", "characters", 200_000)
    meter.count("stt", "seconds", 7200)
    meter.count("chat", "tokens_in", 1e6, "gpt-5-mini-2025-08-07")
    meter.count("chat", "tokens_in", 1e6, "somebody-elses")
    meter.count("realtime", "minutes_spoken", 10)
    made = account(meter.month(), read_prices(), today=NOV_20)
    by = {line.component: line for line in made.lines}
    assert by["Azure Speech (STT/TTS)"].to_date_usd == pytest.approx(3.0 + 2.0)
    assert by["Azure OpenAI"].to_date_usd == pytest.approx(0.25 + 1.25)
    assert by["Voice Live, Realtime"].to_date_usd == pytest.approx(0.768) and by["Voice Live, Realtime"].guide_usd is None
    assert by["Azure Speech (STT/TTS)"].used == "120.0 min heard, 200,000 characters" and not made.warning


def test_the_projection_goes_by_the_pace_since_the_first_day_of_use():
    counts = MonthCounts("2026-11", 16, {"stt/seconds": 5 * 3600.0})
    made = account(counts, read_prices(), today=NOV_20)
    assert made.visemes_only.to_date_usd == pytest.approx(5.0)
    assert made.visemes_only.projected_usd == pytest.approx(5.0 * (1 + 10 / 5))
    last = account(counts, read_prices(), today=date(2026, 11, 30))
    assert last.visemes_only.projected_usd == pytest.approx(5.0)
    assert made.with_a2f.projected_usd == pytest.approx(15.0 + 3.90), "without a counted hour the guide's hours"
    used = account(MonthCounts("2026-11", 16, {"gpu/hours": 2.0}), read_prices(), today=NOV_20)
    assert used.gpu_hours == pytest.approx(6.0) and used.with_a2f.projected_usd == pytest.approx(6 * 0.39)


def test_the_budget_warns_before_and_after_it_is_spent():
    table = read_prices()

    def warned(hours: float, budget: float, day: date = date(2026, 11, 30)) -> tuple[str, bool]:
        made = account(MonthCounts("2026-11", 1, {"stt/seconds": hours * 3600}), table, today=day, budget_usd=budget)
        return made.warning, made.over

    assert warned(5, 0) == ("", False) and warned(5, 10) == ("", False)
    assert warned(8, 10) == ("$8.00 of the month's budget of $10.00 are spent.", False)
    assert warned(10, 10)[1] and "is spent ($10.00)" in warned(10, 10)[0]
    assert "will cost $15.00" in warned(5, 10, date(2026, 11, 10))[0]


def test_counts_survive_and_two_programs_add_up(tmp_path):
    one, other = at(NOV_20, Ledger(tmp_path)), at(date(2026, 11, 22), Ledger(tmp_path))
    one.count("tts", "characters", 100)
    other.count("tts", "characters", 11)
    other.count("chat", "tokens_out", 7, "gpt-5.1")
    one.flush()
    other.flush()
    one.flush()
    again = at(date(2026, 11, 23), Ledger(tmp_path)).month()
    assert again == MonthCounts("2026-11", 20, {"chat/tokens_out/gpt-5.1": 7.0, "tts/characters": 111.0})
    assert other.month().of("tts") == 111 and other.month().of("chat", "tokens_out") == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11.json"]


def test_many_threads_lose_nothing(tmp_path):
    meter = at(NOV_20, Ledger(tmp_path))

    def work() -> None:
        for _ in range(200):
            meter.count("stt", "seconds", 0.5)
        meter.flush()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    meter.flush()
    assert Ledger(tmp_path).read("2026-11").of("stt") == pytest.approx(400) and not meter.pending
    assert meter.month().of("stt") == pytest.approx(400)


def test_a_new_month_begins_at_nothing(tmp_path):
    days = [NOV_20, date(2026, 12, 1)]
    meter = Meter(Ledger(tmp_path), lambda: days[0])
    meter.count("tts", "characters", 5)
    days.pop(0)
    assert meter.month() == MonthCounts("2026-12", 31)
    meter.count("tts", "characters", 3)
    meter.flush()
    assert meter.month().of("tts") == 3 and Ledger(tmp_path).read("2026-11").of("tts") == 5


def test_only_counts_get_in():
    meter = at(NOV_20)
    with pytest.raises(ValueError, match="not counted"):
        meter.count("tts", "words", 3)
    for nothing in (0, -4, float("nan"), float("inf")):
        meter.count("tts", "characters", nothing)
    assert not meter.month().amounts
    meter.count("chat", "tokens_in", 5, "what the user said, in full")
    assert list(meter.month().amounts) == ["chat/tokens_in"]


def test_a_damaged_ledger_is_set_aside(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.path("2026-11").write_text('{"month": "2026-11", "amounts": {"tts/characters": "many"}}')
    meter = at(NOV_20, ledger)
    assert meter.month().of("tts") == 0 and (tmp_path / "2026-11.damaged").exists()
    meter.count("tts", "characters", 2)
    meter.flush()
    assert json.loads(ledger.path("2026-11").read_text())["amounts"] == {"tts/characters": 2.0}


def test_a_lock_that_was_left_behind_is_taken_over(tmp_path):
    import os

    lock = tmp_path / "2026-11.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    meter = at(NOV_20, Ledger(tmp_path))
    meter.count("tts", "characters", 2)
    meter.flush()
    assert not lock.exists() and Ledger(tmp_path).read("2026-11").of("tts") == 2


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (("usd = 15.0", "usd = -1"), "[[price]] number 1"),
        (('source = "https://azure', 'source = "" #'), "[[price]] number 1"),
        (("usd_per_hour = [0.39, 0.39]", "usd_per_hour = [0.5, 0.39]"), "[[gpu]] number 1"),
        (("gpu_hours = 10", "gpu_hours = 9999"), "gpu_hours"),
        (('vendor = "RunPod"\ngpu = "L4"\ngpu_hours', 'vendor = "Nobody"\ngpu = "L4"\ngpu_hours'), "not among"),
        (('currency = "USD"', 'currency = "EUR"'), "in USD"),
        (("[[price]]", "[[price"), "not valid TOML"),
    ],
)
def test_a_broken_file_of_prices_says_where(tmp_path, edit, sentence):
    path = tmp_path / "mine.toml"
    text = PRICES.read_text("utf-8")
    assert edit[0] in text
    path.write_text(text.replace(*edit, 1), "utf-8")
    with pytest.raises(CostError) as told:
        read_prices(path)
    assert sentence in str(told.value) and "mine.toml" in str(told.value) and str(told.value).endswith(".")


def test_the_verb_prints_the_table(state, capsys):
    meter = Meter(Ledger(ledger_folder()))
    meter.count("tts", "characters", 1_000_000)
    meter.flush()
    assert main(["cost", "--gpu-hours", "10"]) == 0
    text = capsys.readouterr().out
    assert "Visemes only" in text and "23.00" in text and "26.90" in text and "1,000,000 characters" in text
    assert main(["cost", "--json", "--budget", "$12"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["visemes_only"]["guide"] == 23 and "is spent ($15.00)" in data["warning"]
    assert all(price["recorded"] and price["source"] for price in data["prices"])
    assert main(["cost", "--prices", str(state / "none.toml")]) == 2
    assert "none.toml cannot be read" in capsys.readouterr().err
