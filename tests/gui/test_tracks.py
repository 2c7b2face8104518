"""Tracks from files beside sound: as long as they are, from beginning to end, and never on a new line unasked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.core.arkit import ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def answer(qtbot, window, label: str) -> None:
    """Press a button of the banner's question."""
    buttons = window.widgets.preview.banner.offers
    qtbot.waitUntil(lambda: any(b.isVisible() and b.text() == label for b in buttons.findChildren(QPushButton)), timeout=5000)
    next(b for b in buttons.findChildren(QPushButton) if b.isVisible() and b.text() == label).click()


@pytest.fixture
def long_track(tmp_path):
    """Four seconds whose jaw says at which second it is."""
    weights = np.zeros((240, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.arange(240) / 480
    path = tmp_path / "long.csv"
    write_track(path, BlendshapeTrack(weights, 60.0))
    return path


def settled(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)


def test_a_track_longer_than_the_sound_plays_to_its_own_end(spoken, qtbot, long_track, jaw_at):
    """Silence after the sound, said in a sentence; the time, the words and the phones stay."""
    session, said = spoken.session, []
    session.messages.noticed.connect(said.append)
    before = session.state.speech
    spoken.controls.scrubbing.go_to(0.5)
    spoken.controls.files.open(long_track)
    qtbot.waitUntil(lambda: session.playback.duration_s > 3.9, timeout=SLOW_MS)
    settled(qtbot, spoken)
    n = len(before.audio.samples)
    assert session.state.speech.text == before.text and session.state.speech.phones == before.phones
    assert (session.state.speech.audio.samples[:n] == before.audio.samples).all() and not session.state.speech.audio.samples[n:].any()
    assert session.playback.now() == pytest.approx(0.5, abs=0.01)
    assert jaw_at(spoken, 3.5) == pytest.approx(3.5 / 8, abs=0.01) and spoken.widgets.axis.duration_s == pytest.approx(4.0, abs=0.02)
    assert any("longer than the sound" in sentence for sentence in said)


def test_a_line_that_a_track_moves_all_the_same_is_one_take(window, qtbot, long_track, jaw_at):
    """The track was chosen first: once all sentences are there, it runs through them, and to its own end."""
    session, bar = window.session, window.widgets.speak_bar
    session.sources.choose("A", f"file:{long_track}")
    bar.line.setText("Bob may go. The map is new.")
    bar.line.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    with qtbot.waitSignal(session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        answer(qtbot, window, "The track all the same")
    settled(qtbot, window)
    qtbot.waitUntil(lambda: session.playback.duration_s > 3.9 and session.state.shown_side.tuned is not None, timeout=SLOW_MS)
    settled(qtbot, window)
    assert len(session.state.parts) == 1 and jaw_at(window, 2.0) == pytest.approx(0.25, abs=0.02)


def test_a_track_runs_on_from_sentence_to_sentence(window, qtbot, speak, long_track, jaw_at):
    """A line of two sentences is one take for a track."""
    speak(window, "Bob may go. The map is new.")
    settled(qtbot, window)
    window.session.playback.pause()
    assert len(window.session.state.parts) == 2
    second_s = window.session.state.parts[1][0]
    window.session.sources.choose("A", f"file:{long_track}")
    settled(qtbot, window)
    qtbot.waitUntil(lambda: window.session.state.shown_side.tuned is not None, timeout=SLOW_MS)
    assert jaw_at(window, second_s + 0.3) == pytest.approx((second_s + 0.3) / 8, abs=0.02)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_new_line_is_not_moved_by_an_old_track_unasked(spoken, qtbot, spoken_track, keeps, shoot):
    session, bar = spoken.session, spoken.widgets.speak_bar
    spoken.controls.files.open(spoken_track)
    settled(qtbot, spoken)
    before = session.state.speech
    bar.line.setText("No.")
    bar.line.setFocus()
    QTest.keyClick(spoken.windowHandle(), Qt.Key.Key_Return)
    assert "jaw.csv" in spoken.widgets.preview.banner.text.text() and not session.workers.running("speech")
    qtbot.wait(30)
    shoot(spoken, "which-source")
    assert session.state.speech.text == before.text
    with qtbot.waitSignal(session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        answer(
            qtbot, spoken, "The track all the same" if keeps else spoken.widgets.preview.banner.offers.findChildren(QPushButton)[0].text()
        )
    assert session.state.speech.text == "No."
    assert (str(session.state.shown_side.spec) == f"file:{spoken_track}") == keeps
