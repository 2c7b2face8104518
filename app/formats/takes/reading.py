"""Takes (``.vstake``) from the disk: a zip of a project's document and the files that it names, read without trusting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.core.errors import TrackError
from app.core.speech import FacialFrames, Speech
from app.formats.project import Project, project_at
from app.formats.project_files import INSIDE, MissingFile, Places
from app.formats.project_review import ProjectReview, review_of
from app.formats.strict_json import content_of_json
from app.formats.takes.archive import TakeArchive, damaged, opened_archive
from app.formats.takes.motion import MAX_ARRAY_BYTES, animation_of, array_of, member_of
from app.formats.takes.sound import unpacked_sound
from app.formats.takes.take import AvatarReference, Lane, SavedTake

DOCUMENT, THUMBNAIL = "project.vsync", "thumbnail.png"
#: folders of a take's files
TRACKS, MEDIA, AVATARS = "tracks", "media", "avatars"
MAX_DOCUMENT_BYTES, MAX_THUMBNAIL_BYTES, MAX_SOUND_BYTES = 2**26, 2**23, 2**30
#: of files that this version does not know: more is not kept
MAX_OTHER_BYTES = 2**27
_PNG = b"\x89PNG\r\n\x1a\n"
_TAKE_KEYS = ("app_version", "avatar")
_LANE_KEYS = ("source", "parameters", "raw", "tuned")
#: what walking through values of any kind raises where they are others
_UNFIT = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, TrackError)


@dataclass(frozen=True)
class TakeAbout:
    """What a list says of a take, read without its sound and motion.

    Attributes:
        path: its file.
        review: name, status, notes.
        text: what is said.
        thumbnail: PNG, b"" for none.
    """

    path: Path
    review: ProjectReview
    text: str
    thumbnail: bytes


def read_take(
    path: Path, bundled: Path, *, into: Path | None = None, missing: list[MissingFile] | None = None,
    instead: Mapping[Path, Path] = MappingProxyType({}),
) -> SavedTake:  # fmt: skip
    """Read a take; it needs no other file, and names those that it refers to.

    Args:
        path: the file.
        bundled: the folder of the program's own avatars.
        into: a folder for the files that it carries: sound, media, an embedded avatar. None leaves them in it; their paths then
            lead into the take's file, and ``write_take`` finds them there.
        missing: takes the files that it refers to and that are not there.
        instead: files that take the place of missing ones.

    Raises:
        ProjectError: it is no take, of a newer version, damaged, or claims what no take holds.
    """
    with opened_archive(path) as archive:
        data = document_of(archive)
        inside = path if into is None else into
        gone: list[MissingFile] = [] if missing is None else missing
        sides, take, sound = _parted(data, path)
        project = project_at(data, path.name, Places(path.parent, bundled, instead, gone, inside=inside, members=archive.members))
        try:
            speech = _speech(sound, project, archive)
            lanes = {name: _lane(each, archive) for name, each in sides.items() if name in project.sides}
        except _UNFIT as error:
            raise damaged(path) from error
        carried = _carried(archive, project)
        if into is not None:
            for name in carried:
                archive.unpack(name, into)
        return _as_take(archive, project, take, speech=speech, lanes=lanes, gone=gone)


def read_about(path: Path) -> TakeAbout:
    """What a list shows of a take: its review and its picture; quick, whatever else it holds.

    Raises:
        ProjectError: it is no take.
    """
    with opened_archive(path) as archive:
        data = document_of(archive)
        sound = data.get("sound")
        text = sound.get("text") if isinstance(sound, Mapping) else ""
        return TakeAbout(path, review_of(data.get("review")), text if isinstance(text, str) else "", _thumbnail(archive))


def unpack_media(path: Path, into: Path) -> dict[str, Path]:
    """The files of a take's notes, unpacked.

    Args:
        path: the take.
        into: a folder, made when it is needed.

    Returns:
        Name -> file.

    Raises:
        ProjectError: it is no take, or the folder cannot be written to.
    """
    with opened_archive(path) as archive:
        names = [name for name in archive.members if name.startswith(f"{MEDIA}/")]
        return {name.removeprefix(f"{MEDIA}/"): archive.unpack(name, into) for name in names}


def document_of(archive: TakeArchive) -> dict[str, Any]:
    """The project's document in a take.

    Raises:
        ProjectError: there is none.
    """
    try:
        data = content_of_json(archive.read(DOCUMENT, MAX_DOCUMENT_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise damaged(archive.path) from error
    if not isinstance(data, dict):
        raise damaged(archive.path)
    return data


def _parted(data: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Take what only takes have out of a document: motion by side, what concerns the take, and the sound's own parts."""
    try:
        sides = {str(name): side.pop("motion") for name, side in data["sides"].items() if "motion" in side}
        take = data.pop("take", {})
        sound = data["sound"]
        own = {} if sound is None else {key: sound.pop(key) for key in ("name", "facial") if key in sound}
        heard = None if sound is None else sound.get("heard")
        if isinstance(heard, dict) and "facial" in heard:
            own["heard"] = heard.pop("facial")
        if not isinstance(take, dict):
            raise TypeError("not an object")
    except _UNFIT as error:
        raise damaged(path) from error
    return sides, take, own


def _speech(own: Mapping[str, Any], project: Project, archive: TakeArchive) -> Speech:
    sound = project.sound
    if sound is None:
        raise ValueError("a take has a sound")
    name = next((each for each in archive.members if each.startswith("sound.") and sound.file.name == each), "")
    called = own.get("name", "")
    clip = unpacked_sound(archive.read(name, MAX_SOUND_BYTES), called if isinstance(called, str) else "", archive.path.name)
    heard = None if sound.heard is None else replace(sound.heard, facial=_facial(own.get("heard", []), archive))
    return Speech(clip, sound.text, sound.phones, sound.visemes, sound.words, _facial(own.get("facial", []), archive), heard)


def _facial(rows: list[Any], archive: TakeArchive) -> tuple[FacialFrames, ...]:
    facial = []
    for chunk in rows:
        first = chunk["first"]
        if not isinstance(first, int) or isinstance(first, bool) or abs(first) > 10**7:
            raise ValueError("no frame")
        facial.append(FacialFrames(array_of(archive.read(member_of(chunk["file"]), MAX_ARRAY_BYTES)), first))
    return tuple(facial)


def _lane(data: Mapping[str, Any], archive: TakeArchive) -> Lane:
    def fetch(text: str) -> bytes:
        return archive.read(member_of(text), MAX_ARRAY_BYTES)

    parameters = {
        str(name): float(value)
        for name, value in data["parameters"].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    raw, tuned = animation_of(data["raw"], fetch), animation_of(data["tuned"], fetch)
    if not isinstance(data["source"], str):
        raise ValueError("no source")
    return Lane(raw, tuned, data["source"], parameters, {str(key): each for key, each in data.items() if key not in _LANE_KEYS})


def _carried(archive: TakeArchive, project: Project) -> list[str]:
    """Members that are files to others: sound, media, avatars."""
    sound = "" if project.sound is None else project.sound.file.name
    return [name for name in archive.members if name == sound or name.startswith((f"{MEDIA}/", f"{AVATARS}/"))]


def _as_take(
    archive: TakeArchive, project: Project, take: Mapping[str, Any], *, speech: Speech, lanes: Mapping[str, Lane], gone: list[MissingFile]
) -> SavedTake:  # fmt: skip
    review = project.review
    known = (DOCUMENT, THUMBNAIL, *_carried(archive, project))
    tracks = tuple(name for name in archive.members if name.startswith(f"{TRACKS}/"))
    others: dict[str, bytes] = {}
    room = MAX_OTHER_BYTES
    for name, size in archive.members.items():
        if name not in known and name not in tracks and size <= room:
            others[name] = archive.read(name, size)
            room -= size
    version = take.get("app_version", "")
    return SavedTake(
        review.id, review.line, project, speech, lanes, _avatar(project, take, gone, archive), tuple(review.notes), project.media,
        review.status, review.start_timecode, review.fps, _thumbnail(archive), version if isinstance(version, str) else "",
        {key: value for key, value in take.items() if key not in _TAKE_KEYS}, others,
    )  # fmt: skip


def _avatar(project: Project, take: Mapping[str, Any], gone: list[MissingFile], archive: TakeArchive) -> AvatarReference | None:
    about, path = take.get("avatar"), project.avatar
    if path is None or not isinstance(about, Mapping):
        return None if path is None else AvatarReference(path.name, project.hashes.get(path, ""), path)
    name, digest = about.get("name", path.name), about.get("sha256", "")
    is_gone = any(each.what == "the avatar" for each in gone)
    embedded = f"{AVATARS}/{path.name}" in archive.members and path.parent.name == AVATARS
    return AvatarReference(str(name)[:200], str(digest)[:64], None if is_gone else path, embedded)


def _thumbnail(archive: TakeArchive) -> bytes:
    if archive.members.get(THUMBNAIL, MAX_THUMBNAIL_BYTES + 1) > MAX_THUMBNAIL_BYTES:
        return b""
    data = archive.read(THUMBNAIL, MAX_THUMBNAIL_BYTES)
    return data if data.startswith(_PNG) else b""


def with_avatar(take: SavedTake, path: Path) -> SavedTake:
    """The take with its avatar found again at another place."""
    name = path.name
    reference = replace(take.avatar, path=path) if take.avatar is not None else AvatarReference(name, "", path)
    return replace(take, avatar=reference, project=replace(take.project, avatar=path))


__all__ = ["DOCUMENT", "INSIDE", "THUMBNAIL", "TakeAbout", "document_of", "read_about", "read_take", "unpack_media", "with_avatar"]
