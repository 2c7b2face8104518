"""Runs before the frozen program on Linux: sounddevice asks ``find_library`` for PortAudio, which never looks into the package."""

import ctypes.util
import os
import sys

_found = ctypes.util.find_library


def _find_library(name: str) -> str | None:
    own = os.path.join(sys._MEIPASS, "libportaudio.so.2")  # type: ignore[attr-defined]  # noqa: PTH118  (nothing is imported here)
    return own if name == "portaudio" and os.path.exists(own) else _found(name)  # noqa: PTH110


ctypes.util.find_library = _find_library
