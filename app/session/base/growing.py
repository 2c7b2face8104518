"""An animation that grows while it is generated: parts of a speech laid on one frame grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.track import Animation, BlendshapeTrack


class _GrowingRows:
    """Rows appended in amortised constant time; a view of the filled part never changes afterwards."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self.channels = channels
        self._rows = np.zeros((1024, len(channels)), np.float32)
        self._n = 0

    def append(self, rows: np.ndarray) -> None:
        needed = self._n + len(rows)
        if needed > len(self._rows):
            grown = np.zeros((max(needed, 2 * len(self._rows)), self._rows.shape[1]), np.float32)
            grown[: self._n] = self._rows[: self._n]
            self._rows = grown
        self._rows[self._n : needed] = rows
        self._n = needed

    def track(self, fps: float) -> BlendshapeTrack:
        view = self._rows[: self._n]
        view.flags.writeable = False
        return BlendshapeTrack(view, fps, 0.0, self.channels)


class GrowingAnimation:
    """Joins what a source makes of each part (sentence) of a speech into one animation from 0 s.

    Sentences rarely last a whole number of frames, so each part's frames are sampled onto the common grid k / fps; a part
    that starts on the grid is copied bit for bit.
    """

    def __init__(self) -> None:
        self._form: Animation | None = None
        self._rows: list[_GrowingRows] = []
        #: the present part's frames that are still needed, and how many were dropped before them
        self._part: list[np.ndarray] = []
        self._part_dropped = 0
        self._n = 0

    @property
    def n_frames(self) -> int:
        """Frames on the common grid so far."""
        return self._n

    @property
    def animation(self) -> Animation | None:
        """Everything so far, or None before the first chunk."""
        if self._form is None:
            return None
        tracks = [rows.track(self._form.arkit.fps) for rows in self._rows]
        return replace(self._form, arkit=tracks[0], visemes=tracks[1] if len(tracks) > 1 else None)

    def append(self, offset_s: float, chunk: Animation) -> None:
        """Add the next chunk of the present part.

        Args:
            offset_s: where the part's sound starts on the speech's time line.
            chunk: the next frames, on the part's own time line.
        """
        if self._form is None:
            self._form = chunk
            channels = [chunk.arkit.channels] + ([chunk.visemes.channels] if chunk.visemes is not None else [])
            self._rows = [_GrowingRows(names) for names in channels]
        tracks = [chunk.arkit] if chunk.visemes is None else [chunk.arkit, chunk.visemes]
        if self._part:
            self._part = [np.concatenate([kept, track.weights]) for kept, track in zip(self._part, tracks, strict=True)]
        else:
            self._part = [track.weights for track in tracks]
        last = self._part_dropped + len(self._part[0]) - 1
        self._fill(offset_s, int(np.floor(offset_s * chunk.arkit.fps + last + 1e-6)) + 1)

    def finish_part(self, offset_s: float, duration_s: float) -> None:
        """Close the present part: hold its last frame until its sound ends.

        Args:
            offset_s: where the part's sound starts.
            duration_s: how long its sound lasts.
        """
        if self._form is not None and self._part:
            self._fill(offset_s, int(np.ceil((offset_s + duration_s) * self._form.arkit.fps - 1e-6)))
        self._part = []
        self._part_dropped = 0

    def _fill(self, offset_s: float, end: int) -> None:
        """Sample the part onto the grid up to but not including frame ``end``."""
        if self._form is None or end <= self._n:
            return
        position = np.arange(self._n, end) - offset_s * self._form.arkit.fps - self._part_dropped
        nearest = np.round(position)
        position = np.where(np.abs(position - nearest) < 1e-6, nearest, position)
        position = np.clip(position, 0, len(self._part[0]) - 1)
        low = np.floor(position).astype(np.intp)
        high = np.minimum(low + 1, len(self._part[0]) - 1)
        fraction = (position - low).astype(np.float32)[:, None]
        for rows, weights in zip(self._rows, self._part, strict=True):
            rows.append(weights[low] + (weights[high] - weights[low]) * fraction)
        self._n = end
        self._part = [weights[low[-1] :] for weights in self._part]
        self._part_dropped += int(low[-1])
