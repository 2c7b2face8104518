"""Dragging the playhead lets the sound under it be heard, unless that is switched off; it is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.session.base import playback


@pytest.fixture
def heard(spoken, monkeypatch) -> list[float]:
    """Seconds at which a moment was sent to the device."""
    times: list[float] = []
    player = spoken.session.playback.player
    plain = player.sound_at
    monkeypatch.setattr(player, "sound_at", lambda t: (times.append(t), plain(t)))
    return times


def drag(timeline) -> None:
    y = timeline.height() // 2
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(100, y))
    for x in range(110, 300, 10):
        QTest.mouseMove(timeline, QPoint(x, y))
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=QPoint(300, y))


def test_a_drag_is_heard_in_moments_that_follow_the_mouse(spoken, heard, monkeypatch):
    monkeypatch.setattr(playback, "SNIPPET_EVERY_S", 0.0)
    drag(spoken.widgets.timeline)
    assert len(heard) == 20
    assert heard == sorted(heard)
    assert not spoken.session.playback.playing
    assert spoken.session.playback.now() == pytest.approx(heard[-1])


def test_moments_do_not_come_faster_than_they_can_be_told_apart(spoken, heard, monkeypatch):
    monkeypatch.setattr(playback, "SNIPPET_EVERY_S", 1e6)
    spoken.session.playback._snippet_s = -1e9
    drag(spoken.widgets.timeline)
    assert len(heard) == 1


def test_a_step_is_heard_and_a_jump_is_not(spoken, heard):
    spoken.controls.scrubbing.go_to(0.4)
    assert not heard
    spoken.widgets.actions["forward"].trigger()
    assert heard == [pytest.approx(25 / 60)]


def test_the_switch_in_the_menu_silences_it_and_is_remembered(spoken, heard, open_window):
    action = spoken.widgets.actions["scrub_sound"]
    assert action.isChecked()
    action.trigger()
    drag(spoken.widgets.timeline)
    assert not heard
    spoken.close()
    again = open_window(ready=False)
    assert not again.widgets.actions["scrub_sound"].isChecked()
    assert not again.session.playback.scrub_sound
