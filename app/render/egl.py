"""EGL through ctypes: GL contexts without a window, a display server or Qt (Linux)."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

from app.core.errors import RenderError

_P = ctypes.c_void_p
_NONE = 0x3038
_OPENGL_API, _OPENGL_BIT = 0x30A2, 0x0008
_PLATFORM_DEVICE, _PLATFORM_SURFACELESS = 0x313F, 0x31DD
_SURFACE_TYPE, _PBUFFER_BIT, _RENDERABLE_TYPE = 0x3033, 0x0001, 0x3040
_WIDTH, _HEIGHT = 0x3057, 0x3056
_MAJOR, _MINOR, _PROFILE_MASK, _CORE_BIT = 0x3098, 0x30FB, 0x30FD, 0x0001
_DRAW, _READ = 0x3059, 0x305A
_MAX_DEVICES = 16

_NO_GL = "No OpenGL 3.3 is available; install libegl1 and a graphics driver (Mesa's software driver is enough) and try again."


#: whoever is in GL holds this: Mesa's software driver (seen with 22.3) now and then crashes when two threads draw at once, each with a
#: context of its own; the driver's own threads share the work of either
GL_TURN = threading.RLock()


@cache
def _library() -> ctypes.CDLL:
    """libEGL with the signatures that are used here."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError as error:
        raise RenderError("libEGL is missing, so nothing can be drawn; install the package libegl1.") from error
    ints = ctypes.POINTER(ctypes.c_int)
    signatures = {
        "eglGetProcAddress": (_P, [ctypes.c_char_p]),
        "eglGetDisplay": (_P, [_P]),
        "eglInitialize": (ctypes.c_uint, [_P, ints, ints]),
        "eglBindAPI": (ctypes.c_uint, [ctypes.c_uint]),
        "eglChooseConfig": (ctypes.c_uint, [_P, ints, ctypes.POINTER(_P), ctypes.c_int, ints]),
        "eglCreateContext": (_P, [_P, _P, _P, ints]),
        "eglCreatePbufferSurface": (_P, [_P, _P, ints]),
        "eglDestroySurface": (ctypes.c_uint, [_P, _P]),
        "eglDestroyContext": (ctypes.c_uint, [_P, _P]),
        "eglMakeCurrent": (ctypes.c_uint, [_P, _P, _P, _P]),
        "eglGetCurrentContext": (_P, []),
        "eglGetCurrentDisplay": (_P, []),
        "eglGetCurrentSurface": (_P, [ctypes.c_int]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(egl, name)
        function.restype, function.argtypes = result, arguments
    return egl


def _attributes(*values: int) -> ctypes.Array[ctypes.c_int]:
    """An EGL attribute list."""
    return (ctypes.c_int * (len(values) + 1))(*values, _NONE)


def _platform_display(platform: int, native: int | None) -> int | None:
    """A display of a platform extension, or None where the extension is missing."""
    address = _library().eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    if not address:
        return None
    function = ctypes.CFUNCTYPE(_P, ctypes.c_uint, _P, ctypes.POINTER(ctypes.c_int))(address)
    made: int | None = function(platform, native, None)
    return made


def _displays() -> Iterator[int]:
    """Displays to try: real devices first (a GPU before Mesa's software device), then surfaceless, then the default."""
    egl = _library()
    address = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    if address:
        query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.POINTER(_P), ctypes.POINTER(ctypes.c_int))(address)
        devices, count = (_P * _MAX_DEVICES)(), ctypes.c_int()
        if query(_MAX_DEVICES, devices, ctypes.byref(count)):
            for device in devices[: count.value]:
                display = _platform_display(_PLATFORM_DEVICE, device)
                if display:
                    yield display
    for display in (_platform_display(_PLATFORM_SURFACELESS, None), egl.eglGetDisplay(None)):
        if display:
            yield display


def egl_is_current() -> bool:
    """Whether some EGL context is current in this thread."""
    return bool(_library().eglGetCurrentContext())


class Shared:
    """What contexts have in common that share their textures; it is there for as long as one of them is.

    Attributes:
        contexts: those that live.
        held: by whoever makes something in common: what stands for it.
    """

    def __init__(self) -> None:
        self.contexts: list[int] = []
        self.held: dict[tuple[object, ...], Any] = {}


#: context -> what it shares
_sharing: dict[int, Shared] = {}


def shared_here() -> Shared | None:
    """What the context that is current in this thread shares with others, None where it shares nothing."""
    if not _sharing:
        return None
    return _sharing.get(_library().eglGetCurrentContext() or 0)


class EglContext:
    """An OpenGL 3.3 core context without a window.

    Args:
        shares: it has textures and buffers in common with all others that share.

    It may be made current in any thread, one at a time. ``make_current`` remembers what was current before, and
    ``done`` restores it, so that it can be used between a toolkit's own GL calls.

    Raises:
        RenderError: the system offers no such context.
    """

    def __init__(self, shares: bool = False) -> None:
        self._shares = shares
        with GL_TURN:
            self._make()

    def _make(self) -> None:
        egl = _library()
        for display in _displays():
            if not egl.eglInitialize(display, None, None) or not egl.eglBindAPI(_OPENGL_API):
                continue
            config, count = _P(), ctypes.c_int()
            wanted = _attributes(_SURFACE_TYPE, _PBUFFER_BIT, _RENDERABLE_TYPE, _OPENGL_BIT)
            if not egl.eglChooseConfig(display, wanted, ctypes.byref(config), 1, ctypes.byref(count)) or not count.value:
                continue
            shared = next(iter(_sharing.values()), Shared()) if self._shares else Shared()
            other = shared.contexts[0] if shared.contexts else None
            context = egl.eglCreateContext(display, config, other, _attributes(_MAJOR, 3, _MINOR, 3, _PROFILE_MASK, _CORE_BIT))
            if not context:
                continue
            self._display, self._context = display, context
            self._surface = egl.eglCreatePbufferSurface(display, config, _attributes(_WIDTH, 16, _HEIGHT, 16))
            self._before: list[tuple[int, int, int, int]] = []
            if self._try_current():
                if self._shares:
                    shared.contexts.append(context)
                    _sharing[context] = shared
                return
            egl.eglDestroyContext(display, context)
        raise RenderError(_NO_GL)

    def make_current(self) -> None:
        """Make GL calls of this thread go here.

        Raises:
            RenderError: another thread holds the context.
        """
        egl = _library()
        self._before.append(
            (egl.eglGetCurrentDisplay(), egl.eglGetCurrentSurface(_DRAW), egl.eglGetCurrentSurface(_READ), egl.eglGetCurrentContext())
        )
        egl.eglBindAPI(_OPENGL_API)
        if not egl.eglMakeCurrent(self._display, self._surface, self._surface, self._context):
            self._before.pop()
            raise RenderError("The drawing context is in use elsewhere; close the other picture and try again.")

    def done(self) -> None:
        """Restore what was current before ``make_current``."""
        display, draw, read, context = self._before.pop()
        egl = _library()
        # what was current before may have been destroyed since; this one must be let go of all the same, for other threads
        if not context or not egl.eglMakeCurrent(display, draw, read, context):
            egl.eglMakeCurrent(self._display, None, None, None)

    def release(self) -> None:
        """Destroy the context; its GL objects go with it."""
        if self._context:
            egl = _library()
            with GL_TURN:
                if self._shares:
                    _sharing.pop(self._context).contexts.remove(self._context)
                egl.eglDestroyContext(self._display, self._context)
                if self._surface:
                    egl.eglDestroySurface(self._display, self._surface)
            self._context = None

    def _try_current(self) -> bool:
        """Whether the context really works."""
        try:
            self.make_current()
        except RenderError:
            return False
        self.done()
        return True
