"""Lip-sync lint: everything that can be known to be wrong with a track, from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.speech import AudioClip, Phone
from app.core.track import BlendshapeTrack
from app.review import causes, curve_rules, face_rules, mouth_rules, timing_rules
from app.review.advice import with_advice
from app.review.finding import Finding, in_order
from app.review.material import Material, runs

CHECKS: tuple[Callable[[Material], Iterator[Finding]], ...] = (
    mouth_rules.closures, mouth_rules.silence, mouth_rules.end, mouth_rules.coverage,
    timing_rules.rate, timing_rules.sync, timing_rules.unrelated,
    curve_rules.value_range, curve_rules.clipping, curve_rules.jitter, curve_rules.pops, curve_rules.viseme_pops,
    curve_rules.dead, curve_rules.sides, curve_rules.close_over_jaw,
    face_rules.eyes, face_rules.tongue, face_rules.opposites, face_rules.small,
)  # fmt: skip


def _not_numbers(weights: np.ndarray, fps: float, start_s: float) -> list[Finding]:
    """One finding per stretch of frames that hold NaN or infinity."""
    bad = ~np.isfinite(weights)
    found = []
    for a, b in runs(bad.any(axis=1)):
        channels = tuple(ARKIT_CHANNELS[i] for i in np.flatnonzero(bad[a:b].any(axis=0)))
        sentence = f"{b - a} frame{'s' if b - a > 1 else ''} of {channels[0]} hold no number (NaN or infinite); export the track again."
        found.append(Finding(start_s + a / fps, (b - a) / fps, "error", "not-a-number", sentence, channels))
    return found


def lint_weights(
    weights: np.ndarray, fps: float, start_s: float = 0.0, audio: AudioClip | None = None, phones: Iterable[Phone] = ()
) -> tuple[Finding, ...]:
    """Check raw numbers, which may be no numbers at all.

    Args:
        weights: (n, 52) in ARKIT_CHANNELS order.
        fps: frames per second.
        start_s: time of frame 0 in seconds.
        audio: the sound; without it and without phones, nothing is known about silence and sync.
        phones: timed phones; without them closures cannot be judged.

    Returns:
        Findings by time.
    """
    numbers = BlendshapeTrack(np.nan_to_num(weights, posinf=0.0, neginf=0.0), fps, start_s)
    return in_order(_not_numbers(weights, fps, start_s) + _checked(numbers, audio, tuple(phones)))


def _checked(
    track: BlendshapeTrack, audio: AudioClip | None, phones: tuple[Phone, ...], visemes: BlendshapeTrack | None = None
) -> list[Finding]:
    judged, scale = causes.percent(track)
    material = Material(judged, audio, phones, visemes)
    found = causes.without_consequences([finding for check in CHECKS for finding in check(material)])
    found = with_advice(found, material)
    return found if scale is None else [scale, *found]


def lint(
    track: BlendshapeTrack, audio: AudioClip | None = None, phones: Iterable[Phone] = (), visemes: BlendshapeTrack | None = None
) -> tuple[Finding, ...]:
    """Check a track; see ``lint_weights``.

    Args:
        track: the 52 channels.
        audio: the sound, or None.
        phones: timed phones.
        visemes: the 15 viseme weights beside the track, or None.

    Returns:
        Findings by time.
    """
    if track.channels != ARKIT_CHANNELS:
        raise ValueError("lint works on the 52 ARKit channels")
    return in_order(_checked(track, audio, tuple(phones), visemes))
