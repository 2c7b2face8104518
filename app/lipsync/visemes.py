"""Lip sync from phone timings: a recommended profile of our own, and what VisemeSync does, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX, VISEMES
from app.core.cancel import CancelToken
from app.core.coarticulation import MouthMotion, Style
from app.core.errors import PresetError, SourceError
from app.core.native import VISEMESYNC, NativeParameter, of_family
from app.core.speech import Phone, Speech, VisemeEvent
from app.core.track import Animation, BlendshapeTrack
from app.core.visemes import VISEME_RECIPES, VISEMESYNC_TABLE, azure_events, phones_from_events, projection_matrix
from app.lipsync.source import chunk_ranges, frame_count

#: VisemeSync blends once per display frame; its numbers mean what they mean at this rate
DISPLAY_FPS = 60.0
#: weights below this become 0 in VisemeSync
SNAP = 0.01
#: VisemeSync damps jawForward to this share, against the underbite of its avatars
JAW_FORWARD_SHARE = 0.3


#: (n,) times in seconds -> (n, 52) ARKit weights and (n, 15) visemes
Frames = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class BlendSetting:
    """How VisemeSync follows events.

    Attributes:
        blend: the share of the remaining way that every weight goes per display frame, 0-1.
        intensity: the weight that the spoken viseme aims at.
    """

    blend: float
    intensity: float


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


class EventFollower:
    """VisemeSync's smoothing: all 15 weights move toward the present event's viseme, frame by frame.

    Args:
        events: Azure events in order.
        setting: blend and intensity.
        table: Azure ID -> viseme.
    """

    def __init__(self, events: tuple[VisemeEvent, ...], setting: BlendSetting, table: tuple[str, ...] = VISEMESYNC_TABLE) -> None:
        self._setting = setting
        self._offsets_s = np.array([event.offset_s for event in events])
        known = [event.viseme_id if 0 <= event.viseme_id < len(table) else 0 for event in events]
        self._columns = [VISEME_INDEX[table[i]] for i in known]
        self._weights = np.zeros(len(VISEMES))
        self._previous = self._weights
        self._frame = -1

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
        """Take VisemeSync's parameters of a tuning (core.native) for the next run; the recommended profile has none.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        if self._setting is not None:
            self._setting = visemesync_setting(native, self.profile)

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; a chunk is about one second.

        Raises:
            SourceError: the speech has neither phones nor viseme events.
        """
        n_frames = frame_count(speech, self.fps)
        if not n_frames:
            return
        if not speech.phones and not speech.visemes:
            raise SourceError("Visemes need to know when which sound is spoken; type the text of this recording so that it can be aligned.")
        frames = self._recommended(speech) if self.profile == "recommended" else self._visemesync(speech)
        for first, end in chunk_ranges(n_frames, self.fps):
            if cancel.is_set():
                return
            arkit, visemes = frames(np.arange(first, end) / self.fps)
            if cancel.is_set():
                return
            track = BlendshapeTrack(arkit, self.fps, first / self.fps)
            yield Animation(track, replace(track, weights=visemes, channels=VISEME_CHANNELS), self.label)

    def _recommended(self, speech: Speech) -> Frames:
        phones: tuple[Phone, ...] = speech.phones or phones_from_events(speech.visemes, speech.audio.duration_s)
        return MouthMotion(phones, self._style, 1.0 / self.fps).frames

    def _visemesync(self, speech: Speech) -> Frames:
        assert self._setting is not None
        follower = EventFollower(speech.visemes or azure_events(speech.phones), self._setting)
        recipes = projection_matrix(self._recipes)
        recipes[:, ARKIT_INDEX["jawForward"]] *= JAW_FORWARD_SHARE

        def frames(times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            visemes = np.stack([follower.at(t) for t in times_s]).astype(np.float32)
            return np.clip(visemes @ recipes, 0.0, 1.0), visemes

        return frames
