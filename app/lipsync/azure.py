"""What Azure sends along with its sound, as sources: viseme IDs, and the blendshapes of its FacialExpression.

Neither can be made from a sound: the speech must have come from Azure. Facts about both streams: an ID is no index into the Oculus
list; blendshapes come 60 a second in chunks whose order is not certain, begin with an empty event, and go a little below 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.arriving import ArrivingSpeech, in_order
from app.core.cancel import CancelToken
from app.core.errors import SourceError
from app.core.head import faded_angles
from app.core.sampling import sampled
from app.core.side import SideChannels
from app.core.smoothing import smooth_step
from app.core.source_spec import SourceSpec
from app.core.speech import FACIAL_FPS, FacialFrames, Phone, Speech, VisemeEvent
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import chunk_ranges, frame_count, frames_of
from app.lipsync.visemes import LEAST_S, VisemeSource

#: the 55 values of a frame, by the names of this program; Azure calls the last three headRoll, leftEyeRoll, rightEyeRoll
FACIAL_CHANNELS = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut", "HeadRoll", "LeftEyeRoll", "RightEyeRoll",
)  # fmt: skip
#: the angles that travel beside the shapes; Azure states no unit, they are taken as radians like those of Live Link Face
ANGLES = ("HeadRoll", "LeftEyeRoll", "RightEyeRoll")
_SHAPES = [FACIAL_CHANNELS.index(name) for name in ARKIT_CHANNELS]
_ROLLS = [FACIAL_CHANNELS.index(name) for name in ANGLES]
#: frames that are missing between two chunks are waited for until so many later ones are there
_PATIENCE = 60
#: where the frames end before the sound, the last one is held so long, and the face then takes so long to rest, in seconds
_HOLD_S, _EASE_S = 0.1, 0.3

#: Azure's two lanes, and the network on the same sound
THREE_LANES = (SourceSpec("azure-visemes"), SourceSpec("azure-blendshapes"), SourceSpec("a2f"))

NO_VISEMES = (
    "This speech came without Azure's visemes; speak it with a voice of Azure, or choose Visemes (recommended) as the source of motion."
)
ONLY_SILENCE = (
    "This voice sends no visemes, only the ID for silence, as some languages of Azure do; choose another voice, or let Audio2Face move the"
    " face."
)
NO_BLENDSHAPES = (
    "This speech came without Azure's blendshapes; speak it with a voice of Azure that has them, or choose another source of motion."
)
_LABELS = MappingProxyType(
    {"recommended": "Azure visemes", "visemesync": "Azure visemes (VisemeSync)"},
)


def lanes_missing(speech: Speech | None) -> str:
    """Why the three lanes cannot be set beside one another, in one sentence; "" when they can."""
    if speech is None:
        return "Speak a line with a voice of Azure first: its visemes and blendshapes come with the sound."
    return visemes_missing(speech) or blendshapes_missing(speech)


def visemes_missing(speech: Speech) -> str:
    """Why Azure's visemes cannot move a face through this speech, in one sentence; "" when they can."""
    if not speech.visemes:
        return NO_VISEMES
    return "" if any(event.viseme_id for event in speech.visemes) else ONLY_SILENCE


def blendshapes_missing(speech: Speech) -> str:
    """Why Azure's blendshapes cannot move a face through this speech, in one sentence; "" when they can."""
    return "" if any(len(chunk.values) for chunk in speech.facial) else NO_BLENDSHAPES


class AzureVisemes(VisemeSource):
    """Azure's viseme IDs, whatever else is known of the speech.

    Args:
        profile: ``recommended`` for our coarticulation, ``visemesync`` for VisemeSync's exact table and smoothing.
        fps: frames per second of the animation.

    Raises:
        SourceError: an unknown profile.
    """

    def __init__(self, profile: str = "recommended", fps: float = 60.0) -> None:
        if profile not in _LABELS:
            raise SourceError(f"Azure's visemes can be followed as azure-visemes or azure-visemes:visemesync, not {profile!r}.")
        super().__init__(profile, fps)
        self.name = "azure-visemes" if profile == "recommended" else f"azure-visemes:{profile}"
        self.label = _LABELS[profile]

    def _timings(self, phones: Sequence[Phone], events: Sequence[VisemeEvent]) -> tuple[tuple[Phone, ...], tuple[VisemeEvent, ...]]:
        return super()._timings((), events)

    def _usable(self, phones: tuple[Phone, ...], events: tuple[VisemeEvent, ...]) -> tuple[tuple[Phone, ...], tuple[VisemeEvent, ...]]:
        if not any(event.viseme_id for event in events):
            raise SourceError(ONLY_SILENCE if events else NO_VISEMES)
        return (), tuple(sorted(events, key=lambda e: e.offset_s))


class AzureBlendshapes:
    """Azure's FacialExpression: 52 shapes, and the roll of head and eyes as side channels.

    Values outside 0..1 are limited, frames that are missing are bridged by straight lines, what is missing at the start is the first
    frame, and where the frames end before the sound the face goes to rest.

    Args:
        fps: frames per second of the animation; Azure's own are 60.
    """

    is_mock = False
    name = "azure-blendshapes"
    label = "Azure blendshapes"

    def __init__(self, fps: float = 60.0) -> None:
        self.fps = fps

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; a chunk is about one second.

        Raises:
            SourceError: the speech came without blendshapes.
        """
        total = frame_count(speech, self.fps)
        if total and not cancel.is_set():
            yield from self._chunks(_Frames(speech.facial), (0, total), cancel)

    def follow(self, arriving: ArrivingSpeech, cancel: CancelToken) -> Iterator[Animation]:
        """See Follows; a frame waits for the one after it, and frames that are skipped are waited for while little else has come.

        Raises:
            SourceError: as ``generate``, once all has arrived.
        """
        chunks: tuple[FacialFrames, ...] = ()
        made = samples = 0
        known = 0.0
        for piece in arriving.pieces(cancel):
            samples += len(piece.samples)
            if piece.facial:
                chunks = in_order((*chunks, *piece.facial))
                known = _Frames(chunks).certain / FACIAL_FPS
            end = min(frames_of(samples, arriving.rate, self.fps), int(known * self.fps))
            if end - made >= LEAST_S * self.fps:
                yield from self._chunks(_Frames(chunks), (made, end), cancel)
                made = end
        total = frames_of(samples, arriving.rate, self.fps)
        if total and not cancel.is_set():
            yield from self._chunks(_Frames(chunks), (made, total), cancel)

    def glimpse(self, speech: Speech, span_s: tuple[float, float]) -> Animation | None:
        """See Glimpses."""
        first = max(math.ceil(span_s[0] * self.fps), 0)
        end = min(math.floor(span_s[1] * self.fps) + 1, frame_count(speech, self.fps))
        frames = _Frames(speech.facial)
        return self._stretch(frames, first, end) if first < end and len(frames.places) else None

    def touched(self, span_s: tuple[float, float]) -> tuple[float, float]:
        """See Mends; a frame has to do with those beside it."""
        return span_s[0] - 1.0 / FACIAL_FPS, span_s[1] + _HOLD_S + _EASE_S

    def _chunks(self, frames: _Frames, span: tuple[int, int], cancel: CancelToken) -> Iterator[Animation]:
        if not len(frames.places):
            raise SourceError(NO_BLENDSHAPES)
        for first, end in chunk_ranges(span[1] - span[0], self.fps):
            if cancel.is_set():
                return
            yield self._stretch(frames, span[0] + first, span[0] + end)

    def _stretch(self, frames: _Frames, first: int, end: int) -> Animation:
        rows, fade = frames.at(np.arange(first, end) / self.fps)
        weights = np.clip(rows[:, _SHAPES], 0.0, 1.0) * fade[:, None]
        side = SideChannels(ANGLES, faded_angles(ANGLES, rows[:, _ROLLS], fade))
        return Animation(BlendshapeTrack(weights, self.fps, first / self.fps, side=side), label=self.label, owns_eyes=True)


class _Frames:
    """Azure's frames on one time line.

    Attributes:
        places: (n,) numbers of the frames that are there, rising.
        certain: number of the last frame before which nothing more is waited for.
    """

    def __init__(self, chunks: tuple[FacialFrames, ...]) -> None:
        placed = in_order(chunks)
        self.places = np.concatenate([np.zeros(0), *(chunk.first + np.arange(len(chunk.values)) for chunk in placed)])
        rows = np.concatenate([np.zeros((0, len(FACIAL_CHANNELS)), np.float32), *(chunk.values for chunk in placed)])
        self._rows = np.nan_to_num(rows, posinf=1.0, neginf=0.0)
        ahead = np.diff(np.concatenate([[-1.0], self.places])) > 1.0
        gaps = np.flatnonzero(ahead & (np.arange(len(self.places)) > len(self.places) - _PATIENCE))
        last = len(self.places) - 1 if not len(gaps) else int(gaps[0]) - 1
        self.certain = max(float(self.places[last]), 0.0) if last >= 0 else 0.0

    def at(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 55) values at (n,) times in seconds, and (n,) how much of them is left where the frames have ended."""
        over_s = times_s - (self.places[-1] + 1) / FACIAL_FPS - _HOLD_S
        fade = (1.0 - smooth_step(over_s / _EASE_S)).astype(np.float32)
        return sampled(self._rows, times_s * FACIAL_FPS, self.places), fade
