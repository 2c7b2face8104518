"""Links of a session: what they count, when they ask, and how a face whose motion is missing rests."""

from __future__ import annotations

import socket as sockets
import threading
from dataclasses import replace

import numpy as np
import pytest

from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.remote.link.meter import LinkStatus
from app.remote.link.retiming import EASE_S
from app.session.base.opening import waveform
from app.session.link.links import TOLERATED_MS
from app.session.link.rest_easing import HOLD_S, RestEasing


@pytest.fixture
def spec() -> str:
    """A server that is not there."""
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"remote:http://127.0.0.1:{free.getsockname()[1]}"


def come(session, seconds: float = 1.0, side: str = "A") -> None:
    """So much more motion of a side comes from a server."""
    held = session.state.sides[side]
    start_s = 0.0 if held.raw is None else held.raw.arkit.end_s
    held.growing.append(0.0, Animation(BlendshapeTrack(np.full((round(60 * seconds), 52), 0.5, np.float32), 60.0, start_s), label="far"))
    held = held.grown()
    session.state.put(replace(held, raw=held.own, tuned=held.own))
    session.motion.made.emit(side)


@pytest.fixture
def remote(session, hum, spec):
    """A session whose side A has one second of two from a server; its job does not run."""
    session.state.set_source("A", SourceSpec.parse(spec))
    session.state.put(replace(session.state.sides["A"], failed=True))
    session.state.begin_speech(Speech(hum), waveform(hum))
    session.state.put(replace(session.state.sides["A"], failed=True))
    session.state.set_parts([(0.0, Speech(hum))])
    come(session)
    return session


class Playing:
    """Playback that stands where it is put, and plays."""

    def __init__(self, session) -> None:
        self.t, self.playing, self.moved = 0.0, False, session.playback.moved

    def heard(self) -> float:
        return self.t


@pytest.fixture
def easing(remote):
    """The stage after the track, on a clock of the test's own."""
    playing, clock = Playing(remote), [0.0]
    made = RestEasing(remote.state, playing, lambda: clock[0], remote)
    made.playing, made.clock = playing, clock
    made.note_motion("A")
    playing.playing = True
    return made


def test_a_face_whose_motion_is_missing_rests(remote, easing):
    side = remote.state.sides["A"]
    shares = {round(t, 3): easing.share(side, t) for t in np.arange(0.9, 1.6, 1 / 60)}
    values = np.array(list(shares.values()))
    assert shares[0.9] == 1 and values[-1] == 0 and (np.diff(values) <= 0).all()
    assert easing.share(side, 1.0 + HOLD_S) == 1 and 0 < easing.share(side, 1.0 + HOLD_S + EASE_S / 2) < 0.2


def test_looking_changes_nothing(remote, easing):
    """The share is a function of what is at hand, the time and the clock: in any order, as often as one likes."""
    side, times = remote.state.sides["A"], np.arange(0.9, 1.6, 1 / 60)
    shares = [easing.share(side, t) for t in times]
    assert [easing.share(side, t) for t in times[::-1]] == shares[::-1]


def test_a_face_comes_back_without_a_jump_when_late_motion_is_there(remote, easing):
    easing.playing.t = 1.59
    come(remote)
    easing.note_motion("A")
    side = remote.state.sides["A"]
    shares = []
    for i in range(20):
        easing.clock[0] = i / 60
        shares.append(easing.share(side, 1.6 + i / 60))
    assert shares[0] < 0.1 and shares[-1] == 1 and (np.diff(shares) >= 0).all()
    np.testing.assert_array_equal(side.raw.arkit.weights, 0.5)


def test_a_jump_of_the_cursor_and_a_pause_show_what_is_there(remote, easing):
    easing.playing.t = 1.59
    come(remote)
    easing.note_motion("A")
    assert easing.share(remote.state.sides["A"], 1.6) < 0.1
    remote.playback.moved.emit(1.9)
    assert easing.share(remote.state.sides["A"], 1.9) == 1
    easing.playing.playing, easing.playing.t = False, 2.5
    come(remote)
    easing.note_motion("A")
    assert easing.share(remote.state.sides["A"], 2.5) == 1


def test_other_sources_are_never_eased(remote):
    side = replace(remote.state.sides["A"], spec=SourceSpec("mock"))
    assert remote.easing.share(side, 1.9) == 1 and remote.posing.weights_at(0.5).max() == 0.5


def test_counts_add_up_over_the_sentences_of_a_line(remote, hum):
    links = remote.links
    for part in range(3):
        links.note("A", LinkStatus("connecting"))
        links.note("A", LinkStatus("streaming", healthy=True, received=50, late=part, reconnects=1, round_trip_ms=9.0, model="m"))
        links.note("A", LinkStatus("done", healthy=True, received=60, late=part, reconnects=1))
    status = links.statuses["A"]
    assert (status.received, status.late, status.reconnects) == (180, 3, 3)
    assert (status.round_trip_ms, status.model) == (9.0, "m")
    remote.state.begin_speech(Speech(hum), waveform(hum))
    links.note("A", LinkStatus("streaming", received=5))
    assert links.statuses["A"].received == 5


def test_a_line_that_waits_for_one_side_plays_when_another_is_shown(remote, qtbot, spec, monkeypatch):
    """Two remote sides, the first motion awaited, and B is pressed: what B has or does not have decides, and it plays."""
    played = []
    monkeypatch.setattr(remote.playback, "play", lambda: played.append(remote.state.shown))
    remote.state.set_source("B", SourceSpec.parse(spec))
    remote.state.put(remote.state.sides["A"].cleared())
    remote.links.play()
    qtbot.wait(50)
    assert not played
    remote.state.show("B")
    qtbot.wait(50)
    assert not played, "B waits as A did"
    come(remote, side="B")
    qtbot.waitUntil(lambda: played == ["B"], timeout=500)


def test_a_line_that_waits_plays_at_once_when_a_side_with_motion_is_shown(remote, qtbot, spec, monkeypatch):
    played = []
    monkeypatch.setattr(remote.playback, "play", lambda: played.append(remote.state.shown))
    remote.state.set_source("B", SourceSpec.parse(spec))
    qtbot.wait(20)
    remote.state.show("B")
    remote.links.play()
    qtbot.wait(50)
    assert not played
    remote.state.show("A")
    assert played == ["A"]


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
    session.sources.choose("A", spec)
    qtbot.waitUntil(lambda: session.links.statuses["A"].state == "lost", timeout=20_000)
    assert "cannot be reached" in session.links.statuses["A"].message
    session.sources.choose("A", "mock")
    assert not session.links.statuses and not session.links.remote_sides and not session.links._heart.isActive()


def test_a_token_in_a_source_goes_no_further(session, spec):
    session.sources.choose("A", f"{spec}/t/abc")
    assert str(session.state.sides["A"].spec) == spec


class Far:
    """A linked source that notes on which thread it was let go."""

    kind, status = None, LinkStatus()

    def __init__(self) -> None:
        self.closed_by: list[threading.Thread] = []

    def check(self) -> LinkStatus:
        return self.status

    def watch(self, *_of_whom: object) -> None:
        pass

    def close(self) -> None:
        self.closed_by.append(threading.current_thread())


def test_what_a_former_source_keeps_open_is_closed_off_the_gui_thread(remote, qtbot):
    first, second = Far(), Far()
    for far in (first, first, second):
        remote.workers.start("work", lambda job, far=far: remote.links.watcher(remote.state.sides["A"], 1, 0.0)(job, far))
        qtbot.waitUntil(lambda: not remote.workers.busy, timeout=5000)
    qtbot.waitUntil(lambda: len(first.closed_by) == 1, timeout=5000)
    assert not second.closed_by
    remote.sources.choose("A", "mock")
    qtbot.waitUntil(lambda: len(second.closed_by) == 1, timeout=5000)
    assert threading.main_thread() not in first.closed_by + second.closed_by


def test_a_side_that_is_given_up_leaves_nothing_behind(remote, spec):
    remote.sources.choose("B", spec)
    remote.links.note("B", LinkStatus("reconnecting"))
    assert set(remote.links.statuses) == {"A", "B"}
    remote.comparing.set_source("B", "")
    assert set(remote.links.statuses) == {"A"}
