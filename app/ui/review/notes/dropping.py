"""Pictures and films that fall on the picture become references; everything else is opened as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from app.formats.project_files import FILM_ENDINGS, PICTURE_ENDINGS
from app.session.state import State
from app.ui.preview.preview import Preview


class ReferenceDrops(QObject):
    """Takes from the preview what is a reference. A film is one only while a note is looked at, because its sound can be opened, too.

    Args:
        preview: what things fall on.
        state: without a sound there is nothing to refer to.
        wants_film: whether a note is looked at.
    """

    #: a Path
    dropped = Signal(object)

    def __init__(self, preview: Preview, state: State, wants_film: Callable[[], bool]) -> None:
        super().__init__(preview)
        self._state, self._wants_film = state, wants_film
        preview.setAcceptDrops(True)
        preview.installEventFilter(self)

    def reference_in(self, data: QMimeData) -> Path | None:
        """The one file that is a reference; None when it is something else."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if len(files) != 1 or self._state.speech is None:
            return None
        endings = (*PICTURE_ENDINGS, *FILM_ENDINGS) if self._wants_film() else PICTURE_ENDINGS
        return files[0] if files[0].suffix.lower() in endings else None

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take references, and leave the rest to the window."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent | QDragMoveEvent):
            return False
        file = self.reference_in(event.mimeData())
        if file is None:
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(file)
        return True
