"""A long run of the real window: somebody plays, tunes, compares, changes sources and avatars, opens and closes dialogs and windows.

``python -m tests.soak.window --minutes 60 --seed 7`` writes what the process held every few seconds, whether that stayed the same, and a
picture of it. What is done is drawn from the seed, so that a run can be made again.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
import time
import weakref
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.flatness import Limit
from tests.soak.holding import handles_of, memory_of, threads_of
from tests.soak.report import told_at_the_end, write

if TYPE_CHECKING:
    from app.render.view_software import SoftwareView
    from app.ui.window.main_window import MainWindow

LINES = (
    "Maybe my puppy barks before five.",
    "Every frame reads the clock, samples the track, moves the face, and draws the picture.",
    "Bob may buy a map.",
    "Who would have thought that the weather could change so quickly?",
)
SOURCES = ("visemes:visemesync", "visemes", "a2f", "mock")
CONTROLS = ("intensity", "gain jawOpen", "gain mouthPucker")
#: how many names of GL objects that are not in use end the search for more
MISSES = 400
#: an hour may add so much, or a run so much at once; what comes and goes with a second side or window is the latter
LIMITS = {
    "resident, MB": Limit(20.0, 12.0),
    "own, MB": Limit(20.0, 12.0),
    "threads": Limit(1.0, 2.0),
    "handles": Limit(2.0, 4.0),
    "GL objects": Limit(10.0, 40.0),
    "Qt objects": Limit(100.0, 150.0),
    "Python objects": Limit(6000.0, 12000.0),
}


def gl_objects(view: SoftwareView) -> int:
    """How many objects live in a view's context, found by asking for every name, in the thread that draws in it."""
    from OpenGL import GL

    kinds = (
        GL.glIsTexture, GL.glIsBuffer, GL.glIsVertexArray, GL.glIsFramebuffer, GL.glIsRenderbuffer, GL.glIsProgram, GL.glIsShader,
    )  # fmt: skip

    def count() -> int:
        counted = 0
        for lives in kinds:
            name = missed = 0
            while missed < MISSES:
                name += 1
                missed = 0 if lives(name) else missed + 1
                counted += not missed
        return counted

    return 0 if view._readback is None else view._readback._thread.begin(count).result()


class Soak:
    """Works in one window until its time is over.

    Args:
        window: shown, its avatar on the picture.
        seed: decides what is done, and when.
        files: avatars and a recording that are opened in turn.
        open_window: opens another window.
    """

    def __init__(self, window: MainWindow, seed: int, files: dict[str, list[Path]], open_window: Callable[[], MainWindow]) -> None:
        self.window, self.files, self.open_window = window, files, open_window
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.second: MainWindow | None = None
        self.left: list[weakref.ref[object]] = []
        actions = (
            (self.speak, 5), (self.play, 8), (self.seek, 6), (self.change_source, 5), (self.compare, 4), (self.lay_out, 4), (self.tune, 8),
            (self.undo, 6), (self.change_avatar, 2), (self.open_recording, 2), (self.open_dialog, 3), (self.show_panel, 6),
            (self.frame, 3), (self.resize, 1), (self.feel, 2), (self.other_window, 1),
        )  # fmt: skip
        self.actions = [action for action, weight in actions for _ in range(weight)]

    def act(self) -> None:
        """Do one thing."""
        action = self.random.choice(self.actions)
        self.done[action.__name__] += 1
        action()

    def speak(self) -> None:
        """Type a line and say it."""
        bar = self.window.widgets.speak_bar
        bar.line.setText(self.random.choice(LINES))
        bar.button.click()

    def play(self) -> None:
        """Play or pause."""
        self.window.widgets.actions["play"].trigger()

    def seek(self) -> None:
        """Go elsewhere."""
        playback = self.window.session.playback
        playback.seek(self.random.random() * playback.duration_s)

    def change_source(self) -> None:
        """Let another source move a side."""
        session = self.window.session
        session.sources.choose(self.random.choice(sorted(session.state.sides)), self.random.choice(SOURCES))

    def compare(self) -> None:
        """Begin or end a comparison."""
        self.window.widgets.actions["compare"].trigger()

    def lay_out(self) -> None:
        """Put the sides otherwise."""
        from app.session.compare.comparing import LAYOUTS

        if self.window.session.comparing.possible:
            self.window.session.comparing.set_layout(self.random.choice(LAYOUTS))

    def tune(self) -> None:
        """Drag a control of the tuning."""
        row = self.window.widgets.tuning.row(self.random.choice(CONTROLS))
        box = row.number
        box.setValue(box.minimum() + self.random.random() * (box.maximum() - box.minimum()))

    def undo(self) -> None:
        """Take back what was done, sometimes all of it."""
        undo = self.window.session.undo
        for _ in range(self.random.choice((1, 2, undo.index()))):
            undo.undo()

    def change_avatar(self) -> None:
        """Show another avatar."""
        self.window.session.avatars.load(self.random.choice(self.files["avatar"]))

    def open_recording(self) -> None:
        """Open a sound."""
        self.window.controls.files.open(self.random.choice(self.files["sound"]))

    def open_dialog(self) -> None:
        """Open a dialog or a window of the program, and close it."""
        from PySide6.QtCore import QTimer

        QTimer.singleShot(600, self.close_dialogs)
        self.window.widgets.actions[self.random.choice(("keys", "about", "places", "guide", "sync", "films", "board", "azure"))].trigger()

    def close_dialogs(self) -> None:
        """Close all that is open beside the windows."""
        from PySide6.QtWidgets import QApplication, QDialog

        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and widget not in (self.window, self.second):
                widget.reject() if isinstance(widget, QDialog) else widget.close()

    def show_panel(self) -> None:
        """Bring another panel to the front."""
        widgets = self.window.widgets
        tabs = self.random.choice((widgets.tools, widgets.side))
        self.window.controls.tools.show(self.random.random() < 0.8)
        tabs.setCurrentIndex(self.random.randrange(tabs.count()))

    def frame(self) -> None:
        """Look from elsewhere."""
        self.window.widgets.actions[self.random.choice(("portrait", "face", "bust", "body", "mouth", "profile"))].trigger()

    def resize(self) -> None:
        """Give the window another size."""
        self.window.resize(*self.random.choice(((1280, 800), (1100, 700), (1000, 640))))

    def feel(self) -> None:
        """Change the feeling."""
        widgets = self.window.widgets
        slider = self.random.choice(sorted(widgets.emotion.rows.items()))[1]
        slider.number.setValue(self.random.random())

    def other_window(self) -> None:
        """Open a second window, or close it."""
        if self.second is None:
            self.second = self.open_window()
        else:
            self.close_second()

    def close_second(self) -> None:
        """Close the second window; nothing may keep it."""
        if self.second is not None:
            self.left += [weakref.ref(self.second), weakref.ref(self.second.session)]
            self.second.close()
            self.second = None

    def close_all(self) -> None:
        """Close everything; the run is over."""
        self.close_dialogs()
        self.close_second()
        self.left += [weakref.ref(self.window), weakref.ref(self.window.session)]
        self.window.close()

    def reading(self, began_s: float) -> dict[str, float]:
        """What is held now."""
        from PySide6.QtCore import QObject

        views = [self.window.widgets.preview.view, *self.window.controls.compare_view.views.values()]
        objects = sum(len(owner.findChildren(QObject)) for owner in (self.window, self.window.session))
        memory = memory_of()
        return {
            "s": round(time.monotonic() - began_s, 2),
            "resident, MB": round(memory["resident"], 1),
            "own, MB": round(memory["own"], 1),
            "threads": threads_of(),
            "handles": handles_of(),
            "GL objects": sum(gl_objects(view) for view in views if view is not None),
            "Qt objects": objects,
            "Python objects": len(gc.get_objects()),
            "windows": 1 + (self.second is not None),
            "sides": len(self.window.session.state.sides),
        }


def private_folder() -> Path:
    """A new folder, to which settings, states, data and caches of this run go."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    return folder


def recording(folder: Path, seconds: float) -> Path:
    """A made-up voice: a buzz in syllables, as long as wanted."""
    import numpy as np

    from app.audio.clips import write_wav
    from app.core.speech import AudioClip

    t = np.arange(round(seconds * 16000)) / 16000
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12)) * np.clip(np.sin(2 * np.pi * 3.1 * t), 0, 1) * 0.15
    path = folder / "buzz.wav"
    write_wav(path, AudioClip(buzz.astype(np.float32), 16000))
    return path


def open_window() -> MainWindow:
    """A window drawn by software, as the program opens it."""
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, begin, make_window
    from app.settings import Settings

    settings = Settings.load()
    settings.picture.renderer = "software"
    window = make_window(settings)
    window.controls.projects.asks = lambda _words, answers: "Discard" if "Discard" in answers else answers[-1]
    window.show()
    QTimer.singleShot(0, lambda: begin(window, DEFAULT_AVATAR))
    return window


def let_go(soak: Soak) -> None:
    """Let Qt destroy what was closed, and collect what is left."""
    from PySide6.QtCore import QCoreApplication, QEvent

    soak.window = None  # type: ignore[assignment]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.unfreeze()  # the first window is among what was set aside at the start
    gc.collect()


def told_of(soak: Soak, failed: list[str], raised: list[str]) -> dict[str, object]:
    """What was done, and what went wrong meanwhile."""
    closed, kept = len(soak.left) // 2, sum(reference() is not None for reference in soak.left)
    return {
        "title": f"{sum(soak.done.values())} things done, {closed} windows closed, {kept // 2} kept",
        "done": dict(soak.done.most_common()), "closed": closed, "kept": kept,
        "sentences": Counter(failed).most_common(), "raised": Counter(raised).most_common(),
    }  # fmt: skip


def run(minutes: float, seed: int, out: Path, every_s: float, pace_s: float) -> bool:
    """Run, and write the report.

    Args:
        minutes: how long.
        seed: of what is done.
        out: the report.
        every_s: seconds between two readings.
        pace_s: seconds between two things that are done, on the average.

    Returns:
        Whether everything stayed flat, nothing was kept of what was closed, and nothing was raised.
    """
    folder = private_folder()
    from PySide6.QtCore import QTimer

    from app.desktop import DEFAULT_AVATAR, make_application
    from app.startup.collector import rest_collector

    rest_collector()
    app = make_application()
    files = {"avatar": sorted(DEFAULT_AVATAR.parent.glob("*.glb")), "sound": [recording(folder, 12.0)]}
    soak = Soak(open_window(), seed, files, open_window)
    readings: list[dict[str, float]] = []
    failed, raised = list[str](), list[str]()
    began_s = time.monotonic()
    acting, looking, over = QTimer(singleShot=True), QTimer(), QTimer()

    def act() -> None:
        acting.start(round(1000 * pace_s * soak.random.uniform(0.5, 1.5)))
        soak.act()

    def end() -> None:
        for timer in (acting, looking, over):
            timer.stop()
        soak.close_all()

    acting.timeout.connect(act)
    looking.timeout.connect(lambda: readings.append(soak.reading(began_s)))
    over.timeout.connect(end)
    soak.window.controls.loop.first_frame_drawn.connect(lambda: acting.start(0))
    looking.start(round(1000 * every_s))
    over.start(round(60_000 * minutes))
    soak.window.session.messages.failed.connect(failed.append)
    sys.excepthook = lambda kind, error, _trace: raised.append(f"{kind.__name__}: {error}")
    app.exec()
    let_go(soak)
    told = {"minutes": minutes, "seed": seed, **told_of(soak, failed, raised)}
    told["title"] = f"The window for {minutes:g} minutes, seed {seed}: {told['title']}"
    return write(out, told, readings, LIMITS) and not told["kept"] and not raised


def main() -> int:
    """Read the words and run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--out", type=Path, default=Path("soak-window.json"))
    words.add_argument("--every", type=float, default=5.0, help="seconds between two readings")
    words.add_argument("--pace", type=float, default=2.0, help="seconds between two things that are done, on the average")
    words.add_argument("--pictures", type=float, default=60.0, help="pictures a second at most, to leave the machine to others")
    given = words.parse_args()
    from app.ui.window import frame_loop

    frame_loop.TICK_MS = max(frame_loop.TICK_MS, round(1000 / given.pictures))
    flat = run(given.minutes, given.seed, given.out, given.every, given.pace)
    return told_at_the_end(flat, given.out)


if __name__ == "__main__":
    sys.exit(main())
