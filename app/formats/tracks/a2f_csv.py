"""The CSV of NVIDIA's Audio2Face-3D sample client: seconds, and names with the prefix ``blendShapes.``."""

from __future__ import annotations

from app.core.arkit import ARKIT_CHANNELS
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile, check_rate, require_arkit
from app.formats.tracks.csv_table import parse_table

NAME = "Audio2Face-3D CSV"
HEADER = ("", "timeCode", *(f"blendShapes.{name[0].upper()}{name[1:]}" for name in ARKIT_CHANNELS))


def looks_like(data: bytes) -> bool:
    """Whether the header has the client's prefix."""
    return b"blendshapes." in data[:65536].split(b"\n", 1)[0].lower()


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read the client's animation frames; tongue columns of the 68-shape kind become side channels.

    Raises:
        TrackError: it is not such a file; the sentence names the line.
    """
    return parse_table(data, name, NAME, fps)


def write(track: BlendshapeTrack) -> str:
    """The file's text: an index column without a name, seconds, and the 52 shapes; the client's reader knows no other columns.

    Raises:
        TrackError: other channels than the 52.
    """
    require_arkit(track)
    check_rate(track.fps, len(track), "The track")
    lines = [",".join(HEADER)]
    for i, row in enumerate(track.weights.tolist()):
        lines.append(f"{i},{track.start_s + i / track.fps:.9f}," + ",".join([f"{value:.10f}" for value in row]))
    return "\n".join(lines) + "\n"
