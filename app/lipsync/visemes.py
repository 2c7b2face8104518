"""Lip sync from phone timings: a recommended profile of our own, and what VisemeSync does, for comparison."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from app.core.arkit import VISEME_CHANNELS
from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.core.coarticulation import Style
from app.core.errors import PresetError, SourceError
from app.core.native import VISEMES, VISEMESYNC, NativeParameter, of_family
from app.core.speech import Phone, Speech, VisemeEvent
from app.core.track import Animation, BlendshapeTrack
from app.core.visemes import VISEME_RECIPES
from app.lipsync.source import chunk_ranges, frame_count, frames_of
from app.lipsync.viseme_lanes import AHEAD_S, DISPLAY_FPS, BlendSetting, EventLane, PhoneLane, TimedLane

#: of a stretch that is made alone, what lies so far around it is looked at too, in seconds
CONTEXT_S = 0.6
#: what is left of the former weights in VisemeSync's smoothing counts as nothing then
FORGOTTEN = 1e-4
#: a smoothing that takes longer than this to forget is no matter of a moment
MOST_REACH_S = 3.0
#: while a speech arrives, frames are handed on in pieces of at least this length
LEAST_S = 0.05

#: both settings that VisemeSync has published: the present one and its first
VISEMESYNC_SETTINGS: Mapping[str, BlendSetting] = MappingProxyType(
    {"visemesync": BlendSetting(0.15, 0.8), "visemesync-early": BlendSetting(0.4, 1.0)}
)
#: lowest intensity, highest intensity (VisemeSync's own clamp), and the range of its blend per display frame
INTENSITY, SMOOTHING = (0.1, 2.0), (0.01, 1.0)
PROFILES: tuple[str, ...] = ("recommended", *VISEMESYNC_SETTINGS)
_LABELS = MappingProxyType(
    {
        "recommended": "Visemes (recommended)",
        "visemesync": "Visemes (VisemeSync)",
        "visemesync-early": "Visemes (VisemeSync, early setting)",
    }
)


def visemesync_parameters(profile: str) -> tuple[NativeParameter, ...]:
    """VisemeSync's two numbers, with those of a published setting as defaults.

    Args:
        profile: one of VISEMESYNC_SETTINGS.
    """
    now, first = VISEMESYNC_SETTINGS["visemesync"], VISEMESYNC_SETTINGS["visemesync-early"]
    own = VISEMESYNC_SETTINGS[profile]
    rows = (
        ("intensity", "The weight that the spoken viseme aims at", INTENSITY, own.intensity, (now.intensity, first.intensity)),
        (
            "smoothing",
            "Share of the way to it that is gone per display frame; less is smoother",
            SMOOTHING,
            own.blend,
            (now.blend, first.blend),
        ),
    )
    return tuple(
        NativeParameter(f"{VISEMESYNC}/motion/{name}", name, "VisemeSync", f"{about}; today {both[0]:g}, at first {both[1]:g}.", *ends, own)
        for name, about, ends, own, both in rows
    )


#: our own profile's one number: how far sounds run into each other
OVERLAP = NativeParameter(
    f"{VISEMES}/motion/overlap", "Overlap", "Visemes",
    "How far neighbouring sounds run into each other: 0 holds every shape and jumps to the next, 1 as people speak, 2 flows",
    0.0, 2.0, 1.0,
)  # fmt: skip


def viseme_overlap(native: Mapping[str, float]) -> float:
    """The overlap in force.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    value = 1.0
    for key, value in of_family(native, VISEMES).items():
        if key != OVERLAP.key:
            raise PresetError(f"Visemes have no parameter {key.rpartition('/')[2]!r}; correct the preset.")
        if not OVERLAP.low <= value <= OVERLAP.high:
            raise PresetError(
                f"The overlap of visemes must be between {OVERLAP.low:g} and {OVERLAP.high:g}, not {value:g}; correct the preset."
            )
    return value


def visemesync_setting(native: Mapping[str, float], profile: str) -> BlendSetting:
    """The setting in force.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    values = {each.key: each.default for each in visemesync_parameters(profile)}
    for key, value in of_family(native, VISEMESYNC).items():
        if key not in values:
            raise PresetError(f"VisemeSync has no parameter {key.rpartition('/')[2]!r}; correct the preset.")
        low, high = INTENSITY if key.endswith("intensity") else SMOOTHING
        if not low <= value <= high:
            raise PresetError(
                f"VisemeSync's {key.rpartition('/')[2]} must be between {low:g} and {high:g}, not {value:g}; correct the preset."
            )
        values[key] = value
    return BlendSetting(values[f"{VISEMESYNC}/motion/smoothing"], values[f"{VISEMESYNC}/motion/intensity"])


#: the largest overlap that can be set
MOST_OVERLAP = OVERLAP.high


def _near(phones: tuple[Phone, ...], span_s: tuple[float, float]) -> tuple[Phone, ...]:
    """The phones in a stretch, and two more on both sides."""
    first = bisect_left(phones, span_s[0], key=lambda phone: phone.end_s)
    end = bisect_left(phones, span_s[1], key=lambda phone: phone.start_s)
    return phones[max(first - 2, 0) : end + 2]


def _near_events(events: tuple[VisemeEvent, ...], span_s: tuple[float, float]) -> tuple[VisemeEvent, ...]:
    first, end = (bisect_left(events, at_s, key=lambda event: event.offset_s) for at_s in span_s)
    return events[max(first - 3, 0) : end + 3]


class VisemeSource:
    """Phones (or Azure events) to visemes and ARKit weights.

    Args:
        profile: ``recommended``, ``visemesync`` (its present published setting) or ``visemesync-early`` (its first).
        fps: frames per second of the animation.
        style: timing and strength of the recommended profile.
        recipes: viseme -> ARKit weights, for both kinds of profile.

    Raises:
        SourceError: an unknown profile.
    """

    is_mock = False

    def __init__(
        self,
        profile: str = "recommended",
        fps: float = 60.0,
        style: Style | None = None,
        recipes: Mapping[str, Mapping[str, float]] = VISEME_RECIPES,
    ) -> None:
        if profile not in PROFILES:
            raise SourceError(f"There is no viseme profile {profile!r}; choose from {', '.join(PROFILES)}.")
        self.profile = profile
        self.name = "visemes" if profile == "recommended" else f"visemes:{profile}"
        self.label = _LABELS[profile]
        self.fps = fps
        self._style = style or Style(recipes=recipes)
        self._recipes = recipes
        self._setting = VISEMESYNC_SETTINGS.get(profile)

    def set_native(self, native: Mapping[str, float]) -> None:
        """Take the parameters of a tuning (core.native) for the next run: VisemeSync's two, or the overlap of the recommended profile.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        if self._setting is not None:
            self._setting = visemesync_setting(native, self.profile)
        else:
            self._style = replace(self._style, overlap=viseme_overlap(native))

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; a chunk is about one second.

        Raises:
            SourceError: the speech has neither phones nor viseme events.
        """
        n_frames = frame_count(speech, self.fps)
        if n_frames:
            lane = self._lane()
            lane.hear(*self._usable(speech.phones, speech.visemes), speech.audio.duration_s)
            yield from self._chunks(lane, (0, n_frames), cancel)

    def follow(self, arriving: ArrivingSpeech, cancel: CancelToken) -> Iterator[Animation]:
        """See Follows; a frame waits until the timings around it are known, and phones go before events.

        Raises:
            SourceError: as ``generate``, once all has arrived.
        """
        lane, made, samples, known_s = self._lane(), 0, 0, -np.inf
        phones: list[Phone] = []
        events: list[VisemeEvent] = []
        for piece in arriving.pieces(cancel):
            samples += len(piece.samples)
            if piece.phones or piece.visemes:
                phones += piece.phones
                events += piece.visemes
                known_s = lane.hear(*self._timings(phones, events))
            end = min(frames_of(samples, arriving.rate, self.fps), int(max(known_s * self.fps, -1.0)) + 1)
            if end - made >= LEAST_S * self.fps:
                yield from self._chunks(lane, (made, end), cancel)
                made = end
        total = frames_of(samples, arriving.rate, self.fps)
        if total and not cancel.is_set():
            lane.hear(*self._usable(*self._timings(phones, events)), samples / arriving.rate)
            yield from self._chunks(lane, (made, total), cancel)

    def glimpse(self, speech: Speech, span_s: tuple[float, float]) -> Animation | None:
        """See Glimpses; the frames are those of the whole, but for the last bits of a float. Of a setting that follows slowly, None."""
        n_frames = frame_count(speech, self.fps)
        first = max(math.ceil(span_s[0] * self.fps), 0)
        end = min(math.floor(span_s[1] * self.fps) + 1, n_frames)
        lane, before_s = self._lane(), self.reach_s
        if first >= end or before_s > MOST_REACH_S:
            return None
        near = span_s[0] - before_s - CONTEXT_S, span_s[1] + AHEAD_S * MOST_OVERLAP + CONTEXT_S
        phones, events = self._usable(*self._timings(speech.phones, speech.visemes))
        lane.hear(_near(phones, near), _near_events(events, near), speech.audio.duration_s)
        if isinstance(lane, EventLane):
            lane.begin(span_s[0] - before_s)
        arkit, visemes = lane.frames(np.arange(first, end) / self.fps)
        track = BlendshapeTrack(arkit, self.fps, first / self.fps)
        return Animation(track, replace(track, weights=visemes, channels=VISEME_CHANNELS), self.label)

    def touched(self, span_s: tuple[float, float]) -> tuple[float, float]:
        """See Mends."""
        before_s = AHEAD_S * max(self._style.overlap, 1.0) if self._setting is None else 2.0 / DISPLAY_FPS
        return span_s[0] - before_s, span_s[1] + self.reach_s

    @property
    def reach_s(self) -> float:
        """How long a timing that changes is seen in the motion after it, in seconds."""
        if self._setting is None:
            return AHEAD_S * max(self._style.overlap, 1.0)
        return math.log(FORGOTTEN) / math.log(max(1.0 - self._setting.blend, 1e-9)) / DISPLAY_FPS

    def _chunks(self, lane: TimedLane, span: tuple[int, int], cancel: CancelToken) -> Iterator[Animation]:
        for first, end in chunk_ranges(span[1] - span[0], self.fps):
            if cancel.is_set():
                return
            arkit, visemes = lane.frames((np.arange(first, end) + span[0]) / self.fps)
            if cancel.is_set():
                return
            track = BlendshapeTrack(arkit, self.fps, (span[0] + first) / self.fps)
            yield Animation(track, replace(track, weights=visemes, channels=VISEME_CHANNELS), self.label)

    def _lane(self) -> TimedLane:
        return PhoneLane(self._style, self.fps) if self._setting is None else EventLane(self._setting, self._recipes)

    def _timings(self, phones: Sequence[Phone], events: Sequence[VisemeEvent]) -> tuple[tuple[Phone, ...], tuple[VisemeEvent, ...]]:
        """What of the timings is looked at, in order."""
        return tuple(sorted(phones, key=lambda p: p.start_s)), tuple(sorted(events, key=lambda e: e.offset_s))

    def _usable(self, phones: tuple[Phone, ...], events: tuple[VisemeEvent, ...]) -> tuple[tuple[Phone, ...], tuple[VisemeEvent, ...]]:
        """The timings of a whole speech, when something can be made of them.

        Raises:
            SourceError: nothing can.
        """
        if not phones and not events:
            raise SourceError("Visemes need to know when which sound is spoken; type the text of this recording so that it can be aligned.")
        return phones, events
