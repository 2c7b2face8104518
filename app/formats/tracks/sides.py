"""Whether left and right of jaw and mouth are swapped in a track, told from its own motion.

In phone captures (four takes, read by name) a mouth that goes to one side goes with smile, dimple, stretch and lips of the
other one (r = -0.40 to -0.97), and a jaw with the stretch of the other corner (r = -0.68 to -0.89): so does ARKit fit a face that is
not quite symmetric. Files whose four columns JawLeft, JawRight, MouthLeft and MouthRight were exchanged show the opposite signs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile

#: whose left minus right goes against the mouth's
_WITH_MOUTH = ("mouthSmile", "mouthDimple", "mouthStretch", "mouthUpperUp", "mouthLowerDown")
#: whose left minus right goes against the jaw's
_WITH_JAW = ("mouthStretch",)
#: fewer frames than this say nothing
_LEAST_FRAMES = 120
#: a difference of the sides that moves less than this (standard deviation) says nothing
_LEAST_MOTION = 0.001
#: both correlations have to be this large; a single one that can be measured at all, as large as the other number
_BOTH, _ALONE = 0.35, 0.7


@dataclass(frozen=True)
class SideEvidence:
    """How the sides of jaw and mouth go with the other sides of the face.

    Attributes:
        mouth: correlation of mouthLeft - mouthRight with left - right of smile, dimple, stretch and lips; None when one of them is still.
        jaw: the same of the jaw with the mouth's stretch.
    """

    mouth: float | None
    jaw: float | None

    @property
    def is_swapped(self) -> bool:
        """Whether both, or the only one, go the way that no capture does."""
        found = [r for r in (self.mouth, self.jaw) if r is not None]
        return bool(found) and min(found) > (_BOTH if len(found) > 1 else _ALONE)

    @property
    def is_right(self) -> bool:
        """Whether both, or the only one, go as in captures."""
        found = [r for r in (self.mouth, self.jaw) if r is not None]
        return bool(found) and max(found) < -(_BOTH if len(found) > 1 else _ALONE)

    @property
    def numbers(self) -> str:
        """The correlations in words, with the side that goes along."""
        words = []
        if self.mouth is not None:
            side = "Left" if self.mouth > 0 else "Right"
            words.append(f"mouthLeft goes with mouthSmile{side}, mouthDimple{side} and the lips there, r = {abs(self.mouth):.2f}")
        if self.jaw is not None:
            words.append(f"jawLeft goes with mouthStretch{'Left' if self.jaw > 0 else 'Right'}, r = {abs(self.jaw):.2f}")
        return "; ".join(words)


def side_evidence(track: BlendshapeTrack) -> SideEvidence:
    """What a track's own motion says about its sides.

    Args:
        track: the 52 channels.
    """
    if track.channels != ARKIT_CHANNELS or len(track) < _LEAST_FRAMES:
        return SideEvidence(None, None)

    def difference(*names: str) -> np.ndarray:
        parts = [track.column(f"{name}Left").astype(np.float64) - track.column(f"{name}Right") for name in names]
        total: np.ndarray = np.sum(parts, axis=0)
        return total

    return SideEvidence(
        _correlation(difference("mouth"), difference(*_WITH_MOUTH)), _correlation(difference("jaw"), difference(*_WITH_JAW))
    )


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    if one.std() < _LEAST_MOTION or other.std() < _LEAST_MOTION:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def with_side_evidence(file: TrackFile) -> TrackFile:
    """The file with a flag and its evidence where left and right look swapped.

    Args:
        file: as its dialect read it; a flag that it has already is kept, and the motion's own evidence is put beside it.
    """
    evidence = side_evidence(file.track)
    if evidence.is_swapped:
        sentence = (
            f"Left and right of jaw and mouth look swapped: {evidence.numbers}, while in phone captures each goes with the other side; "
            "if the mouth moves to the wrong side, swap them."
        )
        return replace(file, maybe_swapped=True, swap_evidence=sentence)
    if file.maybe_swapped and evidence.is_right:
        sentence = (
            "This looks like a NeuroSync file, whose tables and live sender name the sides of jaw and mouth differently, one "
            f"of them wrongly; the motion itself speaks for the names as they stand ({evidence.numbers}, as in phone captures)."
        )
        return replace(file, swap_evidence=sentence)
    return file
