"""Export track…: the format, the name, the writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from app.session.keep.export import ExportJobs
from app.settings import ExportSettings
from app.ui.exports.format_dialog import FormatDialog

#: title, proposal, what the files are, endings: where to write, None for nowhere
AsksWhere = Callable[[str, Path, str, tuple[str, ...]], Path | None]


class TrackExport(QObject):
    """Leads from the wish to write motion to its file.

    Args:
        export: writes, and tries formats out.
        settings: remember the format.
        asks_where: asks for the file.
        window: parent of the dialog.

    Attributes:
        dialog: while it is open.
    """

    def __init__(self, export: ExportJobs, settings: ExportSettings, asks_where: AsksWhere, window: QWidget) -> None:
        super().__init__(window)
        self._export, self._settings, self._asks_where, self._window = export, settings, asks_where, window
        self.dialog: FormatDialog | None = None

    def ask(self, proposal: Path) -> None:
        """Ask for the format, then for the file, and write it.

        Args:
            proposal: folder and name to begin with, without an ending.
        """
        from app.formats.registry import WRITTEN  # two dozen modules that a start needs not

        dialog = self.dialog = FormatDialog(WRITTEN, self._settings, self._export.trials, self._window)

        def finished(result: int) -> None:
            self.dialog = None
            if result == QDialog.DialogCode.Accepted:
                self._write(dialog, proposal)
            dialog.deleteLater()

        dialog.finished.connect(finished)
        dialog.open()

    def _write(self, dialog: FormatDialog, proposal: Path) -> None:
        dialect, options = dialog.dialect, dialog.options
        dialog.note(self._settings)
        endings = tuple(dict.fromkeys((dialect.ending, Path(f"x{dialect.ending}").suffix)))
        path = self._asks_where("Export track", proposal.with_name(proposal.name + dialect.ending), dialect.name, endings)
        if path is not None:
            self._export.track(path, dialect.key, options)
