"""Stages of the motion: each made once, and those of minutes of it never in the thread that draws."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.presets import BUILT_IN
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuning_stages
from app.session.base.side import Side
from app.ui.curves import stages
from app.ui.curves.stages import AT_ONCE, StageTracks

SLOW_MS = 30_000


def side(n_frames: int) -> Side:
    """A side with so much motion."""
    weights = np.random.default_rng(0).random((n_frames, 52)).astype(np.float32)
    made = Animation(BlendshapeTrack(weights, 60.0), label="made")
    return Side("A", raw=made, tuned=made)


@pytest.fixture
def made_in(monkeypatch) -> list[threading.Thread]:
    """The threads in which stages were made, one entry each time."""
    threads: list[threading.Thread] = []

    def noted(*arguments):
        threads.append(threading.current_thread())
        return tuning_stages(*arguments)

    monkeypatch.setattr(stages, "tuning_stages", noted)
    return threads


@pytest.fixture
def tracks(qapp):
    """Stages under a tuning that tests change: ``tracks.tuning``."""
    made = StageTracks(lambda _side: made.tuning, lambda: (), lambda _side: None, lambda *_: None)
    made.tuning = BUILT_IN["Calmer"][0]
    yield made
    made.close()


def test_a_short_motion_has_its_stages_at_once_and_once(tracks, made_in):
    one = side(AT_ONCE)
    wanted = tuning_stages(one.raw.arkit, tracks.tuning)
    for _ in range(20):
        assert np.array_equal(tracks.of(one, "smooth").weights, wanted["smooth"].weights)
        assert tracks.of(one, "raw") is one.raw.arkit and tracks.of(one, "tuned") is one.tuned.arkit
    assert len(made_in) == 1


def test_five_minutes_are_made_by_a_worker_and_once_per_change(tracks, made_in, qtbot):
    one = side(5 * 60 * 60)
    with qtbot.waitSignal(tracks.made, timeout=SLOW_MS) as made:
        for _ in range(20):
            assert len(tracks.of(one, "smooth")) == len(one.raw.arkit)
    assert made.args == ["A"]
    calm = tracks.of(one, "smooth")
    assert np.array_equal(calm.weights, tuning_stages(one.raw.arkit, tracks.tuning)["smooth"].weights)
    assert len(made_in) == 1 and made_in[0] is not threading.main_thread()
    tracks.tuning = Tuning(smoothing_ms={"lips": 30.0})
    with qtbot.waitSignal(tracks.made, timeout=SLOW_MS):
        assert tracks.of(one, "smooth") is calm, "what was there before stands in"
    assert tracks.of(one, "smooth") is not calm
    assert len(made_in) == 2 and threading.main_thread() not in made_in


def test_another_sound_never_shows_the_stages_of_the_former(tracks, qtbot):
    with qtbot.waitSignal(tracks.made, timeout=SLOW_MS):
        tracks.of(side(3000), "smooth")
    other = side(2000)
    assert tracks.of(other, "smooth") is other.raw.arkit
    with qtbot.waitSignal(tracks.made, timeout=SLOW_MS):
        pass
    assert len(tracks.of(other, "smooth")) == 2000


def test_reasons_come_from_the_same_stages(tracks, made_in):
    one = side(100)
    tracks.tuning = Tuning(regions={"jaw": 0.0})
    tracks.of(one, "gain")
    assert "strength" in tracks.reasons(one, ("jawOpen",))["jawOpen"]
    assert tracks.reasons(one, ("browInnerUp",)) == {"browInnerUp": ""}
    assert len(made_in) == 1
