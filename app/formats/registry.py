"""All formats of motion: reading picks by content, writing by what the user says or by the ending of the name."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import TrackError
from app.core.track import BlendshapeTrack
from app.formats.cues import entries as cues
from app.formats.dialect import Dialect
from app.formats.json_tracks import entries as json_tracks
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes import entries as scenes
from app.formats.timings import entries as timings
from app.formats.track_file import TrackFile, read_bytes, write_beside
from app.formats.tracks import entries as tracks
from app.formats.tracks.foreign import kind_of
from app.formats.tracks.sides import with_side_evidence

#: every format; those that are read are asked in this order
DIALECTS: tuple[Dialect, ...] = (*scenes.DIALECTS, *timings.DIALECTS, *cues.DIALECTS, *json_tracks.DIALECTS, *tracks.DIALECTS)
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


def format_named(text: str) -> tuple[str, str]:
    """The format of many files from one word: an ending, or a key.

    Args:
        text: ``csv``, ``.a2f.csv`` or ``rhubarb-tsv``.

    Returns:
        The ending with its dot, and the key, "" where the ending says it.

    Raises:
        TrackError: it is neither.
    """
    ending = f".{text.lstrip('.')}"
    try:
        writer_of(Path(f"x{ending}"))
    except TrackError as unknown:
        try:
            return dialect_of(text).ending, text
        except TrackError:
            raise unknown from None
    return ending, ""


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


def readable_endings() -> tuple[str, ...]:
    """Endings of the files that may be tracks, each with its dot, sorted; the content decides."""
    return tuple(sorted({Path(f"x{each.ending or '.json'}").suffix.lower() for each in DIALECTS if each.read is not None}))


def is_track(path: Path) -> bool:
    """Whether a file's content is of a format that is read.

    Raises:
        TrackError: it cannot be read at all.
    """
    return reader_of(read_bytes(path)) is not None


def reader_of(data: bytes) -> Dialect | None:
    """The format that bytes look like, or None; a file that is known to be something else is not taken for any JSON or any table."""
    is_foreign = bool(kind_of(data))
    asked = (each for each in DIALECTS if each.read is not None and not (is_foreign and each.is_loose))
    return next((each for each in asked if each.looks_like is not None and each.looks_like(data)), None)


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
    dialect = reader_of(data)
    if dialect is not None and dialect.read is not None:
        return with_side_evidence(dialect.read(data, name, fps))
    kind = kind_of(data)
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
    written = encoded(performance, options or WriteOptions(), writer_of(path, key).key)
    write_beside(path, written.data)
    return written.notes


def encoded(performance: Performance, options: WriteOptions, key: str) -> Written:
    """The content of a file, not yet written anywhere.

    Args:
        performance: what it holds.
        options: what the user chose.
        key: of the format.

    Raises:
        TrackError: an unknown key, or motion that the format cannot hold.
    """
    if not len(performance.arkit):
        raise TrackError("The track has no frames, so there is nothing to write; animate a longer clip.")
    writer = dialect_of(key)
    assert writer.write is not None  # as dialect_of finds
    return writer.write(performance, options)


def write_track(path: Path | str, track: BlendshapeTrack) -> tuple[str, ...]:
    """Write the 52 channels and what travels beside them, as ``write_performance`` does, which also takes what belongs to them."""
    return write_performance(path, Performance(track))
