"""The menu of presets: the program's, the user's own, and files of other people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QMessageBox, QToolButton, QWidget

from app.core.errors import PresetError
from app.core.native import NativeParameter
from app.core.presets import BUILT_IN
from app.core.tuning import Tuning
from app.formats.presets import YAML_ENDINGS, file_name, read_preset, user_presets, write_preset
from app.lipsync.nvidia_stylization import read_stylization, write_stylization
from app.lipsync.nvidia_tuning import is_nvidia
from app.session.keep.naming import completed_name
from app.session.motion.source_parameters import check_parameters, named_sets

_FILTER = "Presets (*.json *.yaml *.yml)"


class PresetMenu(QToolButton):
    """A button that opens the presets.

    Args:
        folder: where the user's own are kept.
        current: the tuning that would be saved.
        native: parameters of the source that is tuned; with NVIDIA's, YAML files are NVIDIA's in full.
        parent: Qt's.
    """

    #: tuning, name
    chosen = Signal(object, str)
    failed = Signal(str)
    notice = Signal(str)

    def __init__(
        self,
        folder: Path,
        current: Callable[[], Tuning],
        native: Callable[[], tuple[NativeParameter, ...]] = tuple,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.folder = folder
        self._current, self._native = current, native
        self.setText("Presets ▾")
        self.setToolTip("Choose, save, import or export a tuning")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill)
        self.setMenu(menu)

    def fill(self) -> None:
        """List the presets there are now."""
        menu = self.menu()
        menu.clear()
        for name, (tuning, hint) in BUILT_IN.items():
            action = menu.addAction(name)
            action.setToolTip(hint)
            action.triggered.connect(lambda _=False, t=tuning, n=name: self.chosen.emit(t, n))
        sets = named_sets(self._native())
        if sets:
            menu.addSeparator()
            for name, native in sets.items():
                action = menu.addAction(name)
                action.setToolTip("Settings that the makers of this source have published")
                action.triggered.connect(lambda _=False, own=native, n=name: self.chosen.emit(Tuning(native=own), n))
        own = user_presets(self.folder)
        if own:
            menu.addSeparator()
        for name, path in own.items():
            menu.addAction(name).triggered.connect(lambda _=False, p=path: self.load(p))
        menu.addSeparator()
        menu.addAction("Save as preset…").triggered.connect(self._ask_name)
        if own:
            delete = menu.addMenu("Delete preset")
            for name, path in own.items():
                delete.addAction(name).triggered.connect(lambda _=False, p=path: self._delete(p))
        menu.addAction("Import…").triggered.connect(self._ask_import)
        menu.addAction("Export…").triggered.connect(self._ask_export)

    def load(self, path: Path) -> None:
        """Take over a preset file; say what of a YAML file has no counterpart."""
        try:
            name, tuning, ignored = self._read(path)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        self.chosen.emit(tuning, name)
        if ignored:
            shown = ", ".join(ignored[:4]) + (f" and {len(ignored) - 4} more" if len(ignored) > 4 else "")
            self.notice.emit(f"{path.name} was imported without {shown}, which have no counterpart here.")

    def save(self, name: str) -> None:
        """Keep the present tuning under a name."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_preset(self.folder / file_name(name), name, self._current())
        except PresetError as error:
            self.failed.emit(str(error))
        except OSError:
            self.failed.emit(f"The folder {self.folder} cannot be made; check its permissions.")
        else:
            self.notice.emit(f"The preset {name} is saved.")

    def export(self, path: Path) -> None:
        """Write the present tuning to a file; say what YAML cannot hold."""
        path = path if path.suffix else path.with_suffix(".json")
        try:
            lost = self._write(path)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        self.notice.emit(f"{path.name} was written" + (f" without {', '.join(lost)}, which NVIDIA's file cannot hold." if lost else "."))

    def _read(self, path: Path) -> tuple[str, Tuning, tuple[str, ...]]:
        parameters = self._native()
        if path.suffix.lower() in YAML_ENDINGS and is_nvidia(parameters):
            native, ignored = read_stylization(path, parameters)
            return path.stem, Tuning(native=native), ignored
        made = read_preset(path)
        check_parameters(made[1].native)
        return made

    def _write(self, path: Path) -> tuple[str, ...]:
        tuning, parameters = self._current(), self._native()
        if path.suffix.lower() in YAML_ENDINGS and is_nvidia(parameters):
            return write_stylization(path, tuning, parameters)
        return write_preset(path, path.stem, tuning)

    def _ask_name(self) -> None:
        name, accepted = QInputDialog.getText(self, "Save as preset", "Name of the preset")
        if not accepted:
            return
        if name not in user_presets(self.folder) or self._replaces(f"The preset {name} is there already. Replace it?"):
            self.save(name)

    def _replaces(self, question: str) -> bool:
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        return QMessageBox.question(self, "Replace the preset?", question, yes | no, no) == yes

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a preset", "", _FILTER)
        if path:
            self.load(Path(path))

    def _ask_export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export the tuning", "tuning.json", "Preset (*.json);;NVIDIA stylization (*.yaml)")
        if not path:
            return
        name = completed_name(Path(path), (".json", *YAML_ENDINGS))
        if not name.needs_asking or self._replaces(name.question):
            self.export(name.path)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink()
        except OSError:
            self.failed.emit(f"The preset {path.stem} cannot be deleted; check the permissions of its folder.")
