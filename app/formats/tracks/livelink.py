"""Live Link Face CSV: 63 columns with a timecode, the default format of tracks."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.head import ANGLES
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile, check_rate, require_arkit, starting_at_zero
from app.formats.tracks.csv_table import parse_table

NAME = "Live Link Face CSV"
#: the app writes the right side of jaw and mouth before the left
_SWAPPED = {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}
#: the 52 shapes in the order of the app's files
ORDER = tuple(_SWAPPED.get(name, name) for name in ARKIT_INDEX)
HEADER = ("Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in ORDER), *ANGLES)
#: timecodes count in the app's default rate, whatever the track's: sub-frames carry the rest
BASE = 60


def timecode(time_s: float) -> str:
    """``HH:MM:SS:FF.sss`` of a time of day in seconds; FF counts sixtieths, sss thousandths of those."""
    thousandths = round(time_s * BASE * 1000) % (86400 * BASE * 1000)
    frames, sub = divmod(thousandths, 1000)
    seconds, frame = divmod(frames, BASE)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}.{sub:03d}"


def looks_like(data: bytes) -> bool:
    """Whether this may be any table with named columns, however they are separated."""
    return any(separator in data[:65536] for separator in (b",", b";", b"\t", b"|"))


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the app's files and their relatives (NeuroSync, openfacefx, camelCase headers, seconds instead of timecodes).

    Raises:
        TrackError: it is none of them; the sentence names the line.
    """
    return parse_table(data, name, NAME, fps)


def write(track: BlendshapeTrack) -> str:
    """The file's text.

    Args:
        track: the 52 channels; a start other than 0 s is resampled away, because the format has no place for it. Of its side
            channels, angles go to their places, others behind the 63.

    Raises:
        TrackError: other channels than the 52.
    """
    require_arkit(track)
    check_rate(track.fps, len(track), "The track")
    track = starting_at_zero(track)
    side = track.side
    angles = [None if side is None else side.find(title) for title in ANGLES]
    known = {title.lower() for title in ANGLES}
    others = () if side is None else tuple(n for n in side.names if n.lower().replace("_", "").replace(" ", "") not in known)
    nothing = np.zeros(len(track))
    tail = [nothing if column is None else column for column in angles]
    tail += [] if side is None else [side.values[:, side.names.index(title)] for title in others]
    table = np.column_stack([track.weights[:, [ARKIT_INDEX[name] for name in ORDER]].astype(np.float64), *tail])
    count = len(ORDER) + len(ANGLES) + len(others)
    lines = [",".join((*HEADER, *(_cell(title) for title in others)))]
    for i, row in enumerate(table):
        lines.append(f"{timecode(i / track.fps)},{count}," + ",".join([f"{value:.10f}" for value in row]))
    return "\n".join(lines) + "\n"


def _cell(title: str) -> str:
    """A title as a CSV cell."""
    return f'"{title.replace(chr(34), chr(34) * 2)}"' if any(mark in title for mark in ',;"\n') else title
