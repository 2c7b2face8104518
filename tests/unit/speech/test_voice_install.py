"""Further voices come over HTTP: whole, checked, cancellable, and their absence is one sentence."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core.errors import Cancelled, ServiceError
from app.speech import hibari
from app.speech.hibari import HibariEngine


@pytest.fixture
def model() -> bytes:
    from hibari.voices import ASSETS

    return (Path(ASSETS) / "hibari.onnx").read_bytes()


@pytest.fixture
def hub(model, monkeypatch):
    """A server in the layout of the real one; the bundled model stands in for the voice fenrir."""
    answers: dict[str, bytes] = {"/voices/am_fenrir_v2.int8.onnx": model}

    class Files(BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            try:
                self.wfile.write(body or b"")
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_args):
            """Quiet."""

    registry = dict(hibari._registry())
    registry["fenrir"] = {**registry["fenrir"], "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}
    monkeypatch.setattr(hibari, "_registry", lambda: registry)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.answers = answers
    server.url = f"http://127.0.0.1:{server.server_port}/voices/"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def installed(engine: HibariEngine) -> bool:
    return next(voice.installed for voice in engine.voices() if voice.id == "fenrir")


def test_a_voice_is_fetched_once_and_speaks(hub, tmp_path):
    engine = HibariEngine(folder=tmp_path / "voices", base_url=hub.url)
    assert not installed(engine)
    shares: list[float] = []
    engine.install("fenrir", shares.append)
    assert installed(engine)
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 20
    hub.answers.clear()
    engine.install("fenrir")
    (speech,) = engine.synthesize("Hello there.", "fenrir")
    assert [p.base for p in speech.phones] == ["sil", "HH", "AH", "L", "OW", "DH", "EH", "R", "sil"]


def test_a_damaged_voice_is_refused(hub, tmp_path, model):
    hub.answers["/voices/am_fenrir_v2.int8.onnx"] = model[:-1] + b"x"
    engine = HibariEngine(folder=tmp_path, base_url=hub.url)
    with pytest.raises(ServiceError, match="damaged"):
        engine.install("fenrir")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["missing", "offline"])
def test_no_network_is_one_sentence(hub, tmp_path, url):
    base = hub.url + "elsewhere/" if url == "missing" else "http://127.0.0.1:9/"
    engine = HibariEngine(folder=tmp_path, base_url=base)
    with pytest.raises(ServiceError, match="check the network connection"):
        engine.install("fenrir")
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_nothing_behind(hub, tmp_path):
    cancel = threading.Event()
    engine = HibariEngine(folder=tmp_path, base_url=hub.url)

    def progress(share: float) -> None:
        if share > 0.3:
            cancel.set()

    with pytest.raises(Cancelled):
        engine.install("fenrir", progress, cancel)
    assert list(tmp_path.iterdir()) == [] and not installed(engine)


def test_a_broken_model_file_is_named(tmp_path):
    (tmp_path / "am_fenrir_v2.int8.onnx").write_bytes(b"not a model")
    with pytest.raises(hibari.SpeechError, match="damaged"):
        list(HibariEngine(folder=tmp_path).synthesize("Hi.", "fenrir"))
