"""Feelings, microphone and idle life in the real window."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.audio.clips import read_clip, resample
from app.avatar.liveliness import LivelinessSettings
from app.core.arkit import ARKIT_INDEX
from app.core.emotion import EmotionKey, EmotionTimeline, mixture
from app.core.errors import DeviceError
from app.lipsync.feeling import has_network
from app.session.live import live

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(not has_network("a2f:light"), reason="torch or the light network's weights are not installed"),
]
SLOW_MS = 60_000
SMILE = ARKIT_INDEX["mouthSmileLeft"]


@pytest.fixture
def feeling(window, qtbot, recording):
    """The window with a recording that the app's own network animates, and the emotion panel in front."""
    session = window.session
    session.sources.choose("A", "a2f:light")
    window.controls.files.open(recording)
    qtbot.waitUntil(lambda: session.state.speech is not None and session.state.sides["A"].tuned is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    window.widgets.side.open(window.widgets.emotion)
    return window


def remade(qtbot, session) -> None:
    """Wait until the motion follows the settings."""
    with qtbot.waitSignal(session.state.motion_changed, timeout=SLOW_MS):
        pass  # the change itself is debounced, so the new motion cannot have come before this
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)


def go_to(window, t: float) -> None:
    """Put the cursor at a time, and draw."""
    window.controls.scrubbing.go_to(t)
    window.controls.loop.tick()


def key_point(lane, index: int) -> QPoint:
    """Where a key stands."""
    return QPoint(round(lane._x(lane.line.keys[index].time_s)), lane.height() // 2)


def test_a_typed_strength_moves_the_face(feeling, qtbot, shoot):
    session, panel = feeling.session, feeling.widgets.emotion
    shoot(feeling, "emotion-neutral")
    number = panel.rows["joy"].number
    number.selectAll()
    qtbot.keyClicks(number, "0.80")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert session.emotion.settings.timeline.keys[0].dominant == "joy"
    remade(qtbot, session)
    assert session.posing.weights_at(0.0)[SMILE] > 0.3
    go_to(feeling, 0.4)
    shoot(feeling, "emotion-joy")
    feeling.widgets.actions["undo"].trigger()
    assert panel.rows["joy"].value == 0
    remade(qtbot, session)
    assert session.posing.weights_at(0.0)[SMILE] < 0.1


def test_keys_are_added_dragged_deleted_and_taken_back(feeling, qtbot, shoot):
    session, panel, lane = feeling.session, feeling.widgets.emotion, feeling.widgets.emotion_lane
    assert lane.isVisible()
    go_to(feeling, 0.5)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    panel.rows["anger"].number.setValue(0.7)
    keys = lambda: session.emotion.settings.timeline.keys  # noqa: E731
    assert [key.dominant for key in keys()] == ["", "anger"] and keys()[1].time_s == 0.5
    assert panel.note.text() == "Key 2 of 2, from 0.50 s"
    go_to(feeling, 0.2)
    assert panel.rows["anger"].value == 0 and panel.note.text() == "Key 1 of 2, from the start"
    start = key_point(lane, 1)
    end = start + QPoint(80, 0)
    qtbot.mousePress(lane, Qt.MouseButton.LeftButton, pos=start)
    for x in range(start.x() + 10, end.x() + 1, 10):
        qtbot.mouseMove(lane, QPoint(x, start.y()))
    qtbot.mouseRelease(lane, Qt.MouseButton.LeftButton, pos=end)
    moved = keys()[1].time_s
    assert moved == pytest.approx(lane._time(end.x()), abs=0.002)
    assert session.playback.now() == pytest.approx(moved, abs=0.01)
    shoot(feeling, "emotion-key-dragged")
    session.undo.undo()
    assert keys()[1].time_s == 0.5
    session.undo.redo()
    feeling.controls.loop.tick()
    qtbot.keyClick(lane, Qt.Key.Key_Delete)
    assert len(keys()) == 1
    session.undo.undo()
    assert keys()[1].time_s == moved
    qtbot.mouseDClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(lane.width() // 5, 10))
    assert len(keys()) == 3


def test_automatic_is_called_an_estimate(feeling, qtbot, shoot):
    session, panel = feeling.session, feeling.widgets.emotion
    qtbot.mouseClick(panel.modes["auto"], Qt.MouseButton.LeftButton)
    remade(qtbot, session)
    assert "Estimate" in panel.note.text() and "guess" in panel.note.text()
    assert not panel.rows["joy"].isEnabled() and panel.take.isVisible() and not panel.add.isVisible()
    shoot(feeling, "emotion-auto")
    qtbot.mouseClick(panel.modes["off"], Qt.MouseButton.LeftButton)
    assert not feeling.widgets.emotion_lane.isVisible() and session.emotion.at(0.5).max() == 0


def test_visemes_feel_nothing_and_the_panel_says_so(feeling):
    feeling.session.sources.choose("A", "mock")
    assert "takes no emotions" in feeling.widgets.emotion.note.text()
    assert not feeling.widgets.emotion_lane.isVisible()


def test_on_a_wide_screen_with_keys_everything_fits(feeling, qtbot, shoot):
    feeling.resize(1920, 1040)
    keys = mixture({"joy": 0.6, "cheekiness": 0.3}), mixture({"fear": 0.8}, 0.5), mixture({"sadness": 0.9}, 1.0)
    feeling.session.emotion.change_timeline(EmotionTimeline(keys, 0.4), "Keys")
    remade(qtbot, feeling.session)
    go_to(feeling, 0.7)
    picture = shoot(feeling, "emotion-wide")
    panel = feeling.widgets.emotion
    assert picture.shape[1] >= 1900
    assert panel.blinks.mapTo(feeling, QPoint(0, panel.blinks.height())).y() < feeling.widgets.speak_bar.mapTo(feeling, QPoint()).y()


def test_choices_are_remembered_but_keys_of_a_clip_are_not(feeling, open_window):
    emotion = feeling.session.emotion
    emotion.change_timeline(EmotionTimeline((mixture({"joy": 1.0}, 0.5),), 1.25, 0.5), "Keys")
    feeling.session.life.set_settings(LivelinessSettings(blinks=0.5, gaze=0.0, breathing=1.5))
    feeling.close()
    again = open_window(ready=False)
    settings = again.session.emotion.settings
    assert settings.timeline == EmotionTimeline((EmotionKey(),), 1.25, 0.5)
    assert again.session.life.settings.blinks == 0.5 and again.session.life.settings.gaze == 0


def test_a_track_is_what_the_source_made_whatever_life_does(feeling):
    feeling.session.life.set_settings(feeling.session.life.settings)
    assert feeling.session.life.acts
    raw, shown = feeling.session.state.sides["A"].raw, feeling.session.state.shown_side.tuned
    go_to(feeling, 0.6)
    np.testing.assert_array_equal(shown.arkit.weights, raw.arkit.weights)
    np.testing.assert_array_equal(feeling.session.posing.weights_at(0.6), raw.arkit.sample(0.6))
    feeling.session.sources.choose("B", "mock")
    assert not feeling.session.life.acts


@pytest.mark.audio
@pytest.mark.usefixtures("audio_sink")
def test_the_microphone_moves_the_face_after_the_delay_on_screen(feeling, qtbot, recording, shoot, follow_voice):
    """What is played into the room moves the drawn face, as much later as the window says."""
    session, bar = feeling.session, feeling.widgets.live_bar
    said = session.state.sides["A"].tuned.arkit.column("jawOpen")
    feeling.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: session.live.figures.total_ms > 0, timeout=SLOW_MS)
    assert feeling.widgets.preview.tag.text() == "Audio2Face (light), live" and bar.isVisible()
    figures = follow_voice(feeling, resample(read_clip(recording), 16000), said)
    bar.write_figures()
    shoot(feeling, "live")
    assert figures.total_ms > figures.input_ms + figures.look_ahead_ms > 60
    assert bar.delay.text().endswith("ms to the face")
    feeling.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert not session.live.active and session.live.weights is None and not bar.isVisible()


def test_without_a_microphone_one_sentence_says_so(feeling, qtbot, monkeypatch):
    def none(_device, _rate):
        raise DeviceError("There is no microphone; connect one, allow this program to use it, and try again.")

    monkeypatch.setattr(live, "open_microphone", none)
    with qtbot.waitSignal(feeling.session.messages.failed, timeout=SLOW_MS) as failed:
        feeling.widgets.actions["live"].trigger()
    assert failed.args[0].startswith("There is no microphone; connect one")
    qtbot.waitUntil(lambda: not feeling.session.live.active, timeout=SLOW_MS)
    assert not feeling.widgets.actions["live"].isChecked() and not feeling.widgets.live_bar.isVisible()


@pytest.mark.audio
@pytest.mark.usefixtures("audio_sink")
def test_playing_a_clip_ends_live(feeling, qtbot):
    session = feeling.session
    feeling.widgets.actions["live"].trigger()
    qtbot.waitUntil(lambda: session.live.weights is not None, timeout=SLOW_MS)
    began = time.monotonic()
    session.playback.play()
    qtbot.waitUntil(lambda: not session.live.active and not session.workers.leaving, timeout=SLOW_MS)
    assert time.monotonic() - began < 5
    assert session.playback.playing
