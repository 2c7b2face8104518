"""Channels as the window names and pairs them: readable names, and which share a line."""

from __future__ import annotations

import re
from functools import cache

from app.core.arkit import GROUPS, mirrored
from app.core.head import ANGLES

#: directions rather than sides: these never share a lane
_DIRECTIONS = frozenset({"jawLeft", "jawRight", "mouthLeft", "mouthRight"})
#: groups whose name is left out of the readable name, because the heading says it
SAID_BY_HEADING = ("eye", "brow", "mouth")
#: the angles that travel beside the shapes are a group of their own, where there are any
ANGLE_GROUP = "angles"
LANE_GROUPS = {**GROUPS, ANGLE_GROUP: ANGLES}
_GROUP_TITLES = {"cheek": "Cheek and nose", ANGLE_GROUP: "Head and eye angles"}


@cache
def readable(channel: str) -> str:
    """A channel's name in words: ``mouthUpperUpLeft`` becomes ``Upper up L``, ``jawOpen`` ``Jaw open``, ``LeftEyeYaw`` ``Eye yaw L``."""
    words = re.findall(r"[A-Z]?[a-z]+", channel)
    side = ""
    if channel in ANGLES and words[0] in ("Left", "Right"):
        side = f" {words.pop(0)[0]}"
    if channel not in _DIRECTIONS and words[-1] in ("Left", "Right"):
        side = f" {words.pop()[0]}"
    if words[0] in SAID_BY_HEADING and channel not in _DIRECTIONS:
        words = words[1:]
    return " ".join(words).lower().capitalize() + side


def lanes_of(group: str, paired: bool) -> list[tuple[str, ...]]:
    """The lanes of a group: single channels, or left and right together."""
    found: list[tuple[str, ...]] = []
    for channel in LANE_GROUPS[group]:
        if channel in ANGLES:
            other = channel.replace("Left", "Right")
            if not paired or not channel.startswith("Right"):
                found.append((channel, other) if paired and other != channel else (channel,))
            continue
        other = mirrored(channel)
        if not paired or other == channel or channel in _DIRECTIONS:
            found.append((channel,))
        elif channel.endswith("Left"):
            found.append((channel, other))
    return found


def title_of(channels: tuple[str, ...]) -> str:
    """The name of a lane; a pair's goes without its side."""
    name = readable(channels[0])
    return name if len(channels) == 1 else name.removesuffix(" L")


def group_title(group: str) -> str:
    """The name of a group of channels, as written over it."""
    return _GROUP_TITLES.get(group, group.capitalize())
