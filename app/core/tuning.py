"""The user's adjustments: raw -> mouths of a chart -> shapes -> regions -> intensity -> smoothing -> attack and release -> edits -> film ->
ends -> offset.

Every stage at its default is skipped, so identity settings return the very same numbers. All times are in milliseconds
and mean the same at every frame rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_INDEX, mirrored
from app.core.contacts import contact_envelope, with_closed_lips, with_closed_visemes
from app.core.curve_edits import CurveEdit, edited, edited_visemes
from app.core.lips import lip_opening
from app.core.mouths.charts import CHARTS
from app.core.mouths.drawn import held, redrawn
from app.core.regions import PARTS, REGIONS
from app.core.smoothing import SHORTEST_S, attack_release, filter_kernel, filtered, kernel_delay_s, smooth_step
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack

#: openings, in units of jawOpen, between which a frame counts more and more as a contact; a wide-open mouth is about 0.5
_TOUCHING, _PARTED = 0.04, 0.12
_MOUTH = np.array([ARKIT_INDEX[name] for name in REGIONS["lower"]])
_JAW_OPEN, _MOUTH_CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]

Kind = Literal["offline", "live"]


@dataclass(frozen=True)
class ShapeTuning:
    """One channel's adjustment: ``weight * gain + offset``, then the limits.

    Attributes:
        gain: factor.
        offset: added after the gain.
        mute: hold at 0.
        solo: if any channel is solo, all others are held at 0.
        low: smallest value, None for no limit.
        high: largest value, None for no limit.
    """

    gain: float = 1.0
    offset: float = 0.0
    mute: bool = False
    solo: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Tuning:
    """All adjustments of one slot; the defaults change nothing.

    Attributes:
        shapes: channel -> adjustment; absent channels are untouched.
        linked: whether an edit of one side (``with_shape``) goes to the other side too.
        symmetry: 0 keeps left and right as they are, 1 gives both their mean.
        regions: region of core.regions.REGIONS -> strength; a channel's strength is the product of its regions'.
        intensity: overall strength, 0-2.
        smoothing_ms: part of core.regions.PARTS -> spread (standard deviation) of the smoothing in time.
        kind: ``offline`` looks ahead and delays nothing; ``live`` uses the past only and is late by ``live_delay_ms``.
        keep_contacts: lip contacts of the raw track survive gains and smoothing.
        close_lips: how far the lips are brought together on P, B and M where the source left them open, 0-1; needs phones.
        attack_ms: time constant of rising weights, 0 for none.
        release_ms: time constant of falling weights, 0 for none.
        ease_in_ms: how long the face takes from neutral at the start of the clip.
        ease_out_ms: how long it takes back to neutral at the end.
        offset_ms: moves the animation against the sound; positive is later.
        chart: of ``core.mouths.charts.CHARTS``: the mouth is redrawn with its few shapes; "" leaves the source's own.
        overlap: how far the shapes of a chart run into each other, 0-2; see ``coarticulation.Style``.
        held: pictures of film, 24 a second, that every drawing is shown for; 0 for a face that moves in every frame.
        native: parameters of the source's own (core.native), which act before all of this; other sources leave them alone.
    """

    shapes: Mapping[str, ShapeTuning] = field(default_factory=dict)
    linked: bool = True
    symmetry: float = 0.0
    regions: Mapping[str, float] = field(default_factory=dict)
    intensity: float = 1.0
    smoothing_ms: Mapping[str, float] = field(default_factory=dict)
    kind: Kind = "offline"
    keep_contacts: bool = True
    close_lips: float = 0.0
    attack_ms: float = 0.0
    release_ms: float = 0.0
    ease_in_ms: float = 0.0
    ease_out_ms: float = 0.0
    offset_ms: float = 0.0
    chart: str = ""
    overlap: float = 1.0
    held: int = 0
    native: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_neutral(self) -> bool:
        """Whether nothing is changed of what a source makes."""
        return replace(self, native={}) == Tuning()

    def with_shape(self, channel: str, shape: ShapeTuning) -> Tuning:
        """A copy with one channel adjusted, and its partner on the other side when sides are linked."""
        both = {channel, mirrored(channel)} if self.linked else {channel}
        shapes = {name: value for name, value in self.shapes.items() if name not in both}
        if shape != ShapeTuning():
            shapes |= dict.fromkeys(sorted(both), shape)
        return replace(self, shapes=shapes)

    def live_delay_ms(self, fps: float) -> dict[str, float]:
        """How late each smoothed part is when smoothed live, in milliseconds, whichever kind is chosen."""
        return {part: 1e3 * kernel_delay_s(filter_kernel(ms / 1e3, fps, "live"), fps) for part, ms in self.smoothing_ms.items() if ms > 0}

    def strength(self, channel: str) -> float:
        """The product of the strengths of a channel's regions and the intensity."""
        value = self.intensity
        for region, factor in self.regions.items():
            if channel in REGIONS[region]:
                value *= factor
        return value


def _scaled(weights: np.ndarray, tuning: Tuning) -> np.ndarray:
    """Shapes, symmetry, regions and intensity."""
    out = weights.copy()
    solo = {name for name, shape in tuning.shapes.items() if shape.solo}
    for name, shape in tuning.shapes.items():
        column = out[:, ARKIT_INDEX[name]]
        if shape.gain != 1.0:
            column *= np.float32(shape.gain)
        if shape.offset != 0.0:
            column += np.float32(shape.offset)
        if shape.mute:
            column[:] = 0.0
        if shape.low is not None or shape.high is not None:
            np.clip(column, shape.low, shape.high, out=column)
    if solo:
        out[:, [i for name, i in ARKIT_INDEX.items() if name not in solo]] = 0.0
    if tuning.symmetry:
        for name, i in ARKIT_INDEX.items():
            if name.endswith("Left"):
                j = ARKIT_INDEX[mirrored(name)]
                mean = (out[:, i] + out[:, j]) / 2
                out[:, i] += (mean - out[:, i]) * np.float32(tuning.symmetry)
                out[:, j] += (mean - out[:, j]) * np.float32(tuning.symmetry)
    for name, i in ARKIT_INDEX.items():
        strength = tuning.strength(name)
        if strength != 1.0:
            out[:, i] *= np.float32(strength)
    return out


def _contact(weights: np.ndarray) -> np.ndarray:
    """(n,) 0-1: 1 where the lips touch, 0 where they are clearly apart; depends on each frame alone, so it is causal."""
    return smooth_step((_PARTED - lip_opening(weights)) / (_PARTED - _TOUCHING)).astype(np.float32)


def _with_contacts_closed(scaled: np.ndarray, raw: np.ndarray, tuning: Tuning) -> np.ndarray:
    """Where the raw lips touch, mouthClose takes back what gains have opened, as far as jawOpen allows."""
    shape = tuning.shapes.get("mouthClose", ShapeTuning())
    if shape.mute or any(s.solo for s in tuning.shapes.values()):
        return scaled
    opened = np.maximum(lip_opening(scaled) - lip_opening(raw), 0.0) * _contact(raw)
    if not opened.any():
        return scaled
    out = scaled.copy()
    most = np.maximum(out[:, _JAW_OPEN], out[:, _MOUTH_CLOSE])
    out[:, _MOUTH_CLOSE] = np.minimum(out[:, _MOUTH_CLOSE] + opened, most)
    return out


def _smoothed(weights: np.ndarray, fps: float, tuning: Tuning) -> np.ndarray:
    """Smoothing per part, then attack and release, with contacts put back."""
    active = {part: ms for part, ms in tuning.smoothing_ms.items() if ms > 0}
    if not active and tuning.attack_ms <= 0 and tuning.release_ms <= 0:
        return weights
    out = weights.copy()
    for part, ms in active.items():
        columns = [ARKIT_INDEX[name] for name in PARTS[part]]
        out[:, columns] = filtered(weights[:, columns], filter_kernel(ms / 1e3, fps, tuning.kind), tuning.kind)
    out = attack_release(out, fps, tuning.attack_ms / 1e3, tuning.release_ms / 1e3)
    return with_contacts_kept(out, weights) if tuning.keep_contacts else out


def with_contacts_kept(smoothed: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Put lip contacts back that smoothing has opened.

    Args:
        smoothed: (n, 52), overwritten.
        weights: (n, 52) before smoothing.

    Returns:
        ``smoothed``.
    """
    smoothed[:, _MOUTH] += (weights[:, _MOUTH] - smoothed[:, _MOUTH]) * _contact(weights)[:, None]
    return smoothed


def ease_envelope(n_frames: int, fps: float, tuning: Tuning) -> np.ndarray | None:
    """(n,) float32 factors that bring a clip from neutral and back to neutral, or None when there is no ease."""
    ease_in_s, ease_out_s = tuning.ease_in_ms / 1e3, tuning.ease_out_ms / 1e3
    if not n_frames or max(ease_in_s, ease_out_s) < SHORTEST_S:
        return None
    seconds = np.arange(n_frames) / fps
    envelope = np.ones(n_frames)
    if ease_in_s >= SHORTEST_S:
        envelope *= smooth_step(seconds / ease_in_s)
    if ease_out_s >= SHORTEST_S:
        envelope *= smooth_step((seconds[-1] - seconds) / ease_out_s)
    return envelope.astype(np.float32)


def _eased(track: BlendshapeTrack, tuning: Tuning) -> BlendshapeTrack:
    """Neutral at both ends of the clip."""
    envelope = ease_envelope(len(track), track.fps, tuning)
    return track if envelope is None else track.with_weights(track.weights * envelope[:, None])


def tuning_stages(
    track: BlendshapeTrack,
    tuning: Tuning,
    phones: Iterable[Phone] = (),
    edits: Sequence[CurveEdit] = (),
    visemes: BlendshapeTrack | None = None,
) -> dict[str, BlendshapeTrack]:
    """The track after every stage, for the stage picker.

    Args:
        track: the 52 channels.
        tuning: the adjustments.
        phones: on the track's time line, for ``close_lips``.
        edits: of stretches, by hand; their times are the track's own, so that the A/V offset moves them along.
        visemes: (n, 15) of the same motion, from which a chart's mouths are chosen where no phones are known.

    Returns:
        ``raw``, ``drawn`` (mouths of a chart), ``gain`` (shapes, regions, intensity, closed lips), ``smooth`` (smoothing, attack and
        release), ``edited`` (edits by hand, held as film does) and ``tuned`` (all).
        A stage that changes nothing returns the very track before it.
    """
    if track.channels != ARKIT_CHANNELS:
        raise ValueError("tuning works on the 52 ARKit channels; see tuned_animation for visemes")
    phones = tuple(phones)
    drawn = redrawn(track, CHARTS[tuning.chart], tuning.overlap, phones, visemes)[0] if tuning.chart else track
    gain = drawn
    if tuning.shapes or tuning.symmetry or tuning.regions or tuning.intensity != 1.0:
        scaled = _scaled(drawn.weights, tuning)
        gain = drawn.with_weights(_with_contacts_closed(scaled, drawn.weights, tuning) if tuning.keep_contacts else scaled)
    if tuning.close_lips > 0:
        gain = gain.with_weights(with_closed_lips(gain.weights, contact_envelope(track, phones), tuning.close_lips))
    weights = _smoothed(gain.weights, track.fps, tuning)
    smooth = gain if weights is gain.weights else gain.with_weights(weights)
    by_hand = held(edited(smooth, edits), tuning.held)
    tuned = _eased(by_hand, tuning)
    if tuning.offset_ms:
        tuned = replace(tuned, start_s=tuned.start_s + tuning.offset_ms / 1e3)
    return {"raw": track, "drawn": drawn, "gain": gain, "smooth": smooth, "edited": by_hand, "tuned": tuned}


def apply_tuning(track: BlendshapeTrack, tuning: Tuning, phones: Iterable[Phone] = ()) -> BlendshapeTrack:
    """The tuned track; the very same track for identity settings.

    Args:
        track: the 52 channels.
        tuning: the adjustments.
        phones: on the track's time line, for ``close_lips``.
    """
    return tuning_stages(track, tuning, phones)["tuned"]


def _tuned_visemes(track: BlendshapeTrack, tuning: Tuning, phones: Iterable[Phone], edits: Sequence[CurveEdit]) -> BlendshapeTrack:
    """What of a tuning applies to viseme weights: strength of the lips, their smoothing, edits, film, the ends and the offset."""
    strength = tuning.strength("mouthFunnel")
    ms = tuning.smoothing_ms.get("lips", 0.0)
    if tuning.close_lips > 0:
        track = track.with_weights(with_closed_visemes(track.weights, contact_envelope(track, phones), tuning.close_lips))
    out = track.weights
    if strength != 1.0 or ms > 0 or tuning.attack_ms > 0 or tuning.release_ms > 0:
        out = track.weights.copy()
        contact = out[:, VISEME_INDEX["PP"]].copy()[:, None]
        out[:, 1:] *= np.float32(strength)
        if tuning.keep_contacts:
            out[:, 1:] += (track.weights[:, 1:] - out[:, 1:]) * contact
        crisp = out
        if ms > 0:
            out = filtered(out, filter_kernel(ms / 1e3, track.fps, tuning.kind), tuning.kind)
        out = attack_release(out, track.fps, tuning.attack_ms / 1e3, tuning.release_ms / 1e3)
        if tuning.keep_contacts:
            out = out + (crisp - out) * contact
        out[:, 0] = np.maximum(1.0 - out[:, 1:].sum(axis=1), 0.0)
    by_hand = edited_visemes(track if out is track.weights else track.with_weights(out), edits)
    tuned = _eased(held(by_hand, tuning.held), tuning)
    return replace(tuned, start_s=tuned.start_s + tuning.offset_ms / 1e3) if tuning.offset_ms else tuned


def tuned_animation(animation: Animation, tuning: Tuning, phones: Iterable[Phone] = (), edits: Sequence[CurveEdit] = ()) -> Animation:
    """A tuned animation: both its lanes, so that any avatar shows the tuning; arguments as of ``tuning_stages``."""
    if tuning.is_neutral and not edits:
        return animation
    phones = tuple(phones)
    if tuning.chart:  # both lanes are drawn at once
        drawn, shown = redrawn(animation.arkit, CHARTS[tuning.chart], tuning.overlap, phones, animation.visemes)
        animation = replace(animation, arkit=drawn, visemes=None if animation.visemes is None else shown)
        tuning = replace(tuning, chart="")
    visemes = None if animation.visemes is None else _tuned_visemes(animation.visemes, tuning, phones, edits)
    return replace(animation, arkit=tuning_stages(animation.arkit, tuning, phones, edits)["tuned"], visemes=visemes)
