"""All formats of motion: reading picks by content, writing by what the user says or by the ending of the name."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.cues import entries as cues
from app.formats.dialect import Dialect
from app.formats.json_tracks import entries as json_tracks
from app.formats.performance import Performance, WriteOptions
from app.formats.scenes import entries as scenes
from app.formats.track_file import TrackFile, read_bytes, write_beside
from app.formats.tracks import entries as tracks
from app.formats.tracks.foreign import kind_of
from app.formats.tracks.sides import with_side_evidence

#: every format; those that are read are asked in this order
DIALECTS: tuple[Dialect, ...] = (*scenes.DIALECTS, *cues.DIALECTS, *json_tracks.DIALECTS, *tracks.DIALECTS)
#: what can be written
WRITTEN: tuple[Dialect, ...] = tuple(dialect for dialect in DIALECTS if dialect.write is not None)


def dialect_of(key: str) -> Dialect:
    """The format of a key that can be written.

    Raises:
        TrackError: there is none.
    """
    found = next((dialect for dialect in WRITTEN if dialect.key == key), None)
    if found is None:
        raise TrackError(f"There is no format {key[:40]!r} to write; choose one of {', '.join(d.key for d in WRITTEN)}.")
    return found


def writer_of(path: Path, key: str = "") -> Dialect:
    """Which format a file is written in.

    Args:
        path: its name; the longest ending that fits wins.
        key: of the format, where the user said it; "" goes by the ending.

    Raises:
        TrackError: an unknown key or ending.
    """
    if key:
        return dialect_of(key)
    fitting = [dialect for dialect in WRITTEN if path.name.lower().endswith(dialect.ending.lower())]
    if not fitting:
        endings = ", ".join(f"{d.ending} ({d.name})" for d in WRITTEN)
        raise TrackError(f"Tracks cannot be written as {path.suffix or path.name!r}; choose {endings}.")
    return max(fitting, key=lambda dialect: len(dialect.ending))


def check_writable(path: Path | str, key: str = "") -> None:
    """Say before long work that its result could not be written.

    Raises:
        TrackError: an unknown ending or key, or a folder that does not exist.
    """
    path = Path(path)
    writer_of(path, key)
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
    for dialect in DIALECTS:
        if dialect.looks_like is None or dialect.read is None or (kind and dialect.is_loose):
            continue
        if dialect.looks_like(data):
            return with_side_evidence(dialect.read(data, name, fps))
    if kind:
        raise TrackError(f"{name} is {kind}.")
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


def write_performance(path: Path | str, performance: Performance, options: WriteOptions | None = None, key: str = "") -> tuple[str, ...]:
    """Write motion; a failure leaves no half-written file.

    Args:
        path: of the file; its ending picks the format.
        performance: what is written.
        options: what the user chose.
        key: of the format, where the ending shall not pick it.

    Returns:
        Sentences about what the format has no room for or changed.

    Raises:
        TrackError: an unknown ending or key, motion that the format cannot hold, or a folder that cannot be written to.
    """
    path = Path(path)
    check_writable(path, key)
    if not len(performance.arkit):
        raise TrackError("The track has no frames, so there is nothing to write; animate a longer clip.")
    writer = writer_of(path, key)
    assert writer.write is not None  # as writer_of picks
    written = writer.write(performance, options or WriteOptions())
    write_beside(path, written.data)
    return written.notes


def write_track(path: Path | str, track: BlendshapeTrack) -> tuple[str, ...]:
    """Write the 52 channels and what travels beside them, as ``write_performance`` does, which also takes what belongs to them."""
    return write_performance(path, Performance(track))
