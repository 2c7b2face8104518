"""From columns under any names to a track file: shapes to their channels, the rest beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, canonical_name
from app.core.errors import TrackError
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.json_tracks.facs_names import are_facs, from_facs
from app.formats.track_file import from_percent, lacking_sentence


def track_of(names: Sequence[str], values: np.ndarray, fps: float, name: str) -> tuple[BlendshapeTrack, list[str]]:
    """A track and what has to be said about it.

    Args:
        names: of the columns, in any spelling.
        values: (n, len(names)).
        fps: frames per second.
        name: of the file, for messages.

    Raises:
        TrackError: no shape among the names, or one twice.
    """
    found = {i: channel for i, n in enumerate(names) if (channel := canonical_name(n)) in ARKIT_INDEX}
    warnings: list[str] = []
    if not found and are_facs(names):
        weights, left_out = from_facs(names, values)
        missing = [c for c in ARKIT_CHANNELS if not weights[:, ARKIT_INDEX[c]].any()]
        warnings.append(
            "The names are Omniverse's classic action units (FACS); each was read as the ARKit shape that it plainly is"
            + (f", {', '.join(left_out)} not." if left_out else ".")
        )
        others: dict[str, int] = {}
    else:
        if not found:
            raise TrackError(f"{name} names no ARKit shape.")
        if len(set(found.values())) < len(found):
            raise TrackError(f"{name} names a shape twice.")
        weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
        weights[:, [ARKIT_INDEX[str(channel)] for channel in found.values()]] = values[:, list(found)]
        others = {n: i for i, n in enumerate(names) if i not in found}
        missing = [channel for channel in ARKIT_CHANNELS if channel not in found.values()]
        warnings += [lacking_sentence(missing)] if missing else []
    weights, percent = from_percent(weights)
    warnings += [percent] if percent else []
    side = SideChannels(tuple(others), values[:, list(others.values())]) if others else None
    return BlendshapeTrack(weights, fps, side=side), warnings
