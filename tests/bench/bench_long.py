"""A recording of an hour in the window of a fresh process, moved by Audio2Face.

When it is heard, when its motion is there, and what it takes of memory and of the GUI thread.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import RenderError
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
LONG_S = 3600
RATE = 16000
#: what is played from its start, then from a place that is jumped to, before the motion of the whole is there
PLAYED_S, JUMP_S, AFTER_S = 6.0, 2400.0, 6.0
LIMIT_S = 500
KINDS = ("wav", "mp3", "ogg")
LINE = "The rain in Spain stays mainly in the plain. Maybe my puppy barks before five, or not at all."
FIRST, PEAK, TICK, STALL, JUMPED = (
    "opened to the first sound", "memory at its highest", "longest tick while it plays", "GUI thread held longest", "a jump to its motion",
)  # fmt: skip
TICK_WHOLE = "longest tick with all of its curves"
BUDGETS = tuple(
    budget
    for kind in KINDS
    for budget in (
        Budget(f"an hour of {kind}: {FIRST}", "s", most=1.0),
        Budget(f"an hour of {kind}: {PEAK}", "MB", most=1500.0),
        Budget(f"an hour of {kind}: {TICK}", "ms", most=10.0),
        Budget(f"an hour of {kind}: {TICK_WHOLE}", "ms", most=10.0),
        Budget(f"an hour of {kind}: {STALL}", "ms", most=10.0),
        Budget(f"an hour of {kind}: {JUMPED}", "s", most=1.0),
    )
)


def recording(path: Path) -> None:
    """Write an hour of a voice: sentences of the embedded voice one after the other, with pauses."""
    import soundfile

    from app.commands.pipeline import speech_from_text
    from app.commands.progress import Progress

    said = speech_from_text(
        "The rain in Spain stays mainly in the plain. Maybe my puppy barks before five, or not at all.", None, 1.0, Progress("none")
    )
    step = said.audio.rate / RATE
    voice = said.audio.samples[np.round(np.arange(0, len(said.audio.samples) - 1, step)).astype(int)]
    turn = np.concatenate([voice, np.zeros(RATE // 2, np.float32)])
    forms = {".wav": ("WAV", "PCM_16"), ".mp3": ("MP3", "MPEG_LAYER_III"), ".ogg": ("OGG", "VORBIS")}
    form, subtype = forms[path.suffix]
    with soundfile.SoundFile(path, "w", RATE, 1, format=form, subtype=subtype) as out:
        for _ in range(-(-LONG_S * RATE // len(turn)) - 1):
            out.write(turn)


class Held:
    """How long the GUI thread did not come to its events, as a thread beside it and a timer of its own see it."""

    def __init__(self) -> None:
        from PySide6.QtCore import QTimer

        self.longest_ms = 0.0
        self._began, self._timer = 0.0, QTimer()
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Count from now on."""
        self.longest_ms, self._began = 0.0, time.thread_time()
        self._timer.start()

    def _beat(self) -> None:
        now = time.thread_time()
        self.longest_ms = max(self.longest_ms, 1e3 * (now - self._began))
        self._began = time.thread_time()


class LongRun:
    """Opens the recording in a window, plays it, jumps, and prints the figures as JSON.

    Args:
        window: on show.
        path: of the recording.
    """

    def __init__(self, window: Any, path: Path) -> None:
        self._path = path
        self._session, self._loop = window.session, window.controls.loop
        self._figures: dict[str, float] = {}
        self._waiting, self._held = {"sound", "picture"}, Held()
        self._opened = self._jumped = 0.0
        self._loop.first_frame_drawn.connect(lambda: self._arrived("picture"))
        self._session.playback.player_opened.connect(lambda: self._arrived("sound"))

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(round(1000 * seconds), work)

    def _arrived(self, what: str) -> None:
        self._waiting.discard(what)
        if not self._waiting:
            self._waiting.add("end")
            self._session.sources.choose("A", "a2f")
            self._later(3.0, self._open)

    def _open(self) -> None:
        self._opened = time.perf_counter()
        self._held.start()
        self._session.state.speech_changed.connect(self._play)
        self._session.speeches.open(self._path)

    def _play(self) -> None:
        self._session.state.speech_changed.disconnect(self._play)
        self._figures["opened to the sound being there"] = time.perf_counter() - self._opened
        self._session.playback.play()
        self._until_heard()

    def _until_heard(self) -> None:
        if self._session.playback.now() <= 0.0:
            self._later(0.005, self._until_heard)
            return
        self._figures[FIRST] = time.perf_counter() - self._opened
        self._loop.reset_figures()
        self._later(PLAYED_S, self._jump)

    def _moves_at(self, t: float) -> bool:
        motion = self._session.state.shown_side.tuned
        return motion is not None and motion.arkit.start_s <= t < motion.arkit.end_s

    def _jump(self) -> None:
        self._figures["has motion after playing for six seconds"] = float(self._moves_at(self._session.playback.now()))
        self._jumped = time.perf_counter()
        self._session.playback.seek(JUMP_S)
        self._until_moving()

    def _until_moving(self) -> None:
        if not self._moves_at(JUMP_S) and time.perf_counter() - self._jumped < LIMIT_S / 2:
            self._later(0.02, self._until_moving)
            return
        self._figures[JUMPED] = time.perf_counter() - self._jumped
        self._later(AFTER_S, self._until_whole)

    def _until_whole(self) -> None:
        if not self._moves_at(LONG_S - 60.0) and time.perf_counter() - self._opened < LIMIT_S - 60:
            self._later(0.2, self._until_whole)
            return
        self._figures["opened to the motion of all of it"] = time.perf_counter() - self._opened
        self._figures[TICK] = self._loop.figures.tick_ms
        self._loop.reset_figures()
        self._later(3.0, self._end)

    def _end(self) -> None:
        import resource

        self._figures[TICK_WHOLE] = self._loop.figures.tick_ms
        self._figures[STALL] = self._held.longest_ms
        self._figures[PEAK] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(self._figures), flush=True)
        os._exit(0)  # what the window still does while it ends is nobody's matter


def child(path: Path) -> None:
    """Run the program as it is and open the recording."""
    from app.startup.collector import rest_collector

    rest_collector()
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    window = make_window(Settings())
    window.resize(1280, 800)
    window.show()
    run = LongRun(window, path)
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()
    del run


def run() -> list[dict]:
    """Rows of the benchmark."""
    start = []
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        start = ["xvfb-run", "-a", "-s", "-screen 0 1280x1024x24"]
    rows: list[dict] = []
    units = {PEAK: "MB", TICK: "ms", STALL: "ms", TICK_WHOLE: "ms", "has motion after playing for six seconds": "of 1"}
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = Path(folder) / f"hour.{kind}"
            recording(path)
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
            command = [*start, sys.executable, str(Path(__file__).resolve()), str(path)]
            done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_S)
            figures = json.loads(done.stdout.strip().splitlines()[-1])
            rows += [
                {"name": f"an hour of {kind}: {name}", "value": value, "unit": units.get(name, "s")} for name, value in figures.items()
            ]
    return rows


if __name__ == "__main__":
    child(Path(sys.argv[1]))
