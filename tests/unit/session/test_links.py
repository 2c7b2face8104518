"""Links of a session: what they count, when they ask, and how a face whose motion is missing rests."""

from __future__ import annotations

import socket as sockets
from dataclasses import replace

import numpy as np
import pytest

from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.remote.link.meter import LinkStatus
from app.remote.link.retiming import EASE_S
from app.session.link.links import TOLERATED_MS
from app.session.link.rest_easing import HOLD_S


@pytest.fixture
def spec() -> str:
    """A server that is not there."""
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"remote:http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def remote(session, hum, spec):
    """A session whose slot A has one second of two from a server; its job does not run."""
    session.set_source("A", spec)
    slot = session.slots["A"]
    session.motion.parts = [(0.0, Speech(hum))]
    slot.failed = True
    slot.growing.append(0.0, Animation(BlendshapeTrack(np.full((60, 52), 0.5, np.float32), 60.0), label="far"))
    slot.grow()
    slot.tuned = slot.raw
    return session


def test_a_face_whose_motion_is_missing_rests_and_comes_back(remote):
    slot, sample = remote.slots["A"], remote.links.resting.sample
    tops = {round(t, 3): sample(slot, t).max() for t in np.arange(0.9, 1.6, 1 / 60)}
    values = np.array(list(tops.values()))
    assert tops[0.9] == 0.5 and values[-1] == 0 and (np.diff(values) <= 0).all()
    assert sample(slot, 1.0 + HOLD_S).max() == 0.5 and 0 < sample(slot, 1.0 + HOLD_S + EASE_S / 2).max() < 0.1
    sample(slot, 1.59)
    slot.growing.append(0.0, Animation(BlendshapeTrack(np.full((60, 52), 0.5, np.float32), 60.0, 1.0), label="far"))
    slot.grow()
    slot.tuned = slot.raw
    back = [sample(slot, 1.6 + i / 60).max() for i in range(20)]
    assert back[0] < 0.05 and back[-1] == 0.5 and (np.diff(back) >= 0).all()
    assert sample(slot, 1.9).max() == sample(slot, 0.2).max() == 0.5, "a jump of the cursor shows what is there"
    np.testing.assert_array_equal(slot.raw.arkit.weights, 0.5)


def test_other_sources_are_never_eased(remote):
    slot = remote.slots["A"]
    slot.spec = "mock"
    assert remote.links.resting.sample(slot, 1.9).max() == 0.5


def test_counts_add_up_over_the_sentences_of_a_line(remote):
    links = remote.links
    for part in range(3):
        links.note("A", LinkStatus("connecting"))
        links.note("A", LinkStatus("streaming", healthy=True, received=50, late=part, reconnects=1, round_trip_ms=9.0, model="m"))
        links.note("A", LinkStatus("done", healthy=True, received=60, late=part, reconnects=1))
    status = links.statuses["A"]
    assert (status.received, status.late, status.reconnects) == (180, 3, 3)
    assert (status.round_trip_ms, status.model) == (9.0, "m")
    remote.slots["A"].clear()
    remote.animation_grew.emit("A")
    links.note("A", LinkStatus("streaming", received=5))
    assert links.statuses["A"].received == 5


def test_a_short_loss_asks_nothing_and_a_long_one_once(remote, qtbot):
    links, asked, found = remote.links, [], []
    links.lost.connect(lambda *words: asked.append(words))
    links.found.connect(found.append)
    away, here = LinkStatus("reconnecting"), LinkStatus("streaming", healthy=True)
    links.note("A", away)
    links.note("A", here)
    qtbot.wait(TOLERATED_MS + 100)
    assert not asked and not found
    with qtbot.waitSignal(links.lost):
        links.note("A", away)
    links.note("A", replace(away, message="still"))
    qtbot.wait(TOLERATED_MS + 100)
    assert len(asked) == 1 and "was lost at 1.0 s" in asked[0][1]
    links.note("A", here)
    assert found == ["A"]


def test_an_idle_server_is_asked_and_a_forgotten_one_is_not(session, spec, qtbot):
    session.set_source("A", spec)
    qtbot.waitUntil(lambda: session.links.statuses["A"].state == "lost", timeout=20_000)
    assert "cannot be reached" in session.links.statuses["A"].message
    session.set_source("A", "mock")
    assert not session.links.statuses and not session.links.remote_slots and not session.links._heart.isActive()


def test_a_token_in_a_source_goes_no_further(session, spec):
    session.set_source("A", f"{spec}/t/abc")
    assert session.slots["A"].spec == spec
