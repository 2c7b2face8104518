"""What a format of motion is to the registry: how it is known, read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile

#: what a format is about: weights per frame, mouth shapes with times, words and phones, or a scene of a 3D program
Holds = Literal["weights", "cues", "timings", "scene"]
#: what of ``WriteOptions`` matters to a format
Choice = Literal["max_error", "extended", "fps"]


@dataclass(frozen=True)
class Dialect:
    """One format.

    Attributes:
        key: what is written after ``--as``: ``livelink``, ``mediapipe``, ``rhubarb-tsv``, ...
        name: as shown.
        holds: what it is about.
        looks_like: whether bytes may be of this format; asked in the registry's order. None for a format that is only written.
        read: bytes, a name for messages, and a frame rate that the user states (or None) -> the file's content.
        ending: of the files it writes, with its dot; the longest match wins (``.lam.json`` before ``.json``). "" for one only read.
        write: performance and options -> the file; None for a format that is only read.
        is_loose: ``looks_like`` looks at the outside only (any JSON, any table), so that it is not asked about files that are known
            to be something else.
        asks: which of the options its writer heeds.
    """

    key: str
    name: str
    holds: Holds = "weights"
    looks_like: Callable[[bytes], bool] | None = None
    read: Callable[[bytes, str, float | None], TrackFile] | None = None
    ending: str = ""
    write: Callable[[Performance, WriteOptions], Written] | None = None
    is_loose: bool = False
    asks: tuple[Choice, ...] = ()


def writing_track(write: Callable[[BlendshapeTrack], str], left_out: str = "") -> Callable[[Performance, WriteOptions], Written]:
    """A writer that needs nothing but the 52 channels.

    Args:
        write: track -> text.
        left_out: the format's name where it has no room for side channels, which are then told; "" where it has.
    """

    def written(performance: Performance, options: WriteOptions) -> Written:
        track = performance.arkit
        side = None if track.side is None or not left_out else track.side.without_still()
        notes = () if side is None else (f"{left_out} has no columns for {', '.join(side.names)}; they were left out.",)
        return Written(write(track).encode(), notes)

    return written
