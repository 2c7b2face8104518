"""All track dialects: reading picks by content, writing by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats import a2f_csv, livelink, omniverse_json
from app.formats.track_file import TrackFile, read_bytes, write_beside


@dataclass(frozen=True)
class Dialect:
    """One format of track files.

    Attributes:
        name: as shown.
        ending: of the files it writes, the longest match wins.
        looks_like: whether bytes may be of this dialect; asked in the registry's order.
        read: bytes and a name for messages -> the file's content.
        write: track and extras -> text.
    """

    name: str
    ending: str
    looks_like: Callable[[bytes], bool]
    read: Callable[[bytes, str], TrackFile]
    write: Callable[[BlendshapeTrack, BlendshapeTrack | None], str]


#: the most particular first: any CSV looks like the last
DIALECTS: tuple[Dialect, ...] = tuple(
    Dialect(module.NAME, ending, module.looks_like, module.read, module.write)
    for module, ending in ((omniverse_json, ".json"), (a2f_csv, ".a2f.csv"), (livelink, ".csv"))
)


def _writer(path: Path) -> Dialect:
    fitting = [dialect for dialect in DIALECTS if path.name.lower().endswith(dialect.ending)]
    if not fitting:
        endings = ", ".join(f"{d.ending} ({d.name})" for d in DIALECTS)
        raise TrackError(f"Tracks cannot be written as {path.suffix or path.name!r}; choose {endings}.")
    return max(fitting, key=lambda dialect: len(dialect.ending))


def check_writable(path: Path | str) -> None:
    """Say before long work that its result could not be written.

    Raises:
        TrackError: an unknown ending, or a folder that does not exist.
    """
    path = Path(path)
    _writer(path)
    if not path.parent.is_dir():
        raise TrackError(f"There is no folder {path.parent}; create it or choose another.")
    if path.is_dir():
        raise TrackError(f"{path.name} is a folder; choose a file name.")


def decode_track(data: bytes, name: str) -> TrackFile:
    """Read a track from bytes.

    Args:
        data: content of a track file of any dialect.
        name: for messages.

    Raises:
        TrackError: none of the dialects, or a broken file.
    """
    if not data.strip():
        raise TrackError(f"{name} is empty; export the track again.")
    for dialect in DIALECTS:
        if dialect.looks_like(data):
            return dialect.read(data, name)
    raise TrackError(f"{name} is not a track file; open a Live Link Face CSV, an Audio2Face CSV or an Omniverse JSON.")


def read_track_file(path: Path | str) -> TrackFile:
    """Read a track file with everything that it holds.

    Raises:
        TrackError: it is missing, unreadable, broken or of an unknown dialect.
    """
    path = Path(path)
    return decode_track(read_bytes(path), path.name)


def read_track(path: Path | str) -> BlendshapeTrack:
    """The 52 channels of a track file; see ``read_track_file``."""
    return read_track_file(path).track


def write_track(path: Path | str, track: BlendshapeTrack, extras: BlendshapeTrack | None = None) -> None:
    """Write a track; the ending picks the dialect, and a failure leaves no half-written file.

    Args:
        path: ``.csv`` Live Link Face, ``.a2f.csv`` Audio2Face-3D, ``.json`` Omniverse.
        track: the 52 ARKit channels.
        extras: further columns with the same frames, where the dialect can hold them.

    Raises:
        TrackError: an unknown ending, other channels, or a folder that cannot be written to.
    """
    path = Path(path)
    check_writable(path)
    if not len(track):
        raise TrackError("The track has no frames, so there is nothing to write; animate a longer clip.")
    write_beside(path, _writer(path).write(track, extras))
