"""The library of poses: the program's and the user's own, kept in one file, undone like everything else, and blended into the motion."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.arkit import ARKIT_CHANNELS
from app.core.beside import backup_of
from app.core.errors import PoseError
from app.core.poses import STOCK, FacePose, checked_name, free_name, renamed
from app.session.adjust.edits import CurveEdits
from app.session.adjust.pose_file import read_poses, write_poses
from app.session.base.messages import Messages
from app.session.base.steps import Step

#: how long a pose takes to set in and to fade out: a change of expression, which is slower than speech
EDGE_MS = 150.0
T = TypeVar("T")
_STOCK_NAMES = frozenset(pose.name.lower() for pose in STOCK)


@dataclass(frozen=True)
class Blend:
    """How a pose is blended in.

    Attributes:
        start_s: where it sets in, on the source's own time line.
        end_s: where it has faded out.
        strength: 0 to 1.
    """

    start_s: float
    end_s: float
    strength: float


class Poses(QObject):
    """The poses there are, by name; names are told apart whatever their case.

    Args:
        file: of the user's own; it need not be there.
        edits: blend poses into the motion.
        undo: takes the steps.
        messages: told what cannot be read or written.
        parent: the session.
    """

    #: other poses, or other names
    changed = Signal()

    def __init__(self, file: Path, edits: CurveEdits, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file, self._edits, self._undo, self._messages = file, edits, undo, messages
        self._own: tuple[FacePose, ...] | None = None
        self._damaged = False

    @property
    def own(self) -> tuple[FacePose, ...]:
        """The user's poses, read when they are first asked for."""
        if self._own is None:
            self._own = self._read()
        return self._own

    @property
    def all(self) -> tuple[FacePose, ...]:
        """All poses, the program's first."""
        return (*STOCK, *self.own)

    def named(self, name: str) -> FacePose | None:
        """A pose by its name."""
        return next((pose for pose in self.all if pose.name.lower() == name.lower()), None)

    @staticmethod
    def is_stock(name: str) -> bool:
        """Whether a pose comes with the program, so that it stays."""
        return name.lower() in _STOCK_NAMES

    # -- what the user does with the library

    def save(self, name: str, weights: np.ndarray, channels: Collection[str] = ()) -> FacePose | None:
        """Keep a face.

        Args:
            name: one of the user's own poses of that name is replaced; one of the program's stays, and the new one gets a number.
            weights: (52,) of the face.
            channels: what of it; none for all.

        Returns:
            The pose, None where it could not be kept.
        """
        return self._checked(lambda: self._save(name, weights, channels))

    def _save(self, name: str, weights: np.ndarray, channels: Collection[str]) -> FacePose:
        name = checked_name(name)
        name = free_name(name, _STOCK_NAMES | {pose.name for pose in self.own}) if self.is_stock(name) else name
        values = {each: float(value) for each, value in zip(ARKIT_CHANNELS, weights, strict=True)}
        pose = FacePose.of(name, {each: value for each, value in values.items() if not channels or each in channels})
        others = tuple(each for each in self.own if each.name.lower() != name.lower())
        self._push((*others, pose), f"Save pose {name}")
        return pose

    def rename(self, name: str, to: str) -> None:
        """Call one of the user's poses otherwise."""
        self._checked(lambda: self._rename(name, to))

    def _rename(self, name: str, to: str) -> None:
        pose = self._own_named(name)
        if to.lower() != name.lower() and self.named(to) is not None:
            raise PoseError(f"There is a pose {to} already; choose another name.")
        self._push(tuple(renamed(each, to) if each is pose else each for each in self.own), f"Rename pose {name}")

    def remove(self, name: str) -> None:
        """Take one of the user's poses out."""
        self._checked(lambda: self._push(tuple(pose for pose in self.own if pose is not self._own_named(name)), f"Delete pose {name}"))

    def keep_mirrored(self, name: str) -> None:
        """Keep the mirror image of a pose beside it."""
        pose = self.named(name)
        if pose is not None:
            made = renamed(pose.mirror_image(), free_name(f"{pose.name} mirrored", [each.name for each in self.all]))
            self._push((*self.own, made), f"Mirror pose {pose.name}")

    def take_in(self, path: Path) -> int:
        """Add the poses of a file; those whose names are taken get a number.

        Returns:
            How many there were; 0 where it cannot be read, which is told.
        """
        return self._checked(lambda: self._take_in(path)) or 0

    def _take_in(self, path: Path) -> int:
        made, poses = list(self.own), read_poses(path)
        for pose in poses:
            if pose not in made and pose not in STOCK:
                made.append(renamed(pose, free_name(pose.name, [*_STOCK_NAMES, *(each.name for each in made)])))
        self._push(tuple(made), f"Import poses from {path.name}")
        return len(poses)

    def write(self, path: Path, poses: Iterable[FacePose]) -> bool:
        """Export poses; tells whether it worked."""
        try:
            write_poses(path, poses)
        except PoseError as error:
            self._messages.fail(str(error))
            return False
        return True

    # -- what the user does with a pose

    def blend(self, side: str, pose: FacePose, blend: Blend) -> bool:
        """Blend a pose into the motion of a side, as an edit with soft edges.

        Returns:
            Whether it says anything: a part of a pose may not.
        """
        if not pose.channels:
            return False
        edit = pose.edit(blend.start_s, blend.end_s, blend.strength, min(EDGE_MS, 500.0 * (blend.end_s - blend.start_s)))
        self._edits.put(side, (*self._edits.of(side), edit), f"Blend pose {pose.name} in")
        return True

    # -- inside

    def _own_named(self, name: str) -> FacePose:
        pose = next((each for each in self.own if each.name.lower() == name.lower()), None)
        if pose is None:
            raise PoseError(f"{name} comes with the program; save a pose of your own to change it.")
        return pose

    def _checked(self, does: Callable[[], T]) -> T | None:
        """Do something; where it cannot be done, say why, and return None."""
        try:
            return does()
        except PoseError as error:
            self._messages.fail(str(error))
            return None

    def _read(self) -> tuple[FacePose, ...]:
        self._damaged = False
        if not self._file.exists():
            return ()
        try:
            return read_poses(self._file)
        except PoseError as error:
            self._damaged = True
            self._messages.fail(str(error))
            return ()

    def _push(self, after: tuple[FacePose, ...], text: str) -> None:
        if after != self.own:
            self._undo.push(Step(self._put, self.own, after, text))

    def _put(self, poses: tuple[FacePose, ...]) -> None:
        """Put a library in force and write it; what could not be read before is kept beside it."""
        self._own = poses
        backup = self._file.with_suffix(".damaged.json") if self._damaged else backup_of(self._file)
        self._checked(lambda: write_poses(self._file, poses, backup))
        self._damaged = False
        self.changed.emit()
