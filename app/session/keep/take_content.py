"""Between the session and a take's file: what goes into it that no project has, and what comes out of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app import __version__
from app.core.beside import written_beside
from app.core.errors import PreviewError, ProjectError
from app.core.marks.grammar import without_marks
from app.core.speech import AudioClip, Phone, Speech, Word
from app.formats.notes import new_id
from app.formats.project import Project, ProjectSound
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING, AvatarReference, Lane, SavedTake
from app.session.base.side import Side
from app.session.review.note_media import media_folder

#: letters of the words that name a line
MOST_LETTERS = 60


def is_take(path: Path) -> bool:
    """Whether a file is a take by its name."""
    return path.suffix.lower() == ENDING


def line_of(speech: Speech) -> str:
    """What a line is called until somebody names it: its words, or its file."""
    words = " ".join((without_marks(speech.text) or Path(speech.audio.name).stem or "recording").split())
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"


def lanes_of(sides: Mapping[str, Side], former: Mapping[str, Lane]) -> dict[str, Lane]:
    """The motion of all sides that have some.

    Args:
        sides: of the session.
        former: of the take that is open; a side that shows it goes on naming who made it.
    """
    lanes = {}
    for name, side in sides.items():
        if side.raw is None or side.tuned is None or not len(side.raw.arkit):
            continue
        before = former.get(name)
        if side.kept and before is not None:
            lanes[name] = replace(before, raw=side.raw, tuned=side.tuned)
        else:
            lanes[name] = Lane(side.raw, side.tuned, side.raw.label or str(side.spec), dict(side.parameters))
    return lanes


def take_of(
    content: Project, speech: Speech, lanes: Mapping[str, Lane], former: SavedTake | None = None, picture: bytes = b""
) -> SavedTake:
    """A take of what is in the session.

    Args:
        content: the session as a project.
        speech: what is played.
        lanes: motion by side.
        former: the take that is open; what this version does not know of it is kept.
        picture: PNG of the preview, b"" to keep the former one.
    """
    review, avatar = content.review, content.avatar
    embedded = former is not None and former.avatar is not None and former.avatar.embedded and former.project.avatar == avatar
    reference = None if avatar is None else AvatarReference(avatar.name, content.hashes.get(avatar, ""), avatar, embedded)
    return SavedTake(
        review.id or new_id(), review.line or line_of(speech), content, speech, lanes, reference, tuple(review.notes), content.media,
        review.status, review.start_timecode, review.fps, picture or (b"" if former is None else former.thumbnail), __version__,
        {} if former is None else former.unknown, {} if former is None else former.others,
    )  # fmt: skip


def with_former(content: Project, former: Project | None) -> Project:
    """A project with what another version wrote into the one that it came from.

    Args:
        content: the session as it stands.
        former: as it was opened or saved.
    """
    if former is None:
        return content
    sides = {
        name: replace(side, unknown=former.sides[name].unknown) if name in former.sides else side for name, side in content.sides.items()
    }
    sound = content.sound
    if sound is not None and former.sound is not None and former.sound.text == sound.text:
        sound = replace(sound, unknown=former.sound.unknown)
    return replace(content, sides=sides, sound=sound, unknown=former.unknown, hashes=former.hashes)


class TakeFolders:
    """Folders for the files that opened takes carry; given up when the session is closed."""

    def __init__(self) -> None:
        self._folders: list[Path] = []

    def make(self) -> Path:
        """A new one.

        Raises:
            ProjectError: there is no room.
        """
        try:
            media_folder().mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix="take-", dir=media_folder()))
        except OSError as error:
            raise ProjectError(f"The take cannot be opened because {media_folder()} cannot be written to; make room there.") from error
        self._folders.append(folder)
        return folder

    def close(self) -> None:
        """Give all of them up."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        self._folders.clear()


def settled(content: Project, path: Path) -> Project:
    """A project whose avatars are those that lie beside its file; see ``settled_avatar``."""
    sides = {name: replace(side, avatar=settled_avatar(side.avatar, path)) for name, side in content.sides.items()}
    return replace(content, avatar=settled_avatar(content.avatar, path), sides=sides)


def settled_avatar(avatar: Path | None, project: Path) -> Path | None:
    """An avatar that a take carried, copied beside a project that is to name it; any other stays where it is.

    Args:
        avatar: the file.
        project: the project's file.

    Raises:
        ProjectError: the folder cannot be written.
    """
    if avatar is None or not avatar.is_relative_to(media_folder()):
        return avatar
    beside = project.with_name(avatar.name)
    try:
        if not beside.exists():
            with written_beside(beside) as copy:
                shutil.copyfile(avatar, copy)
    except OSError as error:
        raise ProjectError(f"The avatar of the take cannot be copied to {beside.parent}; choose another folder.") from error
    return beside


def with_take(project: Project, origin: Path | None, bundled: Path, folders: TakeFolders) -> Project | SavedTake:
    """A recovered session with the motion of the take that it was opened from, as far as that has the same sound.

    Args:
        project: what was recovered; its sound is there.
        origin: the file that it was opened from or saved to, None for none.
        bundled: the folder of the program's own avatars.
        folders: for the take's files.
    """
    from app.audio.clips import read_clip

    if origin is None or not is_take(origin) or project.sound is None:
        return project
    try:
        take = read_take(origin, bundled, into=folders.make())
        same = take.speech.audio.digest == read_clip(project.sound.file).digest and _moved(take.speech) == _moved(project.sound)
    except PreviewError:
        return project
    return replace(take, project=replace(project, sound=take.project.sound)) if same else project


def _moved(sound: Speech | ProjectSound) -> tuple[tuple[Word, ...], tuple[Phone, ...]] | None:
    """Words and phones that a hand has moved."""
    return None if sound.heard is None else (sound.words, sound.phones)


def without_found(content: Project) -> Project:
    """A project without what is found by itself in its sound: words and phones, unless a hand has moved them."""
    sound = content.sound
    if sound is None:
        return content
    words, phones = _moved(sound) or ((), ())
    return replace(content, sound=replace(sound, phones=phones, visemes=(), parts_s=(0.0,), words=words, facial=(), heard=None, said=None))


def written_sound(project: Path, clip: AudioClip) -> Path:
    """Write a spoken line beside the project, over nothing that is there.

    Raises:
        PreviewError: the folder cannot be written.
    """
    from app.audio.clips import write_wav

    path, n = project.with_suffix(".wav"), 2
    while path.exists():
        path, n = project.with_name(f"{project.stem}-{n}.wav"), n + 1
    write_wav(path, clip)
    return path
