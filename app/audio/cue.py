"""What the player plays next: sound made ready ahead of time, and the way back from it to media time."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import soxr

from app.audio.stretch import TimeStretch

#: sound made ready in one go
BLOCK_S = 0.25
#: loops are at least this long
MIN_LOOP_S = 0.05
#: fade at the seam of a loop and at jumps: long enough against a click, too short to hear
FADE_S = 0.005


class Reel:
    """The clip in the player; it may grow while it plays.

    One thread appends, another may read: the length is published after the samples.

    Args:
        samples: (n,) float32, the sound so far.
        rate: samples per second.
        finished: whether no more will come.
    """

    def __init__(self, samples: np.ndarray, rate: int, finished: bool = True) -> None:
        self._buffer = samples
        self.rate = rate
        self.length = len(samples)
        self.finished = finished

    @property
    def duration_s(self) -> float:
        """Seconds so far."""
        return self.length / self.rate

    def append(self, samples: np.ndarray) -> None:
        """Add samples at the end."""
        end = self.length + len(samples)
        if end > len(self._buffer):
            grown = np.zeros(max(end, 2 * len(self._buffer), self.rate), np.float32)
            grown[: self.length] = self._buffer[: self.length]
            self._buffer = grown
        self._buffer[self.length : end] = samples
        self.length = end

    def read(self, start: int, stop: int) -> np.ndarray:
        """A view of samples below ``length``."""
        return self._buffer[start:stop]


class Cue:
    """Output samples from one position onwards, made block by block ahead of the playhead.

    ``produce`` belongs to one thread at a time. The audio callback only reads ``blocks`` and ``complete`` and
    writes ``line_start``.

    Args:
        reel: the clip.
        start_s: media time to start from.
        out_rate: samples per second of the output device.
        speed: media seconds per second, 0.25-4; below 0 it plays backwards.
        loop: (in_s, out_s) or None.
        fade: whether to fade out what plays before this cue and fade this one in.
        follows: (cue, position): continues that cue's sound from its output position, without a jump.
    """

    def __init__(
        self,
        reel: Reel,
        start_s: float,
        out_rate: int,
        *,
        speed: float = 1.0,
        loop: tuple[float, float] | None = None,
        fade: bool = False,
        follows: tuple[Cue, int] | None = None,
    ) -> None:
        self.reel, self.out_rate, self.speed = reel, out_rate, speed
        self.fade, self.follows = fade, follows
        self.blocks: list[np.ndarray | None] = []
        self.produced = 0
        self.complete = False
        #: position of this cue's sample 0 on the line of all output samples; None until it sounds
        self.line_start: int | None = None
        self._loop = None if loop is None else (round(loop[0] * reel.rate), round(loop[1] * reel.rate))
        self._read = round(start_s * reel.rate)
        self._is_reverse = speed < 0
        if self._loop and not self._is_reverse and self._read >= self._loop[1]:
            self._read = self._loop[0]
        elif self._loop and self._is_reverse and self._read <= self._loop[0]:
            self._read = self._loop[1]
        if self._is_reverse:
            self._read = min(self._read, reel.length)
        self.start_s = self._read / reel.rate
        self._wrapped = False
        self._consumed = 0
        self._freed = 0
        self._pieces_at = [0.0]
        self._pieces_s = [self.start_s]
        # what is turned round is stretched as what is not: the pitch stays
        self._stretch = TimeStretch(reel.rate, abs(speed)) if abs(speed) != 1.0 else None
        self._resampler = soxr.ResampleStream(reel.rate, out_rate, 1, dtype="float32") if reel.rate != out_rate else None

    def media_at(self, position: float) -> float:
        """Media seconds of an output position of this cue (samples, may be fractional)."""
        i = max(0, bisect_right(self._pieces_at, position) - 1)
        media_s = self._pieces_s[i] + (position - self._pieces_at[i]) * self.speed / self.out_rate
        return min(max(media_s, 0.0), self.reel.duration_s)

    def produce(self) -> bool:
        """Make about BLOCK_S of output ready.

        Returns:
            Whether anything new is ready; False at the end, or while a growing clip has no more yet.
        """
        if self.complete:
            return False
        source = self._take(max(1, round(BLOCK_S * self.reel.rate * abs(self.speed))))
        last = len(source) == 0
        if last and not self._at_end():
            return False
        out = source
        if self._stretch is not None:
            out = self._stretch.flush() if last else self._stretch.push(source)
        if self._resampler is not None:
            out = self._resampler.resample_chunk(np.ascontiguousarray(out, np.float32), last=last)
        if len(out):
            self.blocks.append(out)
            self.produced += len(out)
        self.complete = last
        return True

    def produce_until(self, position: int) -> None:
        """Have output ready up to a position, as far as the clip goes."""
        while self.produced < position and self.produce():
            pass

    def forget(self, n_blocks: int) -> None:
        """Free the memory of the first blocks, which have been played."""
        for i in range(self._freed, min(n_blocks, len(self.blocks))):
            self.blocks[i] = None
            self._freed = i + 1

    def _bounds(self) -> tuple[int, int] | None:
        """Loop bounds that lie inside the clip; None when there is nothing to loop over."""
        if self._loop is None:
            return None
        stop = min(self._loop[1], self.reel.length) if self.reel.finished or self._is_reverse else self._loop[1]
        return (self._loop[0], stop) if stop - self._loop[0] >= MIN_LOOP_S * self.reel.rate else None

    def _at_end(self) -> bool:
        if self._bounds() is not None:
            return False
        return self._read <= 0 if self._is_reverse else self.reel.finished and self._read >= self.reel.length

    def _take(self, n: int) -> np.ndarray:
        """The next source samples as they are to be heard, at most n; empty when none are there."""
        bounds = self._bounds()
        first, last = bounds or (0, self.reel.length)
        entry, exit_ = (last, first) if self._is_reverse else (first, last)
        if bounds and (self._read <= exit_ if self._is_reverse else self._read >= exit_):
            self._pieces_at.append(self._consumed / self.reel.rate / abs(self.speed) * self.out_rate)
            self._pieces_s.append(entry / self.reel.rate)
            self._read, self._wrapped = entry, True
        if self._is_reverse:
            to = max(self._read - n, first if bounds and self._read > first else 0)
            source = self.reel.read(to, self._read)[::-1]
        else:
            to = min(self._read + n, self.reel.length, last)
            source = self.reel.read(self._read, to)
        if bounds:
            source = self._seamless(source, entry, exit_)
        self._read = to if len(source) else self._read
        self._consumed += len(source)
        return source

    def _seamless(self, source: np.ndarray, entry: int, exit_: int) -> np.ndarray:
        """Fade near the ends of a loop, so that its seam does not click.

        Args:
            source: (n,) samples from where it reads, as they are heard.
            entry: where a round begins: the loop's start, backwards its end.
            exit_: where it ends.
        """
        fade = FADE_S * self.reel.rate
        ahead, behind = abs(exit_ - self._read), abs(self._read - entry)
        if len(source) < ahead - fade and not (self._wrapped and behind < fade):
            return source
        passed = np.arange(len(source))
        gain = np.minimum(1.0, (ahead - passed) / fade)
        if self._wrapped:
            gain = np.minimum(gain, (behind + passed) / fade)
        return (source * gain).astype(np.float32)
