"""The month's costs in the window."""

from __future__ import annotations

from datetime import date

import pytest

from app.conversation.cost.ledger import Ledger
from app.conversation.cost.meter import Meter
from app.session.base.messages import Messages
from app.session.conversation.costs import Costs
from app.ui.conversation.cost_panel import CostPanel

pytestmark = pytest.mark.gui
SLOW_MS = 30_000


@pytest.fixture
def told():
    """What the session had to say."""
    return []


@pytest.fixture
def costs(qapp, tmp_path, told):
    """The session's part on a day in the middle of a month."""
    messages = Messages()
    messages.noticed.connect(lambda sentence: told.append(("notice", sentence)))
    messages.failed.connect(lambda sentence: told.append(("error", sentence)))
    one = Costs(Meter(Ledger(tmp_path / "costs"), lambda: date(2026, 11, 20)), messages)
    yield one
    one.close()


def look(qtbot, costs) -> None:
    """Let the session look at what was counted."""
    with qtbot.waitSignal(costs.changed, timeout=SLOW_MS):
        costs.look()


def rows(panel) -> dict[str, tuple[str, ...]]:
    """The table as it is shown."""
    table = panel.table
    texts = [tuple(table.item(row, column).text() for column in range(table.columnCount())) for row in range(table.rowCount())]
    return {first: rest for first, *rest in texts}


def test_the_guides_table_and_what_was_used(qtbot, costs, shoot):
    costs.meter.count("tts", "characters", 200_000)
    costs.meter.count("stt", "seconds", 5400)
    costs.meter.count("chat", "tokens_in", 300_000)
    look(qtbot, costs)
    panel = CostPanel(costs)
    qtbot.addWidget(panel)
    panel.resize(380, 420)
    panel.show()
    qtbot.waitExposed(panel)
    shown = rows(panel)
    assert shown["Visemes only"][0] == "23" and shown["With Audio2Face"][0] == "27" and shown["RunPod L4, 10 h"][0] == "3.90"
    assert shown["Azure Speech (STT/TTS)"][1] == "4.50" and float(shown["Azure Speech (STT/TTS)"][2]) > 4.5
    assert panel.table.item(0, 0).toolTip() == "90.0 min heard, 200,000 characters"
    shoot(panel, "cost-panel")
    panel.hours.setValue(20)
    assert rows(panel)["With Audio2Face"][0] == "31" and costs.gpu_hours == 20
    panel.gpu.setCurrentIndex(panel.gpu.findData("RunPod T4"))
    panel.gpu.activated.emit(panel.gpu.currentIndex())
    assert costs.gpu == "RunPod T4" and rows(panel)["RunPod T4, 20 h"][0] == "4.00"


def test_the_budget_warns_once(qtbot, costs, told):
    look(qtbot, costs)
    panel = CostPanel(costs)
    qtbot.addWidget(panel)
    panel.budget.setValue(10)
    assert not told
    costs.meter.count("stt", "seconds", 8.5 * 3600)
    look(qtbot, costs)
    costs.meter.count("stt", "seconds", 60)
    look(qtbot, costs)
    assert [kind for kind, _ in told] == ["notice"] and "$8.50 of the month's budget of $10.00" in told[0][1]
    costs.meter.count("stt", "seconds", 2 * 3600)
    look(qtbot, costs)
    assert [kind for kind, _ in told] == ["notice", "error"] and "is spent" in panel.warning.text()


def test_what_was_counted_is_written_down_when_the_window_closes(qtbot, costs, tmp_path):
    look(qtbot, costs)
    costs.meter.count("tts", "characters", 12)
    costs.close()
    assert Ledger(tmp_path / "costs").read("2026-11").of("tts") == 12


def test_a_rented_server_is_counted_by_the_hour(qtbot, costs):
    costs.rents = lambda: True
    costs._timer.timeout.emit()
    with qtbot.waitSignal(costs.changed, timeout=SLOW_MS):
        costs.look()
    assert costs.meter.month().of("gpu", "hours") == pytest.approx(5 / 3600) and costs.account.lines[-1].is_gpu
