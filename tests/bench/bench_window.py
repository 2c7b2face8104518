"""The whole window at 1280x800 while it speaks, and how soon the first avatar is on screen, in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.core.errors import RenderError

ROOT = Path(__file__).resolve().parents[2]
LINE = (
    "This is the whole window while it speaks. Every frame reads the clock, samples the track, moves the face, "
    "and draws the picture, while all the curves and the timeline follow. Maybe my puppy barks before five."
)
#: the first moments of a line hold the generation of its motion too; they are measured apart
SETTLED_S = 1.0


def child() -> None:
    """Run the program as it is, speak, and print the figures as JSON."""
    from app.startup.collector import rest_collector

    rest_collector()
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_application, make_window
    from app.settings import Settings
    from app.startup.trace import seconds_since_start

    app = make_application()
    window = make_window(Settings())
    window.show()
    session, loop, figures, waiting = window.session, window.controls.loop, {}, {"voice", "sound", "picture"}

    def arrived(what: str) -> None:
        if what == "picture":
            figures["first avatar frame"] = seconds_since_start()
            figures["processor time until then"] = time.process_time()
        waiting.discard(what)
        if not waiting:
            QTimer.singleShot(1500, lambda: window.controls.speaking.say(LINE))

    def playback_changed(playing: bool) -> None:
        if playing:
            QTimer.singleShot(round(SETTLED_S * 1000), settled)
        else:
            frames, seconds = figures.pop("frames"), loop.shown_t - figures.pop("from")
            figures["frames per second"] = frames / seconds
            figures["longest time between two ticks"] = loop.figures.longest_ms
            figures["longest tick"] = loop.figures.tick_ms
            figures["picture minus sound, mean"] = loop.figures.offset_ms
            window.close()

    def settled() -> None:
        loop.reset_figures()
        figures["frames"], figures["from"] = 0, loop.shown_t
        window.widgets.preview.frame_drawn.connect(lambda _: figures.__setitem__("frames", figures["frames"] + 1))

    loop.first_frame_drawn.connect(lambda: arrived("picture"))
    session.voices.voices_changed.connect(lambda: arrived("voice"))
    session.playback.player_opened.connect(lambda: arrived("sound"))
    session.playback.playback_changed.connect(playback_changed)
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    app.exec()
    print(json.dumps({**figures, "renderer": window.widgets.preview.gl_description or "closed"}))


def run() -> list[dict]:
    """Rows of the benchmark."""
    command = [sys.executable, str(Path(__file__).resolve())]
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        command = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24", *command]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    units = {
        "first avatar frame": "s from process start",
        "processor time until then": "s",
        "frames per second": "fps at 1280x800 while speaking",
    }
    return [{"name": name, "value": value, "unit": units.get(name, "ms")} for name, value in figures.items() if name != "renderer"]


if __name__ == "__main__":
    child()
