"""What is told of one stream beside its frames: how late they are, when it began and ended in the log, and its trace."""

from __future__ import annotations

import itertools
import time

from app.remote.protocol.messages import Frames, Start
from app.remote.server.lateness import Timeliness
from app.remote.server.logs import note
from app.remote.server.rounds import RoundTimes
from app.remote.server.telling.tracing import Tracing
from app.remote.server.voices.engine import Engine

#: a message that takes so long to be sent waits for a client that does not read
HELD_UP_S = 0.02
_numbers = itertools.count(1)


class StreamAccount:
    """Told by a stream about everything that happens to it.

    Args:
        start: what the client asked for.
        engine: animates, and learns how late its frames are.
        client: address of the client, "" when it is not known.
        tracing: follows it; None for no traces.
    """

    def __init__(self, start: Start, engine: Engine, client: str, tracing: Tracing | None) -> None:
        self._start, self._engine, self._client = start, engine, client
        self._number, self._ended, self._frames, self._samples = next(_numbers), False, 0, 0
        self._timeliness = Timeliness(start.fps, start.rate, engine.animator.look_ahead_ms / 1000, start.first_sample)
        note("voice begun", voice=self._number, client=client, fps=start.fps, rate=start.rate, first_frame=start.first_frame)
        about: dict[str, str | int | float | bool] = {
            "number": self._number,
            "source": engine.animator.name,
            "fps": start.fps,
            "rate": start.rate,
            "client": client,
        }
        self._trace = None if tracing is None else tracing.voice({**about, "fps": start.fps, "rate": start.rate})

    def heard(self, next_sample: int, pushed: int) -> None:
        """Sound came: everything before a sample of the client's, and so many at 16 kHz."""
        self._samples = next_sample - self._start.first_sample
        # what the loop is late now, the message was before it was seen
        self._timeliness.heard(next_sample, time.monotonic() - self._engine.lag_s)
        if self._trace is not None:
            self._trace.heard(pushed)

    def finished(self) -> None:
        """No more sound comes."""
        self._timeliness.finished(time.monotonic() - self._engine.lag_s)

    def on_round(self, heard: int, times: RoundTimes | None) -> None:
        """A round of the engine heard the voice up to so many samples at 16 kHz."""
        if self._trace is not None:
            self._trace.animated(heard, times)

    def back(self) -> None:
        """A new connection took the stream over."""
        self._timeliness.held_up(time.monotonic())

    def sent(self, frames: Frames, took_s: float) -> None:
        """Frames are on their way.

        Args:
            frames: consecutive ones.
            took_s: how long the client's side kept them from being sent.
        """
        now_s, count = time.monotonic(), len(frames.weights)
        late_s = self._timeliness.sent(frames.first_frame, count, now_s - took_s)
        self._frames += len(late_s)
        if took_s > HELD_UP_S:
            self._timeliness.held_up(now_s)
        if not self._engine.animator.hears_all_first:
            self._engine.admission.observe(late_s)
        if self._trace is not None:
            self._trace.sent(count)

    def ended(self, reason: str) -> None:
        """The stream is over; said once.

        Args:
            reason: a word: ``ended``, ``cancelled``, ``lost``, ``stopped``, or the code of an error.
        """
        if self._ended:
            return
        self._ended = True
        p99_s = self._timeliness.tally.percentile_s(99)
        facts: dict[str, str | int | float] = {"seconds": round(self._samples / self._start.rate, 3), "frames": self._frames}
        facts |= {"lateness_p99_ms": round(1000 * p99_s, 1), "reason": reason}
        note("voice ended", voice=self._number, client=self._client, **facts)
        if self._trace is not None:
            self._trace.ended(facts)
