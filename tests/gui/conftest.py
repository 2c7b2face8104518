"""The real window over real parts: avatar files, embedded voice, software GL, sound device or silence."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.audio.clips import write_wav
from app.audio.player import Player
from app.avatar import gltf
from app.avatar.model import Avatar
from app.core.arkit import ARKIT_INDEX, MOUTH_CHANNELS
from app.core.places import APP_FOLDER
from app.core.speech import joined
from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
from app.session.base import opening
from app.settings import Settings
from app.speech import hibari
from app.ui.window import frame_loop
from app.ui.window.main_window import MainWindow

#: generous: the machine may be busy with other things
SLOW_MS = 60_000


@pytest.fixture(scope="session")
def qapp():
    """The application as the program makes it."""
    return make_application()


@contextlib.contextmanager
def in_cache(folder: Path) -> Iterator[None]:
    """What is done meanwhile finds its cache there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield


class SharedEngine(hibari.HibariEngine):
    """The embedded voice of all windows of a process: loaded and warmed up once."""

    _warm = False

    def warm_up(self) -> None:
        if not self._warm:
            super().warm_up()
            self._warm = True


@pytest.fixture(scope="session", autouse=True)
def read_once(cache):
    """One voice engine, and one decoding of the default avatar, for all windows of a process; neither is ever changed.

    What is known of the avatar at the end is there for the processes of the run that begin later.
    """
    engine, read = SharedEngine(), gltf.load_avatar

    @functools.cache
    def once() -> Avatar:
        with in_cache(cache):
            return read(DEFAULT_AVATAR)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hibari, "HibariEngine", lambda: engine)
        patch.setattr(gltf, "load_avatar", lambda path, *pose: once() if path == DEFAULT_AVATAR and not pose else read(path, *pose))
        yield
    if once.cache_info().currsize:
        with in_cache(cache):
            opening.keep_avatar(once())


#: a window of a test draws twenty pictures a second: more are a core's work, and beside other tests it draws no more in any case
TICK_MS = 50


@pytest.fixture(scope="session", autouse=True)
def fewer_pictures():
    """Windows leave the machine to what is tested; see ``every_picture``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_loop, "TICK_MS", TICK_MS)
        yield


@pytest.fixture
def every_picture(monkeypatch):
    """Windows draw as often as the program's do."""
    monkeypatch.setattr(frame_loop, "TICK_MS", 16)


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """What can be made again is kept for all tests of a process, and not among the user's; avatars made ready for all of a run."""
    folder = tmp_path_factory.mktemp("cache")
    avatars = os.environ.get("VISEMESYNC_TEST_AVATARS")
    if avatars and os.name == "posix":
        (folder / APP_FOLDER).mkdir()
        (folder / APP_FOLDER / "ready-avatars").symlink_to(avatars, target_is_directory=True)
    return folder


@pytest.fixture
def config(tmp_path, cache) -> Iterator[Path]:
    """Settings of this test only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        for name in ("config", "state", "data"):
            patch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
        yield tmp_path / "config"


def opened(qtbot, avatar: Path | None, ready: bool) -> MainWindow:
    """A window on the screen, in front; when it shall be ready, with its first picture, the voice and the sound device."""
    settings = Settings.load()
    settings.picture.renderer = "software"
    window = make_window(settings)
    # tests that care answer themselves
    window.controls.projects.asks = answer
    window.show()
    window.activateWindow()
    with qtbot.waitActive(window):
        window.raise_()
    session = window.session
    if not ready:
        begin(window, avatar)
        return window
    with qtbot.waitSignals(
        [window.controls.loop.first_frame_drawn, session.voices.voices_changed, session.playback.player_opened], timeout=SLOW_MS
    ):
        begin(window, avatar)
    return window


def answer(_words: str, answers: Sequence[str]) -> str:
    """What tests answer that do not care."""
    return "Discard" if "Discard" in answers else answers[-1]


@pytest.fixture
def open_window(qtbot, config):
    """Opens windows, each closed at the end: ``open_window(avatar=None, ready=True)``."""
    own = []

    def make(avatar: Path | None = None, ready: bool = True):
        own.append(opened(qtbot, avatar, ready))
        return own[-1]

    yield make
    for window in own:
        if shiboken6.isValid(window):
            window.close()
    own.clear()
    # Qt destroys a closed window once events are dealt with; its memory is the next test's
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.sendPostedEvents()


@pytest.fixture
def window(open_window):
    """The window with the default avatar, the voice and the sound device ready."""
    return open_window(DEFAULT_AVATAR)


def say_it(qtbot, window) -> None:
    """Say a short line; the middle of the sound is left out once all of it is there."""
    session = window.session
    say(qtbot, window, "Maybe my puppy barks.")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    if session.playback.playing:
        session.playback.seek(session.playback.duration_s - 0.1)
    qtbot.waitUntil(lambda: not session.playback.playing and not session.workers.busy, timeout=SLOW_MS)


@pytest.fixture
def spoken(qtbot, window):
    """The window after it said a short line."""
    say_it(qtbot, window)
    return window


def say(qtbot, window, line: str) -> None:
    """Type a line, press Speak, and return when the sound has begun."""
    bar = window.widgets.speak_bar
    bar.line.clear()
    qtbot.keyClicks(bar.line, line)
    with qtbot.waitSignal(window.session.playback.playback_changed, timeout=SLOW_MS, check_params_cb=bool):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)


def jaw(window, t: float) -> float:
    """The weight of jawOpen that the session shows at a time."""
    return float(window.session.posing.weights_at(t)[ARKIT_INDEX["jawOpen"]])


@pytest.fixture
def speak(qtbot):
    """``speak(window, line)``: type, press, wait for the sound to begin."""
    return lambda window, line: say(qtbot, window, line)


@pytest.fixture
def jaw_at():
    """``jaw_at(window, t)``: jawOpen on the picture at a time."""
    return jaw


def mouth_error(window, t: float) -> float:
    """How far the mouth on the mesh is from what the track says at a time: by visemes where the avatar has them."""
    rig, shown = window.session.state.rig, window.session.state.shown_side.tuned
    track = shown.visemes if rig.has_visemes else shown.arkit
    wanted = dict(zip(track.channels, track.sample(t).tolist(), strict=True))
    names = track.channels if rig.has_visemes else sorted(MOUTH_CHANNELS)
    return max(abs(wanted[name] - rig.applied.get(name, 0.0)) for name in names if name not in rig.viseme_missing + rig.arkit_missing)


@pytest.fixture
def mouth_error_at():
    """``mouth_error_at(window, t)``: largest difference of a mouth weight between mesh and track."""
    return mouth_error


@pytest.fixture
def hover():
    """``hover(widget, point)``: the mouse comes to a point of a widget, no button held.

    ``QTest.mouseMove`` of a widget warps the real pointer and turns the event loop once; whether the display server has answered by then
    is a matter of luck, and a pointer that is there already gives no event at all. That of a window hands the event to Qt itself, which
    finds the widget below the point as it does for a real mouse.
    """

    def do(widget, point) -> None:
        QTest.mouseMove(widget.window().windowHandle(), widget.mapTo(widget.window(), point))

    return do


@pytest.fixture
def drop():
    """``drop(window, path, ...)``: let files fall on the window."""

    def do(window, *paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, data, buttons, modifiers)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted()
        event = QDropEvent(QPointF(window.rect().center()), Qt.DropAction.CopyAction, data, buttons, modifiers)
        QApplication.sendEvent(window, event)

    return do


@pytest.fixture
def shoot(shots):
    """``shoot(window, name)``: write what a person would see."""

    def do(window, name: str) -> np.ndarray:
        QApplication.processEvents()
        image = window.screen().grabWindow(window.winId())
        image.save(str(shots / f"{name}.png"))
        plain = image.toImage().convertToFormat(image.toImage().Format.Format_RGB888)
        pixels = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
        return pixels[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3).copy()

    return do


@pytest.fixture(scope="session")
def recorded(read_once):
    """A short sentence of the embedded voice."""
    engine = opening.make_engine()
    return joined(list(engine.synthesize("Bob may buy a map.", engine.voices()[0].id))).audio


@pytest.fixture
def recording(tmp_path, recorded) -> Path:
    """A short WAV of the embedded voice, without a transcript."""
    path = tmp_path / "recording.wav"
    write_wav(path, recorded)
    return path


@pytest.fixture
def spoken_track(tmp_path) -> Path:
    """Half a second of an opening jaw as a Live Link Face CSV."""
    from app.core.track import BlendshapeTrack
    from app.formats.registry import write_track

    weights = np.zeros((30, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 30)
    path = tmp_path / "jaw.csv"
    write_track(path, BlendshapeTrack(weights, 60.0))
    return path


@pytest.fixture
def hear_room(qtbot):
    """Play a clip into the room -> when pictures were drawn, on the clip's time line, and how far the jaw on them was open."""

    def hear(window, clip) -> tuple[np.ndarray, np.ndarray]:
        player, seen = Player(), []

        def note(_ms: float) -> None:
            seen.append((player.clock.now(), window.session.state.rig.applied.get("jawOpen", 0.0)))

        window.widgets.preview.frame_drawn.connect(note)
        player.load(clip)
        player.play()
        qtbot.waitUntil(lambda: not player.playing, timeout=SLOW_MS)
        window.widgets.preview.frame_drawn.disconnect(note)
        player.close()
        times, jaws = np.array(seen).T
        inside = times > 0.1
        return times[inside], jaws[inside]

    return hear


@pytest.fixture
def follow_voice(hear_room):
    """Play a clip into the room until a take moves the face as much later as the window says -> the window's figures."""

    def follow(window, clip, said: np.ndarray):
        grid, lags_s = np.arange(len(said)) / 60, np.arange(0.0, 0.8, 0.01)
        for _ in range(6):  # a busy machine tears sound apart; one whole take is enough
            times, jaws = hear_room(window, clip)
            fits = [np.corrcoef(jaws, np.interp(times - lag, grid, said))[0, 1] for lag in lags_s]
            lag_ms, figures = 1e3 * lags_s[int(np.argmax(fits))], window.session.live.figures
            print(f"seen {lag_ms:.0f} ms (r {max(fits):.2f}), shown {figures.total_ms:.0f} ms: {figures}")
            if max(fits) > 0.75 and abs(lag_ms - figures.total_ms) < 80:
                return figures
        pytest.fail("no take followed the voice by the delay shown")

    return follow
