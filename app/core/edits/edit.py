"""An edit of a stretch of some curves, as data; what it does is said in ``core.curve_edits``, the front of this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.core.curve_retiming import QUICKEST, SLOWEST
from app.core.edits.keyed import Curve, CurveKey
from app.core.regions import REGIONS
from app.core.smoothing import smooth_step

EditKind = Literal["scale", "offset", "flatten", "smooth", "pose", "keys", "paste", "mirror", "retime", "limit", "even", "close"]
#: what is done to a stretch that was marked by hand, a button each
KINDS: tuple[EditKind, ...] = ("scale", "offset", "flatten", "smooth")
#: smallest, largest and usual amount of each kind: a factor, a weight, a share, milliseconds, a weight, shares
AMOUNTS: dict[EditKind, tuple[float, float, float]] = {
    "scale": (0.0, 3.0, 0.7), "offset": (-1.0, 1.0, 0.05), "flatten": (0.0, 1.0, 1.0), "smooth": (0.0, 200.0, 40.0),
    "retime": (QUICKEST, SLOWEST, 1.0),
    "limit": (0.1, 1.0, 0.98), "even": (0.0, 1.0, 1.0), "close": (0.0, 1.0, 1.0),
    "pose": (0.0, 1.0, 1.0), "keys": (0.0, 1.0, 1.0), "paste": (0.0, 1.0, 1.0), "mirror": (0.0, 1.0, 1.0),
}  # fmt: skip
#: how long an edit takes to set in: a mouth gesture lasts about 100 ms, so that this is a movement and no jump
EDGE_MS = 60.0
#: nothing shorter can be edited: two frames at 60 fps
SHORTEST_S = 0.03
_MOUTH = frozenset(REGIONS["lips"])
#: kinds whose shapes follow curves through keys
DRAWN = frozenset(("keys", "paste"))
#: longest remark beside an edit, and longest name of a group
MOST_WORDS = 300


@dataclass(frozen=True)
class CurveEdit:
    """One edit of a stretch.

    Attributes:
        kind: ``scale`` multiplies, ``offset`` adds, ``flatten`` draws towards the straight line between the ends,
            ``smooth`` takes out what is quicker than ``amount``, ``pose`` draws towards ``values``, ``keys`` and ``paste`` towards
            curves through ``keys``, ``mirror`` towards the other half of the face, ``retime`` makes a part ``amount`` times as long,
            where that begins being said by ``values`` (see ``core.curve_retiming``), ``limit`` keeps between 0 and ``amount`` and rounds
            flat tops, ``even`` draws left and right towards their mean, ``close`` brings the lips together, whichever shapes that takes.
        channels: the shapes that are edited; empty for all of them. ``paste`` may name viseme channels beside the shapes.
        start_s: where it sets in, in seconds on the track's own time line.
        end_s: where it has faded out.
        amount: see ``AMOUNTS``: factor, weight, share 0-1, standard deviation in milliseconds, highest weight, or shares 0-1.
        edge_ms: how long it takes to set in and to fade out, within the stretch; at most half of it. ``keys`` set in until the
            first key and fade out from the last one, so that the curve passes through all of them.
        values: a weight for each of ``channels``, of kinds that draw towards a pose; of ``retime`` three shares; else empty.
        keys: in order of time, of kinds that draw a curve; else empty.
        counts: how many of ``keys`` belong to each of ``channels``, whose curves stand one after the other; empty where all shapes
            share one curve.
        group: what was done together and is taken out together has one name; "" for an edit by itself.
        why: what it mends or where it comes from, for the list; "" for an edit by hand.
    """

    kind: EditKind
    channels: tuple[str, ...]
    start_s: float
    end_s: float
    amount: float
    edge_ms: float = EDGE_MS
    values: tuple[float, ...] = ()
    keys: tuple[CurveKey, ...] = ()
    group: str = ""
    why: str = ""
    counts: tuple[int, ...] = ()

    @property
    def whole_mouth(self) -> bool:
        """Whether it takes in all shapes of the lips, and with them the visemes that stand for these."""
        return not self.channels or set(self.channels) >= _MOUTH

    @property
    def reach_s(self) -> float:
        """How far beyond the stretch frames bear on it."""
        return 4e-3 * self.amount if self.kind == "smooth" else 0.0

    @property
    def curves(self) -> dict[str, Curve]:
        """The keys of every channel, of kinds that draw curves."""
        ends = np.cumsum(self.counts).tolist()
        if not ends:
            return dict.fromkeys(self.channels, self.keys) if self.keys else {}
        return {name: self.keys[end - n : end] for name, n, end in zip(self.channels, self.counts, ends, strict=True)}

    def with_curves(self, curves: Mapping[str, Curve]) -> CurveEdit:
        """The same edit through other keys; those of ``keys`` has its stretch around them, as long as its edges."""
        kept = {name: keys for name, keys in curves.items() if keys}
        made = replace(
            self, channels=tuple(kept), keys=tuple(key for keys in kept.values() for key in keys), counts=tuple(map(len, kept.values()))
        )
        if self.kind != "keys" or not kept:
            return made
        times_s, edge_s = [key.time_s for key in made.keys], max(self.edge_ms / 1e3, SHORTEST_S)
        return replace(made, start_s=min(times_s) - edge_s, end_s=max(times_s) + edge_s)

    def placed(self, start_s: float, end_s: float, moment: Callable[[float], float]) -> CurveEdit:
        """The same edit elsewhere.

        Args:
            start_s: where it sets in there.
            end_s: where it has faded out there.
            moment: from a time of its present place to the new one; keys follow it.
        """
        curves = {}
        for name, curve in self.curves.items():
            kept: list[CurveKey] = []
            for key in curve:
                time_s = min(max(moment(key.time_s), start_s), end_s)
                # where time has been taken out, several keys would stand on one moment
                if not kept or time_s > kept[-1].time_s + 1e-4:
                    kept.append(replace(key, time_s=time_s))
            curves[name] = tuple(kept)
        moved = self.with_curves(curves) if curves else self
        return replace(moved, start_s=start_s, end_s=end_s)


def edit_envelope(edit: CurveEdit, times_s: np.ndarray) -> np.ndarray:
    """How much an edit acts at some times.

    Args:
        edit: which.
        times_s: (n,) seconds on the track's own time line.

    Returns:
        (n,) float64: 0 outside and at both ends, 1 in between, without a jump in speed or acceleration.
    """
    span_s = edit.end_s - edit.start_s
    edge_s = min(max(edit.edge_ms, 1e-3) / 1e3, span_s / 2)
    if edge_s <= 0:
        return np.zeros(len(times_s))
    rise_s = fall_s = edge_s
    if edit.kind == "keys" and edit.keys:
        rise_s = max(min(key.time_s for key in edit.keys) - edit.start_s, 1e-6)
        fall_s = max(edit.end_s - max(key.time_s for key in edit.keys), 1e-6)
    made: np.ndarray = smooth_step((times_s - edit.start_s) / rise_s) * smooth_step((edit.end_s - times_s) / fall_s)
    return made
