"""Choosing the view: the graphics card where there is one, read-back where the processor draws."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.render.context import is_software
from app.render.platform import prepare_gl
from app.render.view_gpu import SAMPLES, GpuView, probe
from app.render.view_software import SoftwareView

ViewKind = Literal["auto", "gpu", "software"]
_NO_GL_PLATFORMS = ("offscreen", "minimal", "linuxfb", "vnc")


def create_view(parent: QWidget | None = None, kind: ViewKind = "auto") -> GpuView | SoftwareView:
    """Make the view that suits this machine.

    Args:
        parent: Qt parent.
        kind: ``auto`` asks GL_RENDERER; ``gpu`` and ``software`` insist, but without any OpenGL for windows even
            ``gpu`` becomes a software view that says why.

    Returns:
        A widget with ``set_rig``, ``set_camera``, ``set_background``, ``frame``, ``redraw``, ``release``; the signals
        ``framing_changed``, ``failed`` and ``frame_drawn``; and ``gl_description``.

    Raises:
        RenderError: OpenGL was imported with another window system before.
    """
    platform = QGuiApplication.platformName()
    prepare_gl(platform)
    if kind == "software":
        return SoftwareView(parent)
    if platform in _NO_GL_PLATFORMS:
        return SoftwareView(parent, f"Qt's {platform} platform has no OpenGL")
    name = probe()
    if not name:
        return SoftwareView(parent, "windows have no OpenGL 3.3 here")
    if kind == "auto" and is_software(name):
        return SoftwareView(parent)
    # a processor that stands in for a card has its hands full with one sample
    return GpuView(parent, 0 if is_software(name) else SAMPLES)
