"""The map from when things were heard to when they are said now: it never turns back, and leaves alone what nobody moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Warp:
    """A monotone map of time.

    Attributes:
        heard_s: knots as heard, rising.
        now_s: the same moments now, rising.
    """

    heard_s: tuple[float, ...] = ()
    now_s: tuple[float, ...] = ()
    identity: ClassVar[Warp]


Warp.identity = Warp()
