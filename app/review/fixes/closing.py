"""Lips that do not meet on P, B or M: the smallest push of the fewest shapes, by what each does to the gap between the lips."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.contacts import LEAST_S, RAMP_S
from app.core.lips import OPENING
from app.core.regions import REGIONS
from app.review.fixes.draft import Draft
from app.review.fixes.fix import Fix
from app.review.thresholds import limit

#: shapes that are pushed, both sides together, and the most that one may come to; those that part the lips go towards 0
_PUSHED: tuple[tuple[tuple[str, ...], float], ...] = (
    (("mouthClose",), 1.0), (("jawOpen",), 0.0), (("mouthLowerDownLeft", "mouthLowerDownRight"), 0.0),
    (("mouthUpperUpLeft", "mouthUpperUpRight"), 0.0), (("mouthFunnel",), 0.0), (("mouthShrugUpper",), 0.0),
    (("mouthShrugLower",), 0.4), (("mouthPressLeft", "mouthPressRight"), 0.4),
)  # fmt: skip
#: so many kinds of shapes at most
_MOST = 3
#: shares of what counts as touching that are aimed at: the clip's own measure of a wide mouth moves a little with each push
_AIMS = (0.8, 0.5, 0.1)
#: pushes below this are none
_LEAST = 0.005
#: strengths of bringing the lips together by all that holds them apart
_STRENGTHS = (0.5, 0.7, 0.85, 1.0)


@dataclass(frozen=True)
class _Shape:
    """Something that can be pushed at a frame.

    Attributes:
        names: its channels.
        closes: how much a push of 1 closes the gap.
        sign: which way.
        room: how far it can be pushed.
    """

    names: tuple[str, ...]
    closes: float
    sign: float
    room: float


def _shapes_at(weights: np.ndarray) -> list[_Shape]:
    """What can be pushed at a frame of (52,) weights."""
    found = []
    for names, usual in _PUSHED:
        coefficient = sum(OPENING[name] for name in names)
        now = [float(weights[ARKIT_INDEX[name]]) for name in names]
        # mouthClose closes what the jaw opened, and no more
        most = min(float(weights[ARKIT_INDEX["jawOpen"]]), usual) if names == ("mouthClose",) else usual
        room = min(now) if coefficient > 0 else most - max(now)
        if room > _LEAST:
            found.append(_Shape(names, abs(coefficient), -np.sign(coefficient), room))
    return found


def least_pushes(weights: np.ndarray, needed: float) -> list[dict[str, float]]:
    """How the gap is made smaller at one frame, by one kind of shape, by two, by three: each time the least push that does.

    Of all pushes of some shapes that close a gap, the least squares are those in proportion to what each closes; what one has no room
    for goes to the others.

    Args:
        weights: (52,).
        needed: by how much, in units of jawOpen = 1.

    Returns:
        Channel -> change; the fewest shapes first.
    """
    shapes, found = _shapes_at(weights), []
    for count in range(1, _MOST + 1):
        solved = [(chosen, push) for chosen in itertools.combinations(shapes, count) if (push := _least_norm(chosen, needed)) is not None]
        if solved:
            chosen, push = min(solved, key=lambda each: float(np.square(each[1]).sum()))
            if push.min() > _LEAST:
                found.append({
                    name: float(shape.sign * size) for shape, size in zip(chosen, push, strict=True) for name in shape.names
                })  # fmt: skip
    return found


def _least_norm(chosen: tuple[_Shape, ...], needed: float) -> np.ndarray | None:
    """(k,) sizes of the pushes, or None where there is not enough room."""
    closes, room = np.array([shape.closes for shape in chosen]), np.array([shape.room for shape in chosen])
    if closes @ room < needed:
        return None
    size, free = np.zeros(len(chosen)), np.ones(len(chosen), bool)
    while free.any():
        size[free] = (needed - closes[~free] @ size[~free]) * closes[free] / np.square(closes[free]).sum()
        over = free & (size > room)
        if not over.any():
            break
        size[over], free[over] = room[over], False
    return size


def closures(draft: Draft) -> Iterator[Fix]:
    """Lips together on one phone."""
    material, finding = draft.bench.material, draft.finding
    middle_s, half_s = finding.time_s + finding.duration_s / 2, max(finding.duration_s, LEAST_S) / 2
    held_s = (middle_s - half_s, middle_s + half_s)
    if not draft.bench.by_visemes:
        part = material.frames(*held_s)
        closest = part.start + int(np.argmin(material.opening[part]))
        around = material.frames(material.time_of(closest) - LEAST_S / 2, material.time_of(closest) + LEAST_S / 2)
        widest = around.start + int(np.argmax(material.opening[around]))
        for aim in _AIMS:
            needed = (float(material.opening[widest]) - aim * limit("closure_share")) * material.wide
            for push in least_pushes(material.track.weights[widest], needed):
                edits = [draft.edit("offset", (name,), by, held_s, RAMP_S) for name, by in push.items()]
                yield draft.fix(f"close the lips: {_said(push)}", *edits)
    for strength in _STRENGTHS:
        edit = draft.edit("close", REGIONS["lower"], strength, held_s, RAMP_S)
        yield draft.fix(f"close the lips by {100 * strength:.0f} % of what holds them apart", edit)


def _said(push: dict[str, float]) -> str:
    """A push in words, a pair once."""
    return ", ".join(f"{name.removesuffix('Left')} {by:+.2f}" for name, by in push.items() if not name.endswith("Right"))
