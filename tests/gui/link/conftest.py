"""Real servers in processes of their own, keyrings of a test, and hands for the dialog."""

from __future__ import annotations

import contextlib
import signal
import socket as sockets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import keyring
import numpy as np
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton

from app.audio.clips import read_clip, resample, write_wav
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.a2f import A2FSource
from app.remote.link import keys
from app.session.live import live
from app.ui.sources.remote_dialog import RemoteDialog

ROOT = Path(__file__).resolve().parents[3]
SLOW_MS = 60_000
#: a mock that takes a third of the time that its sound lasts, as a busy server would; how many voices it carries is not measured
PACED = """
import sys, time
from app.remote.server.voices import animators
at_once = animators.MockAnimator.run
def paced(self, heard):
    time.sleep(sum(len(each.samples) for each in heard) / 16000 / 3)
    return at_once(self, heard)
animators.MockAnimator.run = paced
from app.remote.server import serving
from app.remote.server.voices.admission import Admission
serving.admission_for = lambda settings, worker: Admission(8)
from app.cli import main
sys.exit(main(["serve", "--source", "mock", "--port", sys.argv[1], *sys.argv[2:]]))
"""


class MemoryKeyring(KeyringBackend):
    """A keyring that lasts as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def ring(monkeypatch):
    """A keyring of this test; never the user's."""
    before = keyring.get_keyring()
    one = MemoryKeyring()
    keyring.set_keyring(one)
    monkeypatch.setattr(keys.KEYS, "_known", {})
    yield one
    keyring.set_keyring(before)


@pytest.fixture
def no_ring(monkeypatch):
    """A system without a keyring."""
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    monkeypatch.setattr(keys.KEYS, "_known", {})
    yield
    keyring.set_keyring(before)


class Server:
    """A server in a process of its own, always on the same port: a paced mock, unless another source is asked for."""

    def __init__(self, *options: str, source: str = "") -> None:
        with sockets.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http{'s' if '--tls-cert' in options else ''}://127.0.0.1:{self.port}"
        self.spec = f"remote:{self.url}"
        self._options, self._source = options, source
        self._process: subprocess.Popen | None = None

    def start(self) -> Server:
        """Start, and return when it answers."""
        plain = ["-m", "app", "serve", "--source", self._source, "--port"]
        command = [sys.executable, *(plain if self._source else ["-c", PACED]), str(self.port), *self._options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        give_up_s = time.monotonic() + 60
        while time.monotonic() < give_up_s:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/v1/health/ready", verify=False).is_success:
                    return self
            threading.Event().wait(0.03)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def server():
    """A running server; ``server.kill()``, ``server.start()``."""
    one = Server()
    yield one.start()
    one.kill()


@pytest.fixture
def guarded():
    """A running server that asks for a token."""
    one = Server("--token", "open-sesame-0123")
    yield one.start()
    one.kill()


@pytest.fixture
def light_server():
    """The app's own small network behind a socket."""
    one = Server(source="a2f:light")
    yield one.start()
    one.kill()


@pytest.fixture
def said(recording) -> tuple[AudioClip, np.ndarray]:
    """The recording at 16 kHz, and the jaw that the small network makes of it, at 60 frames per second."""
    clip = read_clip(recording)
    made = concatenate(list(A2FSource("light").generate(Speech(clip), threading.Event())))
    return resample(clip, 16000), made.arkit.column("jawOpen")


@pytest.fixture
def long_clip(tmp_path) -> Path:
    """Half a minute of something voice-like."""
    t = np.arange(30 * 16000) / 16000
    path = tmp_path / "long.wav"
    write_wav(path, AudioClip((0.2 * np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(8 * np.pi * t))).astype(np.float32), 16000))
    return path


@pytest.fixture
def close_ahead(monkeypatch):
    """Sound is sent only a little ahead, as for a voice that is spoken now."""
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 1.0)


class Voice:
    """A microphone that hears a hum, in real time."""

    def __init__(self, _device, rate: int) -> None:
        self.name, self.level, self.latency_s = "Hum", 0.1, 0.01
        self._rate, self._begun_s, self._read = rate, time.perf_counter(), 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def read_new(self) -> np.ndarray:
        """What was spoken since the last call, in blocks of 10 ms."""
        until = int((time.perf_counter() - self._begun_s) * 100) * self._rate // 100
        n, self._read = until - self._read, until
        return (0.2 * np.sin(np.arange(n))).astype(np.float32)


class Hands:
    """What a person does with servers in the window."""

    def __init__(self, qtbot, window, shoot, clip: Path) -> None:
        self._qtbot, self._window, self.shoot, self._clip = qtbot, window, shoot, clip

    def shoot_both(self, name: str) -> None:
        """Pictures of the window in both sizes."""
        for width, height, ending in ((1920, 1040, "-wide"), (1280, 800, "")):
            self._window.resize(width, height)
            self.shoot(self._window, name + ending)

    def play(self, server: Server) -> None:
        """Let a server animate a recording, and play as soon as there is some motion."""
        session = self._window.session
        session.sources.choose("A", server.spec)
        self._window.controls.files.open(self._clip)
        self._qtbot.waitUntil(
            lambda: session.state.sides["A"].raw is not None and session.state.sides["A"].raw.arkit.end_s > 0.5, timeout=SLOW_MS
        )
        session.playback.play()
        self._qtbot.waitUntil(lambda: session.playback.now() > 0.3, timeout=SLOW_MS)

    def answers(self) -> dict[str, QPushButton]:
        """The buttons of the question that is open."""
        return {each.text(): each for each in self._window.widgets.preview.banner.offers.findChildren(QPushButton) if each.isVisible()}

    def answer(self, label: str) -> None:
        """Press one of them."""
        self._qtbot.mouseClick(self.answers()[label], Qt.MouseButton.LeftButton)

    def pick(self, label: str) -> None:
        """Choose in the source picker."""
        box = self._window.widgets.speak_bar.source
        box.setCurrentIndex(box.findText(label))
        box.activated.emit(box.currentIndex())

    def in_dialog(self, steps: Callable[[RemoteDialog], None]) -> None:
        """Run steps on the server dialog once it is open; what they raise is raised by the test."""

        def begin() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, RemoteDialog):
                try:
                    steps(dialog)
                except BaseException:
                    dialog.reject()
                    raise
            else:
                QTimer.singleShot(20, begin)

        QTimer.singleShot(0, begin)

    def use(self, dialog: RemoteDialog, key: str = "") -> None:
        """Type a key, press the button, and wait until the dialog is gone."""
        dialog.key.setText(key)
        self._qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
        self._qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=SLOW_MS)


@pytest.fixture
def hands(qtbot, window, shoot, long_clip) -> Hands:
    """See Hands."""
    return Hands(qtbot, window, shoot, long_clip)


@pytest.fixture
def hum_microphone(monkeypatch) -> None:
    """The microphone hears a hum."""
    monkeypatch.setattr(live, "open_microphone", Voice)
