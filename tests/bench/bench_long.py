"""A recording of an hour in the window of a fresh process: when it is heard, when its motion is there, what it takes of memory and of the GUI thread."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile

import time
from pathlib import Path

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
FIRST, PEAK, TICK, STALL, JUMPED = (
    "opened to the first sound", "memory at its highest", "longest tick while it plays", "GUI thread held longest", "a jump to its motion",
)  # fmt: skip
BUDGETS = tuple(
    budget
    for kind in KINDS
    for budget in (
        Budget(f"an hour of {kind}: {FIRST}", "s", most=1.0),
        Budget(f"an hour of {kind}: {PEAK}", "MB", most=1500.0),
        Budget(f"an hour of {kind}: {TICK}", "ms", most=10.0),
        Budget(f"an hour of {kind}: {STALL}", "ms", most=10.0),
        Budget(f"an hour of {kind}: {JUMPED}", "s", most=1.0),
    )
)


def recording(path: Path) -> None:
    """Write an hour of a voice: sentences of the embedded voice one after the other, with pauses."""
    import soundfile

    from app.commands.pipeline import speech_from_text
    from app.commands.progress import Progress

    said = speech_from_text("The rain in Spain stays mainly in the plain. Maybe my puppy barks before five, or not at all.", None, 1.0, Progress("none"))
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


def child(path: Path) -> None:
    """Run the program as it is, open the recording, and print the figures as JSON."""
    from app.startup.collector import rest_collector

    rest_collector()
    import resource

    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    window = make_window(Settings())
    window.resize(1280, 800)
    window.show()
    session, loop = window.session, window.controls.loop
    figures: dict[str, float] = {}
    waiting, held, marks = {"sound", "picture"}, Held(), {"": time.perf_counter()}

    def since(mark: str) -> float:
        return time.perf_counter() - marks[mark]

    def moved_at(t: float) -> bool:
        motion = session.state.shown_side.tuned
        return motion is not None and motion.arkit.start_s <= t < motion.arkit.end_s and bool(np.any(motion.arkit.sample(t)))

    def arrived(what: str) -> None:
        waiting.discard(what)
        if not waiting:
            waiting.add("end")
            QTimer.singleShot(3000, open_it)

    def open_it() -> None:
        marks["opened"] = time.perf_counter()
        held.start()
        session.speeches.open(path)
        session.state.speech_changed.connect(opened)

    def opened() -> None:
        if "play" not in marks and session.state.speech is not None:
            marks["play"] = time.perf_counter()
            figures["opened to the sound being there"] = since("opened")
            session.playback.play()
            poll()

    def poll() -> None:
        if session.playback.now() > 0.02:
            figures[FIRST] = since("opened")
            loop.reset_figures()
            QTimer.singleShot(round(PLAYED_S * 1000), jump)
        else:
            QTimer.singleShot(5, poll)

    def jump() -> None:
        figures["its motion after playing so long"] = float(moved_at(session.playback.now()))
        marks["jumped"] = time.perf_counter()
        session.playback.seek(JUMP_S)
        wait_for_motion()

    def wait_for_motion() -> None:
        if moved_at(JUMP_S) or since("jumped") > 200:
            figures[JUMPED] = since("jumped")
            QTimer.singleShot(round(AFTER_S * 1000), played)
        else:
            QTimer.singleShot(20, wait_for_motion)

    def played() -> None:
        figures[TICK] = loop.figures.tick_ms
        whole()

    def whole() -> None:
        motion = session.state.shown_side.tuned
        if (motion is not None and motion.arkit.end_s > LONG_S - 60) or since("opened") > 400:
            figures["opened to the motion of all of it"] = since("opened")
            loop.reset_figures()
            QTimer.singleShot(3000, end)
        else:
            QTimer.singleShot(200, whole)

    def end() -> None:
        figures["longest tick with all of its curves"] = loop.figures.tick_ms
        figures[STALL] = held.longest_ms
        figures[PEAK] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures), flush=True)
        window.close()
        QTimer.singleShot(0, app.quit)

    loop.first_frame_drawn.connect(lambda: arrived("picture"))
    session.playback.player_opened.connect(lambda: arrived("sound"))
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()


def run() -> list[dict]:
    """Rows of the benchmark."""
    start = []
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        start = ["xvfb-run", "-a", "-s", "-screen 0 1280x1024x24"]
    rows: list[dict] = []
    units = {PEAK: "MB", TICK: "ms", STALL: "ms", "longest tick with all of its curves": "ms", "its motion after playing so long": "of 1"}
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = Path(folder) / f"hour.{kind}"
            recording(path)
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
            command = [*start, sys.executable, str(Path(__file__).resolve()), str(path)]
            done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_S)
            figures = json.loads(done.stdout.strip().splitlines()[-1])
            rows += [{"name": f"an hour of {kind}: {name}", "value": value, "unit": units.get(name, "s")} for name, value in figures.items()]
    return rows


if __name__ == "__main__":
    child(Path(sys.argv[1]))
