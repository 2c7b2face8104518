"""The core of the audio callback: delivers every sample of a cue once, whatever the block sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.audio.cue import FADE_S, Cue
from app.audio.delivered import Delivered

_MAX_BLOCK = 1 << 14


class Published(NamedTuple):
    """What the callback says about its last block.

    Attributes:
        line: output samples delivered before this block, since the stream began.
        n: samples in this block.
        dac_s: stream time at which the block's first sample is heard, as the host says; 0 when it does not.
        callback_s: stream time at which the callback ran.
    """

    line: int
    n: int
    dac_s: float
    callback_s: float


class PlayHead:
    """Fills blocks of output from the cue that is wanted.

    The callback calls ``fill`` only. Other threads set ``wanted`` and ``volume`` (single assignments) and read
    ``published``, ``position``, ``live``, ``block_index`` and ``delivered``. Nothing here locks, logs or makes arrays.

    Args:
        rate: samples per second of the output.
        fade_s: length of fades at jumps; 0 for none.
    """

    def __init__(self, rate: int, fade_s: float = FADE_S) -> None:
        self.wanted: Cue | None = None
        self.volume = 1.0
        self.live: Cue | None = None
        self.position = 0
        self.block_index = 0
        self.underruns = 0
        self.published: Published | None = None
        #: what went out, faded and as loud as it was, by its place on the line
        self.delivered = Delivered(rate)
        self._offset = 0
        self._line = 0
        self._starving = False
        self._gain = 0.0
        self._step = 1.0 / max(1.0, fade_s * rate)
        self._ramp = np.arange(1, _MAX_BLOCK + 1, dtype=np.float32)
        self._gains = np.zeros(_MAX_BLOCK, np.float32)

    def fill(self, out: np.ndarray, dac_s: float, callback_s: float) -> None:
        """Write one block of output.

        Args:
            out: (n,) float32 to overwrite; may be a column of the device's buffer.
            dac_s: stream time at which out[0] will be heard; 0 when unknown.
            callback_s: stream time now.
        """
        line, n = self._line, len(out)
        for start in range(0, n, _MAX_BLOCK):
            self._fill_part(out[start : start + _MAX_BLOCK])
        self.delivered.write(out)
        self.published = Published(line, n, dac_s, callback_s)

    def forget(self, heard: float | None) -> None:
        """Let go of the cue without a fade: its last samples were thrown away. Only while no callback runs.

        Args:
            heard: place on the line from which on nothing was heard; None where that is not known.
        """
        if heard is not None:
            self.delivered.silence(round(heard))
        self._switch(None)
        self._gain = 0.0

    def _fill_part(self, out: np.ndarray) -> None:
        wanted, n, done = self.wanted, len(out), 0
        if wanted is not self.live:
            if self.live is not None and self._gain > 0 and (wanted is None or wanted.fade):
                done = min(n, int(np.ceil(self._gain / self._step)))
                self._play(out[:done], 0.0)
            if self._gain <= 0 or done < n or (wanted is not None and not wanted.fade):
                self._switch(wanted)
        if done < n:
            self._play(out[done:], self.volume)

    def _switch(self, cue: Cue | None) -> None:
        """Go over to another cue; one that follows the last starts where that one got to."""
        skip = 0
        if cue is not None and cue.follows is not None and cue.follows[0] is self.live and self.live is not None:
            skip = max(0, round((self.position - cue.follows[1]) * self.live.speed / cue.speed))
        if cue is not None:
            self._gain = 0.0 if cue.fade else self.volume
            cue.line_start = self._line - skip
        self.live, self.position, self.block_index, self._offset = cue, 0, 0, 0
        self._starving = False
        while skip and cue is not None and self.block_index < len(cue.blocks):
            block = cue.blocks[self.block_index]
            step = min(skip, 0 if block is None else len(block) - self._offset)
            self._advance(step, 0 if block is None else len(block))
            skip -= step
        if cue is not None and cue.line_start is not None:
            cue.line_start += skip

    def _advance(self, n: int, block_length: int) -> None:
        self.position += n
        self._offset += n
        if self._offset >= block_length:
            self.block_index += 1
            self._offset = 0

    def _play(self, out: np.ndarray, target: float) -> None:
        done = self._copy(out)
        if done < len(out):
            out[done:] = 0.0
            self._starve(len(out) - done)
        self._line += len(out)
        self._slew(out, target)

    def _copy(self, out: np.ndarray) -> int:
        cue, done = self.live, 0
        while cue is not None and done < len(out) and self.block_index < len(cue.blocks):
            block = cue.blocks[self.block_index]
            if block is None:
                break
            n = min(len(out) - done, len(block) - self._offset)
            out[done : done + n] = block[self._offset : self._offset + n]
            done += n
            self._advance(n, len(block))
        if done:
            self._starving = False
        return done

    def _starve(self, n: int) -> None:
        """Silence inside a cue: the rest of it comes later on the line."""
        cue = self.live
        if cue is None or cue.complete or cue.line_start is None:
            return
        cue.line_start += n
        if not self._starving:
            self._starving = True
            self.underruns += 1

    def _slew(self, out: np.ndarray, target: float) -> None:
        """Multiply by the gain, which moves towards the target by at most one fade step per sample."""
        gain, n = self._gain, len(out)
        if gain != target and n:
            gains = self._gains[:n]
            np.multiply(self._ramp[:n], self._step if target > gain else -self._step, out=gains)
            np.add(gains, gain, out=gains)
            (np.minimum if target > gain else np.maximum)(gains, target, out=gains)
            np.multiply(out, gains, out=out)
            self._gain = float(gains[n - 1])
        elif gain != 1.0:
            np.multiply(out, gain, out=out)
