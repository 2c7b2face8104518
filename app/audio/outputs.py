"""Outputs of the player: a sound device through PortAudio, or silence in real time."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from app.audio.cue import Cue
from app.audio.devices import DeviceChoice, index_of, load_portaudio, opening_stream, rescan, stream_closed
from app.audio.host_apis import enter_com, open_first
from app.audio.playback_clock import LineClock
from app.audio.playhead import PlayHead
from app.core.errors import DeviceError

#: asked for; large enough that a busy interpreter does not tear the sound, and the clock knows it anyway
LATENCY_S = 0.08
#: host APIs whose outputBufferDacTime is wrong (PortAudio issues 530 and 531)
_WRONG_DAC = ("DirectSound", "WDM-KS")
#: host APIs whose streams are heard some milliseconds after they are started anew, as was measured
_QUICK_STARTS = ("ALSA",)
#: closing a stream whose callback is silent for this long may take its time
_DEAD_S = 0.5
#: the first buffer is full this long after a stream's start
_FILLED_S = 0.25
#: a device that has not asked for sound this long after its start is not back yet
_PROOF_S = 1.5
_SILENT_RATE = 48000
#: silence that nobody read the clock for so long stood still meanwhile: the machine slept
_SLEPT_S = 30.0


class DeviceOutput:
    """A PortAudio output stream that fills itself from a PlayHead.

    Args:
        device: a choice, an index, part of a name, or None for the default.

    Raises:
        DeviceError: there is no such device, or it cannot be opened.
    """

    _starts_at_once = False

    def __init__(self, device: DeviceChoice | int | str | None = None) -> None:
        sd = load_portaudio()
        index = index_of(device, "output")
        try:
            with opening_stream(self):
                self._stream, info, api = open_first(sd, index, "output", self._open)
        except (sd.PortAudioError, ValueError) as error:
            which = "the default sound device" if device is None else f"the sound device “{device}”"
            raise DeviceError(f"There is no sound because {which} cannot be opened; choose another device.") from error
        self.name = str(info["name"])
        self._failure = sd.PortAudioError
        self._finished = self._closed = self._dropping = False
        self._started_s = float("inf")
        self._starts_at_once = any(word in api for word in _QUICK_STARTS)
        self.line_clock = LineClock(self.rate, float(self._stream.latency), not any(word in api for word in _WRONG_DAC))

    def _open(self, index: int | None, info: dict[str, Any], settings: Any) -> Any:
        self.rate = int(info["default_samplerate"])
        self.head = PlayHead(self.rate)
        return load_portaudio().OutputStream(
            samplerate=self.rate, device=index, channels=min(2, int(info["max_output_channels"])), dtype="float32", latency=LATENCY_S,
            extra_settings=settings, callback=self._callback, finished_callback=self._finish,
        )  # fmt: skip

    def start(self) -> None:
        """Let the stream run; it plays silence until the head wants something.

        Raises:
            DeviceError: the device went away.
        """
        enter_com()
        try:
            self._stream.start()
            self._started_s = self.time()
        except self._failure as error:
            raise DeviceError("There is no sound because the device does not start; choose another device.") from error

    def time(self) -> float:
        """The stream's own time in seconds."""
        return float(self._stream.time)

    def begin(self, cue: Cue) -> None:
        """Let a cue be heard as soon as may be: ahead of the silence that the device was given, where its host starts anew at once.

        Not while somebody goes by the line too: the echo guard of a conversation would lose the sound that it listens for.
        """
        hurries = self._starts_at_once and not self._finished and not self.line_clock.is_followed and self._is_silent()
        self.head.wanted = cue
        if hurries:
            self.drop()

    def _is_silent(self) -> bool:
        """Whether nothing can be heard of what the device was given and has not played yet."""
        heard, delivered = self.line_clock.heard(self.head.published, self.time()), self.head.delivered
        return heard is not None and not delivered.read(math.floor(heard), delivered.end).any()

    def drop(self) -> None:
        """Throw away what the device was given and has not played yet, and run on in silence; takes some milliseconds."""
        if self._finished or self._closed:
            return
        enter_com()
        self._dropping = True
        try:
            self._stream.abort()
            # no callback runs now
            self.head.forget(self.line_clock.heard(self.head.published, self.time()))
            self.line_clock.begin_anew()
            self._stream.start()
        except self._failure:
            self._finished = True
        finally:
            self._dropping = False

    def poll(self) -> None:
        """Nothing to do: PortAudio's thread keeps the sound going."""

    @property
    def gone(self) -> bool:
        """Whether the stream ended by itself, as it does when its device is taken away."""
        return self._finished and not self._closed

    def asks_within(self, seconds: float) -> bool:
        """Wait until the device has asked for sound for a while; whether it did. Not on the GUI thread.

        What it asks for at its start fills a buffer, which a suspended device does as well.

        Args:
            seconds: to wait at most.
        """
        end_s = time.monotonic() + seconds
        while not self._finished and time.monotonic() < end_s:
            report = self.head.published
            if report is not None and report.callback_s - self._started_s > _FILLED_S:
                return True
            time.sleep(0.01)
        return False

    def close(self) -> None:
        """Stop at once and give the device back; a dead device may take its time, so not on the caller's thread."""
        if self._closed:
            return
        report = self.head.published
        silent_s = self.time() - (self._started_s if report is None else report.callback_s)
        is_dead, self._closed = self._finished or silent_s > _DEAD_S, True
        if is_dead:
            threading.Thread(target=self._close_stream, daemon=True, name="close-lost-device").start()
        else:
            self._close_stream()

    def _close_stream(self) -> None:
        self._stream.close(ignore_errors=True)
        stream_closed(self)

    def _callback(self, out: np.ndarray, n: int, times: Any, status: Any) -> None:
        self.head.fill(out[:, 0], times.outputBufferDacTime, times.currentTime)
        if out.shape[1] > 1:
            out[:, 1:] = out[:, :1]
        if status.output_underflow:
            self.head.underruns += 1

    def _finish(self) -> None:
        self._finished = self._finished or not self._dropping


class SilentOutput:
    """No device: the same line of samples passes by in real time, unheard, and is pulled along by reading the clock.

    Args:
        reason: why there is no sound, one sentence.
        time_s: monotonic seconds; tests pass their own.
    """

    name = ""

    def __init__(self, reason: str, time_s: Callable[[], float] = time.monotonic) -> None:
        self.reason = reason
        self.rate = _SILENT_RATE
        self.head = PlayHead(self.rate)
        self.line_clock = LineClock(self.rate, 0.0)
        self.line_clock.kind = "wall"
        self._time_s = time_s
        self._line = 0
        self._start_s = time_s()
        self._scratch = np.zeros(4096, np.float32)

    def start(self) -> None:
        """Time runs from here."""
        self._start_s = self._time_s() - self._line / self.rate

    def time(self) -> float:
        """Seconds on the wall clock."""
        return self._time_s()

    def poll(self) -> None:
        """Let the samples pass that are due by now; what would have passed while the machine slept does not."""
        away_s = self._time_s() - self._start_s - self._line / self.rate
        if away_s > _SLEPT_S:
            self._start_s += away_s
        due = int((self._time_s() - self._start_s) * self.rate)
        while self._line < due:
            n = min(due - self._line, len(self._scratch))
            cue = self.head.wanted
            if cue is not None:
                ahead = self.head.position if cue is self.head.live else 0
                cue.produce_until(ahead + 2 * n)
                cue.forget(self.head.block_index if cue is self.head.live else 0)
            at_s = self._start_s + self._line / self.rate
            self.head.fill(self._scratch[:n], at_s, at_s)
            self._line += n

    def begin(self, cue: Cue) -> None:
        """Let a cue pass by from now on."""
        self.head.wanted = cue

    def drop(self) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        """Nothing to give back."""


Output = DeviceOutput | SilentOutput


def open_output(device: DeviceChoice | int | str | None, time_s: Callable[[], float] = time.monotonic) -> Output:
    """An output that runs: the device, or silence that says why; on any thread, it takes up to seconds.

    Args:
        device: a choice, an index, part of a name, or None for the default.
        time_s: monotonic seconds for the silence.
    """
    try:
        output = DeviceOutput(device)
    except DeviceError as error:
        return SilentOutput(str(error), time_s)
    try:
        output.start()
    except DeviceError as error:
        output.close()
        return SilentOutput(str(error), time_s)
    return output


def reopened(
    old: Output, device: DeviceChoice | int | str | None, look_again: bool = False, time_s: Callable[[], float] = time.monotonic
) -> Output:
    """Another output in place of one that the player let go; on a worker thread, it takes up to seconds.

    The old one is closed first, because some hosts lend a device only once.

    Args:
        old: from ``Player.release``; it is closed.
        device: as for ``open_output``.
        look_again: look for devices that came or went first; while a microphone is open that is left out.
        time_s: monotonic seconds for the silence.

    Returns:
        For ``Player.take_over``.
    """
    _make_room(old, look_again)
    return open_output(device, time_s)


def revived(
    old: Output | None,
    device: DeviceChoice | int | str | None,
    look_again: bool = False,
    time_s: Callable[[], float] = time.monotonic,
) -> Output:
    """A stalled device anew; on a worker thread, it takes up to seconds. Only an output that asks for sound counts.

    Args:
        old: from ``Player.retire``; it is closed.
        device: as for ``open_output``.
        look_again: as for ``reopened``.
        time_s: monotonic seconds for the silence.

    Returns:
        For ``Player.take_over``, or silence when the device is not back yet.
    """
    _make_room(old, look_again)
    output = open_output(device, time_s)
    if isinstance(output, DeviceOutput) and not output.asks_within(_PROOF_S):
        output.close()
        return SilentOutput(f"The sound device “{output.name}” takes no sound; choose another one.", time_s)
    return output


def _make_room(old: Output | None, look_again: bool) -> None:
    if old is not None:
        old.close()
    if look_again:
        with contextlib.suppress(DeviceError):
            rescan()
