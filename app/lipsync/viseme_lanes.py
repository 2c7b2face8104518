"""From timings to weights: our own profile and VisemeSync's, on timings that may still be coming."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_INDEX, VISEMES
from app.core.coarticulation import MouthMotion, Style
from app.core.speech import Phone, VisemeEvent
from app.core.visemes import VISEMESYNC_TABLE, azure_events, phones_from_events, projection_matrix

#: VisemeSync blends once per display frame; its numbers mean what they mean at this rate
DISPLAY_FPS = 60.0
#: weights below this become 0 in VisemeSync
SNAP = 0.01
#: VisemeSync damps jawForward to this share, against the underbite of its avatars
JAW_FORWARD_SHARE = 0.3
#: a sound of which the mouth hears so late changes nothing of now: its lips would begin to close 0.125 s before it, a rounding 0.15 s,
#: and a silence is known to be short after 0.08 s
AHEAD_S = 0.3
#: how long the newest event lasts while it is not known when the next one comes
_OPEN_S = 3600.0


@dataclass(frozen=True)
class BlendSetting:
    """How VisemeSync follows events.

    Attributes:
        blend: the share of the remaining way that every weight goes per display frame, 0-1.
        intensity: the weight that the spoken viseme aims at.
    """

    blend: float
    intensity: float


class TimedLane(Protocol):
    """Motion of one utterance from its timings; times are asked for in rising order."""

    def hear(self, phones: tuple[Phone, ...], events: tuple[VisemeEvent, ...], end_s: float | None = None) -> float:
        """Take all timings known so far.

        Args:
            phones: in order.
            events: in order; of no account where there are phones, but for a lane that follows events.
            end_s: where the sound ends, once that is known.

        Returns:
            The time up to which nothing that may still come changes the motion.
        """
        ...

    def frames(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 52) ARKit weights and (n, 15) visemes at (n,) rising times."""
        ...


class EventFollower:
    """VisemeSync's smoothing: all 15 weights move toward the present event's viseme, frame by frame.

    Args:
        events: Azure events in order.
        setting: blend and intensity.
        table: Azure ID -> viseme.
    """

    def __init__(self, events: tuple[VisemeEvent, ...], setting: BlendSetting, table: tuple[str, ...] = VISEMESYNC_TABLE) -> None:
        self._setting, self._table = setting, table
        self.hear(events)
        self._weights = np.zeros(len(VISEMES))
        self._previous = self._weights
        self._frame = -1

    def hear(self, events: tuple[VisemeEvent, ...]) -> None:
        """Take all events known so far, in order; those before the last time asked for must be the former ones."""
        self._offsets_s = np.array([event.offset_s for event in events])
        known = [event.viseme_id if 0 <= event.viseme_id < len(self._table) else 0 for event in events]
        self._columns = [VISEME_INDEX[self._table[i]] for i in known]

    def begin(self, time_s: float) -> None:
        """Begin at rest with the display frame at a time, instead of the first."""
        self._frame = max(math.floor(time_s * DISPLAY_FPS), 0) - 1

    def _advance(self) -> None:
        self._frame += 1
        target = np.zeros(len(VISEMES))
        event = int(np.searchsorted(self._offsets_s, self._frame / DISPLAY_FPS + 1e-9, side="right")) - 1
        if event >= 0:
            target[self._columns[event]] = self._setting.intensity
        self._previous = self._weights
        moved = self._weights + (target - self._weights) * self._setting.blend
        self._weights = np.where(moved < SNAP, 0.0, moved)

    def at(self, time_s: float) -> np.ndarray:
        """(15,) weights at a time not before the last one asked for, linear between display frames."""
        position = max(time_s * DISPLAY_FPS, 0.0)
        while self._frame < position - 1e-9:
            self._advance()
        share = 1.0 - (self._frame - position)
        return self._previous + (self._weights - self._previous) * share


class PhoneLane:
    """Our own profile.

    Args:
        style: timing and strength.
        fps: frames per second that will be asked for.
    """

    def __init__(self, style: Style, fps: float) -> None:
        self._style, self._fps = style, fps
        self._phones: tuple[Phone, ...] = ()
        self._motion: MouthMotion | None = None

    def hear(self, phones: tuple[Phone, ...], events: tuple[VisemeEvent, ...], end_s: float | None = None) -> float:
        """See TimedLane."""
        self._motion = None
        if phones:
            # h takes the mouth of the vowel after it, which may still be to come
            self._phones, known_s = phones, phones[-1].start_s if phones[-1].symbol == "HH" else phones[-1].end_s
        else:
            known_s = events[-1].offset_s if events else 0.0
            self._phones = phones_from_events(events, known_s + _OPEN_S if end_s is None else end_s)
        return known_s - AHEAD_S * max(self._style.overlap, 1.0) if end_s is None else np.inf

    def frames(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See TimedLane."""
        if self._motion is None:
            self._motion = MouthMotion(self._phones, self._style, 1.0 / self._fps)
        return self._motion.frames(times_s)


class EventLane:
    """VisemeSync's: its table and its smoothing.

    Args:
        setting: blend and intensity.
        recipes: viseme -> ARKit weights.
    """

    def __init__(self, setting: BlendSetting, recipes: Mapping[str, Mapping[str, float]]) -> None:
        self._follower = EventFollower((), setting)
        self._recipes = projection_matrix(recipes)
        self._recipes[:, ARKIT_INDEX["jawForward"]] *= JAW_FORWARD_SHARE

    def begin(self, time_s: float) -> None:
        """Begin at rest at a time, for motion that is asked for from later on."""
        self._follower.begin(time_s)

    def hear(self, phones: tuple[Phone, ...], events: tuple[VisemeEvent, ...], end_s: float | None = None) -> float:
        """See TimedLane."""
        known = events or azure_events(phones)
        self._follower.hear(known)
        # a display frame of 60 a second may lie a little after the time that is asked for
        return (known[-1].offset_s if known else 0.0) - 2.0 / DISPLAY_FPS if end_s is None else np.inf

    def frames(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See TimedLane."""
        visemes = np.stack([self._follower.at(t) for t in times_s]).astype(np.float32)
        return np.clip(visemes @ self._recipes, 0.0, 1.0), visemes
