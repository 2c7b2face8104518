"""Faces that leave the window, and faces that come into it, over the real network of this machine."""

from __future__ import annotations

import socket
import struct
import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.arkit import ARKIT_INDEX
from app.core.face_frame import FaceFrame
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.livelink_packet import encode_packet
from app.formats.registry import write_track
from app.session.streaming.live_out import ChosenReceiver
from app.streaming.address import Address

pytestmark = pytest.mark.gui
SLOW_MS = 30_000
JAW = ARKIT_INDEX["jawOpen"]
N_ANGLES = 9


class Heard:
    """A receiver of its own: it knows the packet from its description alone, byte by byte."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        #: moment of arrival, number, subject, 61 values
        self.faces: list[tuple[float, int, str, np.ndarray]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="independent receiver")
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                data = self._socket.recv(4096)
            except TimeoutError:
                continue
            now = time.perf_counter()
            assert data[0] == 6
            (n_device,) = struct.unpack_from(">i", data, 1)
            (n_subject,) = struct.unpack_from(">i", data, 5 + n_device)
            at = 9 + n_device
            subject = data[at : at + n_subject].decode()
            number, _sub, _rate, _per, count = struct.unpack_from(">ifiiB", data, at + n_subject)
            values = np.frombuffer(data, ">f4", count, at + n_subject + 17)
            self.faces.append((now, number, subject, values.astype(np.float32)))

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def receivers():
    made = [Heard(), Heard()]
    yield made
    for each in made:
        each.close()


@pytest.fixture
def phone():
    """``phone(port, jaw, index)``: one packet as a phone sends it, with the head turned by 0.3 radians."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sends:

        def send(port: int, jaw: float, index: int, subject: str = "iPhone") -> None:
            weights = np.zeros(52, np.float32)
            weights[JAW] = jaw
            angles = np.array([0.3, 0.1, *[0.0] * 7], np.float32)
            face = FaceFrame(weights, angles, time_s=index / 60, index=index, subject=subject)
            sends.sendto(encode_packet(face, "A-DEVICE"), ("127.0.0.1", port))

        yield send


def turning_jaw(path, n: int = 90) -> BlendshapeTrack:
    """A jaw that opens and a head that turns, each frame unlike all others."""
    weights = np.zeros((n, 52), np.float32)
    weights[:, JAW] = np.linspace(0.0, 0.9, n)
    yaw = np.linspace(0.0, 0.5, n, dtype=np.float32)[:, None]
    track = BlendshapeTrack(weights, 60.0, side=SideChannels(("HeadYaw",), yaw))
    write_track(path, track)
    return track


def test_what_plays_stands_and_is_scrubbed_reaches_two_receivers(qtbot, window, receivers, tmp_path, shoot):
    session, (one, two) = window.session, receivers
    track = turning_jaw(tmp_path / "turn.csv")
    session.sources.open_track(tmp_path / "turn.csv")
    qtbot.waitUntil(lambda: session.state.shown_side.tuned is not None and not session.workers.busy, timeout=SLOW_MS)
    window.widgets.actions["head"].trigger()
    session.live_out.set_receivers(tuple(ChosenReceiver(Address("livelink", "127.0.0.1", each.port)) for each in receivers))
    session.live_out.set_subject("Tester")
    window.controls.faces.open()
    qtbot.mouseClick(window.widgets.live_panel.out.start, Qt.MouseButton.LeftButton)
    assert session.live_out.active and window.widgets.actions["live_out"].isChecked()

    # standing still, it goes on
    session.playback.seek(0.5)
    qtbot.waitUntil(lambda: len(one.faces) > 5 and abs(one.faces[-1][3][17] - track.sample(0.5)[JAW]) < 1e-4, timeout=SLOW_MS)
    # scrubbed
    session.playback.scrub(1.0)
    qtbot.waitUntil(lambda: abs(two.faces[-1][3][17] - track.sample(1.0)[JAW]) < 1e-4, timeout=SLOW_MS)
    assert one.faces[-1][2] == two.faces[-1][2] == "Tester"
    np.testing.assert_allclose(one.faces[-1][3][52], np.interp(1.0 * 60, np.arange(90), np.linspace(0, 0.5, 90)), atol=1e-4)

    session.playback.seek(0.0)
    qtbot.waitUntil(lambda: one.faces[-1][3][17] < 1e-4, timeout=SLOW_MS)
    began = len(one.faces)
    told: list[tuple[float, float]] = []
    window.controls.loop.time_shown.connect(lambda _t: told.append((time.perf_counter(), session.playback.now())))
    session.playback.play()
    qtbot.waitUntil(lambda: not session.playback.playing, timeout=SLOW_MS)
    shoot(window, "live-out")
    played = one.faces[began:]
    moments, places = np.array(told).T
    moving = [(at, face) for at, _n, _s, face in played if moments[0] < at < moments[-1] and 0.02 < np.interp(at, moments, places) < 1.4]
    assert len(moving) > 60
    late_s = np.array([np.interp(at, moments, places) - face[17] / 0.9 * 89 / 60 for at, face in moving])
    # a frame either way, and what the wire and the receiving thread take
    assert np.median(np.abs(late_s)) < 1 / 60 and np.percentile(np.abs(late_s), 95) < 2.5 / 60, late_s
    numbers = np.array([number for _at, number, _s, _f in played])
    assert (np.diff(numbers) >= 1).all() and (np.diff(numbers) == 1).mean() > 0.9

    window.widgets.live_panel.out.show_figures()
    assert "a second" in window.widgets.live_panel.out.rows[0].figures.text()
    assert window.widgets.live_sign.isVisible() and window.widgets.live_sign.text() == "● LIVE OUT 2"
    window.widgets.actions["live_out"].trigger()
    assert not session.live_out.active and window.widgets.live_sign.isHidden()
