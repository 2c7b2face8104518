"""How the sides of a comparison are told apart: one colour each, wherever a side is drawn or named."""

from __future__ import annotations

from types import MappingProxyType

#: blue, orange and reddish purple are told apart with every kind of colour vision (after Okabe and Ito)
SIDE_COLOURS = MappingProxyType({"A": "#58a6d6", "B": "#e3a75f", "C": "#d490c4"})
