"""The program's icon in the sizes of the hicolor theme, drawn from its SVG by Qt: ``-m assets.packaging.linux.icons FOLDER``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from assets.packaging.contents import PROGRAM, ROOT

SOURCE = ROOT / "assets" / "icons" / "visemesync.svg"
SIZES_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def write_icons(folder: Path) -> list[Path]:
    """Draw the icon in all sizes.

    Args:
        folder: of the theme; the sizes become folders in it.

    Returns:
        The files.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication.instance() or QGuiApplication([])
    drawing = QSvgRenderer(str(SOURCE))
    written = []
    for size in SIZES_PX:
        # painted at four times the size and brought down, small lines keep their weight
        large = QImage(size * 4, size * 4, QImage.Format.Format_ARGB32_Premultiplied)
        large.fill(Qt.GlobalColor.transparent)
        painter = QPainter(large)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.render(painter, QRectF(0, 0, size * 4, size * 4))
        painter.end()
        picture = large.scaled(size, size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        out = folder / f"{size}x{size}" / "apps" / f"{PROGRAM}.png"
        out.parent.mkdir(parents=True, exist_ok=True)
        if not picture.convertToFormat(QImage.Format.Format_ARGB32).save(str(out)):
            raise SystemExit(f"{out} could not be written; make room there, then build again.")
        written.append(out)
    out = folder / "scalable" / "apps" / f"{PROGRAM}.svg"
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SOURCE, out)
    del app
    return [*written, out]


if __name__ == "__main__":
    write_icons(Path(sys.argv[1]))
