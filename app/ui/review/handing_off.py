"""The commands that hand a review on: notes for other programs, notes back, the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.formats.cuts.registry import FORMS
from app.formats.project import ProjectView
from app.review.exchange.sending import ENDINGS
from app.session.review.hand_off import HandOff
from app.session.state import State
from app.ui.kit.banner import Banner

Asks = Callable[[str, Path, str, tuple[str, ...]], Path | None]


class HandOffCommands(QObject):
    """Asks for names, then lets the session work.

    Args:
        hand_off: the session's.
        state: has what is reviewed.
        banner: tells what came back.
        window: parent of the dialogs.
        view: gives how it is looked at.
        asks_where: asks where something goes: title, proposal, what it is, further endings.
    """

    def __init__(
        self, hand_off: HandOff, state: State, banner: Banner, window: QWidget, *, view: Callable[[], ProjectView], asks_where: Asks
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._hand_off, self._state, self._banner, self._window = hand_off, state, banner, window
        self._view, self._asks_where = view, asks_where
        #: where a file was written or read last
        self._folder = Path.home()
        hand_off.written.connect(self._written)
        hand_off.imported.connect(self._tell_imported)

    def send_notes(self) -> None:
        """Ask for a name and write the notes."""
        if self._nothing():
            return
        first, *others = ENDINGS
        path = self._asks_where("Export notes", self._folder / f"notes{first}", "Notes for other programs", tuple(others))
        if path is not None:
            self._hand_off.send(path, self._view())

    def ask_notes(self) -> None:
        """Ask for notes that came back, and take them in."""
        endings = " ".join(f"*{form.ending}" for form in FORMS if form.read is not None)
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Import notes", str(self._folder), f"Notes of a review page, a time line or a table (*.json {endings})"
        )
        if chosen:
            self.take_in(Path(chosen))

    def take_in(self, path: Path) -> None:
        """Take notes in, as when their file was dropped."""
        self._folder = path.parent
        self._hand_off.take_in(path, self._view())

    def pack(self) -> None:
        """Ask for a name and make the package."""
        if self._nothing():
            return
        path = self._asks_where("Pack for hand-off", self._folder / "hand-off.zip", "Package", ())
        if path is not None:
            self._hand_off.pack(path, self._view())

    def _nothing(self) -> bool:
        nothing = self._state.shown_side.tuned is None
        if nothing:
            self._banner.show_error("There is nothing to review yet; speak a line or open a recording first.")
        return nothing

    def _written(self, path: Path, _notes: tuple[str, ...]) -> None:
        self._folder = path.parent

    def _tell_imported(self, n: int) -> None:
        words = "One note is new or changed." if n == 1 else f"{n} notes are new or changed."
        self._banner.show_success(words if n else "The notes came back; all of them were here already.")
