"""A server on this machine that answers as the Speech service's REST routes do, for pages: text to WAV, WAV to text."""

from __future__ import annotations

import io
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import numpy as np

KEY = "planted-key-of-the-speech-0123456789"
HEARD = b'{"RecognitionStatus":"Success","DisplayText":"Tell me a story.","Offset":0,"Duration":10000000}'


class SpeechRest:
    """The server, as a context.

    Attributes:
        spoken: the SSML of every text that was spoken.
        heard: (seconds, loudest sample) of every sound that was recognised.
        status: of the answers; other than 200 for a refusal.
        spoken_s: seconds of sound per text.
    """

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.heard: list[tuple[float, float]] = []
        self.status, self.spoken_s = 200, 0.8
        self._http = _Http(("127.0.0.1", 0), _Route)
        self._http.service = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="speech rest")

    def __enter__(self) -> SpeechRest:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    service: SpeechRest
    block_on_close = True
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that goes away is part of the tests."""


class _Route(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_OPTIONS(self) -> None:
        """A browser asks whether it may ask."""
        self._answer(204, "text/plain", b"")

    def do_POST(self) -> None:
        """Speak or recognise."""
        service, body = self.server.service, self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("ocp-apim-subscription-key") != KEY:
            self._answer(401, "text/plain", b"")
        elif service.status != 200:
            self._answer(service.status, "text/plain", b"")
        elif self.path.startswith("/tts"):
            service.spoken.append(body.decode())
            self._answer(200, "audio/x-wav", _hum(service.spoken_s))
        else:
            with wave.open(io.BytesIO(body)) as sound:
                samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16) / 32768
            service.heard.append((len(samples) / 16000, float(np.abs(samples).max())))
            self._answer(200, "application/json", HEARD)

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in (("content-type", kind), ("content-length", str(len(body))), ("retry-after", "7")):
            self.send_header(name, value)
        for name in ("origin", "headers", "methods"):
            self.send_header(f"access-control-allow-{name}", "*")
        self.send_header("access-control-expose-headers", "retry-after")
        self.end_headers()
        self.wfile.write(body)


def _hum(duration_s: float) -> bytes:
    """Something voice-like as 24 kHz WAV."""
    t = np.arange(round(duration_s * 24000)) / 24000
    samples = (8000 * np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.int16)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(24000)
        sound.writeframes(samples.tobytes())
    return file.getvalue()
