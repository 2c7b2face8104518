"""Regions of the face, as tuned and as compared; a channel may be in several."""

from __future__ import annotations

from types import MappingProxyType

from app.core.arkit import ARKIT_CHANNELS, GROUPS

_UPPER = tuple(n for n in ARKIT_CHANNELS if n.startswith(("brow", "eye", "cheekSquint", "noseSneer")))

#: region -> its channels; ``upper`` and ``lower`` together hold every channel once, the others are parts of them
REGIONS = MappingProxyType({
    "upper": _UPPER,
    "lower": tuple(n for n in ARKIT_CHANNELS if n not in _UPPER),
    "brows": GROUPS["brow"],
    "eyes": GROUPS["eye"],
    "jaw": GROUPS["jaw"],
    "lips": GROUPS["mouth"] + ("cheekPuff",),
    "tongue": GROUPS["tongue"],
})  # fmt: skip
#: the parts that hold every channel exactly once, for settings that cannot be combined; the rest is "cheeks"
PARTS = MappingProxyType({
    **{name: REGIONS[name] for name in ("brows", "eyes", "jaw", "lips", "tongue")},
    "cheeks": tuple(n for n in GROUPS["cheek"] if n != "cheekPuff"),
})  # fmt: skip
