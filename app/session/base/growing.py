"""An animation that grows while it is generated: parts of a speech laid on one frame grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.sampling import SAME_FRAME, StreamResampler
from app.core.side import SideChannels
from app.core.track import Animation, BlendshapeTrack


class _GrowingRows:
    """Rows appended in amortised constant time; a view of the filled part never changes afterwards."""

    def __init__(self, kind: str, channels: tuple[str, ...]) -> None:
        self.kind, self.channels = kind, channels
        self._rows = np.zeros((1024, len(channels)), np.float32)
        self.n = 0

    def append(self, rows: np.ndarray) -> None:
        needed = self.n + len(rows)
        if needed > len(self._rows):
            grown = np.zeros((max(needed, 2 * len(self._rows)), self._rows.shape[1]), np.float32)
            grown[: self.n] = self._rows[: self.n]
            self._rows = grown
        self._rows[self.n : needed] = rows
        self.n = needed

    def track(self, fps: float, side: SideChannels | None = None) -> BlendshapeTrack:
        # every row came out of a chunk, whose track looked at it
        return BlendshapeTrack.of_checked(self.values, fps, 0.0, self.channels, side)

    @property
    def values(self) -> np.ndarray:
        view = self._rows[: self.n]
        view.flags.writeable = False
        return view


def _lanes(chunk: Animation) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Names and rows of all that a chunk holds: ``arkit``, perhaps ``visemes``, perhaps ``side``."""
    lanes = {"arkit": (chunk.arkit.channels, chunk.arkit.weights)}
    if chunk.visemes is not None:
        lanes["visemes"] = (chunk.visemes.channels, chunk.visemes.weights)
    if chunk.arkit.side is not None:
        lanes["side"] = (chunk.arkit.side.names, chunk.arkit.side.values)
    return lanes


class GrowingAnimation:
    """Joins what a source makes of each part (sentence) of a speech into one animation from 0 s.

    Sentences rarely last a whole number of frames, so each part's frames are sampled onto the common grid k / fps; a part
    that starts on the grid is copied bit for bit.
    """

    def __init__(self) -> None:
        self._form: Animation | None = None
        self._rows: list[_GrowingRows] = []
        #: the present part on its way to the common grid, a resampler per track
        self._part: list[StreamResampler] = []

    @property
    def n_frames(self) -> int:
        """Frames on the common grid so far."""
        return self._rows[0].n if self._rows else 0

    @property
    def animation(self) -> Animation | None:
        """Everything so far, or None before the first chunk."""
        if self._form is None:
            return None
        lanes, fps = {rows.kind: rows for rows in self._rows}, self._form.arkit.fps
        side, visemes = lanes.get("side"), lanes.get("visemes")
        beside = None if side is None else SideChannels(side.channels, side.values)
        return replace(self._form, arkit=lanes["arkit"].track(fps, beside), visemes=None if visemes is None else visemes.track(fps))

    def append(self, offset_s: float, chunk: Animation) -> None:
        """Add the next chunk of the present part.

        Args:
            offset_s: where the part's sound starts on the speech's time line.
            chunk: the next frames, on the part's own time line.
        """
        if self._form is None:
            self._form = chunk
            self._rows = [_GrowingRows(kind, names) for kind, (names, _) in _lanes(chunk).items()]
        lanes = _lanes(chunk)
        if not self._part:
            start, made = offset_s * chunk.arkit.fps, self.n_frames
            self._part = [StreamResampler(len(rows.channels), start=start, made=made) for rows in self._rows]
        for rows, part in zip(self._rows, self._part, strict=True):
            rows.append(part.push(lanes[rows.kind][1]))

    def finish_part(self, offset_s: float, duration_s: float) -> None:
        """Close the present part: hold its last frame until its sound ends.

        Args:
            offset_s: where the part's sound starts.
            duration_s: how long its sound lasts.
        """
        if self._form is not None:
            end = int(np.ceil((offset_s + duration_s) * self._form.arkit.fps - SAME_FRAME))
            for rows, part in zip(self._rows, self._part, strict=bool(self._part)):
                rows.append(part.hold(end))
        self._part = []
