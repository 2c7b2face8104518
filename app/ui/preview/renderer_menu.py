"""View, Renderer: who draws the picture."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.ui.preview.preview import KINDS, Preview

_WORDS = {"auto": "Automatic", "gpu": "Graphics card", "software": "Processor (software)"}


class RendererMenu(QObject):
    """Fills itself when it opens.

    Args:
        menu: is filled.
        preview: whose view is made anew.
    """

    def __init__(self, menu: QMenu, preview: Preview) -> None:
        super().__init__(menu)
        self.menu, self._preview = menu, preview
        menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the kinds of view."""
        self.menu.clear()
        group = QActionGroup(self.menu)
        for kind in KINDS:
            action = self.menu.addAction(_WORDS[kind])
            action.setCheckable(True)
            action.setChecked(kind == self._preview.kind)
            action.triggered.connect(lambda _=False, chosen=kind: self._preview.make_view(chosen))
            group.addAction(action)
