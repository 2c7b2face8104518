"""The microphone: live mono samples at the rate that is wanted, with a known delay."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import soxr

from app.audio.devices import (
    AudioDevice,
    DeviceChoice,
    find_devices,
    index_of,
    load_portaudio,
    opening_stream,
    stream_closed,
)
from app.audio.host_apis import enter_com, open_first
from app.audio.stall import STALL_S, StallWatch
from app.core.errors import DeviceError

#: asked of the device: a live face should follow soon, and a late block only costs a frame
LATENCY_S = 0.02
#: sound kept for a reader that is late
RING_S = 10.0
#: blocks whose times are averaged: one alone may be reported milliseconds off
_BEGAN_BLOCKS = 256


def list_inputs() -> list[AudioDevice]:
    """All input devices, none twice; empty when there are none or PortAudio is missing."""
    try:
        return find_devices("input")
    except DeviceError:
        return []


class Ring:
    """The last seconds of sound between two threads: one writes, the other reads.

    The write count is published after the samples, so the reader never sees what is not there.

    Args:
        n: samples it holds.
    """

    def __init__(self, n: int) -> None:
        self._samples = np.zeros(n, np.float32)
        self.written = 0
        self._read = 0
        self.dropped = 0

    def write(self, samples: np.ndarray) -> None:
        """Add samples (at most as many as it holds), over the oldest; makes no arrays."""
        n, size = len(samples), len(self._samples)
        at = self.written % size
        first = min(n, size - at)
        self._samples[at : at + first] = samples[:first]
        if first < n:
            self._samples[: n - first] = samples[first:]
        self.written += n

    def read_new(self) -> np.ndarray:
        """Everything since the last call, (n,) float32; what was overwritten meanwhile counts as dropped."""
        stop, size = self.written, len(self._samples)
        # a margin, as the writer may be overwriting the oldest part right now
        start = max(self._read, stop - size * 3 // 4)
        self.dropped += start - self._read
        self._read = stop
        a, b = start % size, stop % size
        if start == stop:
            return np.zeros(0, np.float32)
        return self._samples[a:b].copy() if a < b else np.concatenate([self._samples[a:], self._samples[:b]])


class Microphone:
    """An input device that is listened to while it is open. All methods belong to one thread.

    Args:
        device: a choice, an index, part of a name, or None for the default.
        rate: wanted samples per second; converted from the device's own.
        time_s: monotonic seconds; tests pass their own.

    Raises:
        DeviceError: there is no microphone, or it cannot be opened.
    """

    def __init__(
        self, device: DeviceChoice | int | str | None = None, rate: int = 16000, time_s: Callable[[], float] = time.monotonic
    ) -> None:
        sd = load_portaudio()
        try:
            index = index_of(device, "input")
            with opening_stream(self):
                self._stream, info, _ = open_first(sd, index, "input", self._open)
        except (sd.PortAudioError, ValueError, DeviceError) as error:
            which = "There is no microphone" if device is None else f"The microphone “{device}” cannot be opened"
            raise DeviceError(f"{which}; connect one, allow this program to use it, and try again.") from error
        self.name = str(info["name"])
        self.rate, device_rate = rate, int(info["default_samplerate"])
        self._ring = Ring(round(RING_S * device_rate))
        self._resampler = soxr.ResampleStream(device_rate, rate, 1, dtype="float32") if device_rate != rate else None
        self._failure = sd.PortAudioError
        self._finished = False
        self._lead_s = 0.0
        self._time_s = time_s
        self._watch = StallWatch(time_s)
        self._level = 0.0
        self._device_rate = device_rate
        #: stream time at which sample 0 was at the device, by each of the last blocks
        self._began = np.zeros(_BEGAN_BLOCKS)
        self._blocks = 0

    def _open(self, index: int | None, info: dict[str, Any], settings: Any) -> Any:
        return load_portaudio().InputStream(
            samplerate=int(info["default_samplerate"]), device=index, channels=1, dtype="float32", latency=LATENCY_S,
            extra_settings=settings, callback=self._callback, finished_callback=self._finish,
        )  # fmt: skip

    def start(self) -> None:
        """Begin to listen.

        Raises:
            DeviceError: the device does not start.
        """
        enter_com()
        try:
            self._stream.start()
        except self._failure as error:
            raise DeviceError(f"The microphone “{self.name}” does not start; check that no other program holds it.") from error
        self._watch = StallWatch(self._time_s)

    def read_new(self) -> np.ndarray:
        """Sound since the last call.

        Returns:
            (n,) float32 in [-1, 1] at ``rate``.

        Raises:
            DeviceError: the microphone went away.
        """
        if self._finished or self._watch.silent_s(self._blocks) > STALL_S:
            raise DeviceError(f"The microphone “{self.name}” went away; connect it and start again.")
        samples = self._ring.read_new()
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        if len(samples):
            self._level = float(np.sqrt(np.mean(samples * samples)))
        made: np.ndarray = np.clip(samples, -1.0, 1.0)
        return made

    @property
    def level(self) -> float:
        """Root mean square of the last samples read, 0-1."""
        return self._level

    @property
    def latency_s(self) -> float:
        """From the ear of the device to ``read_new``, in seconds: as the host measures it, plus the rate conversion."""
        host_s = self._lead_s if self._lead_s > 0 else float(self._stream.latency)
        return host_s + (self._resampler.delay() / self.rate if self._resampler is not None else 0.0)

    @property
    def time_s(self) -> float:
        """The stream's own time in seconds."""
        return float(self._stream.time)

    @property
    def began_s(self) -> float | None:
        """Stream time at which the first sample of all was at the device, by the median of the last blocks; None before any."""
        n = min(self._blocks, _BEGAN_BLOCKS)
        return float(np.median(self._began[:n])) if n else None

    @property
    def dropped(self) -> int:
        """Device samples that were never read because ``read_new`` came too late."""
        return self._ring.dropped

    def close(self) -> None:
        """Stop listening and give the device back."""
        self._stream.close(ignore_errors=True)
        stream_closed(self)

    def __enter__(self) -> Microphone:
        try:
            self.start()
        except DeviceError:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _callback(self, data: np.ndarray, n: int, times: Any, _status: Any) -> None:
        at_device_s = times.inputBufferAdcTime if times.inputBufferAdcTime > 0 else times.currentTime - n / self._device_rate
        self._began[self._blocks % _BEGAN_BLOCKS] = at_device_s - self._ring.written / self._device_rate
        self._blocks += 1
        self._ring.write(data[:, 0])
        self._lead_s = times.currentTime - times.inputBufferAdcTime if times.inputBufferAdcTime > 0 else 0.0

    def _finish(self) -> None:
        self._finished = True
