"""Fixes in the real window: looked at, made, taken back, made for a kind and for all."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SLOW_MS = 120_000


def faults(window, rule: str = "") -> list:
    found = window.session.linting.findings
    return [f for f in found if f.severity != "note" and rule in ("", f.rule)]


def settled(window) -> bool:
    session = window.session
    return not session.fixing.busy and not session.linting._timer.isActive() and not session.linting._workers.busy


@pytest.fixture
def flawed(qtbot, spoken):
    """The window with VisemeSync's own settings, which leave lips open on some P, B and M, and visemes on show."""
    spoken.controls.life.set_enabled(False)
    spoken.session.sources.choose("A", "visemes:visemesync")
    spoken.widgets.actions["tools"].trigger()
    qtbot.waitUntil(lambda: len(faults(spoken, "open-lips")) > 1, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: settled(spoken), timeout=SLOW_MS)
    spoken.widgets.tools.setCurrentWidget(spoken.widgets.lint)
    return spoken


def lips_gap(window) -> float:
    """How far the lips of the posed body are apart where it stands, by the weights that it was sent."""
    applied = window.session.state.rig.applied
    return sum(weight for name, weight in applied.items() if name.startswith("viseme_") and name != "viseme_PP")


def test_a_fix_is_looked_at_made_and_taken_back(flawed, qtbot, hover, shoot):
    session, panel, loop = flawed.session, flawed.widgets.lint, flawed.controls.loop
    fault = faults(flawed, "open-lips")[1]
    assert "visemes" in panel.judged.text()
    session.playback.seek(0.05)
    tuned = session.state.sides["A"].tuned
    button = panel.list.buttons[fault]
    panel.list.scrollToItem(panel.list.item(panel.shown.index(fault)))
    hover(button, button.rect().center())
    qtbot.waitUntil(lambda: "A" in session.edits.previewed, timeout=SLOW_MS)
    loop.tick()
    closed = lips_gap(flawed)
    assert session.playback.now() == pytest.approx(fault.time_s + min(fault.duration_s / 2, 0.15))
    assert [o.name for o in flawed.controls.content.overlays()] == ["Tried on"]
    assert session.state.sides["A"].tuned is tuned and not session.state.sides["A"].edits
    assert "lips" in button.toolTip()
    shoot(flawed, "fix_looked_at")
    hover(panel.summary, panel.summary.rect().center())
    qtbot.waitUntil(lambda: not session.edits.previewed, timeout=SLOW_MS)
    assert session.playback.now() == pytest.approx(0.05)
    session.playback.seek(fault.time_s + min(fault.duration_s / 2, 0.15))
    loop.tick()
    assert closed < lips_gap(flawed) - 0.05
    n = len(faults(flawed))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(faults(flawed)) == n - 1 and settled(flawed), timeout=SLOW_MS)
    assert fault not in faults(flawed)
    (edit,) = session.state.sides["A"].edits
    assert edit.group and edit.why == "Fix: lips apart on P, B or M"
    changed = np.abs(session.state.sides["A"].tuned.visemes.weights - tuned.visemes.weights).max(axis=1) > 0
    times_s = tuned.arkit.times_s
    assert changed.any() and not changed[(times_s < edit.start_s) | (times_s > edit.end_s)].any()
    flawed.widgets.actions["undo"].trigger()
    assert not session.state.sides["A"].edits
    qtbot.waitUntil(lambda: len(faults(flawed)) == n and settled(flawed), timeout=SLOW_MS)


def test_enter_mends_a_row_then_its_kind_then_all_is_taken_back_as_one(flawed, qtbot):
    session, panel = flawed.session, flawed.widgets.lint
    n = len(faults(flawed, "open-lips"))
    panel.list.setCurrentRow(panel.shown.index(faults(flawed, "open-lips")[0]))
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(faults(flawed, "open-lips")) == n - 1 and settled(flawed), timeout=SLOW_MS)
    panel.list.setCurrentRow(panel.shown.index(faults(flawed, "open-lips")[0]))
    QTest.mouseClick(panel.fix_kind, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not faults(flawed, "open-lips") and settled(flawed), timeout=SLOW_MS)
    flawed.widgets.actions["undo"].trigger()
    flawed.widgets.actions["undo"].trigger()
    qtbot.waitUntil(lambda: len(faults(flawed, "open-lips")) == n and settled(flawed), timeout=SLOW_MS)
    QTest.mouseClick(panel.fix_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not faults(flawed) and settled(flawed), timeout=SLOW_MS)
    assert panel.result.text().endswith("fixed")
    bar = flawed.widgets.edit_bar
    edits = session.state.sides["A"].edits
    bar.list.setCurrentRow(0)
    QTest.mouseClick(bar.remove, Qt.MouseButton.LeftButton)
    assert session.state.sides["A"].edits == tuple(edit for edit in edits if edit.group != edits[0].group)


def test_the_shapes_can_be_judged_instead(flawed, qtbot):
    panel = flawed.widgets.lint
    qtbot.mouseClick(panel.shapes, Qt.MouseButton.LeftButton, pos=panel.shapes.rect().center())
    panel.shapes.setChecked(True)
    qtbot.waitUntil(lambda: "52 shapes" in panel.judged.text(), timeout=SLOW_MS)
    assert not flawed.session.linting.by_visemes
