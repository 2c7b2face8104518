"""One side of the comparison: a source, and the animation that it makes of the present speech."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.track import Animation
from app.lipsync.source import LipSyncSource
from app.session.growing import GrowingAnimation


@dataclass
class Slot:
    """What one slot holds.

    Attributes:
        name: ``A`` or ``B``.
        spec: the source as written on the command line (``visemes``, ``mock``, ``file:PATH``, ...).
        source: made from ``spec``, or None until a worker has made it.
        parts_done: how many parts of the speech are animated.
        failed: the source gave up on this speech, or was cancelled; no further part is tried.
        growing: what the source made so far.
        raw: ``growing`` as an animation, or None before its first chunk.
        tuned: ``raw`` after the user's adjustments: what is shown, plotted and exported.
    """

    name: str
    spec: str = "visemes"
    source: LipSyncSource | None = None
    parts_done: int = 0
    failed: bool = False
    growing: GrowingAnimation = field(default_factory=GrowingAnimation)
    raw: Animation | None = None
    tuned: Animation | None = None

    @property
    def task(self) -> str:
        """The name of this slot's job."""
        return f"motion {self.name}"

    @property
    def label(self) -> str:
        """The source as shown on the picture, or "" while nothing moves."""
        return "" if self.tuned is None else self.tuned.label

    @property
    def is_mock(self) -> bool:
        """Whether the motion shown has nothing to do with the sound."""
        return self.tuned is not None and self.tuned.is_mock

    def clear(self) -> None:
        """Forget the animation, keep the source."""
        self.parts_done = 0
        self.failed = False
        self.growing = GrowingAnimation()
        self.raw = None
        self.tuned = None
