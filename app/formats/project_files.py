"""The files that a project names: where they are, and which are not there."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.core.errors import ProjectError

#: before the name of one of the program's own avatars
BUNDLED = "bundled:"
#: before the name of a file that lies in the take itself
INSIDE = "take:"
#: what a note may show or say; a file of another kind that lies outside of a take is none of its business
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FILM_ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp", ".flv", ".wmv", ".ogv")
SOUND_ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aif", ".aiff", ".aac", ".wma", ".mp4", ".mov", ".webm", ".mkv")
MEDIA_ENDINGS = (*PICTURE_ENDINGS, *FILM_ENDINGS, *SOUND_ENDINGS)
Kind = Literal["audio", "avatar", "track", "bundle", "reference", "project"]


def layer_what(side: str) -> str:
    """What a file that a layer needs is to the project."""
    return f"a layer of side {side}"


@dataclass(frozen=True)
class MissingFile:
    """A file that a project names and that is not there.

    Attributes:
        what: what it is to the project: ``the sound``, ``the avatar``, ``the source of side B``.
        kind: what can take its place.
        path: where it was.
        sha256: of its content in hex, by which it is found again; "" when that is not known.
    """

    what: str
    kind: Kind
    path: Path
    sha256: str = ""


@dataclass(frozen=True)
class Places:
    """Where the files of one project are looked for.

    Attributes:
        folder: of the project, which relative paths refer to.
        bundled: of the program's own avatars.
        instead: files that take the place of missing ones.
        missing: takes what is not there, None to refuse the project then.
        hashes: SHA-256 in hex by the paths that the project writes.
        inside: where the files of a take lie that it carries itself.
        members: their names; none for a project.
    """

    folder: Path
    bundled: Path
    instead: Mapping[Path, Path]
    missing: list[MissingFile] | None
    hashes: Mapping[str, str] = field(default_factory=dict)
    inside: Path = Path()
    members: Collection[str] = ()

    def has(self, text: str) -> bool:
        """Whether a file or folder of this name is there."""
        return not is_elsewhere(text) and (self.folder / text).exists()

    def located(self, text: Any, what: str, kind: Kind) -> Path:
        """The file that a project names.

        Raises:
            ProjectError: it is no plain path, or nothing is there.
        """
        if not isinstance(text, str) or not text or len(text) > 4096 or "\0" in text:
            raise ProjectError(f"The project names no usable path for {what}; save it again.")
        if text.startswith(INSIDE):
            if text.removeprefix(INSIDE) not in self.members:
                raise ProjectError(f"The take does not hold {what} that it names; open an earlier copy of it.")
            return self.inside / text.removeprefix(INSIDE)
        if text.startswith(BUNDLED):
            name = text.removeprefix(BUNDLED)
            path = self.bundled / name
            if name != Path(name).name or "\\" in name:
                raise ProjectError(f"The project names no usable path for {what}; save it again.")
            sentence = f"The project wants the avatar {name!r} of another version of this program; choose another avatar."
        else:
            # a path to another computer would be opened with the user's own log-in
            if is_elsewhere(text):
                raise ProjectError(f"The project takes {what} from another computer; copy the file beside the project and save it again.")
            path = Path(os.path.normpath(self.folder / text))
            sentence = f"The project needs {what} at {path}, where nothing is; put it back, or correct the path in the project."
        path = self.instead.get(path, path)
        if path.is_file() or (kind == "bundle" and path.is_dir()):
            return path
        if self.missing is None:
            raise ProjectError(sentence)
        self.missing.append(MissingFile(what, kind, path, self.hashes.get(text, "")))
        return path

    def path_of(self, text: str) -> Path:
        """Where a path of the project points, whether or not something is there; files that take the place of missing ones count."""
        if text.startswith(INSIDE):
            return self.inside / text.removeprefix(INSIDE)
        path = self.bundled / text.removeprefix(BUNDLED) if text.startswith(BUNDLED) else Path(os.path.normpath(self.folder / text))
        return self.instead.get(path, path)


def is_elsewhere(text: str) -> bool:
    """Whether a path leads to another computer."""
    return text.startswith(("//", "\\\\")) or "://" in text
