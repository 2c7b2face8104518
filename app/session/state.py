"""The one mutable state of the desktop program: avatar, speech, sides, and the side on show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.arriving import ArrivingSpeech
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.lipsync.source import LipSyncSource
from app.session.base.side import Side

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

#: start in seconds and speech of a part that is animated by itself, on its own time line; the last one may still be arriving
SpeechPart = tuple[float, Speech | ArrivingSpeech]
NO_PEAKS = np.zeros((0, 2), np.float32)


class State(QObject):
    """Only its mutators change it, only it emits its signals, and it knows none of the parts that follow them.

    Everything happens in the GUI thread. What is read here are values: none of them changes under the reader's hands.
    """

    #: another avatar is on show: its rig
    avatar_changed = Signal(object)
    #: what the sides made is not of this speech any more, and forgotten
    sides_cleared = Signal()
    #: another sound is played from now on
    sound_changed = Signal()
    #: the speech is another value: replaced, longer by a sentence, or with other words and phones
    speech_changed = Signal(object)
    #: what there is to animate changed
    parts_changed = Signal()
    #: side, spec: somebody else moves this side from now on
    source_changed = Signal(str, object)
    #: side: its motion grew, was cleared, tuned or edited; told once per turn of the event loop
    motion_changed = Signal(str)
    #: side: it is on the picture and in the curves now
    shown_changed = Signal(str)
    #: a side came, went, or changed its place
    sides_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rig: AvatarRig | None = None
        self._avatar_path: Path | None = None
        self._speech: Speech | None = None
        self._peaks = NO_PEAKS
        self._parts: tuple[SpeechPart, ...] = ()
        self._arrived = False
        self._sides = {"A": Side("A", 1)}
        self._serial = 1
        self._shown = "A"
        self._moved: dict[str, None] = {}
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self.tell_motion)

    # -- what there is

    @property
    def rig(self) -> AvatarRig | None:
        """The avatar on show, or None."""
        return self._rig

    @property
    def avatar_path(self) -> Path | None:
        """The file of the avatar on show."""
        return self._avatar_path

    @property
    def speech(self) -> Speech | None:
        """What is played, or None."""
        return self._speech

    @property
    def peaks(self) -> np.ndarray:
        """(n, 2) float32 lowest and highest sample in n equal stretches of the speech."""
        return self._peaks

    @property
    def parts(self) -> tuple[SpeechPart, ...]:
        """What is animated: one sentence after the other, or a whole recording; nothing while its phones are searched."""
        return self._parts

    @property
    def arrived(self) -> bool:
        """Whether the present sound came, or still comes, piece by piece: motion may be late for it."""
        return self._arrived

    @property
    def sides(self) -> Mapping[str, Side]:
        """The sides of the comparison by name; one, ``A``, until a second is asked for."""
        return MappingProxyType(self._sides)

    @property
    def shown(self) -> str:
        """The name of the side on the picture and in the curves."""
        return self._shown

    @property
    def shown_side(self) -> Side:
        """The side on the picture and in the curves."""
        return self._sides[self._shown]

    def named(self, serial: int) -> str:
        """Where a side is now, "" when it is gone."""
        return next((name for name, side in self._sides.items() if side.serial == serial), "")

    # -- the avatar

    def set_avatar(self, path: Path, rig: AvatarRig) -> None:
        """Show another avatar."""
        self._avatar_path, self._rig = path, rig
        self.avatar_changed.emit(rig)

    # -- the speech

    def begin_speech(self, speech: Speech, peaks: np.ndarray, parts: Sequence[SpeechPart] = (), arrived: bool = False) -> None:
        """Another sound: what the sides made of the former one is forgotten.

        Args:
            speech: all of it, or a line's first sentence.
            peaks: its waveform.
            parts: what can be animated already.
            arrived: it comes piece by piece.
        """
        self._speech, self._peaks, self._parts, self._arrived = speech, peaks, tuple(parts), arrived
        self._clear_sides()
        self.sound_changed.emit()
        self.speech_changed.emit(speech)
        self.parts_changed.emit()

    def extend_speech(self, speech: Speech, peaks: np.ndarray, part: SpeechPart) -> None:
        """The line is longer by a sentence.

        Args:
            speech: the whole line so far.
            peaks: its waveform.
            part: what has come.
        """
        self._speech, self._peaks, self._parts = speech, peaks, (*self._parts, part)
        self.speech_changed.emit(speech)
        self.parts_changed.emit()

    def grow_speech(self, speech: Speech, peaks: np.ndarray, parts: Sequence[SpeechPart]) -> None:
        """More of a sound that comes piece by piece; what the sides made of it stays.

        Args:
            speech: all of it so far.
            peaks: its waveform.
            parts: the former ones, each as it is now, and perhaps another one.
        """
        self._speech, self._peaks, self._parts = speech, peaks, tuple(parts)
        self.speech_changed.emit(speech)
        self.parts_changed.emit()

    def replace_words(self, speech: Speech) -> None:
        """The same sound with other words or phones: everything is animated anew."""
        self._speech, self._parts = speech, ((0.0, speech),)
        self._clear_sides()
        self.speech_changed.emit(speech)
        self.parts_changed.emit()

    def retime(self, speech: Speech, parts: Sequence[SpeechPart]) -> None:
        """The same sound with words and phones at other times, by hand: what the sides made of it stays, and follows.

        Args:
            speech: with the words and phones as they are now.
            parts: the former ones, each as it is now.
        """
        self._speech, self._parts = speech, tuple(parts)
        self.speech_changed.emit(speech)

    def reword(self, text: str) -> None:
        """The same speech with other marks in its text; what the sides made stays."""
        speech = self._speech
        if speech is None:
            return
        self._speech = replace(speech, text=text)
        self._parts = tuple((start_s, self._speech if part is speech else part) for start_s, part in self._parts)
        self.speech_changed.emit(self._speech)

    def set_parts(self, parts: Sequence[SpeechPart]) -> None:
        """Say what of the present speech is animated."""
        self._parts = tuple(parts)
        self.parts_changed.emit()

    # -- the sides

    def set_source(self, name: str, spec: SourceSpec, source: LipSyncSource | None = None) -> None:
        """Let somebody else move a side, which begins where there is none.

        Args:
            name: ``A``, ``B`` or ``C``.
            spec: which source.
            source: made from it already, or None.
        """
        side = self._sides.get(name)
        if side is None:
            self._serial += 1
        self.put(replace(side or Side(name, self._serial), spec=spec, source=source).cleared())
        if side is None:
            self.sides_changed.emit()
        self.source_changed.emit(name, spec)

    def put(self, side: Side) -> None:
        """Put a changed side in the place of the one of its name."""
        before = self._sides.get(side.name)
        self._sides[side.name] = side
        kept = ("raw", "tuned", "edits", "layers")
        if before is None or any(getattr(before, name) is not getattr(side, name) for name in kept):
            self._note_motion(side.name)

    def remove(self, name: str) -> None:
        """Give up a side other than A; where it was on show, A is."""
        del self._sides[name]
        self._moved.pop(name, None)
        if self._shown == name:
            self.show("A")
        self.sides_changed.emit()

    def exchange(self, other: str, rig: AvatarRig | None = None) -> None:
        """Let A and another side change places, with their sources, motion and edits.

        Args:
            other: the other side.
            rig: its own avatar, which is on show from now on; None when avatars stay where they are.
        """
        a, b = self._sides["A"], self._sides[other]
        old, new = self._avatar_path, b.avatar
        self._sides["A"], self._sides[other] = replace(b, name="A", avatar=None), replace(a, name=other, avatar=b.avatar)
        if rig is not None and new is not None:
            for name, side in self._sides.items():
                own = old if side.avatar is None or name == other else side.avatar
                self._sides[name] = replace(side, avatar=None if name == "A" or own == new else own)
            self.set_avatar(new, rig)
        self.sides_changed.emit()
        for name in ("A", other):
            self._note_motion(name)
            self.source_changed.emit(name, self._sides[name].spec)

    def show(self, name: str) -> None:
        """Put a side on the picture and in the curves."""
        self._shown = name
        self.shown_changed.emit(name)

    def tell_motion(self) -> None:
        """Tell now what would be told when this turn of the event loop is over, so that the next picture has it."""
        moved, self._moved = self._moved, {}
        for name in moved:
            self.motion_changed.emit(name)

    def close(self) -> None:
        """Let the largest things go; what still refers to a closed session must not keep them."""
        self._turn.stop()
        self._rig = self._speech = None

    # -- inside

    def _clear_sides(self) -> None:
        for side in tuple(self._sides.values()):
            self.put(side.cleared())
        self.sides_cleared.emit()

    def _note_motion(self, name: str) -> None:
        self._moved[name] = None
        self._turn.start()
