"""Servers in the real window: real uvicorns in processes of their own, killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket as sockets
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import keyring
import numpy as np
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton

from app.audio.clips import read_clip, resample, write_wav
from app.audio.player import Player
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.a2f import A2FSource
from app.lipsync.feeling import has_network
from app.lipsync.mock import MockSource
from app.remote import keys
from app.session import live
from app.ui.remote_dialog import RemoteDialog

pytestmark = pytest.mark.gui
ROOT = Path(__file__).resolve().parents[2]
SLOW_MS = 60_000
#: a mock that takes a little less than the time its sound lasts, as a busy server would
PACED = """
import sys, time
from app.remote.server import animators
at_once = animators.MockAnimator.run
def paced(self, heard):
    time.sleep(sum(len(each.samples) for each in heard) / 16000 / 1.5)
    return at_once(self, heard)
animators.MockAnimator.run = paced
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
        self.url = f"http://127.0.0.1:{self.port}"
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
                if httpx.get(f"{self.url}/v1/health/ready").is_success:
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
    one = Server("--token", "sesame")
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
def hear_room(qtbot):
    """Play a clip into the room -> when pictures were drawn, on the clip's time line, and how far the jaw on them was open."""

    def hear(window, clip) -> tuple[np.ndarray, np.ndarray]:
        player, seen = Player(), []

        def note(_ms: float) -> None:
            seen.append((player.clock.now(), window.session.rig.applied.get("jawOpen", 0.0)))

        window.preview.frame_drawn.connect(note)
        player.load(clip)
        player.play()
        qtbot.waitUntil(lambda: not player.playing, timeout=SLOW_MS)
        window.preview.frame_drawn.disconnect(note)
        player.close()
        times, jaws = np.array(seen).T
        inside = times > 0.1
        return times[inside], jaws[inside]

    return hear


@pytest.fixture
def long_clip(tmp_path) -> Path:
    """Fourteen seconds of something voice-like."""
    t = np.arange(14 * 16000) / 16000
    path = tmp_path / "long.wav"
    write_wav(path, AudioClip((0.2 * np.sin(2 * np.pi * 140 * t) * (0.6 + 0.4 * np.sin(8 * np.pi * t))).astype(np.float32), 16000))
    return path


@pytest.fixture
def close_ahead(monkeypatch):
    """Sound is sent only a little ahead, as for a voice that is spoken now."""
    monkeypatch.setattr("app.remote.stream_client.MAX_AHEAD_S", 1.0)


def play_remote(qtbot, window, server: Server, clip: Path) -> None:
    """Let a server animate a recording, and play it as soon as there is some motion."""
    session = window.session
    session.set_source("A", server.spec)
    window.files.open(clip)
    qtbot.waitUntil(lambda: session.slots["A"].raw is not None and session.slots["A"].raw.arkit.end_s > 0.5, timeout=SLOW_MS)
    session.playback.play()
    qtbot.waitUntil(lambda: session.playback.now() > 0.3, timeout=SLOW_MS)


def answers(window) -> dict[str, QPushButton]:
    """The buttons of the question that is open."""
    return {button.text(): button for button in window.preview.banner.offers.findChildren(QPushButton) if button.isVisible()}


def pick(window, label: str) -> None:
    """Choose in the source picker."""
    box = window.speak_bar.source
    box.setCurrentIndex(box.findText(label))
    box.activated.emit(box.currentIndex())


def dialog_does(steps) -> None:
    """Run steps on the dialog once it is open; whatever they raise is raised by the test."""

    def begin() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, RemoteDialog):
            steps(dialog)
        else:
            QTimer.singleShot(20, begin)

    QTimer.singleShot(0, begin)


@pytest.mark.usefixtures("ring")
def test_a_server_is_tested_used_remembered_and_called_mock(qtbot, window, server, shoot):
    texts: dict[str, str] = {}

    def steps(dialog: RemoteDialog) -> None:
        dialog.address.setEditText(f"127.0.0.1:{server.port}")
        qtbot.mouseClick(dialog.test, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.answer.isVisible, timeout=SLOW_MS)
        texts.update({name: value.text() for name, value in dialog.values.items()})
        shoot(window, "link-dialog")
        window.resize(1920, 1040)
        shoot(window, "link-dialog-wide")
        window.resize(1280, 800)
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)

    dialog_does(steps)
    pick(window, "Remote server…")
    assert texts["Protocol"].startswith("VisemeSync Preview") and texts["Mode"].startswith("MOCK") and texts["Health"] == "good"
    assert float(texts["Round trip"].removesuffix(" ms")) > 0
    assert window.session.slots["A"].spec == server.spec
    assert window.speak_bar.source.currentText() == f"Remote (mock mode): 127.0.0.1:{server.port}"
    assert window.side.tabText(window.side.indexOf(window.linking.panel)) == "Link" and window.linking.dot.isVisible()
    window.remember()
    assert window.settings.servers == {server.spec: "mock"} and window.settings.source == server.spec
    pick(window, "Visemes (recommended)")
    assert window.side.indexOf(window.linking.panel) < 0 and not window.linking.dot.isVisible()
    assert window.speak_bar.source.findData(server.spec) >= 0


def test_a_token_goes_to_the_keyring_and_nowhere_else(qtbot, window, guarded, ring, config):
    seen: list[str] = []

    def steps(dialog: RemoteDialog) -> None:
        dialog.address.setEditText(guarded.url)
        qtbot.mouseClick(dialog.test, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(dialog.answer.isVisible, timeout=SLOW_MS)
        seen.append(dialog.sentence.text())
        dialog.key.setText("sesame")
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=SLOW_MS)

    dialog_does(steps)
    pick(window, "Remote server…")
    assert "wants a token" in seen[0]
    qtbot.waitUntil(lambda: ring.kept == {(keys.SERVICE, guarded.spec): "sesame"}, timeout=SLOW_MS)
    keys.KEYS._known.clear()  # as after a start
    session = window.session
    session.links.check_now()
    qtbot.waitUntil(lambda: session.links.statuses["A"].healthy, timeout=SLOW_MS)
    window.remember()
    assert all(b"sesame" not in path.read_bytes() for path in config.rglob("*") if path.is_file())
    assert "sesame" not in repr(session.links.statuses) + window.speak_bar.source.currentText()


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_the_dialog_and_a_notice_say_so(qtbot, window, guarded):
    about: list[str] = []

    def steps(dialog: RemoteDialog) -> None:
        about.append(dialog.about_key.text())
        dialog.address.setEditText(guarded.url)
        dialog.key.setText("sesame")
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=SLOW_MS)

    with qtbot.waitSignal(window.session.notice, timeout=SLOW_MS) as told:
        dialog_does(steps)
        pick(window, "Remote server…")
    assert "no keyring" in about[0] and "no keyring" in told.args[0]
    assert window.session.slots["A"].spec == guarded.spec


@pytest.mark.usefixtures("ring")
def test_a_token_in_an_address_of_the_command_line_is_used_but_never_shown(qtbot, window, guarded):
    session = window.session
    session.set_source("A", f"{guarded.spec}/t/sesame")
    assert session.slots["A"].spec == guarded.spec and "sesame" not in window.speak_bar.source.currentText()
    qtbot.waitUntil(lambda: session.links.statuses["A"].healthy, timeout=SLOW_MS)


@pytest.mark.usefixtures("ring", "close_ahead")
def test_a_killed_server_lets_the_face_rest_and_takes_it_up_again(qtbot, window, server, long_clip, shoot):
    session, banner = window.session, window.preview.banner
    play_remote(qtbot, window, server, long_clip)
    window.linking.show_panel()
    slot = session.slots["A"]
    assert slot.parts_done == 0, "playback began before the clip was done"
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert set(answers(window)) >= {"Use mock", "Keep trying"} and "was lost at" in banner.text.text()
    qtbot.waitUntil(lambda: session.playback.now() > slot.raw.arkit.end_s + 0.5, timeout=SLOW_MS)
    lost_until_s, playing = slot.raw.arkit.end_s, session.playback.playing
    assert playing and not session.weights_at(session.playback.now()).any() and session.links.away("A")
    assert max(session.rig.applied.get(name, 0.0) for name in ("jawOpen", "mouthPucker")) == 0.0
    shoot(window, "link-lost")
    window.resize(1920, 1040)
    shoot(window, "link-lost-wide")
    window.resize(1280, 800)
    qtbot.mouseClick(answers(window)["Keep trying"], Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    server.start()
    back_s = time.monotonic()
    qtbot.waitUntil(lambda: session.links.statuses["A"].reconnects == 1, timeout=SLOW_MS)
    assert time.monotonic() - back_s < 1.0
    qtbot.waitUntil(lambda: slot.raw.arkit.end_s > lost_until_s, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.weights_at(session.playback.now()).max() > 0.05 and session.playback.playing, timeout=20_000)
    qtbot.waitUntil(lambda: slot.parts_done == 1, timeout=SLOW_MS)
    expected = concatenate(list(MockSource(60).generate(session.speech, threading.Event())))
    np.testing.assert_array_equal(slot.raw.arkit.weights, expected.arkit.weights)
    assert len(slot.raw.arkit) == 840, "no frame lost or doubled"
    status = session.links.statuses["A"]
    assert status.reconnects == 1 and status.received == 840 and status.late > 0 and status.dropped == 0
    window.linking.panel.refresh()
    assert window.linking.panel.sections[0].values["Reconnections"].text() == "1"
    shoot(window, "link-panel")
    window.resize(1920, 1040)
    shoot(window, "link-panel-wide")


@pytest.mark.usefixtures("ring", "close_ahead")
def test_mock_takes_over_only_when_it_is_chosen(qtbot, window, server, long_clip):
    session = window.session
    play_remote(qtbot, window, server, long_clip)
    server.kill()
    qtbot.waitUntil(lambda: window.preview.banner.asks, timeout=SLOW_MS)
    assert session.slots["A"].spec == server.spec
    qtbot.mouseClick(answers(window)["Use mock"], Qt.MouseButton.LeftButton)
    assert session.slots["A"].spec == "mock" and not window.preview.banner.asks
    qtbot.waitUntil(lambda: session.slots["A"].parts_done == 1, timeout=SLOW_MS)
    assert window.preview.mock.isVisible() and session.playback.playing


@pytest.mark.usefixtures("ring", "close_ahead")
def test_the_banner_goes_when_the_server_is_back_by_itself(qtbot, window, server, long_clip):
    session, banner = window.session, window.preview.banner
    play_remote(qtbot, window, server, long_clip)
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    with qtbot.waitSignal(session.links.found, timeout=SLOW_MS):
        server.start()
    assert not banner.asks and "is back" in banner.text.text()


@pytest.mark.usefixtures("ring")
def test_a_server_that_is_not_there_is_waited_for_and_asked_about(qtbot, window, server, speak):
    session, banner = window.session, window.preview.banner
    server.kill()
    session.set_source("A", server.spec)
    qtbot.waitUntil(lambda: session.links.statuses["A"].state == "lost", timeout=SLOW_MS)
    assert "cannot be reached" in session.links.statuses["A"].message and not banner.asks
    speak(window, "Bob may buy a map.")
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert "does not answer" in banner.text.text() and session.playback.duration_s > 0.5
    server.start()
    qtbot.waitUntil(lambda: session.slots["A"].parts_done == 1, timeout=SLOW_MS)
    assert not banner.asks and session.slots["A"].is_mock


@pytest.mark.usefixtures("ring")
def test_a_line_is_played_when_its_first_motion_is_there(qtbot, window, server, speak):
    session = window.session
    session.set_source("A", server.spec)
    speak(window, "Maybe my puppy barks at the mailman.")
    made = session.slots["A"].raw
    assert made is not None and made.arkit.end_s >= 0.25
    qtbot.waitUntil(lambda: not session.playback.playing and not session.workers.busy, timeout=SLOW_MS)
    assert session.links.statuses["A"].late == 0


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


@pytest.mark.usefixtures("ring")
def test_the_microphone_goes_through_the_server_and_survives_its_loss(qtbot, window, server, monkeypatch, shoot):
    monkeypatch.setattr(live, "open_microphone", Voice)
    session, bar, banner = window.session, window.expression.bar, window.preview.banner
    session.set_source("A", server.spec)
    window.actions_by_name["live"].trigger()
    qtbot.waitUntil(lambda: session.live.figures.total_ms > 0 and session.weights_at(0.0).any(), timeout=SLOW_MS)
    assert session.live.is_mock and window.preview.mock.isVisible() and "live" in window.preview.tag.text()
    qtbot.waitUntil(lambda: session.links.statuses["A"].received > 120, timeout=SLOW_MS)
    bar.write_figures()
    figures = session.live.figures
    assert bar.delay.text().endswith("ms to the face") and figures.total_ms > figures.input_ms + figures.look_ahead_ms
    assert "server and way" in bar.delay.toolTip()
    shoot(window, "link-live")
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert {"Stop live", "Keep trying"} <= set(answers(window))
    qtbot.waitUntil(lambda: session.live.weights is not None and not session.live.weights.any(), timeout=SLOW_MS)
    assert session.live.active
    server.start()
    qtbot.waitUntil(lambda: bool(session.live.weights.any()), timeout=SLOW_MS)
    assert session.links.statuses["A"].reconnects == 1 and not banner.asks
    window.actions_by_name["live"].trigger()
    qtbot.waitUntil(lambda: not session.live.active and not session.workers.leaving, timeout=SLOW_MS)


@pytest.mark.usefixtures("ring")
def test_a_refused_token_is_asked_about_and_can_be_given(qtbot, window, guarded, recording):
    session, banner = window.session, window.preview.banner
    session.set_source("A", guarded.spec)
    window.files.open(recording)
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    assert "wants a token" in banner.text.text() and session.slots["A"].raw is None

    def steps(dialog: RemoteDialog) -> None:
        assert dialog.address.currentText() == guarded.url
        dialog.key.setText("sesame")
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=SLOW_MS)

    dialog_does(steps)
    qtbot.mouseClick(answers(window)["Change the server…"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.slots["A"].parts_done == 1, timeout=SLOW_MS)
    assert not banner.asks and session.slots["A"].is_mock


@pytest.mark.usefixtures("ring", "close_ahead")
def test_work_that_is_cancelled_asks_nothing_more(qtbot, window, server, long_clip):
    session, banner = window.session, window.preview.banner
    play_remote(qtbot, window, server, long_clip)
    server.kill()
    qtbot.waitUntil(lambda: banner.asks, timeout=SLOW_MS)
    banner.show_error("Something else went wrong; try it again.")
    banner.dismiss()
    assert banner.asks and "was lost at" in banner.text.text(), "a question comes back after an error"
    window.actions_by_name["stop"].trigger()
    assert not banner.asks and not banner.isVisible() and session.links.statuses["A"].state == "lost"
    session.playback.seek(13.0)
    assert not session.weights_at(13.0).any()


@pytest.mark.audio
@pytest.mark.usefixtures("audio_sink", "ring")
@pytest.mark.skipif(not has_network("a2f:light"), reason="torch or the light network's weights are not installed")
def test_a_voice_in_the_room_moves_the_face_by_way_of_a_server(qtbot, window, hear_room, light_server, said):
    """What is played into the room moves the drawn face, as much later as the window says."""
    session, bar = window.session, window.expression.bar
    session.set_source("A", light_server.spec)
    window.actions_by_name["live"].trigger()
    qtbot.waitUntil(lambda: session.live.figures.total_ms > 0, timeout=SLOW_MS)
    assert not session.live.is_mock and window.preview.tag.text().startswith("Audio2Face (light)")
    clip, jaw = said
    grid, lags_s = np.arange(len(jaw)) / 60, np.arange(0.0, 0.8, 0.01)
    for _ in range(6):  # a busy machine tears sound apart; one whole take is enough
        times, jaws = hear_room(window, clip)
        fits = [np.corrcoef(jaws, np.interp(times - lag, grid, jaw))[0, 1] for lag in lags_s]
        lag_ms, figures = 1e3 * lags_s[int(np.argmax(fits))], session.live.figures
        print(f"seen {lag_ms:.0f} ms (r {max(fits):.2f}), shown {figures.total_ms:.0f} ms: {figures}")
        if max(fits) > 0.75 and abs(lag_ms - figures.total_ms) < 80:
            break
    else:
        pytest.fail("no take followed the voice by the delay shown")
    bar.write_figures()
    assert bar.delay.text().endswith("ms to the face") and "server and way" in bar.delay.toolTip()
    window.actions_by_name["live"].trigger()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)


def test_the_environment_gives_a_token_too(qtbot, window, guarded, monkeypatch, ring):
    monkeypatch.setenv(keys.TOKEN_VARIABLE, "sesame")
    window.session.set_source("A", guarded.spec)
    qtbot.waitUntil(lambda: window.session.links.statuses["A"].healthy, timeout=SLOW_MS)
    assert keys.KEYS.place(guarded.spec) == "environment" and not ring.kept
    assert "sesame" in os.environ[keys.TOKEN_VARIABLE]
