"""Which of a system's sound systems is used where nobody chose: on Windows WASAPI, while PortAudio by itself takes MME, the oldest."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, TypeVar

Kind = Literal["output", "input"]
Stream = TypeVar("Stream")
#: Windows' present sound system: its times are right, and it knows every device by its whole name
WASAPI = "WASAPI"
#: COM without a message loop (objbase.h)
_MULTITHREADED = 0
_com = threading.local()


def wasapi_default(sd: ModuleType, kind: Kind) -> int | None:
    """PortAudio's number of the device that Windows uses by default, under WASAPI; None on other systems, and where there is none.

    Args:
        sd: sounddevice.
        kind: ``output`` or ``input``.
    """
    found = (int(api[f"default_{kind}_device"]) for api in sd.query_hostapis() if WASAPI in api["name"])
    return next((index for index in found if index >= 0), None)


def stream_settings(sd: ModuleType, host_api: str) -> Any:
    """What a stream needs beside its rate: WASAPI in shared mode converts rates and channels only when it is told to.

    Args:
        sd: sounddevice.
        host_api: as PortAudio calls it.

    Returns:
        For ``extra_settings``; None where there is nothing to say.
    """
    return sd.WasapiSettings(exclusive=False, auto_convert=True) if WASAPI in host_api else None


def open_first(
    sd: ModuleType, index: int | None, kind: Kind, open_stream: Callable[[int | None, dict[str, Any], Any], Stream]
) -> tuple[Stream, dict[str, Any], str]:
    """Open a device; of the default one Windows' WASAPI side first, and PortAudio's own choice when that cannot be opened.

    Args:
        sd: sounddevice.
        index: PortAudio's number, None for the default.
        kind: ``output`` or ``input``.
        open_stream: given the number, what PortAudio knows of the device, and ``extra_settings``.

    Returns:
        The stream, what PortAudio knows of its device, and the name of its host API.

    Raises:
        sounddevice.PortAudioError: nothing can be opened.
        ValueError: there is no such device.
    """
    better = wasapi_default(sd, kind) if index is None else None
    if better is not None:
        try:
            return _opened(sd, better, kind, open_stream)
        except (sd.PortAudioError, ValueError):  # another program may hold it for itself alone
            pass
    return _opened(sd, index, kind, open_stream)


def _opened(
    sd: ModuleType, index: int | None, kind: Kind, open_stream: Callable[[int | None, dict[str, Any], Any], Stream]
) -> tuple[Stream, dict[str, Any], str]:
    info: dict[str, Any] = sd.query_devices(index, kind)
    host_api = str(sd.query_hostapis(info["hostapi"])["name"])
    return open_stream(index, info, stream_settings(sd, host_api)), info, host_api


def enter_com() -> None:
    """Let this thread open and start WASAPI's streams: PortAudio prepares only the thread that loaded it (PortAudio issue 250).

    A thread that Qt has prepared in its own way stays as it is, which does as well. Nothing to do on other systems.
    """
    if sys.platform == "win32" and not getattr(_com, "entered", False):
        import ctypes

        ctypes.windll.ole32.CoInitializeEx(None, _MULTITHREADED)
        _com.entered = True
