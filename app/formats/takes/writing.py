"""Takes (``.vstake``) to the disk: complete or not at all, with the former one kept as a backup."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.beside import backup_of, written_beside
from app.core.errors import ProjectError
from app.core.speech import FacialFrames
from app.formats.notes import new_id
from app.formats.plain import plain
from app.formats.project import Project, ProjectSound, document, with_hashes
from app.formats.project_files import INSIDE
from app.formats.project_hashes import file_sha256
from app.formats.project_review import ProjectReview, review_of
from app.formats.takes.archive import MAX_FILE_BYTES, TakeArchive, is_safe_name, opened_archive
from app.formats.takes.motion import animation_data, array_bytes
from app.formats.takes.reading import AVATARS, DOCUMENT, MEDIA, THUMBNAIL, TRACKS, document_of
from app.formats.takes.sound import packed_sound
from app.formats.takes.take import ENDING, AvatarReference, SavedTake

#: files that are small already
_PACKED = (".flac", ".png", ".jpg", ".jpeg", ".webp", ".ogg", ".opus", ".mp3", ".m4a", ".mp4", ".webm", ".mov", ".zip")
#: a member's date, so that the same take gives the same bytes
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass
class _Members:
    """What goes into the zip, in order.

    Attributes:
        data: name -> content.
        files: name -> file that it is copied from.
    """

    data: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    _by_digest: dict[bytes, str] = field(default_factory=dict)

    def keep_track(self, name: str, content: bytes) -> str:
        """Take an array, once where two are the same; gives the path for the document."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        member = self._by_digest.setdefault(digest, f"{TRACKS}/{name}.npy")
        self.data[member] = content
        return INSIDE + member


def write_take(path: Path, take: SavedTake, bundled: Path, *, embeds_avatar: bool = False, has_backup: bool = True) -> tuple[str, ...]:
    """Write a take; a failure leaves the old one, a success keeps it as ``NAME.vstake.bak``.

    Args:
        path: where to, in a folder that exists.
        take: what; it has a sound.
        bundled: the folder of the program's own avatars.
        embeds_avatar: the take carries its avatars, and needs no other file; an avatar that it carried already stays in it.
        has_backup: the take that is replaced is kept.

    Returns:
        Sentences about what is not in it because it was not there any more.

    Raises:
        ProjectError: it cannot be written.
    """
    members = _Members()
    sentences: list[str] = []
    data = _document(path, take, bundled, members=members, sentences=sentences, embeds=embeds_avatar)
    members.data.update({name: content for name, content in take.others.items() if is_safe_name(name) and name not in members.data})
    if take.thumbnail:
        members.data[THUMBNAIL] = take.thumbnail
    _write(path, data, members, has_backup=has_backup)
    return tuple(sentences)


def change_take(path: Path, change: Callable[[ProjectReview], ProjectReview], media: Mapping[str, Path] | None = None) -> ProjectReview:
    """Change what a review says in a take, and leave everything else as it is, bit for bit.

    Args:
        path: the take's file.
        change: the new review from the present one.
        media: files of notes that come into it, by name.

    Returns:
        The review as it is now.

    Raises:
        ProjectError: it is no take, or cannot be written.
    """
    added = {name: file for name, file in (media or {}).items() if is_safe_name(f"{MEDIA}/{name}")}
    with opened_archive(path) as archive:
        data = document_of(archive)
        review = change(review_of(data.get("review")))
        data["review"] = plain(review)
        if added:
            known = data.get("media")
            data["media"] = {**(known if isinstance(known, dict) else {}), **{name: f"{INSIDE}{MEDIA}/{name}" for name in added}}
        members = _Members(files={f"{MEDIA}/{name}": file for name, file in added.items()})
        _write(path, data, members, archive)
    return review


def _document(path: Path, take: SavedTake, bundled: Path, *, members: _Members, sentences: list[str], embeds: bool) -> dict[str, Any]:
    """The project's document with what only takes have; fills the members."""
    project = _project(take)
    inside: dict[Path, str] = {}
    sound_name, content = packed_sound(take.speech.audio)
    members.data[sound_name] = content
    inside[Path(sound_name)] = INSIDE + sound_name
    for name, file in take.media.items():
        member = f"{MEDIA}/{name}"
        if is_safe_name(member) and _holds(file):
            members.files[member] = file
            inside[file] = INSIDE + member
        else:
            sentences.append(f"{name} of a note is not in the take, because the file is gone; add it to the note again.")
    _embed(project, take.avatar, inside, members, everything=embeds)
    project = with_hashes(replace(project, sound=replace(project.sound or ProjectSound(Path()), file=Path(sound_name))))
    hashes = {file: digest for file, digest in project.hashes.items() if file not in inside}
    data = document(replace(project, hashes=hashes), path, bundled, inside)
    data["review"] = plain(project.review)
    data["sound"]["name"] = take.speech.audio.name
    facial = _facial("facial", take.speech.facial, members)
    if facial:
        data["sound"]["facial"] = facial
    heard = take.speech.heard
    if heard is not None and heard.facial:
        data["sound"]["heard"]["facial"] = _facial("heard-facial", heard.facial, members)
    for side, lane in take.lanes.items():
        data["sides"][side]["motion"] = {
            **lane.unknown,
            "source": lane.source,
            "parameters": dict(lane.parameters),
            "raw": animation_data(lane.raw, f"{side}.raw", members.keep_track),
            "tuned": animation_data(lane.tuned, f"{side}.tuned", members.keep_track),
        }
    data["take"] = {**take.unknown, "app_version": take.app_version, "avatar": _avatar_data(take.avatar, project)}
    return data


def _facial(name: str, chunks: tuple[FacialFrames, ...], members: _Members) -> list[dict[str, Any]]:
    return [{"file": members.keep_track(f"{name}-{n}", array_bytes(chunk.values)), "first": chunk.first} for n, chunk in enumerate(chunks)]


def _project(take: SavedTake) -> Project:
    """The take's project with all that the take's own fields say."""
    project, speech = take.project, take.speech
    sound = project.sound or ProjectSound(Path())
    heard = None if speech.heard is None else replace(speech.heard, facial=())
    sound = replace(
        sound, text=speech.text, phones=speech.phones, visemes=speech.visemes, words=speech.words, facial=(), heard=heard
    )  # fmt: skip
    review = replace(
        project.review, id=take.id or new_id(), line=take.line, status=take.status, start_timecode=take.start_timecode, fps=take.fps,
        notes=list(take.notes),
    )  # fmt: skip
    return replace(project, sound=sound, review=review, media=dict(take.media))


def _avatar_data(avatar: AvatarReference | None, project: Project) -> dict[str, str] | None:
    path = project.avatar
    if path is None:
        return None
    digest = file_sha256(path) or project.hashes.get(path, "") or ("" if avatar is None else avatar.sha256)
    return {"name": path.name if avatar is None else avatar.name or path.name, "sha256": digest}


def _embed(project: Project, avatar: AvatarReference | None, inside: dict[Path, str], members: _Members, *, everything: bool) -> None:
    """Take avatars into the zip: all, or the one that was in it before; a .gltf has further files and stays a reference."""
    shared = project.avatar
    for name, file in [("", shared), *((name, side.avatar) for name, side in sorted(project.sides.items()))]:
        if file is None or file in inside or file.suffix.lower() != ".glb" or not _holds(file):
            continue
        if everything or (file == shared and avatar is not None and avatar.embedded):
            member = f"{AVATARS}/{file.name}"
            if member in members.files or not is_safe_name(member):
                member = f"{AVATARS}/{name or 'shared'}.glb"
            members.files[member] = file
            inside[file] = INSIDE + member


# -- the zip


def _write(path: Path, data: dict[str, Any], members: _Members, former: TakeArchive | None = None, *, has_backup: bool = True) -> None:
    """Write the document, the members, and what a former archive has beside them."""
    text = json.dumps(data, indent=1, default=_number) + "\n"
    try:
        with written_beside(path, backup_of(path) if has_backup else None) as beside:
            with zipfile.ZipFile(beside, "x") as archive:
                _add(archive, DOCUMENT, text.encode())
                for name, content in members.data.items():
                    _add(archive, name, content)
                for name, file in members.files.items():
                    _copy(archive, name, file)
                if former is not None:
                    _copy_rest(archive, former, {DOCUMENT, *members.data, *members.files})
            if beside.stat().st_size > MAX_FILE_BYTES:
                raise ProjectError(f"{path.name} would be larger than a take can be (2 GB); take films out of its notes.")
    except OSError as error:
        raise ProjectError(
            f"{path.name} cannot be written ({error.strerror or error}); check the folder, the disk and its permissions."
        ) from error


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_STORED if name.lower().endswith(_PACKED) else zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_info(name), content)


def _copy_rest(archive: zipfile.ZipFile, former: TakeArchive, without: set[str]) -> None:
    for name in former.members:
        if name not in without:
            _copy_member(archive, former, name, name)


def _copy_member(archive: zipfile.ZipFile, former: TakeArchive, old: str, name: str) -> None:
    with archive.open(_info(name), "w", force_zip64=former.members[old] > 2**30) as member:
        former.copy(old, member)


def _copy(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    take = _take_of(file)
    if take is not None:
        with opened_archive(take) as former:
            _copy_member(archive, former, file.relative_to(take).as_posix(), name)
        return
    with file.open("rb") as content, archive.open(_info(name), "w", force_zip64=file.stat().st_size > 2**30) as member:
        shutil.copyfileobj(content, member, 2**20)


def _take_of(file: Path) -> Path | None:
    """The take in which a file lies, None for one that lies on the disk."""
    return None if file.is_file() else next((each for each in file.parents if each.suffix == ENDING and each.is_file()), None)


def _holds(file: Path) -> bool:
    """Whether a file is there, on the disk or in a take."""
    take = _take_of(file)
    if take is None:
        return file.is_file()
    with opened_archive(take) as archive:
        return file.relative_to(take).as_posix() in archive.members


def _number(value: object) -> float | int:
    """Numbers of numpy as JSON takes them."""
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    raise TypeError(f"{type(value)} is not JSON")
