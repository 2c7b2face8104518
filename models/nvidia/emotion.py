"""Explicit emotions over time: keys, linear in between, and transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.nvidia.names import EMOTIONS
from models.nvidia.parameters import EmotionTuning, check_emotions


def emotion_vector(values: Mapping[str, float], names: Sequence[str] = EMOTIONS) -> np.ndarray:
    """Emotion names to the network's row.

    Args:
        values: name -> 0..1; names that the network does not have are left out.
        names: the bundle's emotions in order.

    Returns:
        (len(names),) float32.

    Raises:
        BundleError: an unknown name or a value out of range.
    """
    check_emotions(values)
    return np.array([values.get(name, 0.0) for name in names], np.float32)


@dataclass(frozen=True)
class EmotionCurve:
    """Keys over time: linear between them, held before the first and after the last (SDK source).

    Attributes:
        times_s: (n,) rising, at least one.
        values: (n, emotions) float32.
    """

    times_s: np.ndarray
    values: np.ndarray

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """(len(times_s), emotions) float32 at any times in seconds."""
        columns = [np.interp(times_s, self.times_s, column) for column in self.values.T.astype(np.float64)]
        return np.stack(columns, axis=-1).astype(np.float32) if columns else np.zeros((len(times_s), 0), np.float32)


def constant_emotion(values: np.ndarray) -> EmotionCurve:
    """One emotion for the whole clip."""
    return EmotionCurve(np.zeros(1), np.asarray(values, np.float32)[None])


def with_transitions(times_s: Sequence[float], values: np.ndarray, transition_s: float) -> EmotionCurve:
    """Emotions that begin at given times, each fading in from the one before.

    Args:
        times_s: (n,) rising; when each emotion begins to appear.
        values: (n, emotions).
        transition_s: length of a fade; cut short when the next emotion begins sooner.
    """
    out_times: list[float] = [times_s[0]]
    out_values: list[np.ndarray] = [values[0]]
    for i in range(1, len(times_s)):
        begin = times_s[i]
        if begin <= out_times[-1]:  # the fade before has not ended: start from where it is
            curve = EmotionCurve(np.array(out_times), np.array(out_values))
            reached = curve.at(np.array([begin]))[0]
            while out_times and out_times[-1] >= begin:
                out_times.pop()
                out_values.pop()
        else:
            reached = out_values[-1]
        out_times += [begin, begin + max(transition_s, 1e-6)]
        out_values += [reached, values[i]]
    return EmotionCurve(np.array(out_times), np.array(out_values, np.float32))


def emotion_curve(tuning: EmotionTuning, names: Sequence[str], default: np.ndarray) -> EmotionCurve:
    """What a tuning asks for.

    Args:
        tuning: its ``keys`` begin emotions that fade over ``live_transition_time``; ``beginning`` holds until the first.
        names: the bundle's emotions.
        default: (len(names),) the bundle's own emotion, used when the tuning says nothing.
    """
    beginning = emotion_vector(tuning.beginning, names) if tuning.beginning else np.asarray(default, np.float32)
    if not tuning.keys:
        return constant_emotion(beginning)
    times = [time_s for time_s, _ in tuning.keys]
    values = np.stack([emotion_vector(v, names) for _, v in tuning.keys])
    if times[0] > 0:
        times, values = [0.0, *times], np.concatenate([beginning[None], values])
    return with_transitions(times, values, tuning.live_transition_time)
