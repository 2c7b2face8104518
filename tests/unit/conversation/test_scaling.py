"""What many voices take is reckoned, not written by hand; docs/scaling.md shows what the program says."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import date

import pytest

from app.cli import main
from app.conversation.cost.prices import read_prices
from app.conversation.cost.scaling import (
    HOURS,
    MachineOffer,
    ScaleFigures,
    VoiceFigures,
    WireFigures,
    read_scale_figures,
    scale,
    traffic_usd,
)
from app.core.errors import CostError

DAY = date(2026, 11, 26)
VOICE = VoiceFigures("a2f:light", 40, 50, 0.5, "bench", "a core", DAY)
WIRE = WireFigures(32_000, 7_000, 30, 0.001, "load", DAY)
MACHINE = MachineOffer("Any large", 10, 64, 10, 1.0, DAY, "somewhere")
FIGURES = ScaleFigures((VOICE,), WIRE, (MACHINE,), ((10, 0.1), (1e6, 0.05)))


def test_a_sum_that_can_be_done_in_the_head():
    made = scale(1500, FIGURES, VOICE, MACHINE, free=0.25)
    assert (made.places, made.cores, made.proxy_cores) == (2000, 50, 2)
    # 52 cores are six machines of ten, and one to spare
    assert made.machines == 7 and made.machines_usd == pytest.approx(7 * HOURS)
    up_bit_s = 8 * (32_000 + 30 * (74 + 26))
    assert made.up_gbit_s == pytest.approx(1500 * up_bit_s / 1e9)
    assert made.traffic_tb == pytest.approx(1500 * (7_000 + 3_000) * 3600 * HOURS / 1e12)
    assert made.machine_mbit_s == pytest.approx(1500 * (up_bit_s + 8 * 10_000) / 6 / 1e6)


def test_the_network_or_the_memory_may_need_more_machines_than_the_cores():
    thin = replace(MACHINE, network_gbit_s=0.1)
    assert scale(1500, FIGURES, VOICE, thin).machines > 7
    small = replace(MACHINE, memory_gb=1.0)
    assert scale(1500, FIGURES, VOICE, small).machines == 1 + 10


def test_a_card_is_reckoned_by_what_was_measured_on_it_and_else_says_from_when_it_pays():
    offer = read_prices().offers[0]
    made = scale(1500, FIGURES, VOICE, MACHINE, offers=[offer])
    # a core costs 0.1 an hour and carries 30 voices with a quarter of its places free
    assert made.gpus is None and made.even_per_gpu == {offer.name: -(-offer.high_usd * 300 // 1)}
    known = scale(1500, FIGURES, VOICE, MACHINE, gpu=offer, per_gpu=500)
    assert known.gpus == 4 and known.gpus_usd == pytest.approx(5 * offer.high_usd * HOURS)


def test_each_step_of_traffic_has_its_price():
    assert traffic_usd(5, FIGURES.egress) == pytest.approx(500)
    assert traffic_usd(30, FIGURES.egress) == pytest.approx(1000 + 1000)


@pytest.mark.parametrize("words, said", [
    (["--voices", "0"], "from 1 to"), (["--voices", "5", "--free", "1"], "free share"),
    (["--voices", "5", "--source", "mock"], "a2f:light or a2f"), (["--voices", "5", "--machine", "abacus"], "AWS c5.12xlarge"),
])  # fmt: skip
def test_what_cannot_be_reckoned_is_one_sentence(words, said, capsys):
    assert main(["cost", *words]) == CostError.exit_code
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_every_figure_has_its_command_or_source_and_its_day():
    figures = read_scale_figures()
    assert {voice.source for voice in figures.voices} == {"a2f:light", "a2f"}
    assert all(each.command.startswith("python -m app ") for each in (*figures.voices, figures.wire))
    assert all(each.recorded >= date(2026, 11, 1) for each in (*figures.voices, figures.wire, *figures.machines))
    assert all(each.source.startswith("https://") for each in figures.machines)


@pytest.mark.parametrize(
    "old, new", [("voices_per_core = 100", "voices_per_core = 0"), ("[wire]", "[wires]"), ("recorded = 2026-11-26", 'recorded = "once"')]
)
def test_a_broken_file_says_so(tmp_path, old, new):
    path = tmp_path / "prices.toml"
    before, mark, after = (read_prices.__globals__["PRICES"]).read_text("utf-8").partition("# -- what a voice takes")
    path.write_text(before + mark + after.replace(old, new, 1), "utf-8")
    with pytest.raises(CostError, match=r"prices\.toml lacks"):
        read_scale_figures(path)


def test_the_page_shows_what_the_program_says(root, capsys):
    path = root / "docs" / "scaling.md"
    text = path.read_text("utf-8")
    shown = re.findall(r"^```\n\$ python -m app (cost [^\n]+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(shown) >= 2
    for command, said in shown:
        assert main(command.split()) == 0
        told = capsys.readouterr().out
        if os.environ.get("UPDATE_DOCS"):
            path.write_text(path.read_text("utf-8").replace(f"{command}\n{said}```", f"{command}\n{told}```"), "utf-8")
        else:
            assert said == told, "the figures have changed; write the page with UPDATE_DOCS=1"
    assert main(["cost", "--voices", "10000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["voices"] == 10_000
