"""Files that belong to notes: spoken notes and pictures lie in a folder of the user's until their project or take is saved."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.core.beside import written_beside
from app.core.errors import ProjectError
from app.core.places import where
from app.formats.notes import Note, new_id

#: what a name keeps of the file's own
_LONGEST = 40


def media_folder() -> Path:
    """Where this user's spoken notes are until they are saved."""
    return where("notes")


def media_of(notes: Iterable[Note]) -> tuple[str, ...]:
    """Names of the files that notes refer to, each once."""
    named = (name for note in notes for name in (note.voice, "" if note.reference is None else note.reference.file))
    return tuple(dict.fromkeys(name for name in named if name))


class NoteMedia:
    """Finds the files of notes by their names. What was made here lies in a folder of its own; what was brought stays where it is.

    Attributes:
        files: name -> file, of all notes of this session.
    """

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        self._own: Path | None = None
        #: folders of sessions that were not closed and are restored in this one
        self._adopted: set[Path] = set()

    def file_of(self, name: str) -> Path | None:
        """A file by its name; None for one that is not there."""
        file = self.files.get(name)
        return file if file is not None and file.is_file() else None

    def new_file(self, ending: str) -> Path:
        """A path for something that is about to be made, in a folder that is there.

        Args:
            ending: as ``.ogg``.

        Raises:
            ProjectError: the folder cannot be made.
        """
        try:
            if self._own is None or not self._own.is_dir():
                media_folder().mkdir(parents=True, exist_ok=True)
                self._own = Path(tempfile.mkdtemp(prefix="notes-", dir=media_folder()))
        except OSError as error:
            raise ProjectError(f"The note cannot be kept because {media_folder()} cannot be written to; make room there.") from error
        return self._own / f"{new_id()[:12]}{ending}"

    def add(self, file: Path) -> str:
        """Take a file among the media.

        Args:
            file: anywhere.

        Returns:
            Its name, told apart from all others.
        """
        known = next((name for name, path in self.files.items() if path == file), "")
        if known:
            return known
        plain = re.sub(r"[^\w.-]+", "-", file.stem)[:_LONGEST].strip("-.") or "file"
        name, n = f"{plain}{file.suffix.lower()}", 2
        while name in self.files:
            name, n = f"{plain}-{n}{file.suffix.lower()}", n + 1
        self.files[name] = file
        return name

    def learn(self, files: Mapping[str, Path]) -> None:
        """Know files that came with a project, a take, a review, or a session that was not closed."""
        self.files.update(files)
        self._adopted |= {file.parent for file in files.values() if file.parent.parent == media_folder()}

    def needed(self, notes: Iterable[Note]) -> dict[str, Path]:
        """Name -> file of what notes refer to, as far as it is known."""
        return {name: self.files[name] for name in media_of(notes) if name in self.files}

    def settle(self, project: Path, notes: Iterable[Note]) -> None:
        """Put what was made here beside a project that is being saved, so that it goes where the project goes.

        The file that was recorded stays until the session is closed: what is written by itself still names it.

        Args:
            project: its file.
            notes: of it.

        Raises:
            ProjectError: the folder cannot be written.
        """
        for name, file in self.needed(notes).items():
            if not file.is_relative_to(media_folder()):
                continue
            beside = project.with_name(f"{project.stem}-notes") / file.name
            try:
                beside.parent.mkdir(exist_ok=True)
                with written_beside(beside) as copy:
                    shutil.copyfile(file, copy)
            except OSError as error:
                raise ProjectError(f"The spoken notes cannot be saved in {beside.parent}; choose another folder.") from error
            self.files[name] = beside

    def close(self) -> None:
        """The session is closed by its user: what was made here and not saved is given up."""
        for folder in (*self._adopted, *(() if self._own is None else (self._own,))):
            with contextlib.suppress(OSError):
                shutil.rmtree(folder)
        self._own = None
        self._adopted.clear()
