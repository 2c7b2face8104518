"""Any glTF file's bytes as a track, or one sentence."""

from __future__ import annotations

from pathlib import Path

from app.avatar.container import read_bytes, split_container
from app.avatar.document import Document
from app.avatar.fields import record, records, text
from app.core.errors import AvatarError, TrackError
from app.formats.scenes.gltf.reading import read_document
from app.formats.scenes.gltf.vrma_reading import VRMA, read_vrma
from app.formats.track_file import TrackFile

#: how sentences about avatars begin, in whose place the file's name stands
_SUBJECTS = ("The avatar file", "This avatar", "The avatar", "This file")


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """The motion in a glTF file or a VRM animation.

    Args:
        data: the file.
        name: for messages.
        fps: frames per second at which it is sampled, as the user states; None finds the file's own.

    Raises:
        TrackError: it is broken, or moves no face.
    """
    try:
        root, binary = split_container(data)
        document = Document(root, binary)
        if VRMA in record(root, "extensions"):
            return read_vrma(document, name, fps)
        return read_document(document, name, fps)
    except AvatarError as error:
        sentence = str(error)
        subject = next((begin for begin in _SUBJECTS if sentence.startswith(begin)), "")
        raise TrackError(name + sentence.removeprefix(subject) if subject else f"{name}: {sentence}") from error


def motion_s(path: Path) -> float:
    """How long the motion of a face in an avatar's file is, in seconds; 0 where there is none that can be read.

    Args:
        path: of the file; if nothing in it animates weights, no more than its words are looked at.
    """
    try:
        data = read_bytes(path)
        for animation in records(split_container(data)[0], "animations"):
            if any(text(record(channel, "target"), "path") == "weights" for channel in records(animation, "channels")):
                return read(data, path.name).track.duration_s
    except (AvatarError, TrackError):
        pass
    return 0.0
