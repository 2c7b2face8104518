"""Lip-sync lint: everything that can be known to be wrong with a track, from its numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.speech import AudioClip, Phone
from app.core.track import BlendshapeTrack
from app.review import causes
from app.review.advice import with_advice
from app.review.finding import Finding, in_order
from app.review.material import Material, runs
from app.review.rules import judged
from app.review.seen import seen_track


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
    track: BlendshapeTrack,
    audio: AudioClip | None,
    phones: tuple[Phone, ...],
    visemes: BlendshapeTrack | None = None,
    by_visemes: bool = False,
) -> list[Finding]:
    shares, scale = causes.percent(track)
    material = Material(shares, audio, phones, visemes)
    found = with_advice(judged(material), material, by_visemes)
    return found if scale is None else [scale, *found]


def lint(
    track: BlendshapeTrack,
    audio: AudioClip | None = None,
    phones: Iterable[Phone] = (),
    visemes: BlendshapeTrack | None = None,
    *,
    by_visemes: bool = False,
) -> tuple[Finding, ...]:
    """Check a track; see ``lint_weights``.

    Args:
        track: the 52 channels.
        audio: the sound, or None.
        phones: timed phones.
        visemes: the 15 viseme weights beside the track, or None.
        by_visemes: the mouth is judged by what the visemes make of it, as an avatar shows it that has them.

    Returns:
        Findings by time.
    """
    if track.channels != ARKIT_CHANNELS:
        raise ValueError("lint works on the 52 ARKit channels")
    by_visemes = by_visemes and visemes is not None
    return in_order(_checked(seen_track(track, visemes if by_visemes else None), audio, tuple(phones), visemes, by_visemes))
