"""Emotion as data: ten strengths, keys over time, and how they go over into one another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from app.core.errors import SourceError

#: NVIDIA's explicit emotions in NVIDIA's order (specs/a2f3d-bundle.md); neutral is all zeros
EMOTIONS: tuple[str, ...] = ("amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness")
#: neutral; an estimate from the voice; set by hand
EmotionMode = Literal["off", "auto", "manual"]
MODES: tuple[EmotionMode, ...] = ("off", "auto", "manual")
#: keys nearer than this are one key
SAME_TIME_S = 0.0005
MAX_TRANSITION_S = 5.0
#: a transition shorter than this is a step
SHORTEST_S = 1e-6
_VERSION = 1


def _smoothstep(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, and 3x^2 - 2x^3 between, which starts and ends without a jerk."""
    x = np.clip(x, 0.0, 1.0)
    made: np.ndarray = x * x * (3.0 - 2.0 * x)
    return made


@dataclass(frozen=True)
class EmotionKey:
    """What is felt from a time on.

    Attributes:
        time_s: when the face begins to go over to this, on the audio's time line.
        weights: the strength of each of EMOTIONS, 0 to 1; several at once are a mixture.
        strength: factor on all ten, 0 to 1.
    """

    time_s: float = 0.0
    weights: tuple[float, ...] = (0.0,) * len(EMOTIONS)
    strength: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.time_s, self.strength, *self.weights)
        if len(self.weights) != len(EMOTIONS) or not np.isfinite(numbers).all():
            raise SourceError("An emotion key needs a time, ten weights and a strength, all of them numbers.")
        if self.time_s < 0 or not all(0.0 <= number <= 1.0 for number in numbers[1:]):
            raise SourceError("An emotion key's time starts at 0 s, and its weights and strength lie between 0 and 1.")

    @property
    def value(self) -> np.ndarray:
        """(10,) float32 weights times strength."""
        return np.array(self.weights, np.float32) * np.float32(self.strength)

    @property
    def dominant(self) -> str:
        """The strongest emotion, "" for neutral."""
        value = self.value
        return EMOTIONS[int(value.argmax())] if value.max() > 0 else ""

    def with_weight(self, emotion: str, weight: float) -> EmotionKey:
        """The same key with one emotion changed."""
        column = EMOTIONS.index(emotion)
        return replace(self, weights=(*self.weights[:column], weight, *self.weights[column + 1 :]))


def mixture(strengths: Mapping[str, float], time_s: float = 0.0) -> EmotionKey:
    """A key from names.

    Args:
        strengths: emotion -> weight in [0, 1]; those left out are 0.
        time_s: of the key.

    Raises:
        SourceError: a name that is not one of EMOTIONS, or a weight outside [0, 1].
    """
    unknown = sorted(set(strengths) - set(EMOTIONS))
    if unknown:
        raise SourceError(f"There is no emotion {unknown[0]!r}; choose from {', '.join(EMOTIONS)}.")
    return EmotionKey(time_s, tuple(float(strengths.get(name, 0.0)) for name in EMOTIONS))


@dataclass(frozen=True)
class EmotionTimeline:
    """Emotion keys in order of time. There is always one at 0 s, which says how the clip begins.

    Attributes:
        keys: at least one; sorted, and begun by a neutral key at 0 s, when the object is made.
        transition_s: from each later key on, the face goes over to its emotion within this time.
        strength: factor on everything, 0 to 1.
    """

    keys: tuple[EmotionKey, ...] = (EmotionKey(),)
    transition_s: float = 0.5
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.transition_s <= MAX_TRANSITION_S and 0 <= self.strength <= 1):
            raise SourceError(f"Emotion transitions last 0 to {MAX_TRANSITION_S:g} s, and the overall strength lies between 0 and 1.")
        keys = sorted(self.keys, key=lambda key: key.time_s)
        if not keys or keys[0].time_s > SAME_TIME_S:
            keys.insert(0, EmotionKey())
        object.__setattr__(self, "keys", tuple(keys))

    @property
    def is_constant(self) -> bool:
        """Whether one emotion holds for the whole clip."""
        return len(self.keys) == 1

    def governing(self, t: float) -> int:
        """The index of the last key at or before a time in seconds."""
        return max(bisect_right(self.keys, t + SAME_TIME_S, key=lambda key: key.time_s) - 1, 0)

    def with_key(self, key: EmotionKey) -> EmotionTimeline:
        """With one more key, which takes the place of one at the same time."""
        others = tuple(each for each in self.keys if abs(each.time_s - key.time_s) > SAME_TIME_S)
        return replace(self, keys=(*others, key))

    def replaced(self, index: int, key: EmotionKey) -> EmotionTimeline:
        """With another key in the place of one of them."""
        return replace(self, keys=(*self.keys[:index], *self.keys[index + 1 :])).with_key(key)

    def without(self, index: int) -> EmotionTimeline:
        """Without one key; the one at 0 s becomes neutral instead."""
        return replace(self, keys=(*self.keys[:index], *self.keys[index + 1 :]))

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """Strengths at any times; a transition cut short by the next key goes on from where it was.

        Args:
            times_s: (n,) seconds on the audio's time line.

        Returns:
            (n, 10) float32 in [0, 1].
        """
        times = np.asarray(times_s, np.float64)
        began_s, before, target = self._transitions
        which = np.maximum(np.searchsorted(began_s, times, side="right") - 1, 0)
        share = np.where(which > 0, self._share(times - began_s[which]), 1.0)
        rows = (before[which] + (target - before)[which] * share[:, None]).astype(np.float32)
        made: np.ndarray = np.clip(rows * self.strength, 0.0, 1.0).astype(np.float32)
        return made

    @cached_property
    def _transitions(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(k,) times of the keys, (k, 10) what is felt when each begins, and (k, 10) what it goes over to."""
        began_s = np.array([key.time_s for key in self.keys])
        target = np.stack([key.value for key in self.keys]).astype(np.float64)
        before = target.copy()
        shares = self._share(np.diff(began_s))
        for i in range(1, len(self.keys)):
            before[i] = before[i - 1] + (target[i - 1] - before[i - 1]) * shares[i - 1]
        return began_s, before, target

    def rows(self, count: int, fps: float, start_s: float = 0.0) -> np.ndarray:
        """(count, 10) float32 strengths at ``count`` frames of rate ``fps`` from ``start_s`` on."""
        return self.at(start_s + np.arange(count) / fps)

    def _share(self, since_s: np.ndarray) -> np.ndarray:
        """How much of a transition is done so long after its key."""
        return _smoothstep(since_s / self.transition_s) if self.transition_s > SHORTEST_S else (since_s >= 0).astype(np.float64)


@dataclass(frozen=True)
class EmotionSettings:
    """Everything about a face's feelings that a person can set.

    Attributes:
        mode: off, auto (an estimate from the voice) or manual.
        timeline: the keys of the manual mode; its strength counts in the automatic mode too.
        blinks: whether the source lets the lids blink; the blinks are then part of its track.
        listener: folder of the Audio2Emotion bundle that listens for NVIDIA's faces in the automatic mode; "" for the own estimate.
    """

    mode: EmotionMode = "manual"
    timeline: EmotionTimeline = field(default=EmotionTimeline())
    blinks: bool = True
    listener: str = ""

    def to_data(self) -> dict[str, Any]:
        """As plain values that from_data reads back to an equal object; weights are written by name."""
        line = self.timeline
        keys = [
            {"time_s": key.time_s, "strength": key.strength, "weights": dict(zip(EMOTIONS, key.weights, strict=True))} for key in line.keys
        ]
        return {
            "version": _VERSION, "mode": self.mode, "blinks": self.blinks,
            "transition_s": line.transition_s, "strength": line.strength, "keys": keys, "listener": self.listener,
        }  # fmt: skip

    @classmethod
    def from_data(cls, data: Any) -> EmotionSettings:
        """Read what to_data made; what is left out is at its default.

        Args:
            data: plain values.

        Raises:
            SourceError: they are something else.
        """
        usual = cls()
        try:
            mode, blinks, listener = data.get("mode", usual.mode), data.get("blinks", usual.blinks), data.get("listener", usual.listener)
            if (
                data.get("version", _VERSION) != _VERSION
                or mode not in MODES
                or not isinstance(blinks, bool)
                or not isinstance(listener, str)
            ):
                raise ValueError("another version or mode")
            keys = tuple(_key(each) for each in data.get("keys", ()))
            line = EmotionTimeline(
                keys, float(data.get("transition_s", usual.timeline.transition_s)), float(data.get("strength", usual.timeline.strength))
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise SourceError("These emotion settings cannot be read; set the emotions again and save them anew.") from error
        return cls(mode, line, blinks, listener)


def _key(stored: Mapping[str, Any]) -> EmotionKey:
    weights = {str(name): float(weight) for name, weight in stored["weights"].items()}
    return replace(mixture(weights, float(stored["time_s"])), strength=float(stored["strength"]))
