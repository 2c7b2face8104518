"""Looks after what the user made: whatever was there is in the document, in a step that can be taken back, or in the autosave."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.formats.project import document
from app.session.keep.autosave import FILE, content_of
from app.session.keep.take_content import without_found

#: so many steps are taken back and done again
_BACK = 6


class Keeper:
    """Compares what there is before and after every deed.

    Args:
        window: the program's.
    """

    def __init__(self, window: Any) -> None:
        self._window, self._session = window, window.session
        self._undo = window.session.undo
        self.losses: list[str] = []
        self.checks: Counter[str] = Counter()
        self._before = self._now()
        self._step = self._where()
        self.opened = 0
        self._opened = 0
        self._session.projects.opened.connect(self._note_opened)

    def _note_opened(self, _project: object) -> None:
        self.opened += 1

    # -- after every deed

    def look(self, doing: str) -> None:
        """Compare with the last time: work that is gone without a step that brings it back is lost.

        Args:
            doing: what was done since.
        """
        now, step = self._now(), self._where()
        before = self._before
        if self.opened == self._opened and step == self._step and now["sound"] == before["sound"]:
            for kind in ("edits", "layers", "notes", "marks"):
                gone = before[kind] - now[kind]
                if gone:
                    self.losses.append(f"{sum(gone.values())} {kind} are gone without a step, after {doing}")
        if self.opened == self._opened and step[1] < self._step[1] and not step[1] and self._step[1] and not step[2]:
            self.losses.append(f"{self._step[1]} steps are gone, after {doing}")
        self._before, self._step, self._opened = now, step, self.opened

    def _where(self) -> tuple[int, int, str]:
        return self._undo.index(), self._undo.count(), self._undo.undoText()

    def _now(self) -> dict[str, Any]:
        session = self._session
        speech, sides = session.state.speech, session.state.sides
        return {
            "sound": "" if speech is None else speech.audio.digest,
            "edits": Counter({name: len(side.edits) for name, side in sides.items()}),
            "layers": Counter({name: len(side.layers) for name, side in sides.items()}),
            "notes": Counter(note.id for note in session.notes.all),
            "marks": Counter(mark.id for mark in session.marks.all),
        }

    def document(self) -> str:
        """All of the session that is kept in a project."""
        projects = self._session.projects
        content = without_found(projects.content(Path("sound.wav")))
        return json.dumps(document(content, Path("monkey"), projects.bundled), sort_keys=True)

    # -- now and then, while nothing runs

    def take_back_and_again(self) -> None:
        """Take steps back and do them again: everything is as it was."""
        undo = self._undo
        steps = min(_BACK, undo.index())
        if not steps:
            return
        self.checks["steps taken back and done again"] += steps
        before, index = self.document(), undo.index()
        for _ in range(steps):
            undo.undo()
        for _ in range(steps):
            undo.redo()
        if self.document() != before or undo.index() != index:
            self.losses.append(f"{steps} steps taken back and done again do not come to the same: {_difference(before, self.document())}")
        self._before, self._step = self._now(), self._where()

    def compare_autosave(self, folder: Path) -> Callable[[], bool]:
        """Let the session be written, and compare what lies on the disk.

        Args:
            folder: of the autosaves.

        Returns:
            Asked until it says True: the comparison is made.
        """
        autosave, projects = self._session.autosave, self._session.projects
        wanted: list[str] = []
        autosave.save()

        def done() -> bool:
            if autosave._workers.running("autosave"):
                return False
            if not projects.dirty:
                self.checks["nothing to lose"] += 1
                return True
            now = self.document()
            if not wanted or wanted[0] != now:
                wanted[:] = [now]
                autosave.save()
                return False
            files = list(folder.glob(f"*/{FILE}"))
            kept = [content_of(each) for each in files]
            if not any(parts_of(each) == parts_of(json.loads(now)) for each in kept):
                difference = _difference(now, json.dumps(kept[0], sort_keys=True)) if kept else "no autosave"
                self.losses.append(f"the autosave lacks something: {difference}")
            self.checks["autosaves compared"] += 1
            return True

        return done


def parts_of(content: dict[str, Any]) -> dict[str, Any]:
    """What of a document is the user's work."""
    sides = {
        name: {part: side.get(part) for part in ("tuning", "edits", "layers") if side.get(part)}
        for name, side in content.get("sides", {}).items()
    }
    return {"sides": sides, "review": content.get("review"), "emotion": content.get("emotion"), "acting": content.get("acting")}


def _difference(one: str, other: str) -> str:
    a, b = parts_of(json.loads(one)), parts_of(json.loads(other))
    return str({key: (str(a[key])[:300], str(b[key])[:300]) for key in a if a[key] != b[key]})[:900]
