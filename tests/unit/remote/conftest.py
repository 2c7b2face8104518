"""Real servers on free ports."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import httpx
import numpy as np
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.remote.protocol import messages as m
from app.remote.protocol.wire import MAX_MESSAGE, decode, encode
from app.remote.server.application import create_app
from app.remote.server.serving import GracefulServer, bind, config_for
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState
from app.remote.server.voices.admission import Admission
from tests.browsers.chromium import Page, running_chromium


def pinged(socket: ClientConnection) -> m.Message:
    """Ping until something else is answered; what was said before the server closed can still be read."""
    answer: m.Message | None = None
    while answer is None or isinstance(answer, m.Pong):
        with contextlib.suppress(ConnectionClosed):
            socket.send(encode(m.Ping(1)))
        answer = decode(socket.recv(5))
    return answer


@dataclass
class Running:
    """A server in a thread of this process."""

    url: str
    port: int
    server: uvicorn.Server
    thread: threading.Thread
    state: ServerState | None = None

    def stop(self) -> None:
        """Stop it as Ctrl+C does."""
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()
        if self.url.startswith("https:"):  # asyncio forgets encrypted connections whose peer went away without a goodbye
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()


def run_in_thread(server: uvicorn.Server, listener, port: int) -> Running:
    """Start a uvicorn server and wait until it answers."""
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="test-server", daemon=True)
    thread.start()
    for _ in range(2000):
        if server.started or not thread.is_alive():
            break
        thread.join(0.01)
    assert server.started
    return Running(f"http://127.0.0.1:{port}", port, server, thread)


def plain_config(app) -> uvicorn.Config:
    """For an application that is not ours."""
    return uvicorn.Config(
        app, ws="websockets-sansio", ws_max_size=MAX_MESSAGE, log_config=None, access_log=False, ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip


class Roomy(Admission):
    """Takes 256 voices however late they are on a machine that tests keep busy."""

    def look(self, running: int) -> bool:
        """Nothing changes."""
        return False


@pytest.fixture
def start_server() -> Iterator[Callable[..., Running]]:
    """Starts our server: settings as keywords, animator optional; all are stopped after the test.

    ``measured``: it finds out itself how many voices it carries.
    """
    running: list[Running] = []

    def start(animator=None, port: int = 0, answering=None, certificate=None, measured=False, **settings) -> Running:
        chosen = ServerSettings(**{"source": "mock", "drain_s": 0.3, **settings})
        listener = bind(replace(chosen, host="127.0.0.1", port=port))
        admission = None if measured else Roomy(256, chosen.max_streams)
        app = create_app(chosen, animator, answering=answering, admission=admission)
        tls = {} if certificate is None else {"ssl_certfile": certificate.cert, "ssl_keyfile": certificate.key}
        config = config_for(app, log_config=None, timeout_graceful_shutdown=2, **tls)  # otherwise as `serve` runs it
        one = run_in_thread(GracefulServer(config, app.state.server), listener, listener.getsockname()[1])
        one.url = one.url.replace("http:", "https:") if certificate is not None else one.url
        one.state = app.state.server
        running.append(one)
        return one

    with contextlib.ExitStack() as stack:
        stack.callback(lambda: [one.stop() for one in running if one.thread.is_alive()])
        yield start


@pytest.fixture
def start_app() -> Iterator[Callable[..., str]]:
    """Serves any ASGI application -> its address."""
    running: list[Running] = []

    def start(app) -> str:
        listener = bind(ServerSettings(source="mock", port=0))
        one = run_in_thread(uvicorn.Server(plain_config(app)), listener, listener.getsockname()[1])
        running.append(one)
        return one.url

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def hum() -> Callable[[float], np.ndarray]:
    """Seconds -> (n,) int16 samples at 16 kHz of something voice-like."""

    def make(duration_s: float) -> np.ndarray:
        t = np.arange(round(duration_s * 16000)) / 16000
        return (8000 * np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))).astype(np.int16)

    return make


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Poll a condition of another thread."""
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_s, "it did not happen in time"
        threading.Event().wait(0.005)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """See wait_until."""
    return wait_until


@pytest.fixture(scope="module")
def devtools(tmp_path_factory) -> Iterator[str]:
    """One Chromium for all tests of a file."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def page(devtools) -> Iterator[Page]:
    """A fresh tab."""
    target = httpx.put(f"http://{devtools}/json/new").json()
    with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
        opened = Page(socket)
        opened.call("Page.enable")
        yield opened
        opened.call("Page.close")
