"""Whether a window can be opened here, and one clear sentence where it cannot."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from app.core.installation import is_packed

TITLE = "VisemeSync Preview"
#: what the loader says of a library that is not there
_MISSING = re.compile(r"(?P<library>[\w.+-]+\.so[.\d]*): cannot open shared object file")
#: how a library is called in words, and the packages of Debian and Fedora that bring it
_LIBRARIES = {
    "libGL": ("OpenGL", "libgl1", "mesa-libGL"), "libEGL": ("OpenGL (EGL)", "libegl1", "mesa-libEGL"),
    "libOpenGL": ("OpenGL", "libopengl0", "libglvnd-opengl"), "libGLX": ("OpenGL (GLX)", "libglx0", "libglvnd-glx"),
    "libfontconfig": ("the system's fonts", "libfontconfig1", "fontconfig"),
    "libfreetype": ("the system's fonts", "libfreetype6", "freetype"),
    "libxkbcommon": ("keyboards", "libxkbcommon0", "libxkbcommon"),
    "libxkbcommon-x11": ("keyboards", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxcb-cursor": ("windows (X11)", "libxcb-cursor0", "xcb-util-cursor"), "libX11-xcb": ("windows (X11)", "libx11-xcb1", "libX11-xcb"),
    "libdbus-1": ("the desktop (D-Bus)", "libdbus-1-3", "dbus-libs"), "libglib-2": ("the desktop (GLib)", "libglib2.0-0", "glib2"),
    "libportaudio": ("sound (PortAudio)", "libportaudio2", "portaudio"), "libasound": ("sound (ALSA)", "libasound2", "alsa-lib"),
}  # fmt: skip
#: programs that show a sentence in a window, where Qt itself cannot start
_BOXES = (
    ("zenity", "--error", "--no-markup", "--title", TITLE, "--text"), ("kdialog", "--title", TITLE, "--error"), ("xmessage", "-center"),
    ("notify-send", TITLE),
)  # fmt: skip


def has_display() -> bool:
    """Whether a window can be opened here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def unreachable_display() -> str:
    """One sentence where the display that the environment names is not there, at which Qt would end the process; "" where all is well.

    The connection stays: a bare X server starts anew when its last client goes, and would turn Qt away that comes a moment later.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in ("", "xcb"):
        return ""
    if os.environ.get("WAYLAND_DISPLAY") or not os.environ.get("DISPLAY"):
        return ""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return missing_library(str(error))
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    if not failed:
        return ""
    xcb.xcb_disconnect(connection)
    return f"The display {os.environ['DISPLAY']} cannot be reached; start the program from a desktop session, or mend DISPLAY."


def missing_library(words: str) -> str:
    """One sentence for what the loader said of a library that is missing; "" when it said something else."""
    found = _MISSING.search(words)
    if found is None:
        return ""
    library = found["library"]
    what, debian, fedora = _LIBRARIES.get(library.partition(".so")[0].partition(".")[0], ("", "", ""))
    if not what:
        return f"The library {library} is missing on this system; install the package that brings it, and start again."
    return (
        f"The library {library} for {what} is missing; install it (Debian, Ubuntu: sudo apt install {debian}; Fedora: {fedora}),"
        " and start again."
    )


def missing_for_windows(qt_plugins: Path) -> str:
    """One sentence where Qt's part for X11 lacks a library, at which Qt would end the process; "" where all is well.

    Args:
        qt_plugins: Qt's folder of plugins.
    """
    plugin = qt_plugins / "platforms" / "libqxcb.so"
    if (
        not plugin.exists()
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in ("", "xcb")
    ):
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return missing_library(str(error))
    return ""


def tell(sentence: str) -> None:
    """Say one sentence where it is seen: on standard error, and in a box of the system's where nobody reads that."""
    if sys.stderr is not None:
        print(sentence, file=sys.stderr)
    if sys.platform == "win32":
        if sys.stderr is None:
            ctypes.windll.user32.MessageBoxW(None, sentence, TITLE, 0x10)  # MB_ICONERROR
        return
    if is_packed() and has_display() and not (sys.stderr is not None and sys.stderr.isatty()):
        for box in _BOXES:
            program = shutil.which(box[0])
            if program is not None:
                with suppress(OSError):
                    subprocess.Popen([program, *box[1:], sentence])
                return
