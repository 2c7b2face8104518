"""The whole window while it speaks, at two sizes with one side and with two; each in a fresh process.

Default avatar, 52 curves, life on where one side is alone. What is counted are pictures that were painted, per second of the sound.
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
BUDGETS = (
    *(Budget(f"{_title(*which)}: pictures", "per second", least=least) for which, least in _LEAST_FPS.items()),
    Budget(f"{_title(SIZES[0], SIDES[0])}: {PYTHON}", "ms", most=3.0),
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


def child(width: int, height: int, sides: str) -> None:
    """Run the program as it is, speak, and print the figures as JSON."""
    from app.startup.collector import rest_collector

    rest_collector()
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    clocked = clock_python()
    window = make_window(Settings())
    window.resize(width, height)
    window.show()
    session, loop, preview = window.session, window.controls.loop, window.widgets.preview
    figures, waiting = {}, {"voice", "sound", "picture"}
    if sides == SIDES[1]:
        session.sources.choose("B", "visemes")
        session.comparing.set_layout("split")

    def arrived(what: str) -> None:
        waiting.discard(what)
        if not waiting:
            waiting.add("end")
            speak_when_warm()

    def speak_when_warm() -> None:
        """What is done once for an avatar is another benchmark's."""
        if preview.view.is_warm:
            QTimer.singleShot(1500, lambda: window.controls.speaking.say(LINE))
        else:
            QTimer.singleShot(100, speak_when_warm)

    def playback_changed(playing: bool) -> None:
        if playing:
            QTimer.singleShot(round(SETTLED_S * 1000), settled)

    def settled() -> None:
        loop.reset_figures()
        figures.update({"pictures": 0, "from": loop.shown_t, "python": clocked.seconds, "all": time.thread_time()})
        preview.frame_drawn.connect(lambda _: figures.__setitem__("pictures", figures["pictures"] + 1))
        QTimer.singleShot(round(COUNTED_S * 1000), counted)

    def counted() -> None:
        pictures, seconds = figures["pictures"], loop.shown_t - figures["from"]
        print(json.dumps({
            "pictures": pictures / seconds,
            PYTHON: 1e3 * (clocked.seconds - figures["python"]) / max(pictures, 1),
            "processor time of the GUI thread per picture": 1e3 * (time.thread_time() - figures["all"]) / max(pictures, 1),
            "scale of the picture": preview.view.scale,
            "longest time between two ticks": loop.figures.longest_ms,
            "longest tick": loop.figures.tick_ms,
            "picture minus sound, mean": loop.figures.offset_ms,
        }))  # fmt: skip
        window.close()
        QTimer.singleShot(0, app.quit)

    loop.first_frame_drawn.connect(lambda: arrived("picture"))
    session.voices.voices_changed.connect(lambda: arrived("voice"))
    session.playback.player_opened.connect(lambda: arrived("sound"))
    session.playback.playback_changed.connect(playback_changed)
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()


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
