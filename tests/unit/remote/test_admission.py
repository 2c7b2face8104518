"""Who is let in: as many as were measured, corrected by how late the running ones are; the next one hears when to come back."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app.remote.protocol import messages as m
from app.remote.protocol.wire import decode, encode
from app.remote.server.lateness import EDGES_S, LatenessTally, Timeliness
from app.remote.server.settings import ServerSettings, SettingsError
from app.remote.server.telling.gpu import GpuFigures
from app.remote.server.voices.admission import Admission
from app.remote.server.voices.animators import Heard, MockAnimator, Outcome
from app.remote.server.voices.pace import EnginePace, carried, measured


def seconds_of(admission: Admission, running: int, late_s: float, seconds: int) -> None:
    """Let so many voices run for so long, all equally late."""
    for _ in range(seconds):
        admission.observe([late_s] * 30 * running)
        admission.look(running)


def test_late_voices_let_fewer_in_and_calm_ones_more_again():
    admission = Admission(20)
    seconds_of(admission, 16, 0.2, 1)
    assert admission.capacity == 14
    seconds_of(admission, 16, 0.2, 2)
    assert admission.capacity == 10
    seconds_of(admission, 10, 0.03, 20)
    assert admission.capacity == 10  # neither late nor calm
    seconds_of(admission, 10, 0.005, 80)
    assert admission.capacity == 20  # what was measured, and no more while places are free
    for _ in range(10):
        seconds_of(admission, admission.capacity, 0.005, 10)
    assert admission.capacity == 30  # all places taken and calm for long: it carries more than was measured


def test_a_few_late_frames_of_one_voice_change_nothing():
    admission = Admission(4)
    admission.observe([3.0] * 10)
    assert not admission.look(1) and admission.capacity == 4


def test_a_desk_that_is_late_for_a_moment_keeps_its_places():
    admission = Admission(40)
    seconds_of(admission, 2, 0.2, 1)
    assert admission.capacity == 36  # two voices are not late because they are two
    seconds_of(admission, 2, 0.2, 100)
    assert admission.capacity == 2  # but what lasts is believed, and two are always offered


def test_a_ceiling_is_kept_and_two_voices_are_always_offered():
    assert Admission(50, 3).capacity == 3 and Admission(50, 1).capacity == 1
    admission = Admission(0)
    assert admission.capacity == 2
    seconds_of(admission, 2, 1.0, 10)
    assert admission.capacity == 2
    seconds_of(admission, 2, 0.005, 20)
    assert admission.capacity > 2  # measured in a bad moment


def test_the_next_one_hears_when_a_place_is_likely_to_be_free():
    admission = Admission(4)
    for _ in range(40):
        admission.ended(24.0)
    admission.admit(3)
    with pytest.raises(m.WireError, match=r"carries 4 voices and all places are taken; try again in 6 s\.") as refused:
        admission.admit(4)
    assert refused.value.code == "busy" and refused.value.retry_after_s == 6.0


@pytest.mark.parametrize("most", [0, -3])
def test_a_ceiling_below_one_is_one_sentence(most):
    with pytest.raises(SettingsError, match=r"carries at least 1 voice.*leave --max-streams out"):
        ServerSettings(max_streams=most)


class Costly(MockAnimator):
    """Two milliseconds for every voice of a round."""

    def run(self, heard: list[Heard]) -> list[Outcome]:
        """As MockAnimator."""
        until_s = time.perf_counter() + 0.002 * len(heard)
        while time.perf_counter() < until_s:
            pass
        return super().run(heard)


def test_the_engine_is_measured_in_its_rounds():
    begun_s = time.perf_counter()
    pace = measured(Costly("james"))
    assert time.perf_counter() - begun_s < 1.5
    assert 3 <= pace.voices <= 10 and pace.share > 0.04
    assert carried(pace, 0.004, engine_apart=True) <= pace.voices
    assert carried(EnginePace(200, 0.001), 0.007, engine_apart=True) <= 100
    assert carried(EnginePace(200, 0.001), 0.006, engine_apart=False, neighbours=1) <= 100


def test_the_tally_tells_percentiles_to_its_classes():
    tally = LatenessTally()
    values = np.random.default_rng(1).gamma(2.0, 0.01, 5000)
    for value in values:
        tally.add(float(value))
    for percent in (50, 95, 99):
        assert np.percentile(values, percent) <= tally.percentile_s(percent) + 1e-9 <= np.percentile(values, percent) + 0.0035
    assert tally.below(0.05) == np.sum(values <= 0.05) and tuple(sorted(EDGES_S)) == EDGES_S
    assert LatenessTally().percentile_s(99) == 0.0


def test_a_frame_is_due_when_its_sound_has_come_and_no_sooner_than_it_is_spoken():
    live = Timeliness(fps=10, rate=16000, look_ahead_s=0.0925, first_sample=0)
    for i in range(1, 11):
        live.heard(1600 * i, 5.0 + i / 10)
    assert live.sent(0, 1, 5.13) == pytest.approx([0.03])
    assert live.sent(1, 2, 5.5) == pytest.approx([0.3, 0.2])
    assert live.sent(0, 3, 9.0) == []  # again, after a lost connection
    live.finished(6.0)
    assert live.sent(3, 7, 6.02)[-1] == pytest.approx(0.02)
    ahead = Timeliness(10, 16000, 0.0, 0)
    ahead.heard(160_000, 5.0)
    assert max(ahead.sent(0, 50, 5.2)) <= 0.2 + 1e-9 and ahead.sent(50, 1, 7.0)[0] < 0


def test_what_the_client_holds_up_is_not_the_servers_lateness():
    slow = Timeliness(10, 16000, 0.0, 0)
    slow.heard(160_000, 0.0)
    slow.sent(0, 10, 0.1)
    slow.held_up(30.0)
    assert max(slow.sent(10, 90, 30.01)) < 0.02
    paused = Timeliness(10, 16000, 0.0, 0)
    paused.heard(1600, 0.1)
    paused.heard(16000, 20.0)  # a second of sound at once, after a long silence
    paused.sent(0, 1, 0.15)
    assert max(paused.sent(1, 9, 20.05)) < 0.06


def test_a_full_server_says_so_at_once_in_both_contracts(start_server, hum, eventually):
    server = start_server(max_streams=1, measured=True)
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream") as first, connect(f"ws://127.0.0.1:{server.port}/v1/stream") as second:
        first.send(encode(m.Start()))
        assert isinstance(decode(first.recv(5)), m.Ready)
        begun_s = time.perf_counter()
        second.send(encode(m.Start()))
        refused = decode(second.recv(5))
        assert refused.code == "busy" and "carries 1 voice" in refused.message and 1 <= refused.retry_after_s <= 30
        assert time.perf_counter() - begun_s < 1.0
        with pytest.raises(ConnectionClosed) as closed:
            second.recv(5)
        assert closed.value.rcvd.code == 1013
        answer = httpx.post(server.url + "/process", files={"audio": ("speech.wav", hum(0.5).tobytes())})
        assert answer.status_code == 503 and 1 <= int(answer.headers["Retry-After"]) <= 30 and "carries 1 voice" in answer.json()["detail"]
        health = httpx.get(server.url + "/health").json()
        assert health["voices"] == 1 and health["capacity"] == 1
    eventually(lambda: httpx.get(server.url + "/metrics").text.count("visemesync_voices_capacity 1.0") == 1)
    assert 'visemesync_refused_total{reason="busy"} 2.0' in httpx.get(server.url + "/metrics").text


def test_figures_and_the_log_tell_how_late_voices_were(start_server, hum, caplog):
    server = start_server()
    with caplog.at_level("INFO", "visemesync.server"), connect(f"ws://127.0.0.1:{server.port}/v1/stream") as socket:
        socket.send(encode(m.Start()))
        ready = decode(socket.recv(5))
        socket.send(encode(m.Sound(0, 0, 0.0, hum(1.0).tobytes())))
        socket.send(encode(m.End()))
        while not isinstance(decode(socket.recv(5)), m.Ended):
            pass
    text = httpx.get(server.url + "/metrics").text
    assert "visemesync_engine_up 1.0" in text and "visemesync_lateness_seconds_count 30.0" in text
    assert 'visemesync_lateness_seconds_bucket{le="+Inf"} 30.0' in text and "process_cpu_seconds_total" in text
    assert "visemesync_gpu" not in text or "visemesync_gpu_memory_bytes{" in text
    facts = {record.getMessage(): record.facts for record in caplog.records}
    assert facts["voice begun"]["client"] == facts["voice ended"]["client"] == "127.0.0.1"
    ended = facts["voice ended"]
    assert ended["reason"] == "ended" and ended["frames"] == 30 and ended["seconds"] == 1.0 and 0 <= ended["lateness_p99_ms"] < 1000
    assert ready.token not in str([record.facts for record in caplog.records])


class Card:
    """A driver with one card that does not tell how busy it is; the real one needs a card."""

    class NVMLError(Exception):
        """As the package has it."""

    nvmlInit = staticmethod(lambda: None)
    nvmlDeviceGetCount = staticmethod(lambda: 1)
    nvmlDeviceGetHandleByIndex = staticmethod(lambda number: number)
    nvmlDeviceGetMemoryInfo = staticmethod(lambda _: SimpleNamespace(used=3 << 30, total=24 << 30))

    @staticmethod
    def nvmlDeviceGetUtilizationRates(_handle):
        """Not supported."""
        raise Card.NVMLError


def test_a_card_tells_what_it_can_and_no_card_tells_nothing(monkeypatch):
    def told() -> dict[str, list]:
        return {family.name: family.samples for family in GpuFigures().collect()}

    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert told() == {}
    monkeypatch.setitem(sys.modules, "pynvml", Card)
    found = told()
    assert set(found) == {"visemesync_gpu_memory_bytes", "visemesync_gpu_memory_total_bytes"}
    assert found["visemesync_gpu_memory_bytes"][0].value == 3 << 30 and found["visemesync_gpu_memory_bytes"][0].labels == {"gpu": "0"}
    monkeypatch.setattr(Card, "nvmlDeviceGetUtilizationRates", staticmethod(lambda _: SimpleNamespace(gpu=40)))
    assert told()["visemesync_gpu_utilisation_ratio"][0].value == 0.4
