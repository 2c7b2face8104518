"""The one owner of state: its signals say one thing each, and what is read does not change under the reader's hands."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, Speech
from app.core.track import Animation, BlendshapeTrack
from app.session.state import NO_PEAKS, State

SIGNALS = (
    "avatar_changed", "sides_cleared", "sound_changed", "speech_changed", "parts_changed", "source_changed", "motion_changed",
    "shown_changed", "sides_changed",
)  # fmt: skip
MOCK = SourceSpec("mock")


@pytest.fixture
def state(qapp):
    """A state of its own."""
    return State()


@pytest.fixture
def heard(state):
    """What the state has told so far: names of signals, with sides; ``heard()`` takes them and lets one turn of the loop pass."""
    told: list[str] = []
    for name in SIGNALS:
        getattr(state, name).connect(
            lambda *values, name=name: told.append(" ".join([name, *(v for v in values if isinstance(v, str))]))
        )  # fmt: skip

    def take() -> list[str]:
        QCoreApplication.processEvents()
        taken, told[:] = list(told), []
        return taken

    return take


def moved(n_frames: int = 10) -> Animation:
    return Animation(BlendshapeTrack(np.full((n_frames, 52), 0.5, np.float32), 60.0))


def speech(value: float = 0.1, name: str = "") -> Speech:
    return Speech(AudioClip(np.full(1600, value, np.float32), 16000, name))


def test_a_side_and_the_sides_can_be_read_only(state):
    with pytest.raises(TypeError):
        state.sides["B"] = state.sides["A"]
    with pytest.raises(FrozenInstanceError):
        state.sides["A"].tuned = moved()
    with pytest.raises(AttributeError):
        state.shown = "B"


def test_motion_is_told_once_per_turn_of_the_loop(state, heard):
    for n in (10, 20, 30):
        state.put(replace(state.sides["A"], raw=moved(n), tuned=moved(n)))
    assert heard() == ["motion_changed A"]
    state.put(replace(state.sides["A"], failed=True))
    assert heard() == [], "nothing of the motion changed"


def test_showing_another_side_is_no_change_of_motion(state, heard):
    state.set_source("B", MOCK)
    heard()
    state.show("B")
    assert heard() == ["shown_changed B"] and state.shown_side is state.sides["B"]


def test_another_source_clears_the_side_and_a_new_side_is_told(state, heard):
    state.put(replace(state.sides["A"], raw=moved(), tuned=moved()))
    heard()
    state.set_source("A", MOCK)
    assert heard() == ["source_changed A", "motion_changed A"] and state.sides["A"].tuned is None
    state.set_source("B", MOCK)
    assert heard()[:2] == ["sides_changed", "source_changed B"]


def test_another_sound_forgets_the_motion_and_a_further_sentence_does_not(state, heard):
    state.put(replace(state.sides["A"], raw=moved(), tuned=moved()))
    heard()
    first = speech()
    state.begin_speech(first, NO_PEAKS, [(0.0, first)])
    assert heard() == ["sides_cleared", "sound_changed", "speech_changed", "parts_changed", "motion_changed A"]
    state.put(replace(state.sides["A"], raw=moved(), tuned=moved()))
    heard()
    state.extend_speech(speech(0.2), NO_PEAKS, (0.1, first))
    assert heard() == ["speech_changed", "parts_changed"]
    assert state.sides["A"].tuned is not None and len(state.parts) == 2
    state.replace_words(speech(0.2))
    assert heard() == ["sides_cleared", "speech_changed", "parts_changed", "motion_changed A"]


def test_a_side_that_was_on_show_gives_way_to_a(state, heard):
    state.set_source("B", MOCK)
    state.show("B")
    heard()
    state.remove("B")
    assert heard() == ["shown_changed A", "sides_changed"] and list(state.sides) == ["A"]


def test_sides_that_change_places_keep_what_they_are(state, tmp_path):
    state.set_source("B", MOCK)
    state.put(replace(state.sides["A"], raw=moved(), tuned=moved()))
    a, b = state.sides["A"], state.sides["B"]
    state.exchange("B")
    assert (state.sides["B"].serial, state.sides["B"].raw) == (a.serial, a.raw) and state.sides["A"].spec == MOCK
    assert state.named(a.serial) == "B" and state.named(b.serial) == "A" and state.named(99) == ""


def test_an_own_avatar_changes_places_with_its_side(state, tmp_path):
    shared, own, third = tmp_path / "shared.glb", tmp_path / "own.glb", tmp_path / "third.glb"
    state.set_avatar(shared, "rig of shared")
    for name, avatar in (("B", own), ("C", None)):
        state.set_source(name, MOCK)
        state.put(replace(state.sides[name], avatar=avatar))
    state.exchange("B", "rig of own")
    assert (state.avatar_path, state.rig) == (own, "rig of own")
    assert [state.sides[name].avatar for name in "ABC"] == [None, shared, shared]
    state.put(replace(state.sides["C"], avatar=third))
    state.exchange("B", "rig of shared")
    assert state.avatar_path == shared and [state.sides[name].avatar for name in "ABC"] == [None, own, third]
