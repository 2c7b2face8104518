"""Project files (``.vsync``): who says what, who moves whom, tuned how and looked at from where, as JSON with relative paths."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.core.acting.settings import ActingSettings
from app.core.beside import backup_of
from app.core.curve_edits import edits_data, edits_of
from app.core.emotion import EmotionSettings
from app.core.errors import LayerError, PresetError, ProjectError, SourceError, TrackError
from app.core.layers import TAKE, Layer, layer_data, layer_of
from app.core.presets import tuning_data, tuning_of
from app.core.source_spec import SourceSpec
from app.formats.kept.conflicts import conflicts_data, conflicts_of
from app.formats.kept.sound import sound_data, sound_of
from app.formats.plain import plain, remembered
from app.formats.project_files import BUNDLED, INSIDE, MEDIA_ENDINGS, Kind, MissingFile, Places, is_elsewhere, layer_what
from app.formats.project_hashes import file_sha256, hashes_of
from app.formats.project_review import review_data, review_of
from app.formats.project_values import CameraValues, Project, ProjectSide, ProjectSound, ProjectView
from app.formats.strict_json import content_of_json
from app.formats.track_file import write_beside

__all__ = [
    "CameraValues", "Project", "ProjectSide", "ProjectSound", "ProjectView", "document", "named_files", "project_at", "project_of",
    "read_project", "with_hashes", "write_project",
]  # fmt: skip

FORMAT, VERSION = "visemesync-project", 1
ENDING = ".vsync"
MAX_BYTES = 64 * 2**20
SIDES = ("A", "B", "C")
#: sources whose argument is a file or folder
_FILE_KINDS = ("file", "nvidia", TAKE)
_KEYS = ("format", "version", "avatar", "corrections", "sound", "sides", "together", "emotion", "view")
_LATER_KEYS = ("review", "media", "film", "hashes", "acting", "conflicts")
_SIDE_KEYS = ("source", "avatar", "tuning", "edits", "layers")


# -- writing


def _path_text(path: Path, folder: Path, bundled: Path) -> str:
    """A path as the project writes it: relative where both have a folder in common."""
    path, folder = path.resolve(), folder.resolve()
    if path.parent == bundled.resolve():
        return BUNDLED + path.name
    try:
        common = Path(os.path.commonpath([path, folder]))
    except ValueError:
        return path.as_posix()
    return path.as_posix() if common == Path(common.anchor) else Path(os.path.relpath(path, folder)).as_posix()


def document(project: Project, path: Path, bundled: Path, inside: Mapping[Path, str] = MappingProxyType({})) -> dict[str, Any]:
    """What a project file holds.

    Args:
        project: what to write.
        path: where it will be, for relative paths.
        bundled: the folder of the program's own avatars.
        inside: what a take carries itself, by the path that the project has for it.
    """

    def text(of: Path | None) -> str | None:
        return None if of is None else inside.get(of) or _path_text(of, path.parent, bundled)

    sound = project.sound
    later = {
        "review": review_data(project.review),
        "media": {name: text(file) for name, file in project.media.items()},
        "film": text(project.film),
        "conflicts": conflicts_data(project.conflicts),
        "acting": project.acting.to_data() if project.acting != ActingSettings() else None,
        "hashes": {text(file): digest for file, digest in project.hashes.items() if file in named_files(project)},
    }
    return {
        **project.unknown,
        "format": FORMAT,
        "version": VERSION,
        "avatar": text(project.avatar),
        "corrections": project.corrections,
        "sound": None if sound is None else sound_data(sound, text(sound.file)),
        "sides": {name: _side_data(side, text) for name, side in sorted(project.sides.items())},
        "together": project.together,
        "emotion": project.emotion.to_data(),
        "view": plain(project.view),
        **{key: value for key, value in later.items() if value},
    }  # fmt: skip


def _side_data(side: ProjectSide, text: Callable[[Path | None], str | None]) -> dict[str, Any]:
    """One side; layers only where there are some, for an older version reads the rest."""

    def source(words: str) -> str:
        try:
            spec = SourceSpec.parse(words)
        except SourceError:  # said where it is used; saving loses nothing
            return words
        path, mark, identity = _parted(spec)
        return str(replace(spec, argument=f"{text(path)}{mark}{identity}")) if spec.kind in _FILE_KINDS and spec.argument else words

    rows = [{**layer_data(layer), "source": source(str(layer.source))} for layer in side.layers]
    return {
        **side.unknown,
        "source": source(side.source),
        "avatar": text(side.avatar),
        "tuning": tuning_data(side.tuning),
        "edits": edits_data(side.edits),
        **({"layers": rows} if rows else {}),
    }


def named_files(project: Project) -> tuple[Path, ...]:
    """The files outside that a project cannot do without: avatars, sound, its film, and tracks."""
    tracks = [side.source.partition(":")[2] for side in project.sides.values() if side.source.startswith("file:")]
    layers = [layer.source for side in project.sides.values() for layer in side.layers]
    tracks += [str(_parted(source)[0]) for source in layers if source.kind in ("file", TAKE) and source.argument]
    sound = None if project.sound is None else project.sound.file
    named = (project.avatar, sound, project.film, *(side.avatar for side in project.sides.values()))
    return tuple(dict.fromkeys([*(each for each in named if each is not None and each.name), *map(Path, filter(None, tracks))]))


def with_hashes(project: Project) -> Project:
    """The project with the hashes of the files that are there; what is not there keeps the one that it had."""
    found = {file: file_sha256(file) or project.hashes.get(file, "") for file in named_files(project)}
    return replace(project, hashes={file: digest for file, digest in found.items() if digest})


def write_project(path: Path, project: Project, bundled: Path) -> None:
    """Write a project; a failure leaves the old file, a success keeps it as ``NAME.vsync.bak``.

    Raises:
        ProjectError: the folder cannot be written.
    """
    try:
        write_beside(path, json.dumps(document(with_hashes(project), path, bundled), indent=1) + "\n", backup_of(path))
    except TrackError as error:
        raise ProjectError(str(error)) from error


# -- reading


def _parted(source: SourceSpec) -> tuple[Path, str, str]:
    """The path of a source, and what stands behind a mark: an actor of a bundle (``FOLDER#NAME``), a side of a take (``TAKE#B``)."""
    whole = Path(source.argument)
    if source.kind not in ("nvidia", TAKE) or "#" not in source.argument or whole.exists():
        return whole, "", ""
    path, mark, identity = source.argument.rpartition("#")
    return Path(path), mark, identity


def _located_source(source: SourceSpec, places: Places, what: str) -> str:
    """A source's argument with the full path of its file or folder.

    Raises:
        ProjectError: see Places.
    """
    if source.kind == "file":
        return str(places.located(source.argument, what, "track"))
    kind: Kind = "bundle" if source.kind == "nvidia" else "project"
    path, mark, identity = source.argument.rpartition("#")
    if mark and not places.has(source.argument):
        return f"{places.located(path, what, kind)}#{identity}"
    return str(places.located(source.argument, what, kind))


def _side(name: str, data: Any, places: Places) -> ProjectSide:
    avatar = data["avatar"]
    if name not in SIDES:
        raise ValueError("not a side")
    source = SourceSpec.parse(data["source"])
    if source.kind in _FILE_KINDS and source.argument:
        source = replace(source, argument=_located_source(source, places, f"the source of side {name}"))
    own = None if avatar is None else places.located(avatar, f"the avatar of side {name}", "avatar")
    layers = tuple(_layer(name, row, places) for row in data.get("layers", []))
    return ProjectSide(str(source), own, tuning_of(data["tuning"]), edits_of(data["edits"]), layers, _rest(data, _SIDE_KEYS))


def _layer(name: str, row: Any, places: Places) -> Layer:
    """A layer of a side; one whose file is not there still is a layer."""
    layer = layer_of(row)
    if layer.source.kind not in _FILE_KINDS or not layer.source.argument:
        return layer
    argument = _located_source(layer.source, places, layer_what(name))
    return replace(layer, source=replace(layer.source, argument=argument))


def _media(data: Any, places: Places) -> dict[str, Path]:
    """Files of notes; a note whose file is gone is still a note.

    Pages and packages carry these files as they are, so that a project could ask for the user's keys: only media are taken.
    """
    fits = {name: text for name, text in dict(data).items() if isinstance(text, str) and 0 < len(text) <= 4096 and "\0" not in text}
    media = {name: text for name, text in fits.items() if text.startswith(INSIDE) or text.lower().endswith(MEDIA_ENDINGS)}
    return {str(name): places.path_of(text) for name, text in media.items() if not is_elsewhere(text)}


def _film(text: Any, places: Places) -> Path | None:
    """The film of the sound; a project without it is still a project, so it is asked for only where others are."""
    if not isinstance(text, str) or not 0 < len(text) <= 4096 or "\0" in text or is_elsewhere(text):
        return None
    path = places.path_of(text)
    is_settled = places.missing is None or any(each.path == path for each in places.missing)
    return path if is_settled else places.located(text, "the film", "reference")


def _rest(data: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """What another version wrote."""
    return {str(key): value for key, value in data.items() if key not in known}


def project_of(
    data: Any, path: Path, bundled: Path, missing: list[MissingFile] | None = None, instead: Mapping[Path, Path] = MappingProxyType({})
) -> Project:
    """A project from a file's content, checked value by value.

    Args:
        data: as ``document`` makes it.
        path: of the file, which relative paths refer to.
        bundled: the folder of the program's own avatars.
        missing: takes the files that are not there, None to refuse the project then.
        instead: files that take the place of missing ones.

    Raises:
        ProjectError: not a project, a newer version, a wrong value, or a file that is not there.
    """
    return project_at(data, path.name, Places(path.parent, bundled, instead, missing))


def project_at(data: Any, name: str, places: Places) -> Project:
    """A project whose files are looked for in certain places.

    Args:
        data: as ``document`` makes it.
        name: of the file that it comes from, for sentences.
        places: where its files are.

    Raises:
        ProjectError: see project_of.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ProjectError(f"{name} is no project; choose a .vsync file that this program saved.")
    if data.get("version") != VERSION:
        raise ProjectError(f"{name} has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    try:
        if not set(_KEYS) <= set(data):
            raise ValueError("a part is missing")
        hashes = hashes_of(data.get("hashes", {}))
        places = replace(places, hashes=hashes)
        sides = {str(side): _side(side, content, places) for side, content in data["sides"].items()}
        corrections = data["corrections"]
        if "A" not in sides or not isinstance(data["together"], bool) or not isinstance(corrections, dict):
            raise ValueError("a part is missing")
        return Project(
            sides,
            None if data["avatar"] is None else places.located(data["avatar"], "the avatar", "avatar"),
            corrections,
            sound_of(data["sound"], places),
            data["together"],
            EmotionSettings.from_data(data["emotion"]),
            remembered(ProjectView, data["view"])[0],
            review_of(data.get("review")),
            _media(data.get("media", {}), places),
            {places.path_of(text): digest for text, digest in hashes.items()},
            _rest(data, _KEYS + _LATER_KEYS),
            _film(data.get("film"), places),
            ActingSettings.from_data(data.get("acting", {})),
            conflicts_of(data.get("conflicts")),
        )
    except (LayerError, PresetError, SourceError) as error:
        raise ProjectError(f"{name} is damaged: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ProjectError(f"{name} is damaged; open an earlier copy of the project.") from error


def read_project(
    path: Path, bundled: Path, missing: list[MissingFile] | None = None, instead: Mapping[Path, Path] = MappingProxyType({})
) -> Project:
    """Read a project file.

    Args:
        path: the file.
        bundled: the folder of the program's own avatars.
        missing: takes the files that are not there, None to refuse the project then.
        instead: files that take the place of missing ones.

    Raises:
        ProjectError: missing, broken, no project, or a file that it needs is not there.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for a project; choose a .vsync file.")
        data = content_of_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ProjectError(f"The project {path.name} cannot be read; check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} is no project; choose a .vsync file that this program saved.") from error
    return project_of(data, path, bundled, missing, instead)
