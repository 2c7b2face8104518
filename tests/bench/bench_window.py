"""The whole window while it speaks, at two sizes with one side and with two; each in a fresh process.

Default avatar, 52 curves, life on where one side is alone. What is counted are pictures that were painted, per second of the sound.
Then the sound is paused, and the time counts until the picture has its full size and the light of a still.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.core.errors import RenderError
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
LINE = (
    "This is the whole window while it speaks. Every frame reads the clock, samples the track, moves the face, "
    "and draws the picture, while all the curves and the timeline follow. Maybe my puppy barks before five."
)
#: the first moments of a line hold the generation of its motion too; they are measured apart
SETTLED_S = 1.5
#: pictures are counted for so long; the line is longer
COUNTED_S = 8.0
SIZES = ((1280, 800), (1920, 1080))
#: picture of the avatar and one of the other side, or its own alone
SIDES = ("one side", "two sides")


def _title(size: tuple[int, int], sides: str) -> str:
    return f"{size[0]}x{size[1]}, {sides}"


_LEAST_FPS = {(SIZES[0], SIDES[0]): 60, (SIZES[1], SIDES[0]): 45, (SIZES[0], SIDES[1]): 40, (SIZES[1], SIDES[1]): 30}
PYTHON = "processor time of Python per picture"
SHARP = "from the last movement to a sharp picture"
BUDGETS = (
    *(Budget(f"{_title(*which)}: pictures", "per second", least=least) for which, least in _LEAST_FPS.items()),
    Budget(f"{_title(SIZES[0], SIDES[0])}: {PYTHON}", "ms", most=3.0),
    *(Budget(f"{_title(size, SIDES[0])}: {SHARP}", "ms", most=150.0) for size in SIZES),
)


class Clocked:
    """Processor time inside some functions, by whatever thread; waiting for the driver's threads is none."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._here = threading.local()

    def watch(self, owner: type, *names: str) -> None:
        """Clock methods of a class; what one calls of another counts once."""
        for name in names:
            setattr(owner, name, self._clocked(getattr(owner, name)))

    def _clocked(self, work: Callable) -> Callable:
        def clocked(*args, **kwargs):
            if getattr(self._here, "inside", False):
                return work(*args, **kwargs)
            self._here.inside, began = True, time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                self.seconds += time.thread_time() - began
                self._here.inside = False

        return clocked


def clock_python() -> Clocked:
    """Clock what is done for every picture: tick (sampling and morphs in it), submitting, and painting curves, names and time lines."""
    from app.render.renderer import AvatarRenderer
    from app.ui.curves.channel_list import ChannelList
    from app.ui.curves.curves_plot import CurvesPlot
    from app.ui.timeline.timeline import Timeline
    from app.ui.window.frame_loop import FrameLoop

    clocked = Clocked()
    clocked.watch(FrameLoop, "tick")
    clocked.watch(AvatarRenderer, "redraw")
    for widget in (ChannelList, CurvesPlot, Timeline):
        clocked.watch(widget, "paintEvent")
    return clocked


class LastMoved:
    """When a moving picture was last begun by the read-back view: ``at_s``, of the clock that counts."""

    def __init__(self) -> None:
        from app.render.readback import Readback

        self.at_s = 0.0
        submit = Readback.submit

        def noted(readback, *args, quality=None, **kwargs):
            if quality is None:
                self.at_s = time.perf_counter()
            return submit(readback, *args, quality=quality, **kwargs)

        Readback.submit = noted


class Speaking:
    """Has a window speak once everything is there, counts its pictures, prints the figures as JSON and closes it.

    Args:
        window: just built.
        clocked: counts Python's time.
        moved: knows when it last moved.
    """

    def __init__(self, window, clocked: Clocked, moved: LastMoved) -> None:
        self._window, self._clocked, self._moved = window, clocked, moved
        self._figures: dict[str, float] = {}
        self._loop, self._preview = window.controls.loop, window.widgets.preview
        self._waiting = {"voice", "sound", "picture"}
        self._from: dict[str, float] = {}
        self._pictures = 0
        session = window.session
        self._loop.first_frame_drawn.connect(lambda: self._arrived("picture"))
        session.voices.voices_changed.connect(lambda: self._arrived("voice"))
        session.playback.player_opened.connect(lambda: self._arrived("sound"))
        session.playback.playback_changed.connect(self._playback_changed)

    def _arrived(self, what: str) -> None:
        self._waiting.discard(what)
        if not self._waiting:
            self._waiting.add("end")
            self._speak_when_warm()

    def _speak_when_warm(self) -> None:
        """What is done once for an avatar is another benchmark's."""
        warm = self._preview.view.is_warm
        _after(1500 if warm else 100, (lambda: self._window.controls.speaking.say(LINE)) if warm else self._speak_when_warm)

    def _playback_changed(self, playing: bool) -> None:
        if playing:
            _after(round(SETTLED_S * 1000), self._settled)

    def _count(self, _elapsed_ms: float) -> None:
        self._pictures += 1

    def _settled(self) -> None:
        self._loop.reset_figures()
        self._pictures = 0
        self._from = {"shown": self._loop.shown_t, "python": self._clocked.seconds, "all": time.thread_time()}
        self._preview.frame_drawn.connect(self._count)
        _after(round(COUNTED_S * 1000), self._counted)

    def _counted(self) -> None:
        pictures, began, figures = max(self._pictures, 1), self._from, self._loop.figures
        self._figures = {
            "pictures": self._pictures / (self._loop.shown_t - began["shown"]),
            PYTHON: 1e3 * (self._clocked.seconds - began["python"]) / pictures,
            "processor time of the GUI thread per picture": 1e3 * (time.thread_time() - began["all"]) / pictures,
            "scale of the picture": self._preview.view.scale,
            "longest time between two ticks": figures.longest_ms,
            "longest tick": figures.tick_ms,
            "picture minus sound, mean": figures.offset_ms,
        }  # fmt: skip
        self._preview.frame_drawn.disconnect(self._count)
        self._window.session.playback.pause()
        self._sharpen()

    def _sharpen(self) -> None:
        """Look every millisecond whether the picture that stands still is sharp by now, and then end."""
        view = self._preview.view
        if self._moved.at_s and not view.is_sharp:
            _after(1, self._sharpen)
            return
        if self._moved.at_s:
            self._figures[SHARP] = 1e3 * (time.perf_counter() - self._moved.at_s)
        print(json.dumps(self._figures))
        self._window.close()
        _after(0, _quit)


def _after(milliseconds: int, work: Callable[[], None]) -> None:
    from PySide6.QtCore import QTimer

    QTimer.singleShot(milliseconds, work)


def _quit() -> None:
    from PySide6.QtCore import QCoreApplication

    QCoreApplication.quit()


def child(width: int, height: int, sides: str) -> None:
    """Run the program as it is and have it speak."""
    from app.startup.collector import rest_collector

    rest_collector()
    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    clocked, moved = clock_python(), LastMoved()
    window = make_window(Settings())
    window.resize(width, height)
    window.show()
    if sides == SIDES[1]:
        window.session.sources.choose("B", "visemes")
        window.session.comparing.set_layout("split")
    speaking = Speaking(window, clocked, moved)
    _after(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()
    del speaking


def run() -> list[dict]:
    """Rows of the benchmark."""
    start = []
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        start = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"]
    return [row for size in SIZES for sides in SIDES for row in _measured(start, size, sides)]


def _measured(start: list[str], size: tuple[int, int], sides: str) -> list[dict]:
    """Rows of one window."""
    command = [*start, sys.executable, str(Path(__file__).resolve()), *map(str, size), sides]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    units = {"pictures": "per second", "scale of the picture": "x"}
    return [{"name": f"{_title(size, sides)}: {name}", "value": value, "unit": units.get(name, "ms")} for name, value in figures.items()]


if __name__ == "__main__":
    child(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
