"""What the whole program holds after one line: one side, two sides, a recording of ten minutes; fresh processes, software GL."""

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
from typing import TYPE_CHECKING

from app.core.allocation import hold_little
from app.core.errors import RenderError
from app.startup.collector import leave_a_core, rest_collector
from app.startup.imports import import_plainly
from tests.bench.budgets import Budget
from tests.soak.holding import mappings_of, memory_of, threads_of

if TYPE_CHECKING:
    from app.ui.window.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
LINE = "This is what the whole program holds in memory after it said one line with the default avatar on the picture."
#: what is drawn once a picture stands still has been drawn by then
SETTLED_S = 4.0
CLIP_S, CLIP_HZ = 600.0, 48_000
#: what a user's own computer has done once: the avatar is kept ready for the next start
KEEPING_S = 120
LIMIT_S = 400
#: name of the row -> how the window is used
USES = {"one side": "one", "two sides": "two", "a recording of ten minutes": "clip"}
BUDGETS = (
    Budget("one side, resident", "MB", most=450),
    Budget("two sides, resident", "MB", most=550),
    Budget("a recording of ten minutes, resident", "MB", most=700),
)


def buzz(folder: Path) -> Path:
    """A recording of ten minutes: a buzz in syllables."""
    import numpy as np

    from app.audio.clips import write_wav
    from app.core.speech import AudioClip

    t = np.arange(CLIP_HZ) / CLIP_HZ
    second = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12)) * np.clip(np.sin(2 * np.pi * 3 * t), 0, 1) * 0.15
    path = folder / "buzz.wav"
    write_wav(path, AudioClip(np.tile(second.astype(np.float32), round(CLIP_S)), CLIP_HZ))
    return path


def when(holds: Callable[[], bool], then: Callable[[], None], since_s: float = 0.0) -> None:
    """Do something once a condition has held for so long that what follows from it is done too."""
    from PySide6.QtCore import QTimer

    now = time.monotonic()
    began = (since_s or now) if holds() else 0.0
    if began and now - began >= SETTLED_S:
        then()
    else:
        QTimer.singleShot(100, lambda: when(holds, then, began))


def child(use: str, folder: Path) -> None:
    """Run the program as it is, use it, and print what it holds."""
    rest_collector()
    leave_a_core()
    hold_little()
    from PySide6.QtCore import QTimer

    import_plainly()
    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings

    app = make_application()
    window = make_window(Settings())
    window.show()
    use_it(window, use, folder / "buzz.wav")
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()


def use_it(window: MainWindow, use: str, recording: Path) -> None:
    """Have the window say a line once all is there, and print what the process holds when it has settled."""
    session, waiting = window.session, {"voice", "sound", "picture"}

    def at_rest() -> bool:
        return not session.playback.playing and not session.workers.busy

    def arrived(what: str) -> None:
        waiting.discard(what)
        if waiting:
            return
        waiting.add("nothing more")
        if use == "two":
            window.widgets.actions["compare"].trigger()
        window.controls.speaking.say(LINE)
        when(at_rest, spoken)

    def spoken() -> None:
        if use == "clip":
            window.controls.files.open(recording)
        when(at_rest, tell)

    window.controls.loop.first_frame_drawn.connect(lambda: arrived("picture"))
    session.voices.voices_changed.connect(lambda: arrived("voice"))
    session.playback.player_opened.connect(lambda: arrived("sound"))


def tell() -> None:
    """Print what this process holds, and end it."""
    held = {**memory_of(), "threads": threads_of(), "mappings": dict(list(mappings_of().items())[:25])}
    print(json.dumps(held), flush=True)
    os._exit(0)  # what it holds while it ends is nobody's matter


def measure(uses: dict[str, str]) -> list[dict]:
    """Rows of the benchmark, from a process for each use."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        private = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("STATE", "DATA", "CACHE")}
        # as a user starts it: without what a test or this machine asks of the C library
        common = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        environment = {**common, **private, "PYTHONPATH": str(ROOT)}
        buzz(folder)
        _keep_avatar({**environment, "XDG_CONFIG_HOME": str(folder / "first")}, folder / "cache")
        for label, use in uses.items():
            command = [sys.executable, str(Path(__file__).resolve()), use, name]
            told = subprocess.run(
                command, env={**environment, "XDG_CONFIG_HOME": str(folder / use)}, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
                timeout=LIMIT_S,
            )  # fmt: skip
            held = json.loads(told.stdout.strip().splitlines()[-1])
            if "VISEMESYNC_TRACE" in os.environ:
                print(json.dumps({label: held}, indent=1), file=sys.stderr)
            rows += [
                {"name": f"{label}, resident", "value": held["resident"], "unit": "MB"},
                {"name": f"{label}, pages in common counted in parts", "value": held["share"], "unit": "MB"},
                {"name": f"{label}, its own", "value": held["own"], "unit": "MB"},
            ]
    return rows


def _keep_avatar(environment: dict[str, str], cache: Path) -> None:
    """Start the program once until it keeps the avatar ready."""
    with subprocess.Popen([sys.executable, "-m", "app", "--new-window"], env=environment, cwd=ROOT) as process:
        ends_s = time.monotonic() + KEEPING_S
        while time.monotonic() < ends_s and not list(cache.glob("**/*.drawn")):
            time.sleep(0.5)
        process.kill()


def run() -> list[dict]:
    """Rows of the benchmark; a display of its own where there is none."""
    if not sys.platform.startswith("linux"):
        raise RenderError("What a process holds is read from Linux's /proc; run this benchmark there.")
    if os.environ.get("DISPLAY"):
        return measure(USES)
    if shutil.which("xvfb-run") is None:
        raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
    inside = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24 -noreset", sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run(inside, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    rows: list[dict] = json.loads(done.stdout.strip().splitlines()[-1])
    return rows


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        print(json.dumps(measure({label: use for label, use in USES.items() if use in sys.argv[1:] or len(sys.argv) == 1})))
