"""Live out: several receivers at once, each counted, none holding up another."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from app.core.errors import SourceError, StreamingError
from app.core.face_frame import FaceFrame
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.streaming.address import Address
from app.streaming.broadcast import MAX_RECEIVERS, Broadcast, StreamOptions
from app.streaming.figures import RateMeter
from app.streaming.pacing import moments
from app.streaming.supplies import NewestFace, PlayedTrack
from tests.wires.independent import UdpEar, live_link, vmc_faces


def until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    """Return as soon as something is the case."""
    end_s = time.perf_counter() + timeout
    while not condition():
        assert time.perf_counter() < end_s, "it did not come true in time"
        threading.Event().wait(0.005)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def address(wire: str, port: int) -> Address:
    return Address(wire, "127.0.0.1", port)  # type: ignore[arg-type]


def test_receivers_of_different_wires_hear_the_same_face_and_a_dead_one_is_told(rng):
    weights, dead, nowhere = rng.random(52).astype(np.float32), free_port(), "no-such-machine.invalid"

    def supply(now_s: float) -> FaceFrame:
        return FaceFrame(weights, np.float32([0.1] * 9), happened_s=now_s - 0.02)

    with UdpEar() as newer, UdpEar() as older, UdpEar() as vmc:
        living = [address("livelink", newer.port), address("livelink5", older.port), address("vmc", vmc.port)]
        lost = [address("livelink", dead), Address("vmc", nowhere, 39539)]
        with Broadcast(supply, [*living, *lost], StreamOptions(120, subject="Anna")) as broadcast:
            datagrams = newer.wait(60)
            until(lambda: all(counters.fault for counters in broadcast.counters()[3:]))
            vmc.wait(9)
        first, last = live_link(datagrams[0]), live_link(datagrams[-1])
        counters = broadcast.counters() or ()
        assert not counters, "closed, it has none"
        assert last["frame"] - first["frame"] >= 59 and first["rate"] == [120, 1] and first["subject"] == "Anna"
        assert np.float32(list(last["values"].values())[:52]) == pytest.approx(weights)
        assert live_link(older.wait(1)[0])["values"] == last["values"]
        assert len(vmc_faces(vmc.arrived)[0][1]) == 52


def test_every_receiver_has_its_counters(rng):
    weights, dead = rng.random(52).astype(np.float32), free_port()
    with (
        UdpEar() as ear,
        Broadcast(
            lambda now_s: FaceFrame(weights, happened_s=now_s - 0.02), [address("livelink", ear.port), address("vmc", dead)]
        ) as broadcast,
    ):
        ear.wait(70)
        heard, lost = broadcast.counters()
        ear.wait(heard.frames)
        assert heard.frames == heard.packets
        assert heard.bytes == heard.packets * len(ear.arrived[0][1])
        assert 0 < heard.rate_hz < 130 and heard.failed == 0 and heard.fault == ""
        assert heard.delay is not None and heard.delay.p50_ms == pytest.approx(20 + heard.lateness.p50_ms, abs=0.5)
        assert lost.failed >= 1 and lost.packets < 20, "a receiver that refuses is tried now and then only"
        assert str(dead) in lost.fault and lost.fault.endswith("check its port.")


def test_a_receiver_that_starts_late_is_found(rng):
    port = free_port()
    with Broadcast(lambda _: FaceFrame(np.zeros(52, np.float32)), [address("livelink", port)], StreamOptions(100)) as broadcast:
        until(lambda: broadcast.counters()[0].fault != "")
        with UdpEar(port) as ear:
            ear.wait(30)
            until(lambda: broadcast.counters()[0].fault == "")
            broadcast.remove(address("livelink", port))
            count = broadcast.counters()
            broadcast.add(address("vmc", port))
            broadcast.add(address("vmc", port))
            assert count == () and broadcast.addresses == (address("vmc", port),)


def test_a_supplier_may_have_nothing_or_fail_and_is_asked_again():
    asked: list[float] = []

    def supply(now_s: float) -> FaceFrame | None:
        asked.append(now_s)
        if len(asked) % 3 == 1:
            return None
        if len(asked) % 3 == 2:
            raise SourceError("The source is gone; choose another.")
        return FaceFrame(np.full(52, np.nan, np.float32) if len(asked) == 3 else np.zeros(52, np.float32))

    with UdpEar() as ear, Broadcast(supply, [address("livelink", ear.port)], StreamOptions(200)) as broadcast:
        frames = [live_link(data)["frame"] for data in ear.wait(6)]
        failed = broadcast.counters()[0].failed
    assert (np.diff(frames) >= 3).all() and failed == 1, "numbers count moments, not faces"
    assert np.diff(asked) == pytest.approx(1 / 200, abs=1e-6) or broadcast.skipped


def test_moments_do_not_drift_and_missed_ones_are_not_made_up_for():
    ended, seen = threading.Event(), []
    for moment in moments(200, ended):
        seen.append(moment)
        if moment.number == 5 or len(seen) == 6:
            end_s = moment.due_s + 0.034
            until(lambda: time.perf_counter() > end_s)  # noqa: B023
        if len(seen) == 12:
            ended.set()
    numbers = [moment.number for moment in seen]
    assert numbers == sorted(set(numbers)) and sum(moment.skipped for moment in seen) == numbers[-1] - 11
    assert np.allclose([moment.due_s - seen[0].due_s for moment in seen], np.array(numbers) / 200)


def test_the_head_can_stay_out(rng):
    angles = np.float32([0.1] * 9)
    with UdpEar() as ear:
        supply = lambda _: FaceFrame(np.zeros(52, np.float32), angles)  # noqa: E731
        with Broadcast(supply, [address("livelink", ear.port)], StreamOptions(with_head=False)):
            values = live_link(ear.wait(1)[0])["values"]
    assert values["HeadYaw"] == 0 and values["LeftEyeYaw"] == pytest.approx(0.1)


def test_too_many_receivers_and_odd_rates_are_refused():
    with pytest.raises(StreamingError, match="at most 16"):
        Broadcast(lambda _: None, [address("livelink", 2000 + i) for i in range(MAX_RECEIVERS + 1)])
    with pytest.raises(StreamingError, match="1 to 240"):
        StreamOptions(rate=1000)
    assert "secret" not in repr(StreamOptions(token="secret"))


def test_a_track_plays_in_its_own_time_and_behind_a_sound():
    weights = np.repeat(np.linspace(0, 1, 61, dtype=np.float32)[:, None], 52, axis=1)
    side = SideChannels(("HeadYaw",), np.linspace(0, 0.5, 61, dtype=np.float32)[:, None])
    played = PlayedTrack(BlendshapeTrack(weights, 60.0, side=side))
    assert played.face(0.0) is None
    played.follow(0.5, runs=False)
    face = played.face(time.perf_counter() + 9)
    assert face is not None and face.weights[0] == pytest.approx(0.5) and face.angles[0] == pytest.approx(0.25)
    played.start(0.9)
    assert not played.is_over and played.media_s(time.perf_counter() + 0.05) == pytest.approx(0.95, abs=0.02)
    looped = PlayedTrack(BlendshapeTrack(weights, 60.0), is_looped=True)
    looped.start(61 / 60 + 0.25)
    assert looped.media_s(time.perf_counter()) == pytest.approx(0.25, abs=0.05) and not looped.is_over
    newest = NewestFace()
    assert newest.face(0.0) is None
    newest.put(weights[3], 1.0)
    assert newest.face(0.0).happened_s == 1.0


def test_a_rate_falls_to_nothing_when_nothing_comes():
    meter = RateMeter()
    for i in range(120):
        meter.add(i / 60)
    assert meter.rate(119 / 60) == pytest.approx(60, rel=0.02)
    assert meter.rate(119 / 60 + 0.5) < 60 and meter.rate(4.0) == 0
