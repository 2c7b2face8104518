"""What the notes put over the picture at a time: drawings, ghosts of the neighbours, pins that follow the skin, insets, the dot."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.formats.notes import Note
from app.render.pins import PinPlace, is_hidden, pin_place
from app.session.base.playback import Playback
from app.session.review.insets import Insets
from app.session.review.notes import ReviewNotes
from app.session.review.voice_notes import VoiceNotes
from app.ui.review.notes.note_painting import DrawnInset, DrawnPin, DrawnStrokes, PictureScene
from app.ui.review.notes.note_words import is_at
from app.ui.review.notes.picture_overlay import PictureOverlay
from app.ui.review.notes.pictured import Pictured, PicturedSides

#: how much of a neighbour's drawing shines through
GHOST = 0.22
#: while something moves, what hides a pin is looked for at most this often
HIDES_EVERY_S = 0.15


class NotePicture(QObject):
    """Keeps the glass over the picture up to date.

    Args:
        overlay: the glass.
        pictures: which side is where.
        notes: the session's.
        playback: has the time.
        voice: what is heard, and where the pointer was.
        insets: pictures and films.
        picked: tells the id of the note that is looked at.

    Attributes:
        ghosts: the neighbours' drawings shine through while the clip stands still.
    """

    def __init__(
        self, overlay: PictureOverlay, pictures: PicturedSides, *, notes: ReviewNotes, playback: Playback, voice: VoiceNotes,
        insets: Insets, picked: Callable[[], str],
    ) -> None:  # fmt: skip
        super().__init__(overlay)
        self.ghosts = True
        self._overlay, self._pictures, self._picked = overlay, pictures, picked
        self._notes, self._playback, self._voice, self._insets = notes, playback, voice, insets
        self._hidden: dict[tuple[str, str], tuple[object, float, bool]] = {}
        self._images: dict[str, tuple[np.ndarray, QImage]] = {}
        self._t = 0.0
        overlay.source = self.scenes
        for changed in (notes.changed, insets.ready, voice.moved, voice.playing_changed):
            changed.connect(self.refresh)

    def refresh(self, *_: object) -> None:
        """Something other than the time changed; without anything to show the glass is taken away."""
        self._overlay.set_needed(
            any(note.point or note.strokes or note.reference or note.id == self._voice.heard for note in self._notes.all)
        )
        self._overlay.update()

    def set_time(self, t: float) -> None:
        """The picture shows this time, in seconds; it is painted anew after that, and the glass with it."""
        self._t = t

    def scenes(self) -> tuple[PictureScene, ...]:
        """What belongs over each picture now, as faces and cameras stand."""
        notes = self._notes.all
        return tuple(self._scene(picture, notes, self._t) for picture in self._pictures.now()) if notes else ()

    def _scene(self, picture: Pictured, notes: tuple[Note, ...], t: float) -> PictureScene:
        own = [note for note in notes if note.side in ("", picture.side)]
        playing = self._playback.playing
        there = [note for note in own if is_at(note, t, playing) or note.id == self._voice.heard or self._is_drawn_on(note)]
        strokes = [DrawnStrokes(tuple(note.strokes), _aspect(note)) for note in there if note.strokes]
        if self.ghosts and not playing:
            strokes = [*(DrawnStrokes(tuple(note.strokes), _aspect(note), GHOST) for note in _neighbours(own, there, t)), *strokes]
        picked = self._picked()
        pins = [self._pin(picture, note, picked) for note in own if note.point and (note in there or note.id == picked)]
        heard = next((note for note in own if note.id == self._voice.heard), None)
        insets = [self._inset(note, t) for note in own if note.reference and (note.reference.whole or note in there or note.id == picked)]
        return PictureScene(
            picture.rect, picture.seen, tuple(strokes), tuple(pin for pin in pins if pin), _one_a_corner([i for i in insets if i]),
            None if heard is None else self._voice.dot,
        )  # fmt: skip

    def _is_drawn_on(self, note: Note) -> bool:
        return self._overlay.mode == "draw" and note.id == self._picked()

    # -- pins

    def _pin(self, picture: Pictured, note: Note, picked: str) -> DrawnPin | None:
        assert note.point is not None
        place = pin_place(picture.rig, picture.camera, note.point, picture.aspect)
        if place is None:
            return None
        hidden = self._is_hidden(picture, note, place)
        return DrawnPin(note.id, place.x, place.y, note.colour, hidden, note.id == picked)

    def _is_hidden(self, picture: Pictured, note: Note, place: PinPlace) -> bool:
        """Looked for when something has moved, and not at every picture."""
        key, seen = (note.id, picture.side), (note.point and note.point.corners, place.x, place.y, picture.camera.state)
        known, now_s = self._hidden.get(key), time.monotonic()
        if known is not None and place.faces and (known[0] == seen or now_s - known[1] < HIDES_EVERY_S):
            return known[2]
        hidden = is_hidden(picture.rig, picture.camera, place, picture.aspect)
        self._hidden[key] = (seen, now_s, hidden)
        return hidden

    # -- insets

    def _inset(self, note: Note, t: float) -> DrawnInset | None:
        reference = note.reference
        assert reference is not None
        pixels = self._insets.picture(reference.file, t - reference.offset_s)
        if pixels is None:
            return None
        known = self._images.get(reference.file)
        if known is None or known[0] is not pixels:
            height, width = pixels.shape[:2]
            lent = QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format.Format_RGB888)
            known = self._images[reference.file] = (pixels, lent.convertToFormat(QImage.Format.Format_RGB32))
        return DrawnInset(known[1], reference.corner, reference.share)


def _aspect(note: Note) -> float:
    return 0.0 if note.look is None else note.look.aspect


def _neighbours(notes: list[Note], there: list[Note], t: float) -> list[Note]:
    """The drawn notes right before and right after a time that are not there now."""
    drawn = [note for note in notes if note.strokes and note not in there]
    before = [note for note in drawn if (note.start_s if note.end_s is None else note.end_s) <= t]
    after = [note for note in drawn if note.start_s > t]
    return [*before[-1:], *after[:1]]


def _one_a_corner(insets: list[DrawnInset]) -> tuple[DrawnInset, ...]:
    """Of several in one corner the last is seen."""
    return tuple({inset.corner: inset for inset in insets}.values())
