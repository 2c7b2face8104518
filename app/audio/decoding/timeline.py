"""Decoded sound in its place: silence where time passes without any, and none of it twice where times overlap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.audio.decoding.delays import Placing
from app.audio.decoding.sound_file import BLOCK_FRAMES

#: containers whose times say when a sound is heard, not just how much of it came before
_TIMED = ("matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mpegts", "mpeg", "flv", "asf")
#: of these a jump in time may be a cut in a broadcast; where the others jump, time has passed
_CUT = ("mpegts", "mpeg", "flv", "asf")
#: the clock of a camera or a browser trembles by less; more is a gap, half of what viewers notice (ITU-R BT.1359-1)
GAP_S = 0.04
#: a start that is off by less is a rounded time
_ROUNDED_S = 0.0011
#: longest gap of a broadcast; times that go back by more than this begin anew
_LONGEST_CUT_S, _BACK_S = 30.0, 1.0


class Timeline:
    """Puts blocks behind each other as their times say.

    Args:
        placing: where the sound begins.
        container: FFmpeg's name of its format.
        rate: samples per second.
        channels: of each block.

    Attributes:
        frames: how many were handed out.
    """

    def __init__(self, placing: Placing, container: str, rate: int, channels: int) -> None:
        self.frames = 0
        self._rate, self._channels = rate, channels
        self._is_timed, self._is_cut = container in _TIMED, container in _CUT
        self._zero_s = placing.zero_s
        #: frames that are still to be left out
        self._drop = placing.trim
        self._shift_s = placing.trim / rate
        self._has_begun = False

    def place(self, block: np.ndarray, time_s: float | None) -> Iterator[np.ndarray]:
        """The block, after silence where its time is later than the end of what came, or without its start where it is earlier.

        Args:
            block: (frames, channels) float32.
            time_s: when it begins by the container, None where that is not known.
        """
        gap = 0 if time_s is None else self._gap(time_s)
        self._has_begun = True
        if gap > 0:
            yield from self.silence(gap)
        self._drop = max(self._drop - min(gap, 0), 0)
        left_out = min(self._drop, len(block))
        self._drop -= left_out
        if left_out < len(block):
            self.frames += len(block) - left_out
            yield block[left_out:]

    def silence(self, frames: int) -> Iterator[np.ndarray]:
        """Time without sound, piece by piece."""
        while frames > 0:
            piece = min(frames, BLOCK_FRAMES)
            self.frames, frames = self.frames + piece, frames - piece
            yield np.zeros((piece, self._channels), np.float32)

    def _gap(self, time_s: float) -> int:
        """Frames of silence before a block, below 0 those of it that are heard already."""
        if not self._has_begun:
            begin_s = 0.0 if self._zero_s is None else time_s - self._zero_s
            self._zero_s = time_s if self._zero_s is None else self._zero_s
            return round(begin_s * self._rate) if abs(begin_s) > _ROUNDED_S else 0
        if not self._is_timed or self._zero_s is None:
            return 0
        now_s = self.frames / self._rate
        gap_s = time_s - self._zero_s - self._shift_s - now_s + self._drop / self._rate
        if gap_s < -_BACK_S or (self._is_cut and gap_s > _LONGEST_CUT_S):
            # another clock from here on
            self._zero_s = time_s - self._shift_s - now_s + self._drop / self._rate
            return 0
        return round(gap_s * self._rate) if abs(gap_s) > GAP_S else 0
