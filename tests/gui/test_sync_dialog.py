"""Calibration of the output: applied at once, judged, found by taps, there again after a restart."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid

from app.core.sync import CHIRPS, chirp_train
from app.session.base.opening import open_player
from app.session.speech import loopback
from app.settings import Settings, settings_path
from app.ui.sound.sound_words import sound_words
from app.ui.sound.sync_dialog import beat_times


@pytest.fixture
def dialog(window, qtbot):
    window.widgets.actions["sync"].trigger()
    dialog = window.controls.sync.dialog
    qtbot.waitExposed(dialog)
    qtbot.waitUntil(dialog.watch.isEnabled, timeout=60_000)
    yield dialog
    if isValid(dialog):
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
    spoken.controls.scrubbing.go_to(0.5)
    assert playback.now() == pytest.approx(0.5)
    playback.play()
    assert playback.clock.now() - playback.heard() == pytest.approx(0.1, abs=0.02)
    playback.pause()
    spoken.close()
    again = open_window(ready=False)
    assert again.session.playback.late_by_output == pytest.approx({name: 0.1})


@pytest.fixture(params=[0, 130])
def late_ms(request, monkeypatch, audio_sink) -> int:
    """The null sink's monitor hears what is played; a late loudspeaker is played by chirps that come late."""
    silence = np.zeros(round(request.param / 1e3 * loopback.RATE), np.float32)
    monkeypatch.setattr(loopback, "chirp_train", lambda rate: np.concatenate([silence, chirp_train(rate)]))
    return request.param


def test_a_microphone_measures_the_delay_in_real_time(window, dialog, qtbot, late_ms, shoot):
    QTest.mouseClick(dialog.by_microphone, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.measurement.measured, timeout=60_000) as heard:
        pass
    found = heard.args[0]
    assert found.late_ms == pytest.approx(late_ms, abs=8)
    assert found.heard == CHIRPS
    assert window.session.playback.late_s == pytest.approx(found.late_ms / 1e3, abs=6e-4)
    assert f"over {CHIRPS} of {CHIRPS} chirps" in dialog.verdict.text()
    assert dialog.by_microphone.isEnabled()
    shoot(dialog, f"sync_microphone_{late_ms}")


def test_what_is_not_heard_is_refused_and_changes_nothing(window, dialog, qtbot, monkeypatch, audio_sink):
    monkeypatch.setattr(loopback, "chirp_train", lambda rate: 0 * chirp_train(rate))
    dialog.late.setValue(40)
    dialog.measure()
    with qtbot.waitSignal(dialog.measurement.failed, timeout=60_000):
        pass
    assert dialog.verdict.text() == loopback.NOT_HEARD
    assert window.session.playback.late_s == pytest.approx(0.04)


def test_a_microphone_that_cannot_be_opened_is_one_sentence(window, dialog, qtbot):
    window.session.live.device = "no such microphone"
    dialog.measurement._device = "no such microphone"
    with qtbot.waitSignal(dialog.measurement.failed, timeout=60_000):
        dialog.measure()
    assert "cannot be opened" in dialog.verdict.text()
    assert dialog.by_microphone.isEnabled()


def test_the_correction_is_written_when_the_dialog_closes(window, dialog):
    dialog.late.setValue(70)
    dialog.close()
    assert Settings.load().sound.late_ms == pytest.approx({window.session.playback.device_name: 70})


def test_a_damaged_tuning_does_not_keep_the_correction_from_being_applied(window, open_window):
    name = window.session.playback.device_name
    window.close()
    stored = json.loads(settings_path().read_text())
    stored["tunings"], stored["sound"]["late_ms"] = {"by_side": 7}, {name: 80.0, "odd": "x"}
    settings_path().write_text(json.dumps(stored))
    again = open_window()
    assert again.session.playback.late_s == pytest.approx(0.08)
    again.controls.figures.write()
    assert "sync +80 ms" in sound_words(again.session.playback)[0]


def test_another_output_than_the_measured_one_is_said(window, qtbot):
    playback = window.session.playback
    playback.late_by_output = {"Living room": 0.2}
    window.controls.sync._checked_output = ""
    with qtbot.waitSignal(window.session.messages.noticed) as said:
        playback.output_changed.emit()
    assert "was not measured" in said.args[0]
    assert playback.late_s == 0.0


def test_the_output_is_opened_off_the_thread_that_draws_and_given_back(window, qtbot, monkeypatch):
    """A dialog that is closed meanwhile keeps no device."""
    opened, may_open = [], threading.Event()

    def slowly(device):
        may_open.wait(10)
        opened.append((threading.current_thread(), open_player(device)))
        return opened[-1][1]

    monkeypatch.setattr("app.ui.sound.sync_dialog.open_player", slowly)
    window.widgets.actions["sync"].trigger()
    dialog = window.controls.sync.dialog
    assert not dialog.watch.isEnabled() and not opened
    dialog.start("watch")
    may_open.set()
    dialog.close()
    assert opened[0][0] is not threading.main_thread()
    assert opened[0][1].status.silent_reason or not opened[0][1]._output.head.wanted
