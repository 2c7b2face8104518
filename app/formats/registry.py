"""All track dialects: reading picks by content, writing by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.track_file import TrackFile, read_bytes, write_beside
from app.formats.tracks import a2f_csv, cue_text, json_takes, livelink, omniverse_json
from app.formats.tracks.foreign import kind_of


@dataclass(frozen=True)
class Reader:
    """One format that is read.

    Attributes:
        name: as shown.
        looks_like: whether bytes may be of this format; asked in the registry's order.
        read: bytes, a name for messages, and a frame rate that the user states (or None) -> the file's content.
    """

    name: str
    looks_like: Callable[[bytes], bool]
    read: Callable[[bytes, str, float | None], TrackFile]


@dataclass(frozen=True)
class Dialect(Reader):
    """One format that is read and written.

    Attributes:
        ending: of the files it writes, the longest match wins.
        write: track -> text.
        keeps_side: its files have room for the track's side channels.
    """

    ending: str
    write: Callable[[BlendshapeTrack], str]
    keeps_side: bool = True


_OMNIVERSE = Dialect(omniverse_json.NAME, omniverse_json.looks_like, omniverse_json.read, ".json", omniverse_json.write)
_A2F = Dialect(a2f_csv.NAME, a2f_csv.looks_like, a2f_csv.read, ".a2f.csv", a2f_csv.write, keeps_side=False)
_LIVELINK = Dialect(livelink.NAME, livelink.looks_like, livelink.read, ".csv", livelink.write)
#: what is written
DIALECTS: tuple[Dialect, ...] = (_OMNIVERSE, _A2F, _LIVELINK)
#: what is read, the most particular first: any table looks like the last
READERS: tuple[Reader, ...] = (
    _OMNIVERSE,
    Reader(json_takes.NAME, json_takes.looks_like, json_takes.read),
    Reader(cue_text.NAME, cue_text.looks_like, cue_text.read),
    _A2F,
    _LIVELINK,
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


def decode_track(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a track from bytes.

    Args:
        data: content of a track file of any dialect.
        name: for messages.
        fps: frames per second that the user states; None finds it in the file.

    Raises:
        TrackError: none of the dialects, or a broken file.
    """
    if not data.strip():
        raise TrackError(f"{name} is empty; export the track again.")
    kind = kind_of(data)
    if kind:
        raise TrackError(f"{name} is {kind}.")
    for reader in READERS:
        if reader.looks_like(data):
            return reader.read(data, name, fps)
    raise TrackError(f"{name} is not a track file; open a Live Link Face CSV, an Audio2Face CSV or an Omniverse JSON.")


def read_track_file(path: Path | str, fps: float | None = None) -> TrackFile:
    """Read a track file with everything that it holds.

    Args:
        path: of the file.
        fps: frames per second that the user states; None finds it in the file, and ``evidence`` says how.

    Raises:
        TrackError: it is missing, unreadable, broken or of an unknown dialect.
    """
    path = Path(path)
    return decode_track(read_bytes(path), path.name, fps)


def read_track(path: Path | str, fps: float | None = None) -> BlendshapeTrack:
    """The 52 channels of a track file, its other columns beside them; see ``read_track_file``."""
    return read_track_file(path, fps).track


def write_track(path: Path | str, track: BlendshapeTrack) -> tuple[str, ...]:
    """Write a track; the ending picks the dialect, and a failure leaves no half-written file.

    Args:
        path: ``.csv`` Live Link Face, ``.a2f.csv`` Audio2Face-3D, ``.json`` Omniverse.
        track: the 52 ARKit channels; its side channels are written where the dialect can hold them.

    Returns:
        Sentences about what the dialect has no room for.

    Raises:
        TrackError: an unknown ending, other channels, or a folder that cannot be written to.
    """
    path = Path(path)
    check_writable(path)
    if not len(track):
        raise TrackError("The track has no frames, so there is nothing to write; animate a longer clip.")
    writer = _writer(path)
    write_beside(path, writer.write(track))
    side = None if track.side is None or writer.keeps_side else track.side.without_still()
    return () if side is None else (f"{writer.name} has no columns for {', '.join(side.names)}; they were left out.",)
