"""Stretches of curves that are carried elsewhere: to another time, side, take or window. As text they are JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.curve_edits import EDGE_MS, SHORTEST_S, CurveEdit, edits_data, edits_of
from app.core.edits.keyed import Curve
from app.core.edits.reducing import MOST_ERROR, reduced
from app.core.errors import PresetError
from app.core.foreign import parsed_json
from app.core.regions import REGIONS
from app.core.track import Animation, BlendshapeTrack

FORMAT, VERSION = "visemesync-curves", 1
#: longer stretches are no gesture but a clip, which is exported as a track
LONGEST_S = 60.0
#: largest text that is taken for curves
MOST_CHARACTERS = 20_000_000
_STRANGE = "What was copied is no stretch of curves; mark a stretch in the curves and copy it again."


@dataclass(frozen=True)
class CopiedCurves:
    """A stretch of some curves as keys.

    Attributes:
        duration_s: how long it is.
        curves: channel (shapes, and visemes beside a whole mouth) -> keys, counted from the beginning of the stretch.
        most_error: how far the keys may be from the frames that were copied.
    """

    duration_s: float
    curves: Mapping[str, Curve]
    most_error: float = MOST_ERROR

    def pasted(self, at_s: float) -> CurveEdit:
        """The edit that puts it somewhere.

        Args:
            at_s: where it begins, on the track's own time line.
        """
        curves = {name: tuple(replace(key, time_s=key.time_s + at_s) for key in keys) for name, keys in self.curves.items()}
        return CurveEdit("paste", (), at_s, at_s + self.duration_s, 1.0, EDGE_MS).with_curves(curves)

    def text(self) -> str:
        """As JSON, for the clipboard and for whoever wants to read or write it."""
        rows = edits_data([self.pasted(0.0)])[0]
        head = {"format": FORMAT, "version": VERSION, "duration_s": self.duration_s, "most_error": self.most_error}
        return json.dumps(head | {name: rows[name] for name in ("channels", "counts", "keys")})


def copied(motion: Animation, channels: Collection[str], start_s: float, end_s: float) -> CopiedCurves:
    """Copy a stretch.

    Args:
        motion: what is seen.
        channels: the shapes; none for all. Of a whole mouth its visemes come along where there are any.
        start_s: on the motion's time line.
        end_s: where it ends.

    Raises:
        PresetError: it is too short or too long.
    """
    if not SHORTEST_S <= end_s - start_s <= LONGEST_S:
        raise PresetError(f"A stretch of two frames to {LONGEST_S:.0f} s can be copied; mark such a stretch, or export the track.")
    wanted = [name for name in ARKIT_CHANNELS if not channels or name in channels]
    curves = _reduced(motion.arkit, wanted, start_s, end_s)
    if motion.visemes is not None and set(wanted) >= set(REGIONS["lips"]):
        curves |= _reduced(motion.visemes, VISEME_CHANNELS, start_s, end_s)
    return CopiedCurves(end_s - start_s, curves)


def _reduced(track: BlendshapeTrack, channels: Collection[str], start_s: float, end_s: float) -> dict[str, Curve]:
    inside = track.times_s[(track.times_s > start_s + 1e-6) & (track.times_s < end_s - 1e-6)]
    times = np.concatenate([[start_s], inside, [end_s]])
    weights = track.sample(times)
    return {name: reduced(times - start_s, weights[:, track.index[name]]) for name in channels}


def copied_of(text: str) -> CopiedCurves:
    """A stretch from what ``CopiedCurves.text`` made.

    Raises:
        PresetError: it is something else, damaged, or of a newer program.
    """
    try:
        data = parsed_json(text) if len(text) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise PresetError(_STRANGE)
    if data.get("version") != VERSION:
        raise PresetError(f"What was copied has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    try:
        duration_s, most_error = float(data["duration_s"]), float(data["most_error"])
        row = {"kind": "paste", "start_s": 0.0, "end_s": duration_s, "amount": 1.0, "counts": data["counts"]}
        edit = edits_of([row | {name: data[name] for name in ("channels", "keys")}])[0]
    except (KeyError, TypeError, ValueError, OverflowError, PresetError) as error:
        raise PresetError(_STRANGE) from error
    if not SHORTEST_S <= duration_s <= LONGEST_S:
        raise PresetError(_STRANGE)
    return CopiedCurves(duration_s, edit.curves, most_error)
