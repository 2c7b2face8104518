"""The transport of a review: J K L, marks, jumps, timecode, going somewhere, and what was dropped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.formats.notes import Note
from app.session.base.shuttle import SLOW
from app.ui.timeline.dropped import DroppedFrames
from app.ui.timeline.marking import MarkDialog

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
J, K, L, M = Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_M


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """A key of the keyboard: Qt finds out itself who gets it."""
    QTest.keyClick(window.windowHandle(), key, modifier)
    QApplication.processEvents()


@pytest.fixture
def review(spoken):
    """The window after a line, the keys with the player, at half a second."""
    spoken.widgets.preview.setFocus()
    spoken.session.playback.seek(0.5)
    return spoken


def test_l_plays_faster_with_each_press_and_j_backwards(review, qtbot, shoot):
    playback = review.session.playback
    for speed in (1.0, 2.0, 4.0, 4.0):
        playback.seek(0.1)
        press(review, L)
        assert playback.playing and playback.speed == speed
    for speed in (-1.0, -2.0):
        playback.seek(playback.duration_s - 0.05)
        press(review, J)
        assert playback.playing and playback.speed == speed
    assert review.widgets.transport.rate.placeholderText() == "−2×" and review.widgets.transport.rate.currentIndex() == -1
    before = playback.now()
    qtbot.waitUntil(lambda: playback.now() < before - 0.1, timeout=SLOW_MS)
    shoot(review, "shuttle-backwards")
    press(review, K)
    assert not playback.playing and playback.speed == playback.rate == 1.0


def test_backwards_stops_at_the_start_and_the_picture_goes_along(review, qtbot, mouth_error_at):
    playback, loop, seen = review.session.playback, review.controls.loop, []
    loop.time_shown.connect(seen.append)
    press(review, J)
    qtbot.waitUntil(lambda: not playback.playing, timeout=SLOW_MS)
    loop.tick()
    assert playback.now() == 0.0 and loop.shown_t == 0.0
    assert len(seen) > 5 and all(b <= a + 0.02 for a, b in pairwise(seen))
    assert mouth_error_at(review, 0.0) < 1e-3


def test_with_k_held_l_goes_by_frames_and_held_slowly(review, qtbot):
    playback, handle = review.session.playback, review.windowHandle()
    fps = review.session.state.shown_side.fps
    QTest.keyPress(handle, K)
    for frames, key in ((1, L), (2, L), (1, J)):
        press(review, key)
        assert playback.now() * fps == pytest.approx(round(0.5 * fps) + frames, abs=1e-3) and not playback.playing
    QTest.keyPress(handle, L)
    qtbot.waitUntil(lambda: playback.playing, timeout=SLOW_MS)
    assert playback.speed == SLOW
    QTest.keyRelease(handle, L)
    assert not playback.playing
    QTest.keyRelease(handle, K)
    press(review, L)
    assert playback.speed == 1.0
    press(review, K)


def test_letters_stay_letters_in_a_field(review):
    line = review.widgets.speak_bar.line
    line.setText("")
    line.setFocus()
    for key in (J, K, L, M):
        press(review, key)
    assert line.text() == "jklm" and not review.session.playback.playing and not review.session.marks.all


def test_m_sets_marks_while_it_plays(review, qtbot, shoot):
    """Each on a frame, none twice; named, coloured, shown, and taken back."""
    session, playback = review.session, review.session.playback
    press(review, M)
    press(review, M)
    press(review, L)
    qtbot.waitUntil(lambda: playback.now() > 0.8, timeout=SLOW_MS)
    press(review, M)
    assert playback.playing
    press(review, K)
    fps = session.state.shown_side.fps
    first, second = session.marks.all
    assert first.time_s == pytest.approx(0.5) and second.time_s * fps == pytest.approx(round(second.time_s * fps), abs=1e-6)
    session.marks.change(first.id, "Name mark", name="lips open", colour="red")
    review.widgets.actions["undo"].trigger()
    assert session.marks.of(first.id).name == ""
    review.widgets.actions["redo"].trigger()
    session.marks.change(second.id, "Name mark", name="late", colour="cyan")
    shoot(review, "marks")
    menu = review.controls.marking.menu(second.id)
    next(action for action in menu.actions() if action.text() == "Remove mark").trigger()
    assert [mark.name for mark in session.marks.all] == ["lips open"]


def test_a_mark_is_named_in_a_dialog(review, qtbot, monkeypatch):
    def fill(dialog):
        assert dialog.windowTitle() == "Mark at 00:00:00:30"
        dialog.name.setText("  closure ")
        dialog.colour.setCurrentIndex(dialog.colour.findData("purple"))
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(MarkDialog, "exec", fill)
    press(review, M, SHIFT)
    (mark,) = review.session.marks.all
    assert (mark.name, mark.colour) == ("closure", "purple")


def test_one_pair_of_keys_goes_to_marks_notes_and_findings(review):
    session, playback = review.session, review.session.playback
    session.marks.restore(())
    session.marks.add(0.2)
    session.marks.add(0.9)
    session.notes.add(Note(start_s=0.4, text="closer"))
    session.linting._show("A", (), False)
    seen = []
    playback.seek(0.0)
    for _ in range(4):
        press(review, Qt.Key.Key_Down, SHIFT)
        seen.append(round(playback.now(), 3))
    assert seen == [0.2, 0.4, 0.9, 0.9]
    press(review, Qt.Key.Key_Up, SHIFT)
    assert playback.now() == pytest.approx(0.4)
    press(review, Qt.Key.Key_Period)
    assert playback.now() == pytest.approx(0.9)
    press(review, Qt.Key.Key_Comma)
    assert playback.now() == pytest.approx(0.2)


def test_a_flag_is_clicked(review, qtbot):
    timeline = review.widgets.timeline
    review.session.marks.add(0.8)
    x = round(0.8 / review.widgets.axis.span_s * timeline.width()) + 3
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(x, 4))
    assert review.session.playback.now() == pytest.approx(0.8)


def test_where_to_go_is_typed(review, shoot):
    """A timecode counts from the start timecode; nonsense is answered in one sentence."""
    session, place = review.session, review.widgets.transport.place
    session.counting.set_rate(25.0)
    session.counting.set_start("10:00:00:00")
    for text, time_s in (("10:00:00:20", 0.8), ("10", 0.4), ("+5", 0.6), ("-0:01", 0.56), ("0.2s", 0.2)):
        press(review, Qt.Key.Key_G)
        assert place.isVisible() and place.hasFocus()
        place.setText(text)
        press(review, Qt.Key.Key_Return)
        assert session.playback.now() == pytest.approx(time_s) and not place.isVisible()
    review.controls.loop.tick()
    assert "10:00:00:05" in review.widgets.transport.rest.text()
    press(review, Qt.Key.Key_G)
    shoot(review, "go-to")
    place.setText("soon")
    press(review, Qt.Key.Key_Return)
    assert "leads nowhere" in review.widgets.preview.banner.text.text() and session.playback.now() == pytest.approx(0.2)
    press(review, Qt.Key.Key_G)
    press(review, Qt.Key.Key_Escape)
    assert not place.isVisible()


def test_frames_are_counted_at_a_chosen_rate(review):
    """The menu sets rate and drop frame; arrows step by that rate; the project keeps it."""
    session, menu = review.session, review.controls.count_menu
    menu.fill()
    actions = {action.text(): action for action in menu.menu.actions()}
    assert actions["The track's own rate"].isChecked()
    actions["29.97 drop frame"].trigger()
    menu.asks = lambda _present: "01:00:59;28"
    menu.ask_start()
    session.playback.seek(0.0)
    assert session.counting.clip.timecode(4 * 1001 / 30000) == "01:01:00;04"
    press(review, Qt.Key.Key_Right)
    assert session.playback.now() == pytest.approx(1001 / 30000, abs=1e-4)
    menu.asks = lambda _present: "01:01:00;00"
    menu.ask_start()
    assert "leaves 01:01:00;00 out" in review.widgets.preview.banner.text.text()
    kept = session.projects.content().review
    assert (kept.fps, kept.start_timecode) == (29.97, "01:00:59;28")
    session.counting.set_rate(None)
    session.counting.restore(kept)
    assert session.counting.start == "01:00:59;28" and session.counting.clip.count.drop


def test_marks_and_counting_travel_with_the_project(review, qtbot, tmp_path):
    session = review.session
    session.marks.restore(())
    session.marks.add(0.3)
    session.marks.change(session.marks.all[0].id, "Name mark", name="blink", colour="blue")
    session.counting.set_rate(24.0)
    path = tmp_path / "reviewed.vsync"
    session.projects.save(path, review.controls.scene.content())
    session.marks.clear()
    session.counting.set_rate(None)
    assert session.projects.dirty
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        session.projects.open(path)
    assert [(mark.name, mark.colour, mark.time_s) for mark in session.marks.all] == [("blink", "blue", 0.3)]
    assert session.counting.fps == 24.0 and not session.projects.dirty


def test_dropped_frames_are_counted_and_forgotten_when_they_are_shown():
    dropped = DroppedFrames()
    for frame in (10, 11, 14, 15):
        dropped.note(frame, 1.0, 15)
    assert dropped.frames == {12, 13}
    dropped.rest()
    for frame in (40, 13, 12, 11):
        dropped.note(frame, -0.5, 15)
    assert not dropped.frames
    for frame in (20, 24, 28):
        dropped.note(frame, 2.0, 15)
    dropped.note(500, 1.0, 15)
    assert not dropped.frames


def test_a_stall_shows_red_on_the_time_line_and_in_the_status(review, qtbot, shoot):
    """The window is kept from drawing for a fifth of a second while it plays."""
    playback, loop = review.session.playback, review.controls.loop
    review.session.counting.set_rate(30.0)
    playback.seek(0.0)
    playback.play()
    qtbot.waitUntil(lambda: playback.now() > 0.1, timeout=SLOW_MS)
    loop.tick()
    start = playback.now()
    while playback.now() < start + 0.25:
        pass
    loop.tick()
    assert 4 <= loop.figures.dropped <= 12
    loop._count_fps(0.0)
    loop.figures.fps = 40.0
    review.widgets.status.set_figures(loop.figures, True)
    assert f"40/30 fps, {loop.figures.dropped} dropped" in review.widgets.status.fps.text()
    shoot(review, "dropped")
    playback.pause()
    review.session.counting.set_rate(25.0)
    assert loop.figures.dropped == 0
