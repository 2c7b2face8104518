"""Sizes that both networks and everything around them share."""

from __future__ import annotations

from types import MappingProxyType

#: steps per second of both networks
STEP_HZ = 50
PHONE_COUNT = 40
#: steps by which the networks answer late, which is how far they look ahead
DELAYS: MappingProxyType[str, int] = MappingProxyType({"light": 3, "quality": 6})
#: width inside the temporal blocks, and how far apart each block's three taps lie
CHANNELS: MappingProxyType[str, int] = MappingProxyType({"light": 192, "quality": 256})
DILATIONS: MappingProxyType[str, tuple[int, ...]] = MappingProxyType({"light": (1, 2, 4, 8, 1, 2, 4, 8, 1), "quality": (1, 2, 4, 1, 2, 1)})
#: of the streaming encoder: width, heads, layers, and steps that a query sees, itself included
WIDTH, HEADS, LAYERS, SPAN = 384, 6, 4, 64
#: the encoder's positions: sinusoids slower than so many steps stand still at one place, those faster run on
STILL_ABOVE, STILL_AT = 400.0, 150.0
