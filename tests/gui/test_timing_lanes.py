"""Words and phones on the time line of the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.arkit import ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.ui.timeline.lanes.grips import Grip


def test_the_spectrogram_stands_under_the_lanes_on_demand_and_is_remembered(spoken, shoot, qtbot, open_window):
    timeline, action = spoken.widgets.timeline, spoken.widgets.actions["spectrogram"]
    height = timeline.height()
    action.trigger()
    qtbot.waitUntil(lambda: timeline.height() > height + 50)
    qtbot.waitUntil(lambda: bool(timeline._spectrogram.pictures))
    picture = shoot(spoken, "spectrogram")
    top = timeline.mapTo(spoken, timeline._spectrogram_box.topLeft().toPoint())
    box = picture[top.y() + 2 : top.y() + 60, top.x() : top.x() + timeline.width() - 40].astype(int)
    assert np.ptp(box.sum(axis=2)) > 250, "quiet is dark, loud is bright"
    spoken.resize(960, 480)
    qtbot.waitUntil(lambda: spoken.height() == 480)
    assert timeline.height() >= height, "in a low window it gives way"
    spoken.close()
    again = open_window(ready=False)
    assert again.widgets.actions["spectrogram"].isChecked()
    assert again.widgets.timeline.sizeHint().height() == height + 67


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
    spoken.controls.loop.tick()
    QTest.mouseClick(spoken.widgets.timeline, Qt.MouseButton.LeftButton, pos=QPoint(200, 30))
    assert spoken.widgets.timeline.lanes.chosen is None, "elsewhere the arrows are the player's again"
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


def test_a_dragged_edge_snaps_to_the_playhead_and_with_ctrl_to_nothing(spoken, shoot):
    timing, timeline, pixel_s = spoken.session.timing, spoken.widgets.timeline, spoken.widgets.timeline.lanes.px_s
    index, each = phone(spoken, "AA")
    there_s = each.end_s + 0.03
    spoken.controls.scrubbing.go_to(there_s)
    near = (each.end_s - 0.002, there_s - 0.002 - 4 * pixel_s)
    drag(spoken, "phones", near, let_go=False)
    assert timing.timed.phones[index].end_s == pytest.approx(there_s, abs=1e-9)
    assert timeline._guide.snapped_to == "playhead"
    spoken.controls.loop.tick()
    shoot(spoken, "lanes_snap")
    QTest.keyClick(timeline.lanes, Qt.Key.Key_Escape)
    assert timeline._guide is None
    drag(spoken, "phones", near, Qt.KeyboardModifier.ControlModifier)
    assert timing.timed.phones[index].end_s == pytest.approx(there_s - 4 * pixel_s, abs=1.5 * pixel_s)


def test_keys_choose_nudge_and_take_out(spoken):
    """No key of these reaches the window's commands."""
    timing, lanes = spoken.session.timing, spoken.widgets.timeline.lanes
    index, each = phone(spoken, "AA")
    spoken.controls.scrubbing.go_to(each.start_s + 0.01)
    spoken.controls.loop.tick()
    lanes.setFocus(Qt.FocusReason.TabFocusReason)
    assert lanes.chosen == Grip("phones", index), "the keyboard comes to what is at the playhead"
    QTest.keyClick(lanes, Qt.Key.Key_Return)
    QTest.keyClick(lanes, Qt.Key.Key_Return)
    assert lanes.chosen == Grip("phones", index, "end")
    steps = spoken.session.undo.count()
    QTest.keyClick(lanes, Qt.Key.Key_Right)
    QTest.keyClick(lanes, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert timing.timed.phones[index].end_s == pytest.approx(each.end_s - 0.015)
    assert spoken.session.undo.count() == steps + 2
    assert spoken.session.playback.now() == pytest.approx(each.start_s + 0.01)
    QTest.keyClick(lanes, Qt.Key.Key_Up)
    assert lanes.chosen == Grip("words", 3)
    assert "barks" in lanes.accessibleDescription()
    QTest.keyClick(lanes, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert lanes.chosen == Grip("words", 2)
    QTest.keyClick(lanes, Qt.Key.Key_Delete)
    assert [word.text for word in timing.timed.words] == ["Maybe", "my", "barks"]
    QTest.keyClick(lanes, Qt.Key.Key_Escape)
    assert lanes.chosen is None
    QTest.keyClick(lanes, Qt.Key.Key_Right)
    assert spoken.session.playback.now() > each.start_s + 0.011, "with nothing chosen an arrow is the window's"


def test_a_word_is_named_with_completion(spoken, qtbot, shoot):
    timing, lanes, field = spoken.session.timing, spoken.widgets.timeline.lanes, spoken.controls.lane_editing.naming.field
    before = timing.timed
    middle = (before.words[2].start_s + before.words[2].end_s) / 2
    QTest.mouseDClick(lanes, Qt.MouseButton.LeftButton, pos=place(spoken, "words", middle))
    assert field.isVisible() and field.text() == "puppy" and field.hasFocus()
    qtbot.waitUntil(lambda: bool(spoken.controls.lane_editing.naming._words))
    field.clear()
    qtbot.keyClicks(field, "pupp")
    qtbot.waitUntil(field.completer().popup().isVisible)
    model = field.completer().model()
    offered = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert offered[0].split() == ["puppy", "in", "the", "line"] and "puppet" in offered
    shoot(spoken, "lanes_naming")
    field.completer().popup().hide()
    field.setText("puppet")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible() and timing.timed.words[2].text == "puppet"
    assert timing.timed.words[2].end_s == pytest.approx(before.words[2].end_s)
    qtbot.waitUntil(lambda: [timing.timed.phones[i].base for i in timing.timed.phones_of(2)][-1] == "T")
    QTest.keyClick(lanes, Qt.Key.Key_F2)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible() and timing.timed.words[2].text == "puppet"


def test_a_phone_is_named_by_symbol_or_by_a_word_that_has_it(spoken, qtbot):
    timing, lanes, field = spoken.session.timing, spoken.widgets.timeline.lanes, spoken.controls.lane_editing.naming.field
    index, each = phone(spoken, "AA")
    lanes.choose(Grip("phones", index))
    lanes.setFocus()
    QTest.keyClick(lanes, Qt.Key.Key_F2)
    field.clear()
    qtbot.keyClicks(field, "cut")
    model = field.completer().model()
    assert [model.index(row, 0).data(Qt.ItemDataRole.UserRole) for row in range(model.rowCount())] == ["AH0", "AH1", "AH2"]
    field.completer().popup().hide()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible() and timing.timed.phones[index] == each, "cut is no symbol"
    field.setText("ah")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert timing.timed.phones[index].symbol == "AH" + each.symbol[-1]


def test_words_and_phones_are_split_joined_and_put_in(spoken, qtbot):
    timing, lanes = spoken.session.timing, spoken.widgets.timeline.lanes
    menu_of, field = spoken.controls.lane_menu.made, spoken.controls.lane_editing.naming.field
    alt = Qt.KeyboardModifier.AltModifier
    index, each = phone(spoken, "AY")
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, alt, place(spoken, "phones", (each.start_s + each.end_s) / 2))
    assert [p.symbol for p in timing.timed.phones[index : index + 2]] == ["AA" + each.symbol[-1], "IH0"]
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, alt, place(spoken, "phones", timing.timed.phones[index].end_s))
    assert (timing.timed.phones[index].start_s, timing.timed.phones[index].end_s) == pytest.approx((each.start_s, each.end_s))
    word, naming = timing.timed.words[0], spoken.controls.lane_editing.naming
    naming.read_dictionary()
    qtbot.waitUntil(lambda: bool(naming._words))
    actions = {action.text().partition("\t")[0]: action for action in menu_of(Grip("words", 0), "words", word.end_s - 0.15).actions()}
    actions["Split here…"].trigger()
    assert field.text() == "May be"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [each.text for each in timing.timed.words[:3]] == ["May", "be", "my"]
    actions = {action.text(): action for action in menu_of(Grip("words", 0), "words", 0.0).actions()}
    actions["Join with the next"].trigger()
    assert timing.timed.words[0].text == "Maybe"
    last_s = timing.timed.words[-1].end_s
    free_s = (last_s + spoken.session.playback.duration_s) / 2
    actions = {action.text(): action for action in menu_of(None, "words", free_s).actions()}
    actions["Put in a word here…"].trigger()
    qtbot.keyClicks(field, "now")
    field.completer().popup().hide()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert timing.timed.words[-1].text == "now" and timing.timed.words[-1].start_s >= last_s
    qtbot.waitUntil(lambda: [each.base for each in timing.timed.phones if each.word == "now"] == ["N", "AW"])
    spoken.widgets.actions["undo"].trigger()
    assert timing.timed.words[-1].text == "barks", "the word and its phones are one step"


def test_a_phone_dragged_by_60_ms_takes_both_sides_along(spoken, shoot, qtbot):
    """Visemes are solved again, the network's motion is warped; undo and *Put the timing back* bring all back to the last bit."""
    session, timing, timeline = spoken.session, spoken.session.timing, spoken.widgets.timeline
    session.sources.choose("B", "a2f:light")
    qtbot.waitUntil(lambda: session.state.sides["B"].tuned is not None and not session.workers.busy, timeout=60_000)
    spoken.widgets.actions["spectrogram"].trigger()
    qtbot.waitUntil(lambda: bool(timeline._spectrogram.pictures))
    index, each = phone(spoken, "B", 1)
    before, heard = sides_now(spoken), timing.timed
    middle = (each.start_s + each.end_s) / 2
    drag(spoken, "phones", (middle, middle + 0.06), Qt.KeyboardModifier.ControlModifier, let_go=False)
    by_s = timing.timed.phones[index].start_s - each.start_s
    assert by_s == pytest.approx(0.06, abs=2 * timeline.lanes.px_s)
    qtbot.waitUntil(lambda: all(not same(before[side], sides_now(spoken)[side]) for side in "AB"))
    spoken.controls.scrubbing.go_to(middle + by_s)
    spoken.controls.loop.tick()
    shoot(spoken, "timing")
    QTest.mouseRelease(timeline.lanes, Qt.MouseButton.LeftButton, pos=place(spoken, "phones", middle + 0.06))
    after = sides_now(spoken)
    times = np.linspace(each.start_s + 0.02, each.end_s - 0.02, 5)
    for side in "AB":
        lips = [ARKIT_INDEX[name] for name in ("mouthClose", "mouthPressLeft", "mouthPressRight", "jawOpen")]
        was, now = (np.stack([track.sample(t) for t in at])[:, lips] for track, at in ((before[side], times), (after[side], times + by_s)))
        assert np.abs(was - now).max() < 0.12, f"side {side} closes its lips where the phone is now"
        stayed = round((heard.phones[index - 1].start_s - 0.2) * before[side].fps)
        assert np.array_equal(before[side].weights[:stayed], after[side].weights[:stayed]), f"side {side} is as it was elsewhere"
    hint = timeline.hint_at(QPoint(round(timeline.lanes._x(each.start_s)), round(timeline._warp_box.center().y())))
    assert hint.startswith("Here side B is stretched to")
    undo, redo, back = (spoken.widgets.actions[name] for name in ("undo", "redo", "timing_back"))
    undo.trigger()
    qtbot.waitUntil(lambda: all(same(before[side], sides_now(spoken)[side]) for side in "AB"))
    assert timing.timed == heard and not back.isEnabled()
    redo.trigger()
    assert back.isEnabled() and any(segment.is_changed for segment in timeline.lanes.segments("phones"))
    back.trigger()
    qtbot.waitUntil(lambda: all(same(before[side], sides_now(spoken)[side]) for side in "AB"))
    assert timing.timed == heard and not any(segment.is_changed for segment in timeline.lanes.segments("phones"))


def sides_now(window) -> dict[str, BlendshapeTrack]:
    return {name: side.tuned.arkit for name, side in window.session.state.sides.items()}


def same(first: BlendshapeTrack, second: BlendshapeTrack) -> bool:
    return np.array_equal(first.weights, second.weights)
