"""Calibration of the output: applied at once, judged, found by taps, there again after a restart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.ui.sync_dialog import beat_times


@pytest.fixture
def dialog(window, qtbot):
    window.actions_by_name["sync"].trigger()
    dialog = window.studio.sync
    qtbot.waitExposed(dialog)
    yield dialog
    dialog.close()


def test_a_delay_applies_at_once_and_is_judged(window, dialog, shoot):
    dialog.late.setValue(120)
    assert window.session.playback.late_s == pytest.approx(0.12)
    assert "not detected" in dialog.verdict.text()
    dialog.late.setValue(-100)
    assert "beyond every" in dialog.verdict.text()
    shoot(dialog, "sync_dialog")


def test_taps_find_the_delay(window, dialog, qtbot):
    dialog.start("sound")
    qtbot.waitUntil(lambda: dialog._player.playing and dialog._player.clock.now() > 0.05)
    QTest.keyClick(dialog, Qt.Key.Key_Space)
    assert len(dialog.taps["sound"]) == 1
    dialog.taps["sound"] = list(beat_times()[:10] + 0.15)
    dialog.taps["picture"] = list(beat_times()[:10] + 0.03)
    dialog._measure()
    assert window.session.playback.late_s == pytest.approx(0.12, abs=1e-3)
    assert "corrected now" in dialog.verdict.text()


def test_the_picture_follows_the_corrected_sound_and_it_is_kept(spoken, qtbot, open_window):
    playback = spoken.session.playback
    name = playback.device_name
    playback.set_late(0.1)
    spoken.go_to(0.5)
    assert playback.now() == pytest.approx(0.5)
    playback.play()
    assert playback.clock.now() - playback.heard() == pytest.approx(0.1, abs=0.02)
    playback.pause()
    spoken.close()
    again = open_window(ready=False)
    assert again.session.playback.late_by_output == pytest.approx({name: 0.1})
