"""Who moves the face: what is chosen in the pickers, shown in them, and remembered."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.lipsync.feeling import default_source
from app.lipsync.registry import abilities_of
from app.session.motion.sources import Sources
from app.session.state import State
from app.settings import SourceSettings
from app.ui.sources.speak_bar import SpeakBar


class SourceChoice(QObject):
    """Chooses for the side on show, or for a side by name.

    Args:
        bar: its picker follows the side on show.
        next_side: the command that goes on to the next side; there while there are several.
        settings: remember the source of side A.
        state: whose sides are moved.
        sources: change who moves them.
    """

    def __init__(self, bar: SpeakBar, next_side: QAction, settings: SourceSettings, *, state: State, sources: Sources) -> None:
        super().__init__(bar)
        self._bar, self._next_side, self._settings, self._state, self._sources = bar, next_side, settings, state, sources

    def choose(self, spec: str) -> None:
        """Let another source move what is shown."""
        self.choose_for(self._state.shown, spec)

    def choose_for(self, side: str, spec: str) -> None:
        """Let another source move a side; side A's is remembered, but for a track file, which belongs to one sound."""
        if side == "A" and abilities_of(spec).takes != "file":
            self._settings.chosen = spec
        self._sources.choose(side, spec)

    @property
    def usual(self) -> str:
        """The source that was chosen last and needs no file, or the best there is."""
        return self._settings.chosen or str(default_source())

    def show(self, *_: object) -> None:
        """Let the picker say who moves what is shown."""
        self._next_side.setVisible(len(self._state.sides) > 1)
        self._bar.set_source(str(self._state.shown_side.spec))

    def show_next(self) -> None:
        """Put the next side on the picture."""
        names = sorted(self._state.sides)
        if len(names) > 1:
            self._state.show(names[(names.index(self._state.shown) + 1) % len(names)])
