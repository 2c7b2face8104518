"""The ten emotions as numbers: names, vectors, keys over time. Needs numpy only, so that windows can use it before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: NVIDIA's explicit emotions in their order (specs/a2f3d-bundle.md); neutral is all zeros
EMOTIONS: tuple[str, ...] = ("amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness")


def emotion_vector(strengths: dict[str, float]) -> np.ndarray:
    """(10,) float32 from names.

    Args:
        strengths: emotion -> strength in [0, 1].

    Raises:
        ValueError: a name that is not in EMOTIONS.
    """
    unknown = set(strengths) - set(EMOTIONS)
    if unknown:
        raise ValueError(f"unknown emotion {min(unknown)!r}; use one of {', '.join(EMOTIONS)}")
    return np.array([strengths.get(name, 0.0) for name in EMOTIONS], np.float32)


def keyed_emotion(keys: Sequence[tuple[float, np.ndarray]], count: int, fps: float, start_s: float = 0.0) -> np.ndarray:
    """Emotion keys over time: linear between keys, held before the first and after the last.

    Args:
        keys: (time in seconds, (10,) strengths) in any order.
        count: frames wanted.
        fps: frames per second.
        start_s: time of frame 0.

    Returns:
        (count, 10) float32; zeros without keys.
    """
    if not keys:
        return np.zeros((count, 10), np.float32)
    ordered = sorted(keys, key=lambda key: key[0])
    times = np.array([key[0] for key in ordered])
    values = np.stack([np.asarray(key[1], np.float32) for key in ordered])
    t = start_s + np.arange(count) / fps
    return np.stack([np.interp(t, times, values[:, k]) for k in range(10)], 1).astype(np.float32)
