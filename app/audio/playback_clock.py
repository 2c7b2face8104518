"""From the callback's reports to media time as heard: pure arithmetic, testable with fake time."""

from __future__ import annotations

import weakref
from typing import Literal, Protocol

from app.audio.cue import Cue
from app.audio.playhead import PlayHead, Published

ClockKind = Literal["dac", "callback", "wall"]

#: a block further than this from where the last ones say it should be is an outlier, or the start of a new line
JUMP_S = 0.030
#: that many odd blocks in a row are the new truth (the device skipped)
_ACCEPT_AFTER = 3
#: leaky count of jumps above which the host's DAC times are not believed any more
_TOO_MANY_JUMPS = 8.0
_MAX_LEAD_S = 2.0


class LineClock:
    """Says which output sample is heard at a stream time.

    The host's DAC time of each block is the anchor; between blocks the sample rate carries on. Where the host
    reports none (WDM-KS: 0) or wrong ones (DirectSound ignores queued samples), the time of the callback plus the
    stream's latency takes its place. The anchor is smoothed over some polls, so the clock follows the device's true
    rate and does not jitter with it.

    Args:
        rate: nominal samples per second.
        latency_s: the stream's output latency in seconds.
        trust_dac: False for host APIs with known wrong DAC times.
    """

    def __init__(self, rate: int, latency_s: float, trust_dac: bool = True) -> None:
        self.rate = rate
        self.latency_s = self._stream_latency_s = latency_s
        self.kind: ClockKind = "dac" if trust_dac else "callback"
        self._seen: Published | None = None
        self._anchor_s: float | None = None
        self._odd = 0
        self._jumps = 0.0
        self._missing = 0
        self._before: Published | None = None
        self._is_filling = True
        self._followers: weakref.WeakSet[LineClock] = weakref.WeakSet()

    @property
    def is_followed(self) -> bool:
        """Whether another thread goes by the same line: it would have to learn anew where that is when the stream stood still."""
        return bool(self._followers)

    def heard(self, published: Published | None, stream_s: float) -> float | None:
        """The output sample that is heard now.

        Args:
            published: the callback's last report.
            stream_s: the stream's time now.

        Returns:
            Samples since the stream began (fractional, never beyond what was delivered), or None before the first
            usable report.
        """
        line = self.line_at(published, stream_s)
        return None if line is None or published is None else min(line, published.line + published.n)

    def line_at(self, published: Published | None, stream_s: float) -> float | None:
        """As ``heard``, for any time: also of samples that are still to be delivered."""
        if published is None:
            return None
        if published is not self._seen:
            self._seen = published
            self._take(published)
        if self._anchor_s is None:
            return None
        return (stream_s - self._anchor_s) * self.rate

    def another(self) -> LineClock:
        """One of its own for another thread, which follows the same line."""
        made = LineClock(self.rate, self._stream_latency_s, self.kind == "dac")
        self._followers.add(made)
        return made

    def begin_anew(self) -> None:
        """The stream stood still for a while: where its line is on the clock is learnt again."""
        self._anchor_s, self._odd, self._jumps = None, 0, 0.0
        self._before, self._is_filling = None, True

    def _take(self, published: Published) -> None:
        played_at = self._play_time(published)
        if played_at is None:
            return
        anchor = played_at - published.line / self.rate
        in_one_go = self._comes_in_one_go(published)
        if self._anchor_s is None:
            self._anchor_s = anchor
            return
        if self._is_filling:
            if not in_one_go:
                self._anchor_s, self._is_filling = anchor, False
            return
        self._jumps *= 0.98
        if abs(anchor - self._anchor_s) > JUMP_S:
            if in_one_go:  # the buffer had run dry and is filled again
                self._is_filling = True
                return
            self._odd += 1
            self._jumps += 1.0
            if self._odd >= _ACCEPT_AFTER:
                self._anchor_s, self._odd = anchor, 0
            if self._jumps > _TOO_MANY_JUMPS and self.kind == "dac":
                self._distrust()
            return
        self._odd = 0
        self._anchor_s += (anchor - self._anchor_s) * (0.2 if self.kind == "dac" else 0.05)

    def _comes_in_one_go(self, published: Published) -> bool:
        """Whether a block was asked for right after another one, to fill a buffer: the times of such blocks are not what will be heard."""
        before, self._before = self._before, published
        if before is None or self.kind != "dac":
            return False
        return published.callback_s - before.callback_s < 0.5 * (published.line - before.line) / self.rate

    def _play_time(self, published: Published) -> float | None:
        """Stream time at which a block is heard; None for a report to be ignored."""
        if self.kind == "dac":
            lead = published.dac_s - published.callback_s
            if published.dac_s > 0 and 0 < lead < _MAX_LEAD_S:
                self.latency_s = lead
                self._missing = 0
                return published.dac_s
            if published.line == 0:
                return None  # the first callback of a stream reports a lead of 0 on ALSA
            self._missing += 1
            if self._missing < 5:
                return None
            self._distrust()
        return published.callback_s + self.latency_s

    def _distrust(self) -> None:
        """Go over to callback times for the rest of this stream."""
        self.kind, self.latency_s, self._anchor_s = "callback", self._stream_latency_s, None


class Output(Protocol):
    """Where sound goes: a device, or nowhere in real time."""

    rate: int
    head: PlayHead
    line_clock: LineClock

    def time(self) -> float:
        """Stream time in seconds."""
        ...

    def poll(self) -> None:
        """Let an output without a thread of its own catch up."""
        ...


class AudioClock:
    """Media seconds as heard; stands still while paused, jumps with a seek, never runs backwards otherwise.

    Called from one thread (the one that controls the player).

    Args:
        output: where the sound goes.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._cue: Cue | None = None
        self._frozen_s = 0.0
        self._reached = 0.0

    def use(self, output: Output) -> None:
        """Go over to another output; time stands where it was until something is run."""
        self.freeze()
        self._output = output

    def run(self, cue: Cue) -> None:
        """Follow a cue from now on."""
        self._cue, self._reached = cue, 0.0

    def freeze(self, at_s: float | None = None) -> None:
        """Stand still, here or at a position."""
        self._frozen_s = self.now() if at_s is None else at_s
        self._cue = None

    @property
    def ended(self) -> bool:
        """Whether the cue's last sample has been heard."""
        cue = self._cue
        if cue is None:
            return False
        position = self._position(cue)
        return cue.complete and position >= cue.produced

    def now(self) -> float:
        """Media seconds as heard right now."""
        cue = self._cue
        if cue is None:
            return self._frozen_s
        line = self._line()
        # once heard it stays heard, also where the device's clock is corrected backwards just after that
        if line is not None and cue.line_start is not None and (self._reached > 0 or line >= cue.line_start):
            return cue.media_at(self._position(cue))
        if cue.follows is None:
            return cue.start_s
        before = cue.follows[0]
        if line is None or before.line_start is None:
            return cue.start_s
        return before.media_at(max(0.0, min(line - before.line_start, before.produced)))

    def _line(self) -> float | None:
        self._output.poll()
        return self._output.line_clock.heard(self._output.head.published, self._output.time())

    def _position(self, cue: Cue) -> float:
        """Output position within the cue; only ever grows."""
        line = self._line()
        if line is not None and cue.line_start is not None:
            self._reached = max(self._reached, min(line - cue.line_start, cue.produced))
        return self._reached
