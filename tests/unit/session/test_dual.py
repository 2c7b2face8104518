"""Visemes behind Audio2Face: when one face goes over from one to the other, and how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.remote.link.meter import LinkStatus
from app.session.base.opening import waveform
from app.session.base.playback import Playback
from app.session.compare.dual import EASE_S, LEAVE_S, RETURN_S

SERVER = "remote:http://127.0.0.1:9"


@pytest.fixture
def at(monkeypatch) -> dict[str, float]:
    """Playing at ``heard`` seconds; the wall clock says ``clock``."""
    now = {"heard": 0.0, "clock": 0.0}
    monkeypatch.setattr(Playback, "playing", property(lambda _: True))
    monkeypatch.setattr(Playback, "heard", lambda _: now["heard"])
    return now


@pytest.fixture
def dual(session, hum, at, monkeypatch):
    """In dual mode, with visemes of 0.2 throughout on side A and a server on side B; no job runs."""
    monkeypatch.setattr(session.motion, "animate", lambda *_, **__: None)
    monkeypatch.setattr(session.workers, "start", lambda *_: None)
    made = session.dual
    made.clock_s = lambda: at["clock"]
    session.state.set_source("A", SourceSpec.parse(SERVER))
    session.state.begin_speech(Speech(hum), waveform(hum), [(0.0, Speech(hum))])
    made.set_mode("dual")
    put(session, "A", 2.0, 0.2)
    session.state.put(replace(session.state.sides["A"], parts_done=1))
    put(session, "B", 1.0, 0.8)
    made.look()
    at["clock"] += 2 * EASE_S
    return made


def put(session, name: str, seconds: float, weight: float) -> None:
    """So much motion of a side."""
    track = Animation(BlendshapeTrack(np.full((round(60 * seconds), 52), weight, np.float32), 60.0), label=name)
    session.state.put(replace(session.state.sides[name], raw=track, tuned=track))


def lose(session, state: str = "reconnecting") -> None:
    """What is known of side B's server."""
    session.links.statuses["B"] = LinkStatus(state=state)
    session.links.changed.emit("B")


def test_the_server_moves_the_face_for_as_long_as_it_has_motion(session, dual, at):
    """What has come before the loss is used; visemes take over before it ends, and say so."""
    assert session.state.shown == "B" and dual.share == 1.0 and [str(s.spec) for s in session.state.sides.values()] == ["visemes", SERVER]
    lose(session)
    assert session.state.shown == "B" and not dual.reason
    at["heard"] = 1.0 - LEAVE_S + 0.01
    dual.look()
    assert session.state.shown == "A" and dual.reason == "server lost" and dual.words("A") == "server lost" and not dual.words("B")


def test_the_face_goes_over_without_a_jump(session, dual, at):
    """From one weight to the other in small steps, and it is there before the motion ends."""
    at["heard"] = 1.0 - LEAVE_S + 0.01
    dual.look()
    steps = []
    for i in range(16):
        at["clock"] += 1 / 60
        steps.append(float(session.posing._mixed(at["heard"] + i / 60)[0][0]))
    assert steps[-1] == pytest.approx(0.2) and EASE_S < LEAVE_S
    assert steps[0] > 0.75 and np.diff([0.8, *steps]).min() > -0.12 and np.diff(steps).max() <= 1e-6


def test_it_returns_by_itself_when_there_is_motion_ahead(session, dual, at):
    """Not for a moment's worth of it."""
    lose(session)
    at["heard"] = 0.9
    dual.look()
    at["clock"] += 1.0
    put(session, "B", 0.9 + RETURN_S - 0.1, 0.8)
    lose(session, "streaming")
    assert session.state.shown == "A"
    put(session, "B", 0.9 + RETURN_S + 0.1, 0.8)
    dual.look()
    assert session.state.shown == "B" and not dual.reason and dual.share == 0.0
    at["clock"] += EASE_S
    assert dual.share == 1.0


def test_a_refusal_is_no_loss_of_the_moment(session, dual):
    """The upgrade gave up: visemes for good, with a word."""
    session.state.put(replace(session.state.sides["B"], failed=True))
    dual.look()
    assert session.state.shown == "A" and dual.reason == "server lost"


def test_what_is_wanted_can_be_changed_and_taken_back(session, dual, at):
    """Also by showing a side; without a word, since nothing is lost."""
    dual.prefer(False)
    assert session.state.shown == "A" and not dual.reason
    at["clock"] += EASE_S / 2
    session.state.show("B")
    assert dual.wants_upgrade and session.state.shown == "B" and 0.0 < dual.share < 1.0
    lose(session)
    at["heard"] = 0.95
    dual.look()
    session.state.show("B")
    assert session.state.shown == "A", "what has no motion is not shown"


def test_giving_up_side_b_ends_it(session, dual):
    """And comparing shows both again as they are."""
    session.comparing.set_source("B", "")
    assert dual.mode == "off" and not dual.blends


def test_full_replacement_keeps_what_the_upgrade_has_made(session, dual):
    """Side A is the server's, alone."""
    made = session.state.sides["B"].raw
    dual.set_mode("alone")
    assert list(session.state.sides) == ["A"] and str(session.state.sides["A"].spec) == SERVER
    assert session.state.sides["A"].raw is made and dual.mode == "alone"
    session.comparing.set_source("B", "mock")
    assert dual.mode == "off"
