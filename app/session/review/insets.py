"""Pictures and films beside the face: decoded off the GUI thread, the newest moment that is wanted first."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.render.insets import FilmStretch, InsetFilm

#: so much is decoded ahead of the time that is looked at, at usual speed; and before it for whoever goes backwards, as a film can only be
#: decoded forwards from a key frame
AHEAD_S, BEFORE_S = 0.4, 1.0
#: at more speed so many steps are decoded ahead
_STEPS_AHEAD = 6.0
#: films that are kept open
MOST_FILMS = 3


class HasFiles(Protocol):
    """Knows files by their names."""

    def file_of(self, name: str) -> Path | None:
        """A file by its name; None for one that is not there."""
        ...


class Insets(QObject):
    """What references look like at a time. Of films a little more is decoded than what is on show, in the direction in which time goes.

    What is not there yet is replaced by the last picture until it is.

    Args:
        media: has the files.
        messages: told once what cannot be shown.
        parent: the session.
    """

    #: a newer picture is there
    ready = Signal()

    def __init__(self, media: HasFiles, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media, self._messages = media, messages
        self._pictures: dict[str, np.ndarray] = {}
        self._films: dict[str, InsetFilm] = {}
        self._stretches: dict[str, FilmStretch] = {}
        #: name -> the time that is looked at, and how far it was from the one before
        self._wanted: dict[str, tuple[float, float]] = {}
        self._broken: set[str] = set()
        self._workers = Workers(self._failed, self)
        self._workers.ended.connect(self._go_on)

    def picture(self, name: str, t: float) -> np.ndarray | None:
        """(h, w, 3) uint8 RGB: a reference at a time, or the last one that is known; None while there is none.

        Args:
            name: of its file among the media.
            t: seconds after a film's start.
        """
        file = self._media.file_of(name)
        if file is None or name in self._broken:
            return None
        if is_film(file):
            t = max(t, 0.0)
            former_s, step_s = self._wanted.get(name, (t, 0.0))
            self._wanted[name] = (t, t - former_s if t != former_s else step_s)
            known = self._stretches.get(name)
            if known is not None and known.covers(t):
                self._pictures[name] = known.at(t)
            self._ask(name, file)
        elif name not in self._pictures and not self._workers.running(name):
            self._workers.start(name, partial(self._read, name, file))
        return self._pictures.get(name)

    def _ask(self, name: str, file: Path) -> None:
        if self._workers.running(name):
            return
        asked = self._lacking(name)
        if asked is None:
            return
        film = self._films.get(name)
        while film is None and len(self._films) >= MOST_FILMS:
            idle = next((each for each in self._films if not self._workers.running(each)), None)
            if idle is None:
                return
            self._films.pop(idle).close()
            self._stretches.pop(idle, None)
        self._workers.start(name, partial(self._decode, name, file, film, asked))

    def _lacking(self, name: str) -> tuple[float, float] | None:
        """The stretch that is to be decoded next, in seconds; None while enough is there."""
        t, step_s = self._wanted[name]
        known = self._stretches.get(name)
        if known is None or not known.covers(t):
            # whoever goes backwards needs what is before, and it comes in one piece; whoever jumps needs one picture, soon
            return (max(t - BEFORE_S, 0.0), t) if -BEFORE_S < step_s < 0 else (t, t)
        reach_s = min(max(AHEAD_S, _STEPS_AHEAD * abs(step_s)), BEFORE_S)
        if step_s < 0:
            return (max(t - BEFORE_S, 0.0), known.since_s) if known.since_s > 0 and t - known.since_s < reach_s else None
        return (known.until_s, t + reach_s) if known.until_s < t + reach_s / 2 else None

    def _read(self, name: str, file: Path, job: Job) -> None:
        from app.render.insets import read_inset

        job.post(self._show, name, read_inset(file))

    def _decode(self, name: str, file: Path, film: InsetFilm | None, asked: tuple[float, float], job: Job) -> None:
        from app.render.insets import InsetFilm

        if film is None:
            film = InsetFilm(file)
            job.post(self._films.__setitem__, name, film)

        def goes_on() -> bool:
            """Whether somebody still looks near there."""
            return not job.cancel.is_set() and asked[0] - BEFORE_S <= self._wanted[name][0] <= asked[1] + BEFORE_S

        job.post(self._take, name, film.stretch(*asked, goes_on))

    def _take(self, name: str, made: FilmStretch) -> None:
        """Join what was decoded to what was there, and let go of what is far from the present."""
        known, (t, step_s) = self._stretches.get(name), self._wanted[name]
        if known is not None and made.until_s > known.since_s > made.since_s:
            made = made.within(made.since_s, np.nextafter(known.since_s, -np.inf)).joined(known)
        elif known is not None:
            made = known.joined(made)
        keep_s = BEFORE_S + AHEAD_S
        self._stretches[name] = made = made.within(t - (keep_s if step_s < 0 else AHEAD_S), t + keep_s)
        if made.covers(t):
            self._show(name, made.at(t))
        elif name not in self._pictures:
            self._show(name, made.pictures[0])

    def _show(self, name: str, picture: np.ndarray) -> None:
        if self._pictures.get(name) is not picture:
            self._pictures[name] = picture
            self.ready.emit()

    def _go_on(self, name: str) -> None:
        """Time went on meanwhile."""
        file = self._media.file_of(name)
        if file is not None and name in self._wanted and name not in self._broken:
            self._ask(name, file)

    def _failed(self, name: str, sentence: str) -> None:
        self._broken.add(name)
        self._messages.fail(sentence)

    def forget(self, name: str) -> None:
        """Look at a file anew, as when another one has its name."""
        self._broken.discard(name)
        self._pictures.pop(name, None)
        self._stretches.pop(name, None)

    def close(self) -> None:
        """End the threads and give the files back."""
        self._workers.close()
        for film in self._films.values():
            film.close()
        self._films.clear()


def is_film(file: Path) -> bool:
    """Whether a reference has more than one picture, by its ending."""
    from app.formats.project_files import FILM_ENDINGS

    return file.suffix.lower() in FILM_ENDINGS
