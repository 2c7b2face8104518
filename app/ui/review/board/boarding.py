"""Opens the board beside the window, and takes from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.session.takes.board import Board
from app.ui.review.board.board_window import BoardWindow


class Boarding:
    """The command of the board.

    Args:
        board: of the session.
        window: the main window.
        presets: the folder of the user's presets.
        opens: opens a take.
        asks: asks for a folder; None when the user gives up.
    """

    def __init__(
        self, board: Board, window: QWidget, presets: Path, *, opens: Callable[[Path], object], asks: Callable[[], Path | None]
    ) -> None:
        self._board, self._window, self._presets, self._opens = board, window, presets, opens
        self.asks = asks
        self.shown: BoardWindow | None = None

    def show(self) -> None:
        """Show the board; the first time, ask for its folder."""
        if self.shown is None:
            self.shown = BoardWindow(self._board, self._presets, self._ask, self._window)
            self.shown.opened.connect(self._opens)
        self.shown.show()
        self.shown.raise_()
        self.shown.activateWindow()
        if self._board.folder is None:
            self.shown.ask()

    def _ask(self) -> Path | None:
        return self.asks()

    def close(self) -> None:
        """Close it with the main window."""
        if self.shown is not None:
            self.shown.close_down()
            self.shown.close()
