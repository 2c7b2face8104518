"""The switch "Show the film": the picture of an opened film beside the face, at the time that is heard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.session.review.insets import Insets
from app.session.review.sound_film import SoundFilm
from app.ui.preview.preview import Preview
from app.ui.review.film.film_inset import FilmInset

_ABOUT = "the film of the sound"


class FilmBeside(QObject):
    """Shows the film where and while the session says, and offers it where the user has not decided.

    Args:
        preview: it stands on.
        film: the session's.
        insets: decode its pictures off this thread.
        action: the switch.

    Attributes:
        inset: shows the picture.
    """

    def __init__(self, preview: Preview, film: SoundFilm, insets: Insets, action: QAction) -> None:
        super().__init__(preview)
        self.inset = FilmInset(preview)
        self._preview, self._film, self._insets, self._action = preview, film, insets, action
        self._t = 0.0
        self._is_declined = False
        film.changed.connect(self.show)
        insets.ready.connect(self._refresh)
        self.inset.placed.connect(film.place)
        self.inset.closed.connect(lambda: film.show(False))
        self.show()

    def show(self) -> None:
        """Another film or none, or another place for it."""
        film = self._film
        self._action.setEnabled(film.file is not None)
        self._action.setChecked(film.wanted)
        if film.file is None or film.wanted:
            self._preview.banner.withdraw(_ABOUT)
        self.inset.place(film.corner, film.share)
        self._refresh()

    def offer(self, film: Path) -> None:
        """A film's sound was opened: say that there is a picture, too, unless the user has decided."""
        if self._film.wanted or self._is_declined:
            return
        sentence = f"{film.name} is a film; its picture can stand beside the face, in sync with the sound."
        self._preview.banner.offer(sentence, (("Show the film", self._accept), ("Not now", self._decline)), _ABOUT)

    def set_time(self, t: float) -> None:
        """The picture of the face shows this time, in seconds."""
        self._t = t
        self._refresh()

    def _refresh(self) -> None:
        shown = self._film.shown
        self.inset.set_picture(None if shown is None else self._insets.picture(str(shown), self._t))

    def _accept(self) -> None:
        self._film.show(True)

    def _decline(self) -> None:
        self._is_declined = True
