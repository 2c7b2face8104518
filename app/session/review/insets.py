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
    from app.render.insets import InsetFilm

#: films that are kept open
MOST_FILMS = 3


class HasFiles(Protocol):
    """Knows files by their names."""

    def file_of(self, name: str) -> Path | None:
        """A file by its name; None for one that is not there."""
        ...


class Insets(QObject):
    """What references look like at a time; the last picture stands until the next one is there.

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
        self._times: dict[str, float] = {}
        self._wanted: dict[str, float] = {}
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
            self._wanted[name] = max(t, 0.0)
            self._ask(name, file)
        elif name not in self._pictures:
            self._ask(name, file)
        return self._pictures.get(name)

    def _ask(self, name: str, file: Path) -> None:
        if self._workers.running(name):
            return
        t = self._wanted.get(name, 0.0)
        if name in self._times and abs(t - self._times[name]) < 1e-4:
            return
        film = self._films.get(name)
        if film is None and is_film(file):
            while len(self._films) >= MOST_FILMS:
                idle = next((each for each in self._films if not self._workers.running(each)), None)
                if idle is None:
                    return
                self._films.pop(idle).close()
        self._workers.start(name, partial(self._decode, name, file, film, t))

    def _decode(self, name: str, file: Path, film: InsetFilm | None, t: float, job: Job) -> None:
        from app.render.insets import InsetFilm, read_inset

        if not is_film(file):
            job.post(self._show, name, read_inset(file), 0.0)
            return
        if film is None:
            film = InsetFilm(file)
            job.post(self._films.__setitem__, name, film)
        job.post(self._show, name, film.frame_at(t), t)

    def _show(self, name: str, picture: np.ndarray, t: float) -> None:
        changed = self._pictures.get(name) is not picture
        self._pictures[name], self._times[name] = picture, t
        if changed:
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
        self._times.pop(name, None)

    def close(self) -> None:
        """End the threads and give the files back."""
        self._workers.close()
        for film in self._films.values():
            film.close()
        self._films.clear()


def is_film(file: Path) -> bool:
    """Whether a reference has more than one picture, by its ending."""
    from app.render.insets import FILM_ENDINGS

    return file.suffix.lower() in FILM_ENDINGS
