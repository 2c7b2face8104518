"""Any glTF file's bytes as a track, or one sentence."""

from __future__ import annotations

from app.avatar.container import split_container
from app.avatar.document import Document
from app.avatar.fields import record
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
