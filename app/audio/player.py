"""The player: plays a clip that may still be growing, and knows what is heard."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.audio.cue import MIN_LOOP_S, Cue, Reel
from app.audio.devices import AudioDevice, DeviceChoice, find_devices
from app.audio.feeder import Feeder
from app.audio.outputs import DeviceOutput, Output, SilentOutput, reopened
from app.audio.playback_clock import AudioClock, ClockKind
from app.audio.snippet import snippet_cue
from app.audio.stall import STALL_S, Resting, StallWatch
from app.core.clock import Clock
from app.core.errors import DeviceError
from app.core.speech import AudioClip

#: sound made ready before a cue is handed over, on the caller's thread (about a millisecond of work)
_FIRST_S = 0.2
SLOWEST, FASTEST = 0.25, 4.0


@dataclass(frozen=True)
class PlayerStatus:
    """What the status bar says about sound.

    Attributes:
        device: the device's name, "" in silence.
        latency_s: from the callback to the ear, in seconds, as measured by the DAC time or as the stream says.
        clock_kind: ``dac``, ``callback`` (the host's DAC time is not usable) or ``wall`` (no device).
        silent_reason: why nothing is heard, one sentence; "" when sound works.
        underruns: gaps in the sound so far.
        awaited: name of the device that stalled, went away or is being changed, and is expected back; "" for none.
    """

    device: str
    latency_s: float
    clock_kind: ClockKind
    silent_reason: str
    underruns: int
    awaited: str = ""


def list_devices() -> list[AudioDevice]:
    """All output devices, none twice; empty when there are none or PortAudio is missing."""
    try:
        return find_devices("output")
    except DeviceError:
        return []


class Player:
    """Plays one clip at a time. All methods belong to one thread; none blocks on sound but ``open``, ``set_device``, ``rescan_devices``
    and ``close``, which wait for the system. Where that must not be, the device is changed in three steps: ``release`` and
    ``take_over`` are quick and belong to the player's thread, ``outputs.reopened`` between them works on any other.

    Args:
        device: a choice, index or part of a name of the output device, None for the default. It is opened by ``open`` or the
            first ``play``; when that fails, time runs on a wall clock and ``status`` says why.
        time_s: the wall clock in monotonic seconds; tests pass their own.
    """

    def __init__(self, device: DeviceChoice | int | str | None = None, time_s: Callable[[], float] = time.monotonic) -> None:
        self._device = device
        self._time_s = time_s
        self._output: Output = self._silence("")
        self._watch = StallWatch(time_s)
        self._resting: Resting | None = None
        self._awaited = ""
        self._opened = False
        self._reel = Reel(np.zeros(0, np.float32), self._output.rate)
        self._clock = AudioClock(self._output)
        self._loop: tuple[float, float] | None = None
        self._rate = 1.0
        self._volume = 1.0
        self._playing = False
        self._feeder = Feeder()

    @property
    def clock(self) -> Clock:
        """Media seconds as heard; one object for the life of the player."""
        return self._clock

    @property
    def playing(self) -> bool:
        """Whether media time runs; turns False when the end of the clip was heard."""
        self._watch_device()
        if self._playing and self._clock.ended:
            self._stop(0.0 if self._rate < 0 else self.duration_s)
        return self._playing

    @property
    def duration_s(self) -> float:
        """Seconds of the clip so far."""
        return self._reel.duration_s

    @property
    def streaming(self) -> bool:
        """Whether the clip may still grow."""
        return not self._reel.finished

    @property
    def status(self) -> PlayerStatus:
        """The state of sound right now."""
        self._watch_device()
        reason = self._output.reason if isinstance(self._output, SilentOutput) else ""
        line = self._output.line_clock
        return PlayerStatus(self._output.name, line.latency_s, line.kind, reason, self._output.head.underruns, self._awaited)

    @property
    def output(self) -> Output:
        """Where the sound goes now, for readers of ``head.delivered`` on other threads."""
        return self._output

    @property
    def device(self) -> DeviceChoice | int | str | None:
        """What the output was opened for last."""
        return self._device

    def open(self) -> PlayerStatus:
        """Open the device now rather than at the first ``play``."""
        if not self._opened:
            self.set_device(self._device)
        return self.status

    def load(self, clip: AudioClip, streaming: bool = False) -> None:
        """Put in a clip and stand at its start.

        Args:
            clip: the sound, or its first part.
            streaming: True when more will come by ``extend`` until ``finish_stream``: the end is then not known, and
                playing waits there instead of ending.
        """
        self._stop(0.0)
        self._loop = None
        self._reel = Reel(clip.samples, clip.rate, finished=not streaming)

    def extend(self, samples: np.ndarray) -> None:
        """Add sound at the clip's end, while it plays.

        Args:
            samples: (n,) float32 at the clip's rate.
        """
        self._reel.finished = False
        self._reel.append(np.asarray(samples, np.float32))
        self._feeder.wake()

    def finish_stream(self) -> None:
        """No more will come: the clip's end is known now."""
        self._reel.finished = True
        self._feeder.wake()

    def play(self) -> None:
        """Play on from where it stands; from the start (of the loop) when it stands at the end, and backwards the other way round."""
        if self.playing:
            return
        self.open()
        at_s = self._clock.now()
        near_s = 0.5 / self._reel.rate
        if self._rate < 0 and at_s <= near_s:
            at_s = self._loop[1] if self._loop else self.duration_s
        elif self._rate > 0 and self._reel.finished and at_s >= self.duration_s - near_s:
            at_s = self._loop[0] if self._loop else 0.0
        self._playing = True
        self._run(at_s, fade=at_s > 0, from_rest=True)

    def pause(self) -> None:
        """Stand still at what is heard now."""
        if self.playing:
            self._stop(None)

    def hush(self) -> None:
        """Stand still at what is heard now and be silent within some milliseconds, which it takes: the device throws away what it was
        given already. After ``pause`` it plays that, a tenth of a second, to its end.
        """
        if self.playing:
            self._stop(None)
            self._output.drop()

    def seek(self, position_s: float) -> None:
        """Go to a position, playing or not.

        Args:
            position_s: media seconds; limited to the clip.
        """
        position_s = min(max(position_s, 0.0), self.duration_s)
        if self.playing:
            self._run(position_s, fade=True)
        else:
            self._clock.freeze(position_s)

    def sound_at(self, position_s: float) -> None:
        """Let a moment be heard while standing still, as the playhead is dragged over it; time does not run.

        Args:
            position_s: media seconds.
        """
        if not self.playing and self._reel.length and isinstance(self._output, DeviceOutput):
            self._output.head.wanted = snippet_cue(self._reel, position_s, self._output.rate)

    def set_loop(self, in_s: float | None, out_s: float | None = None) -> None:
        """Repeat a part of the clip; ``set_loop(None)`` plays on to the end.

        Args:
            in_s: start in media seconds, or None for no loop.
            out_s: end, at least 50 ms later.
        """
        if in_s is None or out_s is None:
            self._loop = None
        else:
            in_s = min(max(in_s, 0.0), max(0.0, self.duration_s - MIN_LOOP_S))
            self._loop = (in_s, max(out_s, in_s + MIN_LOOP_S))
        self._change_course(fade=False)

    def set_rate(self, rate: float) -> None:
        """Set the speed; the pitch stays.

        Args:
            rate: 0.25-4 media seconds per second; below 0 backwards.
        """
        rate = math.copysign(min(max(abs(rate), SLOWEST), FASTEST), rate)
        if rate != self._rate:
            self._rate = rate
            self._change_course(fade=True)

    def set_volume(self, volume: float) -> None:
        """Set the loudness.

        Args:
            volume: 0 (silent) to 1.
        """
        self._volume = self._output.head.volume = min(max(volume, 0.0), 1.0)

    def set_device(self, device: DeviceChoice | int | str | None) -> PlayerStatus:
        """Go over to another output device and play on there; waits for the system, up to seconds.

        Args:
            device: a choice, index, part of a name, or None for the default.
        """
        return self.take_over(reopened(self.release(), device, time_s=self._time_s), device)

    def rescan_devices(self) -> list[AudioDevice]:
        """Look for devices that were plugged in since the start; playing goes on. Waits for the system, up to seconds."""
        self.take_over(reopened(self.release(), self._device, True, self._time_s), self._device)
        return list_devices()

    def release(self) -> Output:
        """Let the device go, at once; time runs on unheard, until another output takes over.

        Returns:
            The output, which is the caller's to close, as ``outputs.reopened`` does.
        """
        stalled, self._awaited = self.retire(), self._output.name or self._awaited
        old = self._exchange(self._silence("Changing the sound device."))
        return stalled or old

    def retire(self) -> Output | None:
        """Give up waiting for a stalled device to go on by itself; what is played, and what is said of it, stays.

        Returns:
            Its output, which is the caller's to close; None when none has stalled.
        """
        resting, self._resting = self._resting, None
        return None if resting is None else resting.output

    def take_over(self, output: Output, device: DeviceChoice | int | str | None) -> PlayerStatus:
        """Play on through an output that was opened elsewhere, at once.

        Args:
            output: from ``outputs.reopened`` or ``outputs.open_output``.
            device: what it was opened for; it is remembered.
        """
        self._device, self._opened, self._awaited = device, True, ""
        stalled = self.retire()
        self._use(output)
        if stalled is not None:
            stalled.close()
        return self.status

    def close(self) -> None:
        """Stop and give the device back."""
        self._stop(None)
        self._feeder.close()
        for output in (self._output, self.retire()):
            if output is not None:
                output.close()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _silence(self, reason: str) -> SilentOutput:
        return SilentOutput(reason, self._time_s)

    def _use(self, output: Output) -> None:
        self._exchange(output).close()

    def _exchange(self, output: Output) -> Output:
        """Run through another output from now on; gives the former one, which still has to be closed."""
        was_playing = self._playing
        old, self._output, self._watch = self._output, output, StallWatch(self._time_s)
        self._clock.use(output)
        output.head.volume = self._volume
        self._feeder.follow(None, None)
        if isinstance(output, SilentOutput):
            output.start()
        if was_playing:
            self._run(self._clock.now(), fade=True)
        return old

    def _watch_device(self) -> None:
        """A device that does not ask for sound any more gives way to silence in real time; one that asks again goes on at once."""
        output = self._output
        if self._resting is not None:
            if self._resting.awake:
                self._awaited, stalled = "", self._resting.output
                self._resting = None
                self._use(stalled)
        elif isinstance(output, DeviceOutput):
            if output.gone:
                self._rest(output, f"The sound device “{output.name}” went away; connect it again, or choose another one.")
            elif self._watch.silent_s(output.head.published) > STALL_S:
                self._rest(output, f"The sound of “{output.name}” stalled and is tried again; time goes on without it.")

    def _rest(self, output: DeviceOutput, reason: str) -> None:
        self._awaited = output.name
        self._exchange(self._silence(reason))
        output.head.wanted = None
        self._resting = Resting(output)

    def _run(self, at_s: float, fade: bool, follows: tuple[Cue, int] | None = None, *, from_rest: bool = False) -> None:
        self._output.poll()
        cue = Cue(self._reel, at_s, self._output.rate, speed=self._rate, loop=self._loop, fade=fade, follows=follows)
        cue.produce_until(round(_FIRST_S * cue.out_rate))
        self._clock.run(cue)
        if from_rest:
            self._output.begin(cue)
        else:
            self._output.head.wanted = cue
        if isinstance(self._output, DeviceOutput):
            self._feeder.follow(cue, self._output)

    def _stop(self, at_s: float | None) -> None:
        self._clock.freeze(at_s)
        self._playing = False
        self._output.head.wanted = None
        self._feeder.follow(None, None)

    def _change_course(self, fade: bool) -> None:
        """Take up a new loop or rate at the sample after the last delivered one, without a jump in time."""
        if not self.playing:
            return
        head = self._output.head
        cue, position = head.live, head.position
        if cue is None or cue is not head.wanted:
            self._run(self._clock.now(), fade=True)
        else:
            self._run(cue.media_at(position), fade, (cue, position))
