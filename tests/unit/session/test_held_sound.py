"""Sound that waits for the faces that follow it, and for how long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.source_spec import SourceSpec
from app.core.track import Animation, BlendshapeTrack
from app.session.speech.held_sound import LONGEST_S, SLACK_S, HeldSound

RATE = 1000


@pytest.fixture
def given(session, monkeypatch) -> list[np.ndarray]:
    """What the player got."""
    found: list[np.ndarray] = []
    monkeypatch.setattr(session.playback, "append", found.append)
    return found


@pytest.fixture
def clock() -> list[float]:
    """The time, to be set."""
    return [0.0]


@pytest.fixture
def held(session, given, clock) -> HeldSound:
    """Before the player of a session whose side A follows."""
    made = HeldSound(session.state, session.playback, session, lambda: clock[0])
    made.begin(RATE)
    return made


def come(session, seconds: float) -> None:
    """Side A's motion is so long."""
    track = Animation(BlendshapeTrack(np.zeros((round(60 * seconds), 52), np.float32), 60.0))
    session.state.put(replace(session.state.sides["A"], raw=track, tuned=track))
    session.state.tell_motion()


def length(given: list[np.ndarray]) -> float:
    """Seconds."""
    return sum(map(len, given)) / RATE


def test_sound_is_heard_as_far_as_the_motion_has_come(session, held, given):
    """In order, cut where the motion ends."""
    sound = np.arange(1000, dtype=np.float32)
    held.take(sound)
    assert length(given) == pytest.approx(SLACK_S, abs=1e-3)
    come(session, 0.5)
    assert length(given) == pytest.approx(0.5 + SLACK_S, abs=1e-3)
    come(session, 2.0)
    assert np.array_equal(np.concatenate(given), sound)
    held.take(sound)
    assert np.array_equal(np.concatenate(given)[1000:], sound)


def test_a_face_that_does_not_come_is_not_waited_for(held, given, clock):
    """Not longer, and not more; while no more sound comes, what is held stays so."""
    for i in range(20):
        clock[0] = 0.1 * i
        held.take(np.zeros(100, np.float32))
    assert length(given) == pytest.approx(2.0 - LONGEST_S, abs=0.101)
    clock[0] += 60.0
    held._look()
    assert 2.0 - length(given) == pytest.approx(LONGEST_S, abs=0.101)
    held.let_go()
    assert length(given) == pytest.approx(2.0)


@pytest.mark.parametrize("how", ["failed", "cannot follow"])
def test_who_does_not_follow_is_not_waited_for(session, held, given, how):
    """A source that gave up, or that waits for the end."""
    if how == "failed":
        session.state.put(replace(session.state.sides["A"], failed=True))
    else:
        from app.lipsync.mock import MockSource

        session.state.set_source("A", SourceSpec("mock"), MockSource())
    held.take(np.zeros(500, np.float32))
    assert length(given) == 0.5


def test_the_slowest_side_is_waited_for(session, held, given):
    """Three lanes are in sync with one another too."""
    session.state.set_source("B", SourceSpec("a2f"))
    come(session, 1.0)
    held.take(np.zeros(500, np.float32))
    assert length(given) == pytest.approx(SLACK_S, abs=1e-3)
    held.forget()
    held.let_go()
    assert length(given) == pytest.approx(SLACK_S, abs=1e-3)
