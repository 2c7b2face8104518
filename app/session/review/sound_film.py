"""The film that the sound is of: its picture can stand beside the face, in sync, in the window and in films that are written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.formats.project_hashes import file_sha256
from app.formats.project_values import Corner, ProjectView
from app.render.insets import PlacedFilm
from app.session.base.workers import Job, Workers
from app.session.speech.speeches import Speeches
from app.session.state import State

#: shares of the picture's width
SMALLEST, LARGEST = 0.1, 0.6


class SoundFilm(QObject):
    """Whether the film is shown, and where.

    Args:
        state: tells when there is another sound.
        speeches: know its film.
        workers: read the film's hash, by which a project finds it again, before anybody waits for it.
        parent: the session.

    Attributes:
        wanted: whether the user wants to see films beside the face.
        corner: where it stands.
        share: how much of the picture's width it takes.
    """

    #: another film, or none; or it is shown elsewhere, otherwise or no more
    changed = Signal()

    def __init__(self, state: State, speeches: Speeches, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._speeches, self._workers = speeches, workers
        self.wanted = False
        self.corner: Corner = "top right"
        self.share = 0.3
        state.sound_changed.connect(self.changed)
        speeches.film_opened.connect(self._opened)

    @property
    def file(self) -> Path | None:
        """The film, None where there is none or it is gone."""
        film = self._speeches.film
        return film if film is not None and film.is_file() else None

    @property
    def shown(self) -> Path | None:
        """The film while it is to be seen."""
        return self.file if self.wanted else None

    @property
    def placed(self) -> PlacedFilm | None:
        """The film as a written film shows it, None while it is not to be seen."""
        shown = self.shown
        return None if shown is None else PlacedFilm(shown, self.corner, self.share)

    def file_of(self, name: str) -> Path | None:
        """The film by its path as a name."""
        file = self.file
        return file if file is not None and str(file) == name else None

    def show(self, wanted: bool) -> None:
        """Let films be seen beside the face, or not."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.changed.emit()

    def place(self, corner: Corner, share: float) -> None:
        """Put it elsewhere.

        Args:
            corner: of the picture.
            share: of the picture's width, kept between SMALLEST and LARGEST.
        """
        share = round(min(max(share, SMALLEST), LARGEST), 3)
        if (corner, share) != (self.corner, self.share):
            self.corner, self.share = corner, share
            self.changed.emit()

    def into(self, view: ProjectView) -> ProjectView:
        """Write down in a project's view how it is shown."""
        view.film, view.film_corner, view.film_share = self.wanted, self.corner, self.share
        return view

    def look(self, view: ProjectView) -> None:
        """Show it as an opened project did; without a film the user's own choice stays."""
        if self._speeches.film is not None:
            self.place(view.film_corner, view.film_share)
            self.show(view.film)

    def _opened(self, film: Path) -> None:
        def work(_job: Job) -> None:
            file_sha256(film)

        self._workers.start("film", work)
