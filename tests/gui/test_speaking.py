"""Text in, a face that talks in time out: the spine through the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def test_one_click_speaks(window, qtbot, jaw_at, mouth_error_at, shoot):
    """The first start: an avatar, a greeting in the line, one click."""
    bar, session = window.widgets.speak_bar, window.session
    bar.line.setText("Hello! I am your preview avatar.")
    idle = shoot(window, "idle")
    assert window.widgets.preview.has_avatar and not session.playback.playing
    with qtbot.waitSignal(session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)

    seen = []
    window.widgets.preview.frame_drawn.connect(
        lambda _: seen.append((window.controls.loop.shown_t, mouth_error_at(window, window.controls.loop.shown_t)))
    )
    qtbot.waitUntil(lambda: session.playback.now() > 0.6 and len(seen) > 3, timeout=SLOW_MS)
    speaking = shoot(window, "mid-word")
    qtbot.waitUntil(lambda: not session.playback.playing, timeout=SLOW_MS)

    times = [t for t, _ in seen]
    assert times == sorted(times) and times[-1] > times[0]
    assert np.median([error for _, error in seen]) < 1e-3
    assert max(jaw_at(window, t) for t in np.arange(0, 2, 0.02)) > 0.15
    assert (idle != speaking).any()


def test_the_animation_covers_the_sound(spoken):
    """After the last sentence the curves end within a frame of the sound, and are not flat."""
    track = spoken.session.state.sides["A"].tuned.arkit
    assert abs(track.end_s - spoken.session.state.speech.audio.duration_s) <= 1.01 / track.fps
    moving = [name for name in track.channels if np.ptp(track.column(name)) > 0.05]
    assert {"jawOpen", "mouthPressLeft"} <= set(moving) and len(moving) >= 8


def test_long_text_starts_before_it_is_made(window, qtbot, speak):
    """Sentence by sentence: sound begins while later sentences are still missing; all parts line up."""
    session, durations = window.session, []
    session.state.speech_changed.connect(lambda speech: durations.append(speech.audio.duration_s))
    speak(window, "First we begin. " + "Then the story goes on for a while, as stories do. " * 4)
    heard_at = len(durations)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    assert heard_at < len(durations)
    assert durations == sorted(durations)
    track = session.state.sides["A"].tuned.arkit
    assert abs(track.end_s - durations[-1]) <= 1.01 / track.fps
    assert session.playback.duration_s == pytest.approx(durations[-1], abs=1e-3)
    session.playback.pause()


def test_the_picture_follows_the_sound(window, qtbot, speak):
    """While playing, the time on the picture stays within two display frames of the time that is heard."""
    offsets = []
    speak(window, "This sentence is long enough to measure how well the picture keeps up with the sound.")
    clock = window.session.playback.clock
    window.widgets.preview.frame_drawn.connect(lambda _: offsets.append(abs(window.controls.loop.shown_t - clock.now())))
    qtbot.waitUntil(lambda: not window.session.playback.playing, timeout=SLOW_MS)
    assert len(offsets) > 20
    assert np.median(offsets[10:]) < 2 / 60


@pytest.mark.parametrize(("line", "word"), [("   ", "nothing to say"), ("🙂🙂", "")], ids=["blank", "emoji"])
def test_what_cannot_be_said_is_a_sentence(window, qtbot, line, word):
    """No dialog and no crash: a banner that says what to do."""
    window.widgets.speak_bar.line.setText(line)
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS) as failed:
        qtbot.keyClick(window.widgets.speak_bar.line, Qt.Key.Key_Return)
    assert word in failed.args[0] and failed.args[0].endswith(".")
    assert window.widgets.preview.banner.isVisible() and window.widgets.preview.banner.text.text() == failed.args[0]


def test_speaking_again_replaces_what_was_said(spoken, qtbot, speak):
    """A second line starts from zero with nothing left of the first."""
    before = spoken.session.state.speech.text
    speak(spoken, "No.")
    assert spoken.session.state.speech.text != before
    qtbot.waitUntil(lambda: not spoken.session.playback.playing and not spoken.session.workers.busy, timeout=SLOW_MS)
    track = spoken.session.state.sides["A"].tuned.arkit
    assert abs(track.end_s - spoken.session.state.speech.audio.duration_s) <= 1.01 / track.fps


def test_stop_ends_the_work_and_keeps_what_there_is(window, qtbot, speak):
    """The button turns into Stop; after it nothing runs and nothing more arrives."""
    speak(window, "One sentence here. " * 12)
    assert window.widgets.speak_bar.button.text() == "Stop"
    qtbot.mouseClick(window.widgets.speak_bar.button, Qt.MouseButton.LeftButton)
    assert not window.session.workers.busy
    length = window.session.state.speech.audio.duration_s
    window.session.playback.seek(length - 0.2)
    qtbot.waitUntil(lambda: not window.session.playback.playing, timeout=SLOW_MS)
    assert window.session.state.speech.audio.duration_s == length


def test_mock_says_mock(window, qtbot, speak, shoot):
    """Whatever has nothing to do with the sound is labelled on the picture."""
    window.session.sources.choose("A", "mock")
    speak(window, "This is not real.")
    qtbot.waitUntil(window.widgets.preview.mock.isVisible, timeout=SLOW_MS)
    assert window.widgets.preview.mock.text() == "MOCK" and "MOCK" in window.widgets.speak_bar.source.currentText()
    shoot(window, "mock")
    window.session.playback.pause()
    with qtbot.waitSignal(window.session.state.source_changed):
        window.session.sources.choose("A", "visemes")
    qtbot.waitUntil(window.widgets.preview.tag.isVisible, timeout=SLOW_MS)
    assert not window.widgets.preview.mock.isVisible()


def test_closing_while_working_ends_every_thread(window, speak):
    """The conftest's check for left threads does the asserting; here the work is under way."""
    speak(window, "Closing in the middle of a long text. " * 10)
    assert window.session.workers.busy
    window.close()
    assert not window.isVisible()
