"""Filters over time whose parameters are seconds, not frames."""

from __future__ import annotations

import itertools
import math
from typing import Literal

import numpy as np

#: shorter times than this count as none
SHORTEST_S = 1e-5


def smooth_step(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, and between them 6x^5 - 15x^4 + 10x^3: no jump in speed or acceleration."""
    x = np.clip(x, 0.0, 1.0)
    made: np.ndarray = x * x * x * (x * (6.0 * x - 15.0) + 10.0)
    return made


def cosine_step(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, and half a cosine between them: no jump in speed, and the least top speed of the smooth ramps in use."""
    made: np.ndarray = 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0))
    return made


def filter_kernel(spread_s: float, fps: float, kind: Literal["offline", "live"]) -> np.ndarray:
    """Weights of a smoothing filter, as bins of a continuous one so that it is the same at every frame rate.

    Args:
        spread_s: standard deviation of the filter in time; 0 or less for none.
        fps: frames per second.
        kind: ``offline`` is a Gaussian over past and future; ``live`` is two equal poles in a row over the past,
            t/T^2 * exp(-t/T) with T = spread / sqrt(2).

    Returns:
        (n,) float64 that sum to 1: lags -n//2 .. n//2 offline, 0 .. n-1 live.
    """
    if spread_s < SHORTEST_S:
        return np.ones(1)
    if kind == "offline":
        half = math.ceil(4 * spread_s * fps)
        edges = (np.arange(-half, half + 2) - 0.5) / (fps * spread_s * math.sqrt(2))
        share = np.array([math.erf(edge) for edge in edges])
    else:
        scaled = np.arange(math.ceil(8 * spread_s * fps) + 2) / fps * math.sqrt(2) / spread_s
        share = 1.0 - np.exp(-scaled) * (1.0 + scaled)
    kernel = np.diff(share)
    made: np.ndarray = kernel / kernel.sum()
    return made


def kernel_delay_s(kernel: np.ndarray, fps: float) -> float:
    """The mean lag of a live kernel in seconds: how late slow movements come out."""
    return float(np.arange(len(kernel)) @ kernel / fps)


def filtered(weights: np.ndarray, kernel: np.ndarray, kind: Literal["offline", "live"]) -> np.ndarray:
    """Convolve every column, holding the first and last frame beyond the ends.

    Args:
        weights: (n, channels).
        kernel: from ``filter_kernel``.
        kind: how the kernel lies over time.

    Returns:
        (n, channels) float32.
    """
    n = len(weights)
    if n == 0 or len(kernel) == 1:
        return weights.astype(np.float32)
    before = len(kernel) - 1 if kind == "live" else len(kernel) // 2
    after = len(kernel) - 1 - before
    padded = np.concatenate([np.repeat(weights[:1], before, axis=0), weights, np.repeat(weights[-1:], after, axis=0)])
    columns = np.ascontiguousarray(padded.T, np.float64)
    out = np.empty((weights.shape[1], n), np.float32)
    for row, column in zip(out, columns, strict=True):
        # a column that does not move stays as it is, to the bit
        row[:] = column[0] if column[0] == column[-1] and not np.ptp(column) else np.convolve(column, kernel, "valid")
    return np.ascontiguousarray(out.T)


def attack_release(weights: np.ndarray, fps: float, attack_s: float, release_s: float) -> np.ndarray:
    """Follow each column with one time constant upward and another downward.

    Args:
        weights: (n, channels).
        fps: frames per second.
        attack_s: time constant of rising values, 0 or less to follow at once.
        release_s: time constant of falling values, 0 or less to follow at once.

    Returns:
        (n, channels) float32; the input itself when both are 0.
    """
    if attack_s < SHORTEST_S and release_s < SHORTEST_S:
        return weights
    rise, fall = (np.float32(1.0 - math.exp(-1.0 / (fps * s)) if s >= SHORTEST_S else 1.0) for s in (attack_s, release_s))
    out = weights.astype(np.float32, copy=True)
    step, share, rising = np.empty(out.shape[1], np.float32), np.empty(out.shape[1], np.float32), np.empty(out.shape[1], bool)
    for before, row in itertools.pairwise(out):
        np.subtract(row, before, out=step)
        np.greater(step, 0, out=rising)
        np.multiply(rising, rise - fall, out=share)
        share += fall
        step *= share
        np.add(before, step, out=row)
    return out
