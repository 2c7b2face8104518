"""Containers as FFmpeg opens them: which streams they have, when these begin, and whether they may be read at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.core.errors import AudioError

#: what FFmpeg may take a file for: sounds and films, but no playlists, which name other files and addresses
_FORMATS = (
    "mp3,aac,ac3,eac3,dts,mov,matroska,webm,ogg,wav,w64,flac,aiff,au,caf,amr,asf,avi,flv,mpegts,mpeg,wv,ape,tta,dsf,gsm,voc,alac,loas,sln,"
    "g722,g729,g723_1,alaw,mulaw"
)
#: raw telephone sound says nothing of its rate
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_TELEPHONE = {".al": "alaw", ".alaw": "alaw", ".ul": "mulaw", ".ulaw": "mulaw"}
#: sound that begins so much before the picture is an encoder's delay, which the picture waits for; more of it is sound of its own
_DELAY_AT_MOST_S = 0.1
#: sample descriptions of MP4 whose content is encrypted, and the boxes on the way to them
_PROTECTED = {b"drms", b"drmi", b"enca", b"encv", b"aavd"}
_WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def open_container(path: Path) -> Any:
    """Open a sound or film for reading.

    Raises:
        av.FFmpegError: it is none, or broken.
    """
    import av

    raw = _TELEPHONE.get(path.suffix.lower())
    if raw is not None:
        return av.open(str(path), format=raw, options={**_OPTIONS, "sample_rate": "8000"})
    return av.open(str(path), options=_OPTIONS)


def sound_of(container: Any) -> Any:
    """The stream of the sound, None without one; the others are not even read."""
    import av

    sound = container.streams.best("audio")
    if sound is not None:
        for stream in container.streams:
            if stream.index != sound.index:
                stream.discard = av.stream.Discard.all
    return sound


def picture_of(container: Any) -> Any:
    """The stream of the moving picture; a cover picture is none."""
    import av

    cover = int(av.stream.Disposition.attached_pic)
    return next((stream for stream in container.streams.video if not int(stream.disposition) & cover), None)


def has_moving_picture(path: Path) -> bool:
    """Whether a file is a film; never raises."""
    import av

    try:
        with open_container(path) as container:
            return picture_of(container) is not None
    except (av.FFmpegError, OSError, ValueError):
        return False


def begin_s(stream: Any) -> float:
    """When a stream's first frame is shown or heard, on the container's time line."""
    return float((stream.start_time or 0) * stream.time_base)


def film_start_s(container: Any) -> float | None:
    """Time of the container at which the film begins: with its picture, or earlier where there is more sound in front than a codec needs.

    Returns:
        Seconds; None where there is no moving picture.
    """
    picture = picture_of(container)
    if picture is None:
        return None
    shown_s, sound = begin_s(picture), container.streams.best("audio")
    if sound is None or shown_s - begin_s(sound) <= _DELAY_AT_MOST_S:
        return shown_s
    return begin_s(sound)


def refuse_protected(path: Path) -> None:
    """Say that a file is encrypted before its decoder stumbles over it.

    Raises:
        AudioError: it is an MP4 or MOV whose sound or picture is encrypted.
    """
    try:
        with path.open("rb") as file:
            end = path.stat().st_size
            protected = _has_protected(file, 0, end, 0)
    except OSError:
        return
    if protected:
        raise AudioError(f"{path.name} is protected against copying, so its sound cannot be read; use a copy without protection.")


def _has_protected(file: Any, place: int, end: int, depth: int) -> bool:
    """Look for encrypted sample descriptions among the boxes from a place on."""
    while place + 8 <= end:
        file.seek(place)
        head = file.read(16)
        size, name, inside = int.from_bytes(head[:4], "big"), head[4:8], place + 8
        if size == 1:
            size, inside = int.from_bytes(head[8:16], "big"), place + 16
        if depth == len(_WAY) and name in _PROTECTED:
            return True
        size = size or end - place
        if size < 8:
            return False
        if depth < len(_WAY) and name == _WAY[depth]:
            # the descriptions stand behind a version and their number
            skip = 8 if name == b"stsd" else 0
            if _has_protected(file, inside + skip, min(place + size, end), depth + 1):
                return True
        place += size
    return False
