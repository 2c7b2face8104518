"""What is asked about poses: a name, and files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

_FILTER = "Poses (*.json)"


def ask_pose_name(parent: QWidget, title: str, proposal: str) -> str | None:
    """Ask for the name of a pose; None when the user thinks better of it."""
    name, accepted = QInputDialog.getText(parent, title, "Name of the pose", text=proposal)
    return name if accepted else None


def ask_pose_file(parent: QWidget, proposal: str) -> Path | None:
    """Ask for a file of poses to read, or to write where a name is proposed; None when the user thinks better of it."""
    if proposal:
        path, _ = QFileDialog.getSaveFileName(parent, "Export poses", str(Path.home() / proposal), _FILTER)
        return Path(path).with_suffix(".json") if path else None
    path, _ = QFileDialog.getOpenFileName(parent, "Import poses", str(Path.home()), _FILTER)
    return Path(path) if path else None
