"""Words and phones on the time line of the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def test_the_spectrogram_stands_under_the_lanes_on_demand_and_is_remembered(spoken, shoot, qtbot, open_window):
    timeline, action = spoken.widgets.timeline, spoken.widgets.actions["spectrogram"]
    height = timeline.height()
    action.trigger()
    assert timeline.height() > height + 50
    qtbot.waitUntil(lambda: bool(timeline._spectrogram.pictures))
    picture = shoot(spoken, "spectrogram")
    top = timeline.mapTo(spoken, timeline._spectrogram_box.topLeft().toPoint())
    box = picture[top.y() + 2 : top.y() + 60, top.x() : top.x() + timeline.width() - 40].astype(int)
    assert np.ptp(box.sum(axis=2)) > 250, "quiet is dark, loud is bright"
    spoken.close()
    again = open_window(ready=False)
    assert again.widgets.actions["spectrogram"].isChecked()
    assert again.widgets.timeline.height() == height + 67


def place(window, lane: str, t: float) -> QPoint:
    """Where a time of a lane is, in the lanes' own pixels."""
    lanes, axis = window.widgets.timeline.lanes, window.widgets.axis
    x = (t - axis.start_s) / axis.span_s * lanes.width()
    return QPoint(round(x), round(lanes.box_between(lane, t, t).center().y()))


def drag(window, lane: str, span_s: tuple[float, float], modifiers=Qt.KeyboardModifier.NoModifier, let_go: bool = True) -> None:
    """Drag in a lane with the left button from one time to another."""
    lanes, none, left = window.widgets.timeline.lanes, Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    start, end = (place(window, lane, t) for t in span_s)
    QTest.mousePress(lanes, left, modifiers, start)
    for share in (0.3, 0.6, 1.0):
        at = start + (end - start) * share
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), QPointF(lanes.mapToGlobal(at)), none, left, modifiers)
        QApplication.sendEvent(lanes, move)
    if let_go:
        QTest.mouseRelease(lanes, left, modifiers, end)


def phone(window, symbol: str, nth: int = 0):
    """The nth phone of a symbol, and its place."""
    found = [(i, each) for i, each in enumerate(window.session.timing.timed.phones) if each.base == symbol]
    return found[nth]


def test_a_phone_is_dragged_by_its_edge_and_by_its_middle(spoken, shoot):
    timing, lanes, undo = spoken.session.timing, spoken.widgets.timeline.lanes, spoken.widgets.actions["undo"]
    assert lanes.can_edit
    index, before = phone(spoken, "AA")
    following = timing.timed.phones[index + 1]
    drag(spoken, "phones", (before.end_s - 0.002, before.end_s + 0.028), Qt.KeyboardModifier.ControlModifier)
    after, pixel_s = timing.timed.phones[index], lanes.px_s
    assert after.end_s == pytest.approx(before.end_s + 0.03, abs=2 * pixel_s) and after.start_s == before.start_s
    assert timing.timed.phones[index + 1].start_s == after.end_s and timing.timed.phones[index + 1].end_s == following.end_s
    shoot(spoken, "lanes_edge")
    undo.trigger()
    assert timing.timed.phones[index] == before


def test_a_click_in_the_lanes_still_puts_the_playhead_there(spoken):
    before = spoken.session.timing.timed
    _, each = phone(spoken, "AA")
    middle = (each.start_s + each.end_s) / 2
    QTest.mouseClick(spoken.widgets.timeline.lanes, Qt.MouseButton.LeftButton, pos=place(spoken, "phones", middle))
    assert spoken.session.playback.now() == pytest.approx(middle, abs=2 * spoken.widgets.timeline.lanes.px_s)
    assert spoken.session.timing.timed == before
    assert "AA" in spoken.widgets.timeline.lanes.accessibleDescription()
    drag(spoken, "phones", (0.01, 0.05))
    assert spoken.session.playback.now() == pytest.approx(0.05, abs=2 * spoken.widgets.timeline.lanes.px_s), "silence scrubs"


def test_escape_gives_a_drag_up(spoken):
    timing, lanes = spoken.session.timing, spoken.widgets.timeline.lanes
    before, steps = timing.timed, spoken.session.undo.count()
    _, each = phone(spoken, "AA")
    drag(spoken, "phones", (each.end_s - 0.002, each.end_s + 0.04), let_go=False)
    assert timing.timed != before
    QTest.keyClick(lanes, Qt.Key.Key_Escape)
    QTest.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=place(spoken, "phones", each.end_s + 0.04))
    assert timing.timed == before and spoken.session.undo.count() == steps
