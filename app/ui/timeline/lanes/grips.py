"""What of the lanes lies under the mouse: a word or a phone, or one of its edges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.ui.timeline.phone_strip import Segment

Lane = Literal["words", "phones"]
Edge = Literal["", "start", "end"]
#: how near the mouse must come to an edge to take it, in pixels; of narrow segments a quarter on each side is edge
GRIP_PX = 5.0
#: how near an edge must come to another one to stand on it
SNAP_PX = 7.0


@dataclass(frozen=True)
class Grip:
    """A word or a phone, or one of its edges.

    Attributes:
        lane: which lane.
        index: its place among the words, or among the phones with their silences.
        edge: "" for all of it.
    """

    lane: Lane
    index: int
    edge: Edge = ""


def grip_in(lane: Lane, segments: Sequence[Segment], t: float, px_s: float) -> Grip | None:
    """What lies at a time.

    Args:
        lane: which lane.
        segments: what is in it, by time.
        t: seconds.
        px_s: seconds of a pixel.

    Returns:
        None where nothing is spoken and no edge is near; of two edges that meet, that of the segment under the mouse.
    """
    inside = next((segment for segment in segments if segment.start_s <= t < segment.end_s), None)
    if inside is not None:
        reach_s = min(GRIP_PX * px_s, (inside.end_s - inside.start_s) / 4)
        if t - inside.start_s <= reach_s:
            return Grip(lane, inside.index, "start")
        return Grip(lane, inside.index, "end" if inside.end_s - t <= reach_s else "")
    near: list[tuple[float, Grip]] = []
    for segment in segments:
        near.append((abs(segment.start_s - t), Grip(lane, segment.index, "start")))
        near.append((abs(segment.end_s - t), Grip(lane, segment.index, "end")))
    distance_s, grip = min(near, key=lambda each: each[0], default=(math.inf, None))
    return grip if distance_s <= GRIP_PX * px_s else None


@dataclass(frozen=True)
class SnapPoint:
    """Something that an edge can stand on.

    Attributes:
        at_s: seconds.
        words: what it is.
    """

    at_s: float
    words: str


def snapped(edges_s: Iterable[float], points: Iterable[SnapPoint], reach_s: float) -> tuple[float, SnapPoint | None]:
    """By how much edges move to stand on something.

    Args:
        edges_s: the edges that are moved together, in seconds.
        points: what they can stand on.
        reach_s: from how far.

    Returns:
        Seconds to add, and the point that was nearest; 0 and None when none is near.
    """
    near = [(abs(point.at_s - edge_s), point.at_s - edge_s, point) for edge_s in edges_s for point in points]
    near = [each for each in near if each[0] <= reach_s]
    if not near:
        return 0.0, None
    _, by_s, point = min(near, key=lambda each: each[0])
    return by_s, point
