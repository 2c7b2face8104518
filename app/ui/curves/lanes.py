"""Which curves stand where: rows of lanes by group, and which are hidden."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, GROUPS
from app.core.edits.turning import LANE_DEG
from app.core.head import ANGLES, angles_of
from app.core.track import BlendshapeTrack
from app.ui.kit.shape_names import ANGLE_GROUP, LANE_GROUPS, SAID_BY_HEADING, group_title, lanes_of, readable, title_of

#: heights in logical pixels
HEADING, LEAST_LANE, MOST_LANE = 18, 13, 40
#: what is said where angles alone are picked for something that only shapes have
NO_ANGLES = "This is for shapes; angles of head and eyes can be scaled, offset, flattened, smoothed and retimed: mark a stretch with Shift."
#: all that can have a lane
LANE_CHANNELS = (*ARKIT_CHANNELS, *ANGLES)
LANE_INDEX = MappingProxyType({name: i for i, name in enumerate(LANE_CHANNELS)})


@dataclass(frozen=True)
class Row:
    """A heading or a lane.

    Attributes:
        group: key of LANE_GROUPS.
        channels: one channel, or left and right; empty for a heading.
        title: as written beside it.
        top: logical pixels from the top of all rows.
        height: logical pixels.
    """

    group: str
    channels: tuple[str, ...]
    title: str
    top: float
    height: float

    @property
    def is_heading(self) -> bool:
        """Whether this names a group."""
        return not self.channels

    @property
    def key(self) -> str:
        """What identifies the row while others come and go."""
        return self.channels[0] if self.channels else f"group {self.group}"


def _matches(channels: tuple[str, ...], needle: str) -> bool:
    return not needle or any(needle in text.lower() for c in channels for text in (c, readable(c)))


def with_angles(track: BlendshapeTrack | None) -> BlendshapeTrack | None:
    """A track whose angles are channels like the shapes, ``LANE_DEG`` degrees for 1; itself where none ever turns anything.

    Args:
        track: the 52 channels.
    """
    angles = None if track is None or track.side is None or track.channels != ARKIT_CHANNELS else angles_of(track)
    if track is None or angles is None:
        return track
    rows = np.concatenate([track.weights, np.degrees(angles) / np.float32(LANE_DEG)], axis=1)
    return BlendshapeTrack(rows, track.fps, track.start_s, LANE_CHANNELS)


def on_lane(group: str, values: np.ndarray) -> np.ndarray:
    """Values as heights of a lane; an angle of 0 lies in its middle."""
    return 0.5 + values / 2 if group == ANGLE_GROUP else values


def value_text(channel: str, value: float) -> str:
    """A value at the cursor."""
    return f"{value * LANE_DEG:.1f}°" if channel not in ARKIT_INDEX else f"{value:.2f}"


def arrange(
    height: float, paired: bool, collapsed: Collection[str] = (), needle: str = "", *, groups: Collection[str] = tuple(GROUPS)
) -> list[Row]:
    """Lay out all groups so that they fill a height, or overflow it with lanes of the least height.

    Args:
        height: logical pixels there are.
        paired: left and right share a lane.
        collapsed: groups whose lanes are folded away.
        needle: only lanes whose name contains this text; "" for all.
        groups: of LANE_GROUPS, in order.
    """
    needle = needle.strip().lower()
    shown = {group: [c for c in lanes_of(group, paired) if _matches(c, needle)] for group in groups}
    open_groups = {g for g, lanes in shown.items() if lanes and (needle or g not in collapsed)}
    n_lanes = sum(len(shown[g]) for g in open_groups)
    headings = [g for g, lanes in shown.items() if lanes]
    room = (height - HEADING * len(headings)) / max(n_lanes, 1)
    lane = float(int(min(max(room, LEAST_LANE), MOST_LANE)))
    rows, top = [], 0.0
    for group in headings:
        rows.append(Row(group, (), group_title(group), top, HEADING))
        top += HEADING
        for channels in shown[group] if group in open_groups else ():
            rows.append(Row(group, channels, title_of(channels), top, lane))
            top += lane
    return rows


def arrange_picked(picked: Collection[str], paired: bool, lane: float) -> list[Row]:
    """Lay out chosen channels only, in the usual order, in tall lanes and without headings."""
    rows, top = [], 0.0
    for group in LANE_GROUPS:
        for channels in lanes_of(group, paired):
            if any(channel in picked for channel in channels):
                title = f"{group.capitalize()}: {title_of(channels)}" if group in SAID_BY_HEADING else title_of(channels)
                rows.append(Row(group, channels, title, top, lane))
                top += lane
    return rows


def total_height(rows: list[Row]) -> float:
    """Logical pixels from the first row's top to the last one's bottom."""
    return rows[-1].top + rows[-1].height if rows else 0.0


def row_at(rows: list[Row], y: float) -> Row | None:
    """The row at a height, or None."""
    return next((row for row in rows if row.top <= y < row.top + row.height), None)
