"""Live in: order, losses, several senders, and what was heard as a track."""

from __future__ import annotations

import gzip
import socket
import struct
import sys
import threading
import time

import numpy as np
import pytest

from app.core.errors import StreamingError
from app.core.face_frame import FaceFrame
from app.formats.livelink_packet import encode_packet
from app.streaming.address import Address
from app.streaming.heard import HeardFace, HeardSender, Sender
from app.streaming.listener import MAX_SENDERS, FaceListener
from app.streaming.recording import FaceRecording
from app.streaming.vmc.writer import VmcWriter
from tests.unit.streaming.test_broadcast import until

ANNA = Sender("192.168.1.7", 50000, "Anna")


def numbered(index: int, value: float = 0.0, **more) -> FaceFrame:
    return FaceFrame(np.full(52, value, np.float32), **{"time_s": index / 60, "index": index, "subject": "Anna"} | more)


def heard_of(faces, arrived) -> HeardSender:
    sender = HeardSender(ANNA)
    for face, at_s in zip(faces, arrived, strict=True):
        sender.take(face, at_s)
    return sender


class Ears:
    """A listener on a free port, the faces that it heard, and a socket to speak to it."""

    def __init__(self, wire: str = "livelink") -> None:
        self.faces: list[HeardFace] = []
        self._news = threading.Condition()
        self.listener = FaceListener(Address(wire, "127.0.0.1", 0), self._take)  # type: ignore[arg-type]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def _take(self, heard: HeardFace) -> None:
        with self._news:
            self.faces.append(heard)
            self._news.notify_all()

    def say(self, *datagrams: bytes, mouth: socket.socket | None = None) -> None:
        for datagram in datagrams:
            (mouth or self.socket).sendto(datagram, ("127.0.0.1", self.listener.address.port))

    def wait(self, count: int) -> list[HeardFace]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.faces) >= count, 10.0), f"only {len(self.faces)} of {count} came"
            return list(self.faces)

    def __enter__(self) -> Ears:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        self.socket.close()


def test_late_faces_are_dropped_and_jumps_counted():
    order = [100, 101, 103, 102, 104, 113, 113]
    sender = heard_of([numbered(i) for i in order], np.arange(7) / 60)
    counters = sender.counters()
    assert [heard.face.index for heard in sender.recent] == [100, 101, 103, 104, 113, 113]
    assert (counters.frames, counters.out_of_order, counters.jumps, counters.lost) == (6, 1, 2, 9)


def test_a_sender_that_begins_anew_or_pauses_is_believed():
    sender = heard_of([numbered(i) for i in (5_000_000, 5_000_001, 7, 8, 900)], [0.0, 0.016, 1.0, 1.016, 15.9])
    counters = sender.counters()
    assert sender.newest.face.index == 900 and counters.restarts == 1
    assert (counters.lost, counters.out_of_order, counters.jumps) == (0, 0, 0), "what was not sent is not lost"


def test_jitter_is_against_the_senders_clock():
    steady = heard_of([numbered(i) for i in range(0, 200, 2)], np.arange(100) / 30)
    assert steady.counters().jitter.p99_ms < 1e-6, "30 faces a second of a clock of 60 arrive in time"
    late = np.arange(100) / 60 + np.where(np.arange(100) % 10 == 5, 0.004, 0.0)
    assert heard_of([numbered(i) for i in range(100)], late).counters().jitter.worst_ms == pytest.approx(4.0)
    clockless = heard_of([numbered(i, time_s=0.0, fps=60.0) for i in range(100)], np.arange(100) / 60 + 0.002 * (np.arange(100) % 2))
    assert clockless.counters().jitter.p50_ms == pytest.approx(2.0)


def test_a_listener_tells_senders_and_subjects_apart():
    with Ears() as ears, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        ears.say(encode_packet(numbered(1, 0.1), "A"), encode_packet(numbered(1, 0.2, subject="Ben"), "A"))
        ears.wait(2)
        ears.say(encode_packet(numbered(1, 0.3), "B"), mouth=other)
        ears.wait(3)
        listener = ears.listener
        anna, ben, second = listener.senders()
        assert (anna.subject, ben.subject, second.subject) == ("Anna", "Ben", "Anna") and anna.port == ben.port != second.port
        assert str(anna) == "Anna (127.0.0.1)"
        assert [round(float(listener.newest(each).face.weights[0]), 1) for each in (anna, ben, second)] == [0.1, 0.2, 0.3]
        assert listener.newest().sender == second and len(listener.recent()) == 1
        assert [counters.frames for counters in listener.counters()] == [1, 1, 1]
        many = [encode_packet(numbered(1, subject=f"S{i}"), "A") for i in range(MAX_SENDERS)]
        ears.say(*many)
        ears.wait(3 + len(many))
        assert len(listener.senders()) == MAX_SENDERS and anna not in listener.senders()


def test_what_cannot_be_read_is_told_and_the_next_face_is_heard():
    with Ears() as ears:
        ears.say(b"GET / HTTP/1.1", encode_packet(numbered(1), "A")[:-3], encode_packet(numbered(2), "A"))
        ears.wait(1)
        assert ears.listener.unreadable == 2
    with Ears("vmc") as ears:
        ears.say(b"#bundle\x00" + bytes(8) + b"\xff" * 4)
        ears.say(*VmcWriter().datagrams(numbered(1, 0.5)))
        assert ears.wait(1)[0].face.weights[5] == 0.5 and ears.listener.unreadable == 1


def test_a_port_in_use_and_a_host_of_another_machine_are_told():
    with Ears() as ears:
        port = ears.listener.address.port
        with pytest.raises(StreamingError, match=f"Port {port} is in use; close the other program"):
            FaceListener(Address("vmc", "127.0.0.1", port))
    with pytest.raises(StreamingError, match=r"listen at 0\.0\.0\.0"):
        FaceListener(Address("livelink", "203.0.113.5", 0))


@pytest.mark.shared
def test_a_real_recording_replays_into_the_same_track(shared):
    data = gzip.decompress((shared / "data" / "captures" / "llv" / "debug-all-blendshapes.gesichter").read_bytes())
    packets = [data[at + 4 : at + 324] for at in range(5, len(data), 324)][:600]
    recording = FaceRecording()
    with Ears() as ears:
        for i, packet in enumerate(packets):
            ears.say(packet)
            if i % 50 == 49:
                ears.wait(i + 1)
        faces = ears.wait(len(packets))
    for heard in faces:
        recording.take(heard)
    sent = np.array([struct.unpack_from(">61f", packet, 76) for packet in packets], np.float32)
    recorded = recording.finished()
    assert np.array_equal(np.stack([heard.face.weights for heard in faces]), sent[:, :52])
    assert (recorded.clock, recorded.faces, recorded.missing, recorded.resampling_error) == ("sender", 600, 9, 0.0)
    assert recorded.origin_s == pytest.approx(1337.121 / 60, abs=1e-6)
    assert recorded.track.fps == 60 and recorded.timing_error_ms < 1000 / 120, "59.963 by its sub-frames, half a frame in ten seconds"
    numbers = np.array([struct.unpack_from(">i", packet, 59)[0] for packet in packets])
    assert np.array_equal(recorded.track.weights[numbers - numbers[0]], sent[:, :52]), "every face is a frame, to the bit"


def recorded_of(faces, arrived=None) -> FaceRecording:
    recording = FaceRecording()
    for i, face in enumerate(faces):
        recording.take(HeardFace(face, i / 60 if arrived is None else arrived[i], ANNA))
    return recording


def test_a_recording_keeps_every_frame_and_fills_gaps_with_a_word():
    angles = np.float32([0.2, *[0.0] * 8])
    indices = [i for i in range(1000, 1060) if i not in (1010, 1011)]
    recording = recorded_of([numbered(i, (i - 1000) / 100, angles=angles) for i in indices])
    recording.take(HeardFace(numbered(5, subject="Ben"), 0.0, Sender("192.168.1.7", 50000, "Ben")))
    recorded = recording.finished()
    assert (len(recorded.track), recorded.track.fps, recorded.missing, recorded.faces) == (60, 60.0, 2, 58)
    assert np.allclose(recorded.track.weights[:, 7], np.arange(60) / 100, atol=1e-6)
    assert recorded.track.side.names == ("HeadYaw",) and np.allclose(recorded.track.side.values, 0.2)
    assert recorded.origin_s == pytest.approx(1000 / 60) and recorded.notes[0].startswith("2 of 60 frames did not arrive")
    half = recording.finished(30.0)
    assert len(half.track) == 30 and half.track.fps == 30.0


def test_a_camera_that_is_not_quite_at_its_rate_keeps_its_frames(rng):
    faces = [FaceFrame(rng.random(52).astype(np.float32), time_s=70_000 + i / 59.904, index=i) for i in range(1800)]
    recorded = recorded_of(faces).finished()
    assert recorded.track.fps == pytest.approx(59.904, abs=1e-3) and recorded.resampling_error == 0.0
    assert np.array_equal(recorded.track.weights, np.stack([face.weights for face in faces]))
    wobbling = [FaceFrame(face.weights, time_s=face.time_s + 0.006 * (i % 7 == 0), index=i) for i, face in enumerate(faces)]
    assert recorded_of(wobbling).finished().resampling_error > 0.1, "an unsteady one is resampled, and that is told"


def test_a_recording_states_its_error_at_another_rate(rng):
    faces = [FaceFrame(rng.random(52).astype(np.float32), time_s=i / 60, index=i) for i in range(61)]
    recorded = recorded_of(faces).finished(50.0)
    direct = max(float(np.abs(recorded.track.sample(face.time_s) - face.weights).max()) for face in faces)
    assert recorded.resampling_error == pytest.approx(direct, abs=1e-6) and direct > 0.1
    assert f"by more than {direct:.3f}" in recorded.notes[-1]


def test_a_recording_goes_on_over_a_restart_and_without_a_clock():
    arrived = [*np.arange(30) / 60, *(np.arange(30) / 60 + 3.0)]
    restarted = recorded_of([numbered(i, 0.5) for i in (*range(86_390, 86_420), *range(30))], arrived).finished()
    assert restarted.track.end_s == pytest.approx(3.5, abs=0.05)
    plain = recorded_of([numbered(i, time_s=0.0, fps=0.0) for i in range(31)], np.arange(31) / 30.1).finished()
    assert plain.clock == "arrival" and plain.track.fps == 30.0 and "says no times" in plain.notes[0]
    with pytest.raises(StreamingError, match="No face arrived"):
        FaceRecording().finished()


def test_a_listener_ends_at_once(monkeypatch):
    from app.streaming import ports

    monkeypatch.setattr(ports, "LOOK_S", 60.0)
    for host in ("127.0.0.1", "0.0.0.0"):
        FaceListener(Address("livelink", host, 0)).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "live in"]


def test_a_busy_reader_does_not_make_a_sender_look_late():
    """The face that waited in the socket while this program was busy arrived when it arrived."""
    busy, go_on = threading.Event(), threading.Event()

    def hold(_: HeardFace) -> None:
        busy.set()
        go_on.wait(5.0)

    with FaceListener(Address("livelink", "127.0.0.1", 0), hold) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        place = ("127.0.0.1", listener.address.port)
        mouth.sendto(encode_packet(numbered(1), "A"), place)
        assert busy.wait(5.0)
        mouth.sendto(encode_packet(numbered(2), "A"), place)
        sent_s = time.perf_counter()
        until(lambda: time.perf_counter() - sent_s > 0.1)
        go_on.set()
        until(lambda: listener.newest().face.index == 2)
        waited_s = listener.newest().arrived_s - sent_s
    assert waited_s < 0.05 or sys.platform != "linux"
