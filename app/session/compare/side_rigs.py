"""Further rigs for the sides of a comparison: of the avatar on show or of a side's own, each file decoded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.corrections import RigCorrections
    from app.avatar.model import Avatar
    from app.avatar.rig import AvatarRig

#: the body that is measured against side A's for the heat; it is always one of side A's avatar
HEAT = "heat"


class SideRigs(QObject):
    """Rigs by side; side A's own is the state's.

    Args:
        state: whose avatar is shared, and whose sides may have avatars of their own.
        messages: told what cannot be read.
        parent: Qt's.
    """

    #: a body came or went
    changed = Signal()
    #: side: a body of its own avatar was read from a file
    made = Signal(str)
    #: the avatar on show is corrected otherwise: draw anew
    corrected = Signal()

    def __init__(self, state: State, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._messages = state, messages
        self._rigs: dict[str, AvatarRig] = {}
        self._files: dict[str, Path | None] = {}
        #: what the running jobs are to bring
        self._asked: dict[str, Path | None] = {}
        self._workers = Workers(self._failed, self)
        state.avatar_changed.connect(self._avatar_changed)

    def close(self) -> None:
        """End the worker threads and let the bodies go."""
        self._workers.close()
        self._rigs.clear()

    # -- what is there

    def file_of(self, side: str) -> Path | None:
        """The avatar file that a side should show."""
        held = self._state.sides.get(side)
        return self._state.avatar_path if held is None or held.avatar is None else held.avatar

    def is_own(self, side: str) -> bool:
        """Whether a side shows another avatar than side A."""
        return side != "A" and self.file_of(side) != self._state.avatar_path

    def of(self, side: str) -> AvatarRig | None:
        """A side's body, or None until it is there."""
        if side == "A":
            return self._state.rig
        return self._rigs.get(side) if self._fits(side) else None

    def sharing(self) -> list[AvatarRig]:
        """All bodies of the avatar on show, side A's first."""
        rig = self._state.rig
        return [] if rig is None else [rig, *(each for each in self._rigs.values() if each.avatar is rig.avatar)]

    # -- what is wanted

    def set_avatar(self, side: str, path: Path | None) -> None:
        """Give a side an avatar of its own.

        Args:
            side: any but A, whose avatar is the one on show.
            path: the file; None or the file on show for the shared one.
        """
        own = None if path == self._state.avatar_path else path
        self._state.put(replace(self._state.sides[side], avatar=own))
        self.need([side])
        self.changed.emit()

    def need(self, sides: Iterable[str]) -> None:
        """Make the bodies that are missing, off the GUI thread; a file that is decoded already is not read again."""
        rig = self._state.rig
        if rig is None:
            return
        for side in sides:
            task = f"body {side}"
            if side == "A" or self._fits(side):
                continue
            wanted = self.file_of(side)
            known = self._decoded(wanted)
            if known is not None:
                self._workers.start(task, partial(self._twin, known.avatar, known.corrections, side, wanted))
            elif wanted is not None and not (self._workers.running(task) and self._asked.get(side) == wanted):
                self._workers.start(task, partial(self._read, side, wanted))
            self._asked[side] = wanted

    def drop(self, side: str) -> None:
        """Let a side's body go."""
        self._workers.cancel(f"body {side}")
        self._rigs.pop(side, None)

    def lend(self, side: str) -> AvatarRig | None:
        """A side's own avatar, which side A is to show instead of its present one; that one takes its place here.

        Returns:
            None where both show the same, or the side's own is not there yet: then avatars stay where they are.
        """
        theirs, ours = self.of(side), self._state.rig
        if not self.is_own(side) or theirs is None or ours is None:
            return None
        self._rigs[side], self._files[side] = ours, self._state.avatar_path
        return theirs

    def correct(self, corrections: RigCorrections) -> None:
        """Put corrections of the avatar on show in force, on every body of it."""
        for rig in self.sharing():
            rig.set_corrections(corrections)
        self.corrected.emit()

    # -- inside

    def _fits(self, side: str) -> bool:
        """Whether the body that is there is of the right avatar."""
        rig, wanted, shared = self._rigs.get(side), self.file_of(side), self._state.rig
        if rig is None or self._files.get(side) != wanted:
            return False
        return wanted != self._state.avatar_path or (shared is not None and rig.avatar is shared.avatar)

    def _decoded(self, path: Path | None) -> AvatarRig | None:
        if path == self._state.avatar_path:
            return self._state.rig
        return next((rig for side, rig in self._rigs.items() if self._files.get(side) == path), None)

    def _twin(self, avatar: Avatar, corrections: RigCorrections, side: str, path: Path | None, job: Job) -> None:
        job.post(self._ready, side, path, opening.another_rig(avatar, corrections))

    def _read(self, side: str, path: Path, job: Job) -> None:
        rig = opening.read_avatar(path)
        job.post(self._ready, side, path, rig)
        job.post(self.made.emit, side)

    def _ready(self, side: str, path: Path | None, rig: AvatarRig) -> None:
        if self.file_of(side) == path:
            self._rigs[side], self._files[side] = rig, path
            self.changed.emit()

    def _avatar_changed(self, _rig: object) -> None:
        kept = {side: rig for side, rig in self._rigs.items() if self._fits(side)}
        if len(kept) != len(self._rigs):
            self._rigs = kept
            self.changed.emit()

    def _failed(self, task: str, sentence: str) -> None:
        """A side whose avatar cannot be read shows the shared one."""
        side = self._state.sides.get(task.removeprefix("body "))
        if side is not None:
            self._state.put(replace(side, avatar=None))
            self.need([side.name])
        self._messages.fail(sentence)
        self.changed.emit()
