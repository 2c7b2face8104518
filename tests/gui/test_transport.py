"""Scrubbing, stepping, looping: by mouse and by keys."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, Qt

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """A key pressed in the window, not in the line."""
    window.widgets.preview.setFocus()
    qtbot.keyClick(window, key, modifier)


def test_dragging_on_the_timeline_scrubs(spoken, qtbot, mouth_error_at):
    """The playhead, the picture's time and the avatar go where the mouse is."""
    timeline, playback = spoken.widgets.timeline, spoken.session.playback
    middle = QPoint(timeline.width() // 2, 40)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(10, 40))
    qtbot.mouseMove(timeline, middle)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=middle)
    wanted = spoken.widgets.axis.start_s + 0.5 * spoken.widgets.axis.span_s
    assert playback.now() == pytest.approx(wanted, abs=spoken.widgets.axis.span_s / timeline.width() * 1.5)
    spoken.controls.loop.tick()
    assert spoken.controls.loop.shown_t == pytest.approx(playback.now())
    assert mouth_error_at(spoken, playback.now()) < 1e-3
    assert not playback.playing


def test_scrubbing_while_playing_plays_on(spoken, qtbot):
    """Pressing holds, letting go resumes."""
    playback = spoken.session.playback
    playback.play()
    qtbot.mousePress(spoken.widgets.timeline, Qt.MouseButton.LeftButton, pos=QPoint(30, 40))
    assert not playback.playing
    qtbot.mouseRelease(spoken.widgets.timeline, Qt.MouseButton.LeftButton, pos=QPoint(30, 40))
    assert playback.playing
    playback.pause()


def test_keys_step_by_frames(spoken, qtbot):
    """Arrows land on frames exactly; Home and End reach the ends."""
    playback, fps = spoken.session.playback, spoken.session.state.shown_side.fps
    press(qtbot, spoken, Qt.Key.Key_Home)
    assert playback.now() == 0.0
    press(qtbot, spoken, Qt.Key.Key_Right)
    press(qtbot, spoken, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert playback.now() * fps == pytest.approx(11, abs=1e-3)
    press(qtbot, spoken, Qt.Key.Key_Left)
    assert playback.now() * fps == pytest.approx(10, abs=1e-3)
    press(qtbot, spoken, Qt.Key.Key_End)
    assert playback.now() == pytest.approx(playback.duration_s, abs=1e-3)
    spoken.controls.loop.tick()
    assert f"frame {int(playback.duration_s * fps + 1e-6)}" in spoken.widgets.transport.rest.text()


def test_space_plays_and_pauses(spoken, qtbot):
    """Space belongs to the player, also from the end; in the line it is a space."""
    press(qtbot, spoken, Qt.Key.Key_Space)
    assert spoken.session.playback.playing
    press(qtbot, spoken, Qt.Key.Key_Space)
    assert not spoken.session.playback.playing
    spoken.widgets.speak_bar.line.setFocus()
    spoken.widgets.speak_bar.line.setText("a")
    qtbot.keyClicks(spoken.widgets.speak_bar.line, " b")
    assert spoken.widgets.speak_bar.line.text() == "a b" and not spoken.session.playback.playing


def test_in_and_out_points_repeat(spoken, qtbot, shoot):
    """[ and ] set a range that playing stays in; a backslash clears it."""
    playback = spoken.session.playback
    playback.seek(0.30)
    press(qtbot, spoken, Qt.Key.Key_BracketLeft)
    playback.seek(0.55)
    press(qtbot, spoken, Qt.Key.Key_BracketRight)
    assert playback.loop == pytest.approx((0.30, 0.55), abs=1e-3)
    assert spoken.widgets.actions["loop"].isChecked()
    playback.play()
    seen = []
    spoken.widgets.preview.frame_drawn.connect(lambda _: seen.append(playback.now()))
    qtbot.waitUntil(lambda: any(b < a - 0.1 for a, b in itertools.pairwise(seen)), timeout=SLOW_MS)
    assert max(seen) < 0.60
    shoot(spoken, "loop")
    playback.pause()
    press(qtbot, spoken, Qt.Key.Key_Backslash)
    assert playback.loop is None


def test_a_loop_point_is_dragged(spoken, qtbot):
    """The points can be taken by the mouse."""
    playback, timeline = spoken.session.playback, spoken.widgets.timeline
    playback.set_loop((0.2, 0.8))
    x = round(0.8 / spoken.widgets.axis.span_s * timeline.width())
    target = QPoint(x - 60, 4)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(x, 4))
    qtbot.mouseMove(timeline, target)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=target)
    assert playback.loop[1] == pytest.approx(0.8 - 60 / timeline.width() * spoken.widgets.axis.span_s, abs=0.02)


def test_rate_and_volume_reach_the_player(spoken, qtbot):
    """The pickers show and set what the player does; half rate takes twice the time."""
    playback = spoken.session.playback
    spoken.widgets.transport.rate.setCurrentIndex(spoken.widgets.transport.rate.findData(0.5))
    spoken.widgets.transport.rate.activated.emit(spoken.widgets.transport.rate.currentIndex())
    spoken.widgets.transport.volume.setValue(40)
    assert (playback.rate, playback.volume) == (0.5, 0.4)


def test_wheel_zooms_time_for_timeline_and_curves(spoken):
    """Both views share one axis; a double click shows everything again."""
    spoken.widgets.axis.zoom(0.5, 0.25)
    assert spoken.widgets.axis.span_s == pytest.approx(spoken.widgets.axis.duration_s / 4)
    assert spoken.widgets.curves.all.plot.axis is spoken.widgets.timeline.axis
    spoken.widgets.actions["fit"].trigger()
    assert spoken.widgets.axis.is_whole
