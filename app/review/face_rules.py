"""Rules about what a face cannot do, or does not do while it speaks: eyes, tongue, opposites at once, and motion too small to see."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.core.lips import lip_opening
from app.review.finding import Finding
from app.review.material import Material, runs
from app.review.thresholds import limit

#: shapes that pull one part both ways
OPPOSITES = (
    ("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"), ("eyeLookUpLeft", "eyeLookDownLeft"), ("eyeLookUpRight", "eyeLookDownRight"),
    ("eyeLookInLeft", "eyeLookOutLeft"), ("eyeLookInRight", "eyeLookOutRight"),
)  # fmt: skip
_EYES = {"In": "cross", "Out": "look apart"}


def _longest(flags: np.ndarray, fps: float, least_s: float) -> tuple[int, int] | None:
    """The longest stretch of True of at least some seconds."""
    found = [run for run in runs(flags) if (run[1] - run[0]) / fps >= least_s]
    return max(found, key=lambda run: run[1] - run[0]) if found else None


def eyes(material: Material) -> Iterator[Finding]:
    """Eyes that cross, look apart or stay shut."""
    fps = material.track.fps
    for way, verb in _EYES.items():
        names = (f"eyeLook{way}Left", f"eyeLook{way}Right")
        both = np.minimum(*(material.column(name) for name in names))
        found = _longest(both > limit("eyes_apart"), fps, limit("eyes_s"))
        if found:
            a, b = found
            sentence = f"The eyes {verb} for {(b - a) / fps:.1f} s ({names[0]} and {names[1]} up to {both.max():.2f} at once); lower both."
            yield Finding(material.time_of(a), (b - a) / fps, "warning", "eyes", sentence, names)
    names = ("eyeBlinkLeft", "eyeBlinkRight")
    found = _longest(np.minimum(*(material.column(name) for name in names)) > limit("eyes_shut"), fps, limit("eyes_shut_s"))
    if found:
        a, b = found
        sentence = f"The eyes stay shut for {(b - a) / fps:.1f} s, ten times as long as a blink; lower eyeBlinkLeft and eyeBlinkRight."
        yield Finding(material.time_of(a), (b - a) / fps, "warning", "eyes", sentence, names)


def tongue(material: Material) -> Iterator[Finding]:
    """A tongue that stays out."""
    fps = material.track.fps
    found = _longest(material.column("tongueOut") > limit("tongue_out"), fps, limit("tongue_s"))
    if found:
        a, b = found
        sentence = f"The tongue stays out for {(b - a) / fps:.1f} s; speech shows it for a tenth of a second at most, so lower tongueOut."
        yield Finding(material.time_of(a), (b - a) / fps, "warning", "tongue", sentence, ("tongueOut",))


def opposites(material: Material) -> Iterator[Finding]:
    """One part pulled both ways at once."""
    fps = material.track.fps
    for one, other in OPPOSITES:
        both = np.minimum(material.column(one), material.column(other))
        found = _longest(both > limit("opposites"), fps, limit("opposites_s"))
        if found:
            a, b = found
            sentence = f"{one} and {other} pull against each other for {(b - a) / fps:.1f} s (both over {both[a:b].min():.2f}); keep one."
            yield Finding(material.time_of(a), (b - a) / fps, "warning", "opposites", sentence, (one, other))


def small(material: Material) -> Iterator[Finding]:
    """A mouth that moves, but hardly."""
    if not material.opens or not material.spoken or material.track.duration_s < limit("small_least_s"):
        return
    widest = float(np.percentile(lip_opening(material.track.weights), 99))
    if widest < limit("small_opening"):
        sentence = (
            f"The mouth hardly moves: at its widest it is {100 * widest:.0f} % of an open jaw, where people who speak reach a third; "
            f"raise the intensity about {0.3 / widest:.0f} times, or look for weights that were scaled down."
        )
        yield Finding(material.track.start_s, material.track.duration_s, "warning", "small", sentence, ("jawOpen",))
