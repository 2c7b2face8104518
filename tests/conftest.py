"""Shared fixtures and the checks that every test leaves the process as it found it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

#: of the daily loop; chosen by `run.py test --quick`. Tests that say themselves how many examples they need keep that number
settings.register_profile("quick", max_examples=10, deadline=None)
#: what decides whether a change may land draws the same examples every time; the daily loop draws new ones and searches on
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
#: threads that libraries keep for the life of the process
LASTING_THREADS = ("pydev", "asyncio_", "ThreadPoolExecutor", "QThread", "Dummy", "tqdm")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real avatars, captures and speech beside the checkout; tests that need it skip without it."""
    if not (SHARED / "data" / "MANIFEST.md").exists():
        pytest.skip("the shared test data is not beside this checkout")
    return SHARED


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures for a person go: screenshots, and what differs from a stored picture. The workflow keeps VISEMESYNC_SHOTS."""
    folder = Path(os.environ.get("VISEMESYNC_SHOTS") or tmp_path / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator of this test alone: what it draws does not depend on which tests ran before."""
    return np.random.default_rng(20261123)


@pytest.fixture(scope="session")
def serve_microservice():
    """``with serve_microservice(behaviour) as "HOST:PORT"``: a gRPC service in the words of NVIDIA's microservice, on a free port."""

    @contextlib.contextmanager
    def serve(behaviour: Callable, method: str = "") -> Iterator[str]:
        import grpc

        from app.remote.nim.nim_messages import messages
        from app.remote.nim.nim_source import METHOD

        name, call = (method or METHOD).strip("/").rsplit("/", 1)
        decode = messages()["AudioStream"].FromString
        handler = grpc.stream_stream_rpc_method_handler(behaviour, decode, lambda message: message.SerializeToString())
        with ThreadPoolExecutor(4) as pool:
            server = grpc.server(pool)
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {call: handler}),))
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            yield f"127.0.0.1:{port}"
            server.stop(0).wait()

    return serve


@pytest.fixture(scope="session")
def audio_sink() -> str:
    """The name of a real-time output device; `run.py test` provides a null sink."""
    sounddevice = pytest.importorskip("sounddevice", exc_type=OSError, reason="PortAudio is not installed")
    if not os.environ.get("PULSE_SERVER"):
        pytest.skip("no real-time audio sink: run the tests with `python3 run.py test`")
    return str(sounddevice.query_devices(kind="output")["name"])


@pytest.fixture(autouse=True)
def no_leaked_threads():
    """Fail a test that leaves a thread of ours running."""
    before = set(threading.enumerate())
    yield
    left = []
    for thread in set(threading.enumerate()) - before:
        if thread.daemon and thread.name.startswith(LASTING_THREADS):
            continue
        # a busy machine takes its time to end what was cancelled; what leaks never ends
        thread.join(10.0)
        if thread.is_alive():
            left.append(thread.name)
    assert not left, f"threads left running: {left}"
