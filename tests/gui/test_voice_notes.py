"""Spoken notes in the real window: recorded from the null sink's monitor while the pointer moves, heard again with the dot on the face."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.audio.clips import read_clip, write_wav
from app.core.speech import AudioClip

SLOW_MS = 60_000


@pytest.fixture
def voice(tmp_path, audio_sink):
    """Somebody who hums; the monitor of the null sink is the microphone."""
    t = np.arange(48000 * 8) / 48000
    file = tmp_path / "hum.wav"
    write_wav(file, AudioClip((0.4 * np.sin(2 * np.pi * 330 * t)).astype(np.float32), 48000, "hum"))
    with subprocess.Popen(["paplay", str(file)]) as playing:
        yield
        playing.terminate()


def record(window, qtbot, hover) -> None:
    """Press the key, point across the face, press it again, and wait for the file."""
    overlay, notes = window.controls.overlay, window.session.voice_notes
    QTest.keyClick(window.widgets.preview, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert notes.recording and overlay.mode == "point"
    qtbot.waitUntil(lambda: notes.at_s > 0.4, timeout=SLOW_MS)
    for x in (300, 400, 500):
        n, at_s = len(notes._moves), notes.at_s
        hover(overlay, QPoint(x, 220))
        qtbot.waitUntil(lambda n=n, at_s=at_s: len(notes._moves) > n and notes.at_s > at_s + 0.1, timeout=SLOW_MS)
    with qtbot.waitSignal(notes.recorded, timeout=SLOW_MS):
        QTest.keyClick(window.widgets.preview, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)


def test_a_spoken_note_with_the_pointers_path(spoken, qtbot, voice, hover, shoot):
    window, session = spoken, spoken.session
    window.controls.scrubbing.go_to(0.4)
    record(window, qtbot, hover)
    note = session.notes.all[0]
    assert note.voice and not session.voice_notes.recording and window.controls.overlay.mode == ""
    xs = [move.x for move in note.pointer]
    assert len(xs) >= 3 and xs == sorted(xs) and xs[0] == pytest.approx(300 / window.controls.overlay.width(), abs=0.02)
    clip = read_clip(session.notes.media.file_of(note.voice))
    assert clip.duration_s > note.pointer[-1].at_s > 0.4
    form = window.widgets.notes.form
    assert form.play.isVisible()
    with qtbot.waitSignal(session.voice_notes.playing_changed, timeout=SLOW_MS, check_params_cb=bool):
        QTest.mouseClick(form.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.controls.note_picture.scenes()[0].dot is not None, timeout=SLOW_MS)
    assert form.play.text() == "Stop"
    shoot(window, "notes_heard")
    assert session.playback.now() == pytest.approx(0.4, abs=1e-3) and not session.playback.playing
    window.widgets.actions["play"].trigger()
    qtbot.waitUntil(lambda: session.voice_notes.heard == "", timeout=SLOW_MS)
    assert session.playback.playing, "the clip's own sound goes first"
    session.playback.pause()
    window.widgets.actions["undo"].trigger()
    assert not session.notes.all[0].voice


def test_a_recording_is_shown_and_given_up_with_escape(spoken, qtbot, voice, shoot):
    window, notes = spoken, spoken.session.voice_notes
    window.controls.noting.record()
    qtbot.waitUntil(lambda: notes.at_s > 0.3 and notes.level > 0.01, timeout=SLOW_MS)
    assert window.controls.overlay._badge.startswith("●")
    shoot(window, "notes_recording")
    QTest.keyClick(window.widgets.preview, Qt.Key.Key_Escape)
    assert not notes.recording and window.controls.overlay.mode == ""
    qtbot.waitUntil(lambda: not notes._workers.leaving, timeout=SLOW_MS)
    assert not any(note.voice for note in window.session.notes.all)


def test_a_spoken_note_goes_with_its_project(spoken, qtbot, voice, hover, tmp_path):
    window, session = spoken, spoken.session
    record(window, qtbot, hover)
    kept, file = session.notes.all, tmp_path / "line.vsync"
    session.projects.save(file, window.controls.scene.content())
    beside = list((tmp_path / "line-notes").iterdir())
    assert len(beside) == 1 and session.notes.media.file_of(kept[0].voice) == beside[0]
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for each in (file, tmp_path / "line.wav", tmp_path / "line-notes"):
        each.rename(moved / each.name)
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        session.projects.open(moved / "line.vsync")
    assert session.notes.all == kept
    assert session.notes.media.file_of(kept[0].voice) == moved / "line-notes" / beside[0].name
