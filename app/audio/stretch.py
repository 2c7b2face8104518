"""Slower and faster speech at the same pitch: waveform-similarity overlap-add (WSOLA), in a stream."""

from __future__ import annotations

import numpy as np

#: window and search range of WSOLA; 30 ms holds two periods of a low voice (Verhelst and Roelands 1993)
WINDOW_S = 0.030
SEARCH_S = 0.006


class TimeStretch:
    """Stretches a stream of samples in time and keeps its pitch.

    Output sample j holds the input around sample ``j * speed``; the deviation is bounded by the search range
    (6 ms) and has no bias, so time maps back linearly.

    Args:
        rate: samples per second.
        speed: media seconds per second of output, 0.25-4.
    """

    def __init__(self, rate: int, speed: float) -> None:
        self.speed = speed
        self._hop = max(8, int(WINDOW_S * rate) // 2)
        self._search = max(2, int(SEARCH_S * rate))
        rising = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self._hop) + 0.5) / self._hop)
        self._rising = rising.astype(np.float32)
        self._falling = self._rising[::-1].copy()
        # a frame is centred on its place, so the first one reaches into the silence before the sound
        self._lead = self._hop + self._search
        self._input = np.zeros(self._lead, np.float32)
        self._dropped = -self._lead
        self._received = 0
        self._frame = 0
        self._made = 0
        self._tail: np.ndarray | None = None

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Add input and take what can be made of it.

        Args:
            samples: (n,) float32.

        Returns:
            (m,) float32, m about n / speed; the newest 50 ms of input wait for what follows them.
        """
        self._input = np.concatenate([self._input, samples])
        self._received += len(samples)
        return self._run()

    def flush(self) -> np.ndarray:
        """End the stream: the rest, so that the total is round(received / speed) samples."""
        wanted = round(self._received / self.speed) - self._made
        parts = [self._run()]
        while sum(map(len, parts)) < wanted:
            self._input = np.concatenate([self._input, np.zeros(4 * self._lead, np.float32)])
            parts.append(self._run())
        rest = np.concatenate(parts)[: max(wanted, 0)]
        self._made += len(rest) - sum(map(len, parts))
        return rest

    def _run(self) -> np.ndarray:
        made: list[np.ndarray] = []
        hop = self._hop
        while True:
            centre = (self._frame * hop + hop) * self.speed
            start = round(centre) - hop - self._dropped
            if start + 2 * hop + self._search > len(self._input):
                break
            start = max(start, self._search)
            made.append(self._overlap(start))
            self._frame += 1
        self._forget()
        out = np.concatenate(made) if made else np.zeros(0, np.float32)
        self._made += len(out)
        return out

    def _overlap(self, start: int) -> np.ndarray:
        """One hop of output from the frame near ``start`` that continues the last one best."""
        hop = self._hop
        if self._tail is None:
            best = start
            out = self._input[best : best + hop].copy()
        else:
            best = start + self._best_shift(start, self._tail)
            out = self._tail * self._falling + self._input[best : best + hop] * self._rising
        self._tail = self._input[best + hop : best + 2 * hop].copy()
        return out

    def _best_shift(self, start: int, tail: np.ndarray) -> int:
        reach = self._search
        region = self._input[start - reach : start + reach + self._hop]
        scores = np.correlate(region, tail, mode="valid")
        total = np.concatenate([[0.0], np.cumsum(region * region, dtype=np.float64)])
        power = total[self._hop :] - total[: -self._hop]
        scores = scores / np.sqrt(np.maximum(power, 1e-9))
        # of equal ones (silence) the unshifted place wins
        return int(np.argmax(scores)) - reach if scores.max() > scores[reach] + 1e-6 else 0

    def _forget(self) -> None:
        """Drop the input that no later frame can reach."""
        next_start = round((self._frame * self._hop + self._hop) * self.speed) - self._hop - self._dropped
        # fast ones skip input that has not come yet
        drop = min(next_start - self._search - self._hop, len(self._input))
        if drop > 0:
            self._input = self._input[drop:]
            self._dropped += drop
