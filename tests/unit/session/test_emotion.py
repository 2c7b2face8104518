"""Feelings in the session: undo, motion made anew, the estimate, and what happens without a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.emotion import EmotionSettings, EmotionTimeline, mixture
from app.core.errors import SourceError
from app.lipsync.feeling import default_source, has_network
from app.session.base.side import Side
from app.session.motion import network

SLOW_MS = 60_000
SMILE = ARKIT_INDEX["mouthSmileLeft"]
needs_network = pytest.mark.skipif(not has_network("a2f:light"), reason="torch or the light network's weights are not installed")


def smile_of(session) -> np.ndarray:
    """mouthSmileLeft over time."""
    return session.state.sides["A"].tuned.arkit.weights[:, SMILE]


def felt(name: str, time_s: float = 0.0) -> EmotionTimeline:
    """A line with one key."""
    return EmotionTimeline((mixture({name: 1.0}, time_s),))


def remade(session, qtbot) -> None:
    """Wait until the motion follows the settings; they settle a moment after the last change."""
    with qtbot.waitSignal(session.workers.ended, timeout=SLOW_MS, check_params_cb=lambda task: task == session.state.sides["A"].task):
        assert not session.workers.busy
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)


def test_changes_are_taken_back_and_made_again(session):
    emotion = session.emotion
    emotion.change_timeline(felt("joy"), "Joy")
    emotion.change(replace(emotion.settings, mode="off"), "Emotion off")
    session.undo.undo()
    assert emotion.settings == EmotionSettings(timeline=felt("joy"))
    session.undo.undo()
    assert emotion.settings == EmotionSettings() and not session.undo.canUndo()
    session.undo.redo()
    assert emotion.settings.timeline == felt("joy")


def test_one_drag_is_one_step(session):
    for time_s in (1.0, 1.1, 1.2):
        session.emotion.change_timeline(felt("joy", time_s), "Move", "drag 1")
    session.emotion.change_timeline(felt("joy", 2.0), "Move", "drag 2")
    assert session.undo.count() == 2
    session.undo.undo()
    assert session.emotion.settings.timeline == felt("joy", 1.2)
    session.undo.undo()
    assert session.emotion.settings.timeline == EmotionTimeline()


def test_nothing_changed_is_no_step(session):
    session.emotion.change(EmotionSettings(), "Nothing")
    assert session.undo.count() == 0


def test_quick_changes_settle_once(session, qtbot):
    settled = []
    session.emotion.settled.connect(lambda: settled.append(session.emotion.settings.timeline))
    with qtbot.waitSignal(session.emotion.settled):
        for strength in np.linspace(0.1, 1, 10):
            session.emotion.change_timeline(EmotionTimeline((mixture({"joy": float(strength)}),)), "Joy", "drag")
    assert settled == [felt("joy")]


def test_a_change_that_makes_no_difference_makes_nothing_anew(session, qtbot):
    session.emotion.change(replace(session.emotion.settings, mode="off"), "Off")
    qtbot.waitSignal(session.emotion.settled).wait()
    settled = []
    session.emotion.settled.connect(lambda: settled.append(1))
    session.emotion.change_timeline(felt("joy"), "Joy while off")
    qtbot.waitUntil(lambda: not session.emotion._timer.isActive())
    assert not settled


@needs_network
def test_the_face_feels_what_the_keys_say(session, qtbot, open_clip, hum):
    open_clip(hum, "a2f:light")
    neutral = smile_of(session).copy()
    session.emotion.change_timeline(felt("joy", 1.0), "Joy")
    remade(session, qtbot)
    happy = smile_of(session)
    assert len(happy) == len(neutral) == 120
    np.testing.assert_allclose(happy[:59], neutral[:59], atol=1e-6)
    assert (happy[100:] - neutral[100:]).min() > 0.3
    session.undo.undo()
    remade(session, qtbot)
    np.testing.assert_allclose(smile_of(session), neutral, atol=1e-6)


@needs_network
def test_while_motion_is_made_anew_the_former_one_stands_in(session, qtbot, open_clip, hum):
    open_clip(hum, "a2f:light")
    lengths, neutral = [], smile_of(session).copy()
    session.state.motion_changed.connect(lambda _: lengths.append(len(session.state.sides["A"].tuned.arkit)))
    session.emotion.change_timeline(felt("joy"), "Joy")
    remade(session, qtbot)
    assert set(lengths) == {120} and (smile_of(session)[30:] - neutral[30:]).min() > 0.3


@needs_network
def test_a_newer_change_cancels_the_older_one(session, qtbot, open_clip, hum):
    open_clip(hum, "a2f:light")
    session.emotion.change_timeline(felt("joy"), "Joy")
    qtbot.waitUntil(lambda: session.workers.busy, timeout=SLOW_MS)
    session.emotion.change_timeline(felt("grief"), "Grief")
    qtbot.waitSignal(session.emotion.settled, timeout=SLOW_MS).wait()
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    weights = session.state.sides["A"].tuned.arkit.weights
    assert weights[:, SMILE].max() < 0.3 < weights[:, ARKIT_INDEX["browInnerUp"]].min()


@needs_network
def test_blinks_belong_to_the_source_and_can_be_left_out(session, qtbot, open_clip, hum):
    open_clip(hum, "a2f:light")
    assert session.state.sides["A"].tuned.owns_eyes
    session.emotion.change(replace(session.emotion.settings, blinks=False), "Blinks")
    remade(session, qtbot)
    assert not session.state.sides["A"].tuned.owns_eyes
    assert session.state.sides["A"].tuned.arkit.column("eyeBlinkLeft").max() < 0.5


@needs_network
def test_the_estimate_is_shown_used_and_can_be_taken_over(session, qtbot, open_clip, hum):
    session.emotion.restore(EmotionSettings("auto"))
    open_clip(hum, "a2f:light")
    estimate = session.emotion.estimate
    assert session.emotion.line.keys == estimate.keys
    session.emotion.take_over()
    assert session.emotion.settings.mode == "manual" and session.emotion.settings.timeline.keys == estimate.keys


@needs_network
def test_the_network_is_loaded_when_the_window_is_up_and_not_before(session, qtbot):
    labels = []
    session.network.device_changed.connect(labels.append)
    session.sources.choose("A", "a2f:light")
    assert not session.workers.busy
    with qtbot.waitSignal(session.network.device_changed, timeout=SLOW_MS):
        session.network.open()
    assert labels[-1] == session.network.device_label and labels[-1].startswith(("CPU", "CUDA "))
    session.sources.choose("A", "mock")
    assert labels[-1] == ""


def test_without_a_network_visemes_move_the_face_and_a_sentence_says_so(session, qtbot, monkeypatch):
    def missing(_spec: str) -> str:
        raise SourceError("Audio2Face needs PyTorch: start once with: python3 run.py --with-torch.")

    monkeypatch.setattr(network, "load_network", missing)
    said = []
    session.messages.failed.connect(said.append)
    session.sources.choose("A", "a2f")
    with qtbot.waitSignal(session.state.source_changed, timeout=SLOW_MS):
        session.network.open()
    assert str(session.state.sides["A"].spec) == "visemes" and not session.state.sides["A"].failed
    assert said[-1].startswith("Audio2Face needs PyTorch: ")
    assert said[-1].endswith("run.py --with-torch; until then visemes move the face.")


def test_the_default_source_is_one_that_can_run():
    assert str(default_source()) == next((spec for spec in ("a2f", "a2f:light") if has_network(spec)), "visemes")


def test_a_side_without_former_motion_shows_what_there_is():
    assert Side("A").restarted().grown().own is None
