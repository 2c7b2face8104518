"""Sound devices: which there are, how one is remembered, and how one is found again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from app.audio.host_apis import Kind, enter_com, wasapi_default
from app.core.errors import DeviceError

#: what is tried first where only a name is known: WASAPI's times can be trusted, those of DirectSound and WDM-KS cannot
_PREFERRED = ("WASAPI", "Core Audio", "ALSA", "MME", "DirectSound", "WDM-KS")
#: Windows' oldest sound system cuts names to this many characters
_MME_CHARACTERS = 31
#: how long a stream that is being closed is waited for before devices are looked for anew
_CLOSING_S = 2.0
#: who has the streams that are open in this process. PortAudio frees them all when it is started anew; and it goes on calling a stream
#: that was forgotten, into memory that is freed with its owner: they live here until they are closed
_open_streams: dict[int, object] = {}
_none_open = threading.Event()
_none_open.set()
#: PortAudio is neither told to open nor to start anew from two threads at once
_portaudio = threading.Lock()


@dataclass(frozen=True)
class DeviceChoice:
    """A device as a person chose it, in a form that outlives the program: numbers change when something is plugged in.

    Attributes:
        name: as the system calls it.
        host_api: ALSA, Windows WASAPI, ...; "" where only the name is known, as in settings of earlier versions.
    """

    name: str
    host_api: str = ""

    def __str__(self) -> str:
        return self.name

    @classmethod
    def remembered(cls, value: Any) -> DeviceChoice | None:
        """A choice from settings.

        Args:
            value: what ``to_settings`` gave, a bare name of an earlier version, or any damage.

        Returns:
            None for the system's default, and for what is no device's name.
        """
        name, host_api = (value.get("name"), value.get("host_api", "")) if isinstance(value, Mapping) else (value, "")
        return cls(name, host_api) if isinstance(name, str) and name and isinstance(host_api, str) else None

    def to_settings(self) -> dict[str, str]:
        """Plain values for a settings file."""
        return {"name": self.name, "host_api": self.host_api}

    def resolve(self, kind: Kind) -> int:
        """PortAudio's number of the device in this session.

        The same device under another host API counts when its own is gone, and a part of a name when no device has all of it.

        Args:
            kind: ``output`` or ``input``.

        Raises:
            DeviceError: there is no such device now, or PortAudio is not installed.
        """
        there = sorted(find_devices(kind), key=lambda device: _rank(device.host_api))
        named = [device for device in there if device.name == self.name]
        ways = (
            [device for device in named if device.host_api == self.host_api],
            named,
            [device for device in there if _is_cut(self.name, device.name) or _is_cut(device.name, self.name)],
            [device for device in there if self.name.casefold() in device.name.casefold()],
        )
        found = next((way[0] for way in ways if way), None)
        if found is None:
            raise DeviceError(f"The sound device “{self.name}” is not there; connect it, or choose another device.")
        return found.index


@dataclass(frozen=True)
class AudioDevice:
    """A sound device.

    Attributes:
        index: PortAudio's number for it in this session.
        name: as the system calls it.
        host_api: ALSA, Windows WASAPI, ...
        is_default: whether it is used when none is chosen.
        label: for menus: the name, with the host API where several have a device of this name.
    """

    index: int
    name: str
    host_api: str
    is_default: bool
    label: str = ""

    @property
    def choice(self) -> DeviceChoice:
        """What to remember of it."""
        return DeviceChoice(self.name, self.host_api)


def _rank(host_api: str) -> int:
    return next((i for i, word in enumerate(_PREFERRED) if word in host_api), len(_PREFERRED))


def _is_cut(short: str, whole: str) -> bool:
    """Whether a name is what MME leaves of another."""
    return len(short) == _MME_CHARACTERS and len(whole) > len(short) and whole.startswith(short)


def _labelled(devices: list[AudioDevice]) -> list[AudioDevice]:
    """Each name and host API once, in PortAudio's order, with the words for a menu."""
    once = {(device.name, device.host_api): device for device in sorted(devices, key=lambda each: (each.is_default, -each.index))}
    kept = sorted(once.values(), key=lambda device: device.index)
    whole = {device.name: next((d.name for d in kept if _is_cut(device.name, d.name)), device.name) for device in kept}
    names = [whole[device.name] for device in kept]
    return [
        replace(device, label=f"{name} ({device.host_api})" if names.count(name) > 1 else name)
        for device, name in zip(kept, names, strict=True)
    ]


def load_portaudio() -> ModuleType:
    """The sounddevice module.

    Raises:
        DeviceError: PortAudio is not installed.
    """
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError("The PortAudio library is missing; install it (on Debian the package libportaudio2).") from error
    module: ModuleType = sounddevice
    return module


def find_devices(kind: Kind) -> list[AudioDevice]:
    """All devices of one kind, none twice; an empty list when there are none.

    Args:
        kind: ``output`` or ``input``.

    Raises:
        DeviceError: PortAudio is not installed.
    """
    sd = load_portaudio()
    try:
        apis, default = sd.query_hostapis(), sd.default.device[kind]
        better = wasapi_default(sd, kind)
        if better is not None:
            default = better
        elif default < 0 and apis:
            default = apis[0][f"default_{kind}_device"]
        return _labelled(
            [
                AudioDevice(i, info["name"], apis[info["hostapi"]]["name"], i == default)
                for i, info in enumerate(sd.query_devices())
                if info[f"max_{kind}_channels"] > 0
            ]
        )
    except sd.PortAudioError:
        return []


def index_of(device: DeviceChoice | int | str | None, kind: Kind) -> int | None:
    """PortAudio's number of a device in this session, None for the default.

    Args:
        device: a choice, a number of this session, a name or a part of one, or None.
        kind: ``output`` or ``input``.

    Raises:
        DeviceError: see DeviceChoice.resolve.
    """
    if device is None or isinstance(device, int):
        return device
    return (DeviceChoice(device) if isinstance(device, str) else device).resolve(kind)


@contextmanager
def opening_stream(owner: object) -> Iterator[None]:
    """Within it a stream is opened; from then on it counts as open until ``stream_closed`` is told.

    Args:
        owner: who has the stream.
    """
    enter_com()
    with _portaudio:
        yield
        _open_streams[id(owner)] = owner
        _none_open.clear()


def stream_closed(owner: object) -> None:
    """The owner's stream is no more."""
    with _portaudio:
        _open_streams.pop(id(owner), None)
        if not _open_streams:
            _none_open.set()


def rescan() -> None:
    """Let PortAudio look for devices that came or went; call it on a worker thread, it takes up to seconds.

    Every stream has to be closed before: PortAudio frees them.

    Raises:
        DeviceError: a stream is open, or PortAudio is not installed.
    """
    sd = load_portaudio()
    _none_open.wait(_CLOSING_S)
    with _portaudio:
        if _open_streams:
            raise DeviceError("Sound devices cannot be looked for while one is in use; stop listening to the microphone, and try again.")
        sd._terminate()
        sd._initialize()
