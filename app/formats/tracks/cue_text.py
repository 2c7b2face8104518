"""Rhubarb's text outputs: XML, and lines of a time and a mouth shape."""

from __future__ import annotations

from app.core.errors import TrackError
from app.formats.track_file import TrackFile, decode_text
from app.formats.tracks.mouth_cues import cues_of_text, track_of_cues

NAME = "Mouth cues"


def looks_like(data: bytes) -> bool:
    """Whether it is Rhubarb's XML or its lines."""
    if b"<rhubarbResult" in data[:2000]:
        return True
    return b"\t" in data[:64] and cues_of_text(data[:1_000_000].decode("utf-8-sig", "ignore")) is not None


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the cues; see ``mouth_cues``.

    Raises:
        TrackError: it holds none.
    """
    cues = cues_of_text(decode_text(data, name))
    if cues is None:
        raise TrackError(f"{name} holds no mouth cues; export it again.")
    return track_of_cues(cues, name, fps)
