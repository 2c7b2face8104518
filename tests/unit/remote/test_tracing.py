"""Traces of voices, read by a collector that speaks OTLP."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from websockets.sync.client import connect

from app.remote.protocol import messages as m
from app.remote.protocol.wire import decode, encode
from app.remote.server.settings import ServerSettings, SettingsError


class Collector:
    """Takes what is posted to /v1/traces."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        collector = self

        class Taking(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                """Decode it as any collector would."""
                assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
                request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in request.resource_spans:
                    collector.services |= {a.value.string_value for a in resource.resource.attributes if a.key == "service.name"}
                    collector.spans += [span for scope in resource.scope_spans for span in scope.spans]
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_words) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on a free port."""
    one = Collector()
    yield one
    one.server.shutdown()
    one.server.server_close()
    one.thread.join(5)


def values(span: Span) -> dict[str, object]:
    """Attributes by name."""
    return {a.key.removeprefix("visemesync."): getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


def speak(port: int, sound: bytes) -> None:
    """A voice from start to end, in two messages."""
    with connect(f"ws://127.0.0.1:{port}/v1/stream", proxy=None) as socket:
        socket.send(encode(m.Start()))
        assert isinstance(decode(socket.recv(5)), m.Ready)
        half = len(sound) // 4 * 2
        socket.send(encode(m.Sound(0, 0, 0.0, sound[:half])))
        assert isinstance(decode(socket.recv(5)), m.Frames)
        socket.send(encode(m.Sound(1, half // 2, half / 32000, sound[half:])))
        socket.send(encode(m.End()))
        while not isinstance(decode(socket.recv(5)), m.Ended):
            pass


def test_a_voice_is_followed_from_its_sound_to_its_frames(start_server, hum, collector, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = start_server(trace=collector.url)
    begun_ns = time.time_ns()
    speak(server.port, hum(1.0).tobytes())
    server.stop()
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"voice", "chunk", "queued", "engine round", "frames sent"} and collector.services == {"visemesync-server"}
    voice, chunk = spans["voice"], spans["chunk"]
    assert len({span.trace_id for span in collector.spans}) == 1 and not voice.parent_span_id and chunk.parent_span_id == voice.span_id
    parts = [spans[name] for name in ("queued", "engine round", "frames sent")]
    assert {part.parent_span_id for part in parts} == {chunk.span_id}
    ends = [(part.start_time_unix_nano, part.end_time_unix_nano) for part in parts]
    assert begun_ns <= ends[0][0] <= ends[0][1] <= ends[1][1] <= ends[2][1] <= voice.end_time_unix_nano + 1_000_000
    assert chunk.start_time_unix_nano == pytest.approx(ends[0][0], abs=1_000_000)
    assert all(first[1] == pytest.approx(then[0], abs=1_000_000) for first, then in itertools.pairwise(ends))
    assert values(spans["engine round"])["voices"] == 1 and values(chunk)["samples_heard"] == 8000
    told = values(voice)
    assert told["source"] == "mock" and told["client"] == "127.0.0.1" and told["reason"] == "ended" and told["frames"] == 30


def test_a_collector_that_is_away_harms_nobody(start_server, hum):
    server = start_server(trace="http://127.0.0.1:9")
    speak(server.port, hum(0.5).tobytes())
    begun_s = time.monotonic()
    server.stop()
    assert time.monotonic() - begun_s < 8.0


def test_without_the_option_nothing_of_opentelemetry_is_loaded(root):
    program = """
import sys
from app.remote.server.application import create_app
from app.remote.server.settings import ServerSettings
create_app(ServerSettings(source="mock"))
found = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
assert not found, found
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_missing_or_wrong_is_one_sentence(monkeypatch, capsys):
    from app.cli import main

    with pytest.raises(SettingsError, match=r"not the address of a collector; write --trace http://HOST:4318\."):
        ServerSettings(trace="collector")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert main(["serve", "--source", "mock", "--port", "0", "--trace", "http://127.0.0.1:4318"]) == 3
    assert "Traces need OpenTelemetry; start this with python3 run.py" in capsys.readouterr().err
