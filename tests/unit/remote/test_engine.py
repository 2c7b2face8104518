"""The engine: the real network in its process, fairness between long and live voices, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import httpx
import numpy as np
import pytest

from app.core.errors import SourceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.remote.client.remote_source import RemoteSource
from app.remote.server.rounds import RoundReport, RoundTimes
from app.remote.server.voices.animators import Heard, MockAnimator, Outcome, VoiceOptions, make_animator
from app.remote.server.voices.parcels import packed_order, packed_round, packed_sound, unpacked, unpacked_round
from app.remote.server.voices.process import ProcessWorker
from app.remote.server.voices.worker import EngineWorker, Result
from models.checkpoint import weights_path


@pytest.mark.slow
@pytest.mark.skipif(not weights_path("light").exists(), reason="the weights are not in this checkout")
def test_the_network_in_its_process_gives_what_it_gives_here(start_server, hum):
    from models.runtime import FaceNet

    server = start_server(source="a2f:light", device="cpu")
    health = httpx.get(server.url + "/health").json()
    assert health["source"] == "a2f:light" and health["device"].startswith("CPU (onnxruntime")
    assert httpx.get(server.url + "/").json()["mode"] == "real"
    samples = hum(2.0).astype(np.float32) / 32768
    source = RemoteSource(server.url, fps=60)
    track = concatenate(list(source.generate(Speech(AudioClip(samples, 16000)), threading.Event()))).arkit
    sent = np.round(samples * 32767).astype("<i2").astype(np.float32) / 32768
    expected = FaceNet.load("light", "cpu").infer(sent, fps=60, blinks=True)
    assert track.weights.shape == expected.shape and np.abs(track.weights - expected).max() < 1e-3
    assert not source.is_mock and "MOCK" not in source.label


@pytest.mark.slow
@pytest.mark.skipif(not weights_path("light").exists(), reason="the weights are not in this checkout")
def test_an_engine_that_dies_is_told_to_everybody(start_server, hum, eventually):
    server = start_server(source="a2f:light", device="cpu")
    os.kill(server.state.engine._worker._process.pid, signal.SIGKILL)
    eventually(lambda: httpx.get(server.url + "/v1/health/ready").status_code == 503)
    assert httpx.get(server.url + "/health").json()["status"] == "unhealthy"
    answer = httpx.post(server.url + "/process-sync", files={"audio": ("speech.wav", hum(0.5).tobytes())})
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    eventually(lambda: httpx.get(server.url + "/v1/health/ready").is_success, 60.0)
    assert httpx.get(server.url + "/health").json()["status"] == "healthy"
    answer = httpx.post(server.url + "/process-sync", files={"audio": ("speech.wav", hum(0.5).tobytes())})
    assert answer.status_code == 200 and answer.json()["frame_count"] == 15


def test_a_stream_goes_on_with_the_next_engine(start_server, hum, eventually, monkeypatch, caplog):
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    server = start_server(ProcessWorker("mock", "cpu", "james", 0.0))
    speech = Speech(AudioClip(hum(12.0).astype(np.float32) / 32768, 16000))
    source = RemoteSource(server.url, fps=60, give_up_s=60.0)
    chunks = source.generate(speech, threading.Event())
    got = [next(chunks), next(chunks)]
    with caplog.at_level("INFO", "visemesync.server"):
        os.kill(server.state.engine._worker._process.pid, signal.SIGKILL)
        got += chunks
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event()))).arkit
    assert np.array_equal(concatenate(got).arkit.weights, expected.weights)
    assert source.status.reconnects >= 1 and source.status.state == "done"
    assert {"engine died", "engine restarted"} <= {record.getMessage() for record in caplog.records}
    eventually(lambda: server.state.engine.voices == 0)


def test_an_engine_that_cannot_start_again_is_tried_less_and_less_often(start_server, eventually, monkeypatch):
    monkeypatch.setattr("app.remote.server.voices.watchdog.LOOK_S", 0.01)
    monkeypatch.setattr("app.remote.server.voices.watchdog.FIRST_WAIT_S", 0.05)
    server = start_server(MockAnimator("james"))
    engine, tries_s = server.state.engine, []

    def refuse():
        tries_s.append(time.monotonic())
        raise SourceError("The weights are gone.")

    monkeypatch.setattr(engine._worker, "again", refuse)
    engine._worker.stop()
    eventually(lambda: len(tries_s) == 4)
    waits_s = np.diff(tries_s)
    assert not server.state.ready and (waits_s >= [0.1, 0.2, 0.4]).all()


def test_words_for_a_closed_voice_leave_the_other_voices_alone(hum):
    worker = ProcessWorker("mock", "cpu", "james", 0.0)
    worker.start()
    results, done = [], threading.Event()

    def sink(result) -> None:
        results.append(result)
        if result.outcome.done:
            done.set()

    async def speak() -> None:
        closed, other = worker.open(VoiceOptions(), lambda _: None), worker.open(VoiceOptions(), sink)
        worker.close(closed)
        worker.push(closed, np.zeros(1600, np.float32))
        worker.finish(closed)
        worker.close(closed)
        worker.push(other, hum(0.5).astype(np.float32) / 32768)
        worker.finish(other)

    try:
        asyncio.run(speak())
        assert done.wait(10) and not any(result.outcome.error for result in results)
        assert sum(len(result.outcome.frames) for result in results) == 15 and worker.is_alive()
    finally:
        worker.stop()
        worker.join()


def test_parcels_give_what_went_in():
    sound, told = np.arange(5, dtype=np.float32), np.zeros(0, np.float32)
    word, _, heard = unpacked(packed_sound([(7, sound), (9, "finish"), (7, told), (8, "close"), (4_000_000_000, sound[::2])]))
    assert word == "tell" and [voice_id for voice_id, _ in heard] == [7, 9, 7, 8, 4_000_000_000]
    assert heard[1][1] == "finish" and heard[3][1] == "close" and len(heard[2][1]) == 0
    assert np.array_equal(heard[0][1], sound) and np.array_equal(heard[4][1], sound[::2])
    assert unpacked(packed_order("open", 3, VoiceOptions(60))) == ("open", 3, VoiceOptions(60))
    assert unpacked(packed_order("stop", 0, None)) == ("stop", 0, None)
    feeling = np.linspace(0, 1, 10, dtype=np.float32)
    assert np.array_equal(unpacked(packed_order("open", 3, VoiceOptions(emotion=feeling)))[2].emotion, feeling)
    frames = np.random.default_rng(1).random((3, 52), np.float32)
    outcomes = [Outcome(frames), Outcome(frames[:0]), Outcome(frames[:1], True, "It failed.", "engine")]
    results = [
        (number, Result(outcome, 320 * number, RoundTimes(1.0, 0.1, 3) if number == 1 else None)) for number, outcome in enumerate(outcomes)
    ]
    again, report = unpacked_round(packed_round(results, RoundReport(3, 0.5, 0.01)))
    assert report == RoundReport(3, 0.5, 0.01) and [(n, each.heard, each.times) for n, each in again] == [
        (n, r.heard, r.times) for n, r in results
    ]
    for (_, mine), (_, theirs) in zip(results, again, strict=True):
        assert np.array_equal(mine.outcome.frames, theirs.outcome.frames) and mine.outcome[1:] == theirs.outcome[1:]


def test_a_source_that_cannot_be_loaded_is_one_sentence():
    with pytest.raises(SourceError, match="modes quality and light"):
        ProcessWorker("a2f:loud", "cpu", "james", 0.0)
    with pytest.raises(SourceError, match="needs timed phones"):
        make_animator("visemes")


class Slow(MockAnimator):
    """Counts what every round holds; the first round waits until all voices are in."""

    def __init__(self) -> None:
        super().__init__("james")
        self.rounds: list[list[Heard]] = []
        self.go = threading.Event()

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """As MockAnimator."""
        self.go.wait(5)
        self.rounds.append(heard)
        return super().run(heard)


@pytest.fixture
def slow():
    """A worker over Slow."""
    animator = Slow()
    worker = EngineWorker(animator, 0.0)
    worker.start()
    yield animator, worker
    animator.go.set()
    worker.stop()
    worker.join()


def test_live_voices_share_rounds_with_a_long_clip(slow):
    animator, worker = slow
    done = [threading.Event() for _ in range(5)]
    heard = [0] * 5

    def sink(i):
        def take(result):
            heard[i] = result.heard
            if result.outcome.done:
                done[i].set()

        return take

    voices = [worker.open(VoiceOptions(), sink(i)) for i in range(5)]
    worker.push(voices[0], np.zeros(60 * 16000, np.float32))
    worker.finish(voices[0])
    for voice in voices[1:]:
        worker.push(voice, np.zeros(640, np.float32))
        worker.finish(voice)
    animator.go.set()
    assert all(event.wait(10) for event in done)
    assert heard == [960_000, 640, 640, 640, 640]
    live_until = max(i for i, pieces in enumerate(animator.rounds) if any(len(p.samples) and p.key > 1 for p in pieces))
    assert live_until <= 3 and len(animator.rounds) > 30
    assert any(len(pieces) == 5 for pieces in animator.rounds)


class Broken(MockAnimator):
    """Fails on every sound."""

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """Never works."""
        raise RuntimeError("no")


def test_a_round_that_fails_ends_its_voices_and_nothing_else(start_server, hum):
    server = start_server(Broken("james"))
    for _ in range(2):
        answer = httpx.post(server.url + "/process-sync", files={"audio": ("speech.wav", hum(0.5).tobytes())})
        assert answer.status_code == 500 and "engine failed" in answer.json()["detail"]
    assert server.state.engine.voices == 0 and server.state.ready


class Timed(MockAnimator):
    """Takes a millisecond for every step, and notes the steps of each voice in every round."""

    def __init__(self) -> None:
        super().__init__("james")
        self.rounds: list[dict[int, int]] = []

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """As MockAnimator."""
        steps = {each.key: len(each.samples) // 320 for each in heard}
        until_s = time.perf_counter() + 0.001 * sum(steps.values())
        while time.perf_counter() < until_s:
            pass
        self.rounds.append(steps)
        return super().run(heard)


def test_an_upload_takes_only_the_time_that_live_voices_leave():
    animator, done, all_heard = Timed(), threading.Event(), threading.Event()
    worker = EngineWorker(animator, 0.0)
    worker.start()
    try:
        live = worker.open(VoiceOptions(), lambda result: all_heard.set() if result.heard == 15 * 320 else None)
        upload = worker.open(VoiceOptions(), lambda result: done.set() if result.outcome.done else None)
        worker.push(upload, np.zeros(6 * 16000, np.float32))
        worker.finish(upload)
        begun_s = time.perf_counter()
        for step in range(1, 16):
            threading.Event().wait(max(begun_s + 0.02 * step - time.perf_counter(), 0.0))
            worker.push(live, np.zeros(320, np.float32))
        assert done.wait(10) and all_heard.wait(10)
    finally:
        worker.stop()
        worker.join()
    live_key, upload_key = sorted({key for steps in animator.rounds for key in steps})
    assert sum(steps.get(live_key, 0) for steps in animator.rounds) == 15
    # at its beginning, as long as it is not ahead of real time, it is a voice like any other; then it has short rounds of its own
    shared = [steps for steps in animator.rounds if len(steps) == 2]
    alone = [steps[upload_key] for steps in animator.rounds if live_key not in steps]
    assert all(steps[upload_key] <= 4 for steps in shared)
    assert max(alone[len(alone) // 4 :]) <= 8
