"""An editing session that somebody is going to kill: takes up what the one before left, edits on, and tells what it did and when.

Started by ``tests.monkey.kills``; every line on standard output is JSON.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.monkey.stage import open_window, set_home

#: seconds between two edits, at least and at most
QUICKEST_S, SLOWEST_S = 0.08, 0.7
PROJECT, TAKE, SOUND = "scene.vsync", "scene.vstake", "tone.wav"
_KEYS = ("M", "Shift+K", "Ctrl+Z", "Ctrl+Y", "Space", "Right", "Home", "I")


def say(**what: Any) -> None:
    """One line, at once, with the time that all processes of the machine agree on."""
    print(json.dumps({"t": time.monotonic(), **what}), flush=True)


class Editor:
    """Edits by a seed, through the verbs that widgets call and the keys that people press.

    Args:
        window: the program's.
        folder: of the documents.
        seed: of all choices.
    """

    def __init__(self, window: Any, folder: Path, seed: int) -> None:
        from tests.monkey.keeping import Keeper

        self._window, self._session, self._folder = window, window.session, folder
        self._random, self._keeper, self._n = random.Random(seed), Keeper(window), 0

    def state(self) -> str:
        """Tells what the user made from everything else that can be made."""
        from tests.monkey.keeping import parts_of

        parts = json.dumps(parts_of(json.loads(self._keeper.document())), sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    # -- taking up

    def take_up(self) -> None:
        """Restore what was not closed, or open what was saved; then edit."""
        autosave, projects = self._session.autosave, self._session.projects
        found = autosave.found()
        if found:
            autosave.restored.connect(lambda _: self._begin("autosave"))
            autosave.restore(found[0])
            for other in found[1:]:
                autosave.discard(other)
        elif (self._folder / PROJECT).exists():
            projects.opened.connect(lambda _: self._begin("project"))
            projects.open(self._folder / PROJECT)
        else:
            self._session.state.speech_changed.connect(lambda _: self._begin("new"))
            self._session.speeches.open(self._folder / SOUND)

    def _begin(self, how: str) -> None:
        if self._n == 0:
            self._n = 1
            say(begun=how, state=self.state(), faults=_unreadable(self._folder))
            self._later()

    # -- editing

    def _later(self) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(round(1e3 * self._random.uniform(QUICKEST_S, SLOWEST_S)), self._edit)

    def _edit(self) -> None:
        self._later()
        kinds = {"_tune": 5, "_curve": 5, "_note": 3, "_mark": 2, "_feel": 2, "_key": 6, "_save": 1.5, "_save_take": 0.5, "_remember": 0.5}
        kind = self._random.choices(list(kinds), list(kinds.values()))[0]
        self._n += 1
        getattr(self, kind)()
        say(did=kind, state=self.state())

    def _tune(self) -> None:
        tunings = self._session.tunings
        tunings.change("A", replace(tunings.of("A"), intensity=round(self._random.uniform(0.2, 1.8), 3)), "Intensity")

    def _curve(self) -> None:
        from app.core.curve_edits import CurveEdit

        start_s = self._random.uniform(0.0, 0.6)
        edit = CurveEdit("scale", ("jawOpen",), round(start_s, 3), round(start_s + 0.2, 3), round(self._random.uniform(0.1, 1.9), 3))
        self._session.edits.add("A", edit)

    def _note(self) -> None:
        from app.formats.notes import Note

        self._session.notes.add(Note(start_s=self._random.uniform(0.0, 0.9), text=f"note {self._n}"))

    def _mark(self) -> None:
        self._session.marks.add(self._random.uniform(0.0, 0.9))

    def _feel(self) -> None:
        emotion = self._session.emotion
        emotion.change(replace(emotion.settings, strength=round(self._random.uniform(0.0, 1.0), 3)), "Strength of emotions")

    def _key(self) -> None:
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest

        for each in QKeySequence(self._random.choice(_KEYS)):
            QTest.keyClick(self._window.windowHandle(), each.key(), each.keyboardModifiers())

    def _save(self) -> None:
        self._session.projects.save(self._folder / PROJECT, self._window.controls.scene.content())

    def _save_take(self) -> None:
        from app.core.errors import PreviewError
        from app.formats.takes.writing import write_take
        from app.session.keep.take_content import take_of

        projects, state = self._session.projects, self._session.state
        try:
            take = take_of(projects.content(Path()), state.speech, {}, None, b"")
            write_take(self._folder / TAKE, take, projects.bundled)
        except PreviewError as error:
            say(refused=str(error))

    def _remember(self) -> None:
        self._window.remember()


def _unreadable(folder: Path) -> list[str]:
    """The sentences about documents that do not open, among all that there are, and their backups."""
    from app.core.errors import PreviewError
    from app.core.places import where
    from app.desktop import DEFAULT_AVATAR
    from app.formats.project import read_project
    from app.formats.takes.reading import read_take
    from app.settings import Settings

    said = []
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        name = path.name.removesuffix(".bak")
        try:
            if name.endswith(".vsync"):
                read_project(path, DEFAULT_AVATAR.parent, [])
            elif name.endswith(".vstake"):
                into = folder / "unpacked"
                into.mkdir(exist_ok=True)
                read_take(path, DEFAULT_AVATAR.parent, into=into, missing=[])
        except PreviewError as error:
            said.append(f"{path.name}: {error}")
    settings = Settings.load()
    if settings.damaged:
        said.append(f"settings: {settings.damaged}")
    said += [f"{each} is half written" for each in where("settings").parent.glob("*.part") if each.name.endswith("settings.json")]
    return said


def main() -> int:
    """Edit until somebody ends it."""
    home, seed = Path(sys.argv[1]), int(sys.argv[2])
    set_home(home)
    app, window = open_window(is_quiet=True)
    editor = Editor(window, home / "home" / "files", seed)
    editor.take_up()
    status: int = app.exec()
    return status


if __name__ == "__main__":
    sys.exit(main())
