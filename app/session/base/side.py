"""One side of the comparison: a source, and the animation that it makes of the present speech."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from app.core.curve_edits import CurveEdit
from app.core.layers import Layer
from app.core.sampling import sampled
from app.core.side import joined_sides
from app.core.source_spec import SourceSpec
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.registry import Abilities, abilities_of
from app.lipsync.source import LipSyncSource
from app.session.base.growing import GrowingAnimation

#: frames per second of generated animation; the display's usual rate
FPS = 60.0
#: who moves a side until somebody else is chosen
FIRST_SOURCE = SourceSpec("visemes")


@dataclass(frozen=True, eq=False)
class Side:
    """What one side holds: a value, of which ``State`` puts another one in its place.

    Attributes:
        name: ``A``, ``B`` or ``C``.
        serial: tells a side from all others, also when it changes its name with another.
        spec: which source moves it.
        source: made from ``spec``, or None until a worker has made it.
        parts_done: how many parts of the speech are animated.
        failed: the source gave up on this speech, or was cancelled; no further part is tried.
        growing: what the source made so far.
        former: what it made of the same speech with other settings; it stands in where ``growing`` has not come yet.
        own: ``growing`` and ``former`` as one animation, or None before the first chunk.
        raw: ``own`` with the layers over it.
        tuned: ``raw`` after the user's adjustments: what is shown, plotted and exported.
        edits: of stretches of the curves, by hand; the take itself stays as it is.
        layers: parts of the face that come from other motion, the lowest first.
        avatar: the side's own avatar file, or None for the one on show; always None for A.
        parameters: the source's own, with which the motion is made.
        kept: the motion comes from a take as it was kept, and was not made here.
    """

    name: str
    serial: int = 0
    spec: SourceSpec = FIRST_SOURCE
    source: LipSyncSource | None = None
    parts_done: int = 0
    failed: bool = False
    growing: GrowingAnimation = field(default_factory=GrowingAnimation)
    former: Animation | None = None
    own: Animation | None = None
    raw: Animation | None = None
    tuned: Animation | None = None
    edits: tuple[CurveEdit, ...] = ()
    layers: tuple[Layer, ...] = ()
    avatar: Path | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    kept: bool = False

    @property
    def task(self) -> str:
        """The name of this side's job."""
        return task_of(self.name)

    @property
    def abilities(self) -> Abilities:
        """What its source can do and needs."""
        return abilities_of(self.spec)

    @property
    def needs_phones(self) -> bool:
        """Whether its source, or that of one of its layers, works from timed phones."""
        return any(abilities_of(spec).needs_phones for spec in (self.spec, *(layer.source for layer in self.layers if layer.on)))

    @property
    def label(self) -> str:
        """The source as shown on the picture, or "" while nothing moves."""
        words = "" if self.tuned is None else self.tuned.label
        return f"{words}, as kept in the take" if self.kept and words else words

    @property
    def is_mock(self) -> bool:
        """Whether the motion shown has nothing to do with the sound."""
        return self.tuned is not None and self.tuned.is_mock

    @property
    def fps(self) -> float:
        """Frames per second of what is shown, or of what would be generated."""
        return FPS if self.tuned is None else self.tuned.arkit.fps

    def restarted(self) -> Side:
        """The side whose animation is made anew; the present one is shown until the new one has come that far."""
        return replace(self, parts_done=0, failed=False, growing=GrowingAnimation(), former=self.own, kept=False)

    def cleared(self) -> Side:
        """The side without its animation; it keeps the source."""
        bare = replace(self, parts_done=0, failed=False, growing=GrowingAnimation(), former=None, kept=False)
        return replace(bare, own=None, raw=None, tuned=None)

    def holding(self, raw: Animation, tuned: Animation, n_parts: int) -> Side:
        """The side with motion that was kept: its source has nothing to do.

        Args:
            raw: as it was made.
            tuned: as it was reviewed.
            n_parts: how many parts of the speech it covers.
        """
        made = replace(self, source=None, parts_done=n_parts, failed=False, growing=GrowingAnimation(), former=raw)
        return replace(made, own=raw, raw=raw, tuned=tuned, kept=True)

    def patched(self, offset_s: float, stretch: Animation) -> Side:
        """The side with a stretch put into the former animation, which stands in until the new one has come that far.

        Args:
            offset_s: where the stretch's part begins.
            stretch: ARKit frames on the part's own time line, at the same rate.
        """
        former = self.former
        if former is None or former.arkit.fps != stretch.arkit.fps:
            return self
        return replace(self, former=with_stretch(former, offset_s, stretch))

    def mended(self, offset_s: float, stretch: Animation) -> Side:
        """The side with a stretch of its complete motion made anew, at the same rate.

        Args:
            offset_s: where the stretch's part begins.
            stretch: on the part's own time line.
        """
        whole = self.own
        if whole is None or whole.arkit.fps != stretch.arkit.fps:
            return self
        made = with_stretch(whole, offset_s, stretch)
        return replace(self, growing=GrowingAnimation(), former=made, own=made)

    def grown(self) -> Side:
        """The side with ``own`` brought up to date."""
        made, former = self.growing.animation, self.former
        if made is None or former is None or len(former.arkit) <= len(made.arkit) or (made.visemes is None) != (former.visemes is None):
            return replace(self, own=made or former)
        n, rest = len(made.arkit), former.arkit.between(len(made.arkit), len(former.arkit))
        weights = np.concatenate([made.arkit.weights, rest.weights])
        arkit = replace(made.arkit, weights=weights, side=joined_sides([made.arkit.side, rest.side]))
        visemes = made.visemes
        if visemes is not None and former.visemes is not None:
            visemes = visemes.with_weights(np.concatenate([visemes.weights, former.visemes.weights[n:]]))
        return replace(self, own=replace(made, arkit=arkit, visemes=visemes))


def with_stretch(motion: Animation, offset_s: float, stretch: Animation) -> Animation:
    """A motion with other frames in a stretch.

    Args:
        motion: all of it.
        offset_s: where the stretch's own time line begins.
        stretch: at the same rate; tracks that it lacks stay as they are.
    """
    track, times_s = stretch.arkit, motion.arkit.times_s - offset_s
    first = int(np.searchsorted(times_s, track.start_s - 1e-6))
    end = int(np.searchsorted(times_s, track.end_s - 1.0 / track.fps + 1e-6, "right"))
    if first >= end:
        return replace(motion, label=stretch.label)
    at = (times_s[first:end] - track.start_s) * track.fps

    def patched(rows: np.ndarray, new: np.ndarray) -> np.ndarray:
        made = rows.copy()
        made[first:end] = sampled(new, at)
        made.flags.writeable = False
        return made

    side = motion.arkit.side
    if side is not None and track.side is not None and side.names == track.side.names:
        side = replace(side, values=patched(side.values, track.side.values))
    weights, visemes = patched(motion.arkit.weights, track.weights), motion.visemes
    arkit = BlendshapeTrack.of_checked(weights, motion.arkit.fps, motion.arkit.start_s, motion.arkit.channels, side)
    if visemes is not None and stretch.visemes is not None:
        rows = patched(visemes.weights, stretch.visemes.weights)
        visemes = BlendshapeTrack.of_checked(rows, visemes.fps, visemes.start_s, visemes.channels)
    return replace(motion, arkit=arkit, visemes=visemes, label=stretch.label)


def task_of(side: str) -> str:
    """The name of the job that animates a side."""
    return f"motion {side}"
