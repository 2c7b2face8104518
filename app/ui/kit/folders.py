"""Folders that the system's file manager shows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(path: Path) -> bool:
    """Open a folder in the file manager, or the nearest one above that is there; whether that worked."""
    there = next((each for each in (path, *path.parents) if each.is_dir()), path)
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))
