"""The commands of the review page: ask for names, then let the session work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.marks.grammar import without_marks
from app.formats.project import ProjectView
from app.session.review.pages import Pages
from app.session.state import State
from app.ui.kit.banner import Banner


class PageCommands(QObject):
    """Writing the review page and importing what it saves.

    Args:
        pages: the session's.
        state: has what is reviewed.
        banner: tells what came back.
        window: parent of the dialogs.
        view: gives how it is looked at.
        asks_where: asks where the page goes: from a proposal the chosen file, or None.
    """

    def __init__(
        self, pages: Pages, state: State, banner: Banner, window: QWidget, *, view: Callable[[], ProjectView],
        asks_where: Callable[[Path], Path | None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._pages, self._state, self._banner, self._window = pages, state, banner, window
        self._view, self._asks_where = view, asks_where
        #: where a file was written or read last
        self._folder = Path.home()
        pages.written.connect(self._written)
        pages.imported.connect(self._tell_imported)

    def write(self) -> None:
        """Ask for a name and write the page."""
        if self._state.shown_side.tuned is None:
            self._banner.show_error("There is nothing to review yet; speak a line or open a recording first.")
            return
        path = self._asks_where(self._folder / f"{self._name()} review.html")
        if path is not None:
            self._pages.write(path, self._view())

    def _name(self) -> str:
        speech = self._state.speech
        words = "" if speech is None else without_marks(speech.text) or speech.audio.name
        kept = "".join(letter if letter.isalnum() or letter in " -_" else "" for letter in words[:40]).strip()
        return kept or "visemesync"

    def _written(self, path: Path) -> None:
        self._folder = path.parent

    def _tell_imported(self, n: int) -> None:
        words = "One note came back." if n == 1 else f"{n} notes came back."
        self._banner.show_success(words if n else "The notes came back; all of them were here already.")
