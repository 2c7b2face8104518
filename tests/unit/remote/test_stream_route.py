"""Our own protocol over a real socket: order, resume, limits, fairness."""

from __future__ import annotations

import json
import socket as sockets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.core.arkit import ARKIT_INDEX
from app.lipsync.mock import mock_weights
from app.remote.protocol import messages as m
from app.remote.protocol.wire import FrameOrder, decode, encode
from app.remote.server.streams.live import whole_step
from app.remote.server.voices.animators import make_animator
from models.weights_file import weights_path
from tests.unit.remote.conftest import pinged


def opened(port: int, first: m.Message, **options) -> tuple[ClientConnection, m.Message]:
    """Connect, say the first word, hear the answer."""
    socket = connect(f"ws://127.0.0.1:{port}/v1/stream", compression=None, max_size=1 << 20, **options).__enter__()
    socket.send(encode(first))
    return socket, decode(socket.recv(5))


def speak(socket: ClientConnection, samples: np.ndarray, block: int = 1600, first: int = 0) -> None:
    """Send 16 kHz sound in blocks."""
    for sequence, at in enumerate(range(0, len(samples), block)):
        socket.send(encode(m.Sound(sequence, first + at, (first + at) / 16000, samples[at : at + block].astype("<i2").tobytes())))


def read_to_end(socket: ClientConnection, order: FrameOrder) -> tuple[np.ndarray, m.Message]:
    """All frames, and the message after them."""
    parts = [np.zeros((0, 52), np.float32)]
    while isinstance(message := decode(socket.recv(10)), m.Frames):
        parts.append(order.accept(message))
    return np.concatenate(parts), message


@pytest.mark.parametrize("kind", ["binary", "json"])
def test_sound_in_frames_out(start_server, hum, kind):
    socket, ready = opened(start_server().port, m.Start(fps=60, frames=kind))
    with socket:
        assert isinstance(ready, m.Ready) and ready.mock and not ready.resumed and ready.fps == 60
        speak(socket, hum(1.5))
        socket.send(encode(m.End()))
        frames, last = read_to_end(socket, FrameOrder())
    assert last == m.Ended(90) and frames.shape == (90, 52) and np.ptp(frames[:, ARKIT_INDEX["jawOpen"]]) > 0.1


def test_small_messages_are_sent_at_once(start_server):
    server = start_server()
    socket, _ = opened(server.port, m.Start())
    with socket:
        (connection,) = server.server.server_state.connections
        ends = (connection.transport.get_extra_info("socket"), socket.socket)
        # otherwise a frame waits for the acknowledgement of the one before it, 40 ms where the other side has nothing to say
        assert [end.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY) for end in ends] == [1, 1]


def test_frames_come_before_the_sound_is_over(start_server, hum):
    socket, _ = opened(start_server().port, m.Start())
    with socket:
        speak(socket, hum(0.5))
        message = decode(socket.recv(5))
        assert isinstance(message, m.Frames) and message.first_frame == 0 and message.time_s == 0


def test_other_rates_and_float_samples(start_server):
    socket, _ = opened(start_server().port, m.Start(rate=44100, encoding="f32le"))
    with socket:
        for i in range(4):
            socket.send(encode(m.Sound(i, i * 11025, i / 4, np.zeros(11025, "<f4").tobytes())))
        socket.send(encode(m.End()))
        assert read_to_end(socket, FrameOrder())[1] == m.Ended(30)


def test_a_lost_connection_is_taken_up_without_losing_or_doubling_a_frame(start_server, hum):
    server = start_server()
    samples = hum(4.0)
    reference, _ = opened(server.port, m.Start())
    with reference:
        speak(reference, samples)
        reference.send(encode(m.End()))
        expected, _ = read_to_end(reference, FrameOrder())
    order = FrameOrder()
    socket, ready = opened(server.port, m.Start())
    speak(socket, samples[:24000])
    parts = [order.accept(decode(socket.recv(5)))]
    socket.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    socket.socket.close()
    socket.close()
    socket, again = opened(server.port, m.Resume(ready.token, order.next_frame))
    with socket:
        assert again.resumed and 0 < again.next_sample <= 24000 and again.token == ready.token
        order.reconnected()
        speak(socket, samples[again.next_sample :], first=again.next_sample)
        socket.send(encode(m.End()))
        rest, last = read_to_end(socket, order)
    assert last == m.Ended(120)
    assert np.array_equal(np.concatenate([*parts, rest]), expected)


def test_a_newer_connection_takes_the_stream_over(start_server, hum):
    server = start_server()
    old, ready = opened(server.port, m.Start())
    new, again = opened(server.port, m.Resume(ready.token))
    with old, new:
        assert again.resumed
        with pytest.raises(ConnectionClosed):
            old.recv(5)
        speak(new, hum(0.2))
        new.send(encode(m.End()))
        assert read_to_end(new, FrameOrder())[1] == m.Ended(6)


def test_a_stream_can_begin_in_the_middle_of_a_clip(start_server, hum):
    socket, ready = opened(start_server().port, m.Start(first_sample=32000, first_frame=75))
    with socket:
        assert ready.next_sample == 32000
        speak(socket, hum(1.0), first=32000)
        socket.send(encode(m.End()))
        frames, last = read_to_end(socket, FrameOrder(75))
    assert len(frames) == 15 and last == m.Ended(90)
    assert np.allclose(frames, mock_weights(75, 90, 30), atol=1e-6)


def test_what_is_lost_before_its_first_frame_is_taken_up(start_server, hum):
    port = start_server().port
    socket, ready = opened(port, m.Start(first_sample=32000, first_frame=90))
    with socket:
        speak(socket, hum(0.5), first=32000)
    again, answer = opened(port, m.Resume(ready.token, 90))
    with again:
        assert answer.resumed and answer.next_sample <= 40000
        speak(again, hum(2.0)[answer.next_sample - 32000 :], first=answer.next_sample)
        again.send(encode(m.End()))
        frames, last = read_to_end(again, FrameOrder(90))
    assert len(frames) == 30 and last == m.Ended(120)


@given(st.integers(8000, 192_000), st.integers(0, 1 << 53))
def test_what_is_heard_begins_on_a_whole_step(rate, sample):
    step, late = whole_step(sample, rate)
    assert step * rate == 50 * (sample - late) and 0 <= late < rate


@pytest.mark.slow
@pytest.mark.skipif(not weights_path("light").exists(), reason="the weights are not in this checkout")
def test_a_start_in_the_middle_at_any_rate_goes_on_as_the_whole_clip(start_server):
    t = np.arange(12 * 22050) / 22050
    clip = (9000 * np.sin(2 * np.pi * 140 * t) * np.sin(2 * np.pi * 1.7 * t) ** 2 * np.sin(0.9 * t)).astype("<i2")
    port, got = start_server(make_animator("a2f:light", "cpu")).port, []
    for first in (0, 22050 // 30 * 7):
        socket, _ = opened(port, m.Start(rate=22050, first_sample=first, first_frame=330))
        with socket:
            speak(socket, clip[first:], 2205, first)
            socket.send(encode(m.End()))
            got.append(read_to_end(socket, FrameOrder(330)))
    (whole, last), (later, last_too) = got
    assert last == last_too == m.Ended(360) and np.ptp(whole[:, ARKIT_INDEX["jawOpen"]]) > 0.05
    # the resampler rounds in blocks of its own, of which 8 bits make a hundredth at most; a phase that is lost costs nine times as much
    assert np.abs(whole - later).max() < 1e-2


def test_cancel_forgets_the_stream(start_server, hum, eventually):
    server = start_server()
    socket, ready = opened(server.port, m.Start())
    with socket:
        speak(socket, hum(0.3))
        socket.send(encode(m.Cancel()))
        while not isinstance(message := decode(socket.recv(5)), m.Cancelled):
            assert isinstance(message, m.Frames)
    eventually(lambda: server.state.engine.voices == 0)
    _, answer = opened(server.port, m.Resume(ready.token))
    assert answer.code == "unknown_token"
    _.close()


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("garbage", "bad_message"),
        (b"\1\2\3", "bad_message"),
        ('{"type": "end"}', "bad_message"),
        ('{"type": "start", "rate": 5}', "bad_message"),
        ('{"type": "start", "emotion": {"envy": 1}}', "bad_option"),
        ('{"type": "start", "first_sample": 7}', "bad_option"),
        ('{"type": "resume", "token": "nope"}', "unknown_token"),
    ],
)
def test_wrong_first_words_are_answered_as_documented(start_server, first, code):
    with connect(f"ws://127.0.0.1:{start_server().port}/v1/stream") as socket:
        socket.send(first)
        answer = decode(socket.recv(5))
        assert isinstance(answer, m.Failed) and answer.code == code and answer.message.endswith(".")
        with pytest.raises(ConnectionClosed):
            socket.recv(5)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (encode(m.Sound(0, 500, 0.1, b"\0\0")), "gap"),
        (encode(m.Sound(0, 0, 0.0, b"\0")), "bad_message"),
        ("{}", "bad_message"),
        (encode(m.Start()), "bad_message"),
    ],
    ids=["gap", "half a sample", "empty", "start again"],
)
def test_wrong_second_words_are_answered_as_documented(start_server, second, code, eventually):
    server = start_server()
    socket, _ = opened(server.port, m.Start())
    with socket:
        socket.send(second)
        assert decode(socket.recv(5)).code == code
    eventually(lambda: server.state.engine.voices == 0)


def test_limits(start_server, hum, eventually):
    server = start_server(max_streams=1, idle_s=0.3, max_clip_s=1.0, resume_s=0.2)
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream") as mute:
        assert decode(mute.recv(5)).code == "idle"
    socket, _ = opened(server.port, m.Start())
    with socket:
        second, answer = opened(server.port, m.Start())
        second.close()
        assert answer.code == "busy"
        speak(socket, hum(1.1))
        while isinstance(answer := decode(socket.recv(5)), m.Frames):
            pass
        assert answer.code == "too_long"
    socket, _ = opened(server.port, m.Start())
    with socket:
        assert decode(socket.recv(5)).code == "idle"
    eventually(lambda: server.state.engine.voices == 0 and len(server.state.streams) == 0)


def test_a_message_over_the_limit_closes_the_connection(start_server):
    socket, _ = opened(start_server().port, m.Start())
    with socket:
        socket.send(b"\0" * ((1 << 20) + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        assert closed.value.rcvd.code == 1009


@pytest.mark.slow
def test_a_slow_reader_slows_only_itself(start_server, hum):
    server = start_server(window_s=1.0)
    slow, _ = opened(server.port, m.Start(fps=120), max_queue=1)
    quick, _ = opened(server.port, m.Start())
    with slow, quick:
        slow.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        speak(slow, hum(8.0))
        speak(quick, hum(2.0))
        quick.send(encode(m.End()))
        assert read_to_end(quick, FrameOrder())[1] == m.Ended(60)
        slow.send(encode(m.End()))
        frames, last = read_to_end(slow, FrameOrder())
    assert last == m.Ended(960) and len(frames) == 960


def test_64_connections_at_once(start_server, hum):
    server = start_server()

    def one(i: int) -> int:
        socket, _ = opened(server.port, m.Start(), open_timeout=30)
        with socket:
            speak(socket, hum(0.5 + i / 100), block=320)
            socket.send(encode(m.End()))
            return len(read_to_end(socket, FrameOrder())[0])

    with ThreadPoolExecutor(64) as pool:
        counts = list(pool.map(one, range(64)))
    assert counts == [int(np.ceil(round((0.5 + i / 100) * 16000) * 30 / 16000)) for i in range(64)]
    metrics = httpx.get(server.url + "/metrics").text
    assert "visemesync_voices 0.0" in metrics and 'visemesync_frames_sent_total{route="stream"}' in metrics


def test_pings_are_answered(start_server):
    socket, _ = opened(start_server().port, m.Start())
    with socket:
        socket.send(encode(m.Ping(7)))
        assert decode(socket.recv(5)) == m.Pong(7)


def test_a_token_is_asked_of_everybody(start_server, hum):
    server = start_server(token="open-sesame-0123")
    for path in ("/", "/health", "/metrics", "/docs", "/t/wrong/health"):
        assert httpx.get(server.url + path).status_code == 401
    assert httpx.get(server.url + "/v1/health/ready").json() == {"ready": True}
    assert httpx.get(server.url + "/health", headers={"Authorization": "Bearer open-sesame-0123"}).status_code == 200
    assert httpx.get(server.url + "/health?token=open-sesame-0123").status_code == 200
    by_path = httpx.post(server.url + "/t/open-sesame-0123/process-sync", files={"audio": ("speech.wav", hum(0.2).tobytes())})
    assert by_path.json()["frame_count"] == 6
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/v1/stream", additional_headers={"Authorization": "Bearer wrong"})
    assert refused.value.response.status_code == 403
    with connect(f"ws://127.0.0.1:{server.port}/t/open-sesame-0123/v1/stream") as socket:
        socket.send(encode(m.Start()))
        assert isinstance(decode(socket.recv(5)), m.Ready)


def test_other_pages_cannot_open_sockets_when_origins_are_listed(start_server):
    server = start_server(cors=("https://mine.example",))
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{server.port}/v1/stream", origin="https://other.example")
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream", origin="https://mine.example"):
        pass
    assert "access-control-allow-origin" not in httpx.get(server.url + "/health", headers={"Origin": "https://other.example"}).headers


def test_stopping_lets_streams_finish_and_tells_them(start_server, hum):
    server = start_server(drain_s=5.0)
    socket, _ = opened(server.port, m.Start())
    with socket:
        speak(socket, hum(0.5))
        server.server.should_exit = True
        seen = []
        while not isinstance(message := decode(socket.recv(5)), m.Closing):
            seen.append(message)
        speak_on = hum(0.5)
        socket.send(encode(m.Sound(5, 8000, 0.5, speak_on.astype("<i2").tobytes())))
        socket.send(encode(m.End()))
        while isinstance(message := decode(socket.recv(5)), m.Frames):
            seen.append(message)
        assert message == m.Ended(30) and sum(len(each.weights) for each in seen) == 30


def test_the_interface_is_described(start_server):
    server = start_server()
    paths = httpx.get(server.url + "/openapi.json").json()["paths"]
    assert {"/", "/health", "/process", "/process-sync", "/v1/stream", "/v1/health/ready", "/metrics"} <= set(paths)
    plain = httpx.get(server.url + "/v1/stream")
    assert plain.status_code == 426 and json.loads(plain.text)["detail"]


def test_sound_in_parts_and_in_crumbs_is_heard_as_any_other(start_server, hum):
    server = start_server()
    samples = hum(1.0).astype("<i2")
    socket, _ = opened(server.port, m.Start())
    with socket:
        for sequence in range(10):
            data = encode(m.Sound(sequence, 1600 * sequence, sequence / 10, samples[1600 * sequence : 1600 * (sequence + 1)].tobytes()))
            socket.send(data if sequence % 3 else [data[:20], data[20:100], data[100:]])
        socket.send(encode(m.End()))
        frames, last = read_to_end(socket, FrameOrder())
    assert last == m.Ended(30) and np.array_equal(frames, mock_weights(0, 30, 30))


def test_a_stream_that_only_pings_is_closed_and_can_be_taken_up(start_server, eventually):
    server = start_server(idle_s=5.0, silent_s=0.4)
    socket, ready = opened(server.port, m.Start())
    with socket:
        answer = pinged(socket)
        assert isinstance(answer, m.Failed) and answer.code == "silent" and "pings" in answer.message
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        assert closed.value.rcvd.code == 1008
    again, answer = opened(server.port, m.Resume(ready.token))
    with again:
        assert isinstance(answer, m.Ready) and answer.resumed


def test_sound_that_is_heard_at_once_puts_the_deadline_off(start_server, hum, eventually):
    server = start_server(idle_s=0.5)
    socket, _ = opened(server.port, m.Start())
    samples, sequence, begun_s = hum(4.0).astype("<i2"), 0, time.monotonic()
    with socket:
        while time.monotonic() < begun_s + 1.2:
            at = 1600 * sequence
            socket.send(encode(m.Sound(sequence, at, at / 16000, samples[at : at + 1600].tobytes())))
            assert isinstance(decode(socket.recv(5)), m.Frames)
            sequence += 1
            threading.Event().wait(0.05)
        assert decode(socket.recv(5)).code == "idle"


def test_pings_before_the_first_word_do_not_hold_a_connection(start_server):
    server = start_server(idle_s=0.3)
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream") as socket:
        answer = pinged(socket)
        assert isinstance(answer, m.Failed) and answer.code == "idle"
