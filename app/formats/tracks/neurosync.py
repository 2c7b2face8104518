"""NeuroSync's CSV: the columns of Live Link Face and seven emotions behind them.

NeuroSync labels the same four outputs (JawLeft, JawRight, MouthLeft, MouthRight) one way in its tables and the other way in its live
sender. Here the names are right: what is written as JawLeft moves the jaw to the left. Its reader takes columns by name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.head import ANGLES
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import angle, left_out
from app.formats.track_file import TrackFile, checked_track, starting_at_zero
from app.formats.tracks.csv_table import parse_table
from app.formats.tracks.livelink import HEADER as LIVELINK_HEADER
from app.formats.tracks.livelink import ORDER, timecode
from app.formats.tracks.timecode import MILLISECONDS

NAME = "NeuroSync CSV"
EMOTIONS = ("Angry", "Disgusted", "Fearful", "Happy", "Neutral", "Sad", "Surprised")
#: its readers ask for the second column in this spelling
HEADER = (LIVELINK_HEADER[0], "BlendshapeCount", *LIVELINK_HEADER[2:], *EMOTIONS)
_COUNT = len(ORDER) + len(ANGLES) + len(EMOTIONS)


def looks_like(data: bytes) -> bool:
    """Whether the first line names shapes and the seven emotions."""
    titles = {title.strip().strip(b'"') for title in data[:65536].split(b"\n", 1)[0].lower().split(b",")}
    return b"jawopen" in titles and titles >= {emotion.lower().encode() for emotion in EMOTIONS}


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read NeuroSync's files, or a capture that was given its columns; the emotions become side channels.

    Raises:
        TrackError: it is no such table; the sentence names the line.
    """
    file = parse_table(data, name, NAME, fps)
    # a capture that somebody gave emotions keeps the telephone's clock
    return replace(file, maybe_swapped=MILLISECONDS in file.evidence)


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: 70 columns with the clock of Live Link Face, by which it is told from what NeuroSync generated itself.

    Raises:
        TrackError: other channels than the 52.
    """
    track = starting_at_zero(checked_track(performance.arkit))
    tail = [angle(track, title) for title in (*ANGLES, *EMOTIONS)]
    table = np.column_stack([track.weights[:, [ARKIT_INDEX[name] for name in ORDER]].astype(np.float64), *tail])
    lines = [",".join(HEADER)]
    for i, row in enumerate(table.tolist()):
        lines.append(f"{timecode(i / track.fps)},{_COUNT}," + ",".join([f"{value:.10f}" for value in row]))
    return Written(("\n".join(lines) + "\n").encode(), left_out(track, NAME, (*ANGLES, *EMOTIONS)))
