"""Project files (``.vsync``): who says what, who moves whom, tuned how and looked at from where, as JSON with relative paths."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np

from app.core.arriving import in_order
from app.core.curve_edits import CurveEdit, edits_data, edits_of
from app.core.emotion import EmotionSettings
from app.core.errors import PresetError, ProjectError, SourceError, TrackError
from app.core.presets import tuning_data, tuning_of
from app.core.source_spec import SourceSpec
from app.core.speech import FACIAL_FPS, MAX_CLIP_S, FacialFrames, Phone, VisemeEvent, Word
from app.core.tuning import Tuning
from app.formats.plain import Between, Remembered, plain, remembered
from app.formats.project_files import BUNDLED, MissingFile, Places
from app.formats.track_file import write_beside

FORMAT, VERSION = "visemesync-project", 1
ENDING = ".vsync"
MAX_BYTES = 64 * 2**20
SIDES = ("A", "B", "C")
#: sources whose argument is a file or folder
_FILE_KINDS = ("file", "nvidia")
_KEYS = ("format", "version", "avatar", "corrections", "sound", "sides", "together", "emotion", "view")


@dataclass(frozen=True)
class ProjectSound:
    """What is heard.

    Attributes:
        file: the recording.
        text: what is said, "" when unknown.
        phones: timed phones; empty when they were not needed.
        visemes: Azure's events; empty for most sounds.
        parts_s: where each separately animated part starts, in seconds; the first is 0.
        words: as a service timed them; empty for most sounds.
        facial: Azure's blendshapes; empty for most sounds.
    """

    file: Path
    text: str = ""
    phones: tuple[Phone, ...] = ()
    visemes: tuple[VisemeEvent, ...] = ()
    parts_s: tuple[float, ...] = (0.0,)
    words: tuple[Word, ...] = ()
    facial: tuple[FacialFrames, ...] = ()


@dataclass(frozen=True)
class ProjectSide:
    """One side of the comparison.

    Attributes:
        source: as on the command line, with the full path of a file.
        avatar: its own, or None for the project's.
        tuning: the user's adjustments.
        edits: stretches of curves edited by hand.
    """

    source: str
    avatar: Path | None = None
    tuning: Tuning = field(default_factory=Tuning)
    edits: tuple[CurveEdit, ...] = ()


_Share = Annotated[float, Between(0.0, 1.0)]
_Seconds = Annotated[float, Between(0.0, MAX_CLIP_S)]
_Coordinate = Annotated[float, Between(-1e3, 1e3)]
_Distance = Annotated[float, Between(1e-3, 1e3)]
_FieldDeg = Annotated[float, Between(1.0, 120.0)]
#: target x, y and z, distance, yaw, pitch, field of view
CameraValues = tuple[_Coordinate, _Coordinate, _Coordinate, _Distance, _Coordinate, _Coordinate, _FieldDeg]


@dataclass
class ProjectView(Remembered):
    """How the scene is looked at; a damaged value falls back alone.

    Attributes:
        layout: of the comparison, "" for none.
        pair: the side that is set against A, "" for none.
        shown: the side on the picture.
        edge: where the wipe's edge is, as a share of the width.
        ghost: how much of the ghost covers side A.
        linked: whether all sides are looked at through one camera.
        framing: of side A's picture, "" for the present one.
        cameras: side -> where its camera stands; absent ones stand as their framing says.
        time_s: of the playhead.
        loop: in and out point in seconds, None without.
        looping: whether the loop repeats.
        background: name of what lies behind the avatar, "" for the present one.
        line: what stands in the line's field, None where an older version has not kept it.
        panels: name -> whether a part of the window is open.
        tabs: name of a group of panels -> the title of the one in front.
    """

    layout: str = ""
    pair: str = ""
    shown: str = "A"
    edge: _Share = 0.5
    ghost: _Share = 0.5
    linked: bool = True
    framing: str = ""
    cameras: dict[str, CameraValues] = field(default_factory=dict)
    time_s: _Seconds = 0.0
    loop: tuple[_Seconds, _Seconds] | None = None
    looping: bool = False
    background: str = ""
    line: str | None = None
    panels: dict[str, bool] = field(default_factory=dict)
    tabs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """Everything that makes the picture.

    Attributes:
        sides: by letter; A is always there.
        avatar: the shared avatar's file, None for none.
        corrections: of its rig, as RigCorrections writes them.
        sound: what is heard, None for nothing.
        together: whether all sides are tuned as one.
        emotion: what the face feels.
        view: how it is looked at.
    """

    sides: dict[str, ProjectSide]
    avatar: Path | None = None
    corrections: dict[str, Any] = field(default_factory=dict)
    sound: ProjectSound | None = None
    together: bool = False
    emotion: EmotionSettings = field(default_factory=EmotionSettings)
    view: ProjectView = field(default_factory=ProjectView)


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


def document(project: Project, path: Path, bundled: Path) -> dict[str, Any]:
    """What a project file holds.

    Args:
        project: what to write.
        path: where it will be, for relative paths.
        bundled: the folder of the program's own avatars.
    """

    def text(of: Path | None) -> str | None:
        return None if of is None else _path_text(of, path.parent, bundled)

    def source(words: str) -> str:
        try:
            spec = SourceSpec.parse(words)
        except SourceError:  # said where it is used; saving loses nothing
            return words
        path, mark, identity = _parted(spec)
        return str(replace(spec, argument=f"{text(path)}{mark}{identity}")) if spec.kind in _FILE_KINDS and spec.argument else words

    sound = project.sound
    return {
        "format": FORMAT,
        "version": VERSION,
        "avatar": text(project.avatar),
        "corrections": project.corrections,
        "sound": None if sound is None else {
            "file": text(sound.file),
            "text": sound.text,
            "phones": [[p.symbol, p.start_s, p.end_s, p.word] for p in sound.phones],
            "visemes": [[v.viseme_id, v.offset_s] for v in sound.visemes],
            "parts_s": list(sound.parts_s),
            "words": [[w.text, w.start_s, w.end_s] for w in sound.words],
            "facial": [[f.first, np.round(f.values.astype(np.float64), 4).tolist()] for f in sound.facial],
        },
        "sides": {
            name: {"source": source(s.source), "avatar": text(s.avatar), "tuning": tuning_data(s.tuning), "edits": edits_data(s.edits)}
            for name, s in sorted(project.sides.items())
        },
        "together": project.together,
        "emotion": project.emotion.to_data(),
        "view": plain(project.view),
    }  # fmt: skip


def write_project(path: Path, project: Project, bundled: Path) -> None:
    """Write a project; a failure leaves the old file.

    Raises:
        ProjectError: the folder cannot be written.
    """
    try:
        write_beside(path, json.dumps(document(project, path, bundled), indent=1) + "\n")
    except TrackError as error:
        raise ProjectError(str(error)) from error


# -- reading


def _parted(source: SourceSpec) -> tuple[Path, str, str]:
    """The path of a source, and for one actor of an NVIDIA bundle (``FOLDER#NAME``) the mark and the name."""
    whole = Path(source.argument)
    if source.kind != "nvidia" or "#" not in source.argument or whole.exists():
        return whole, "", ""
    path, mark, identity = source.argument.rpartition("#")
    return Path(path), mark, identity


def _located_source(source: SourceSpec, places: Places, what: str) -> str:
    """A source's argument with the full path of its file or folder.

    Raises:
        ProjectError: see Places.
    """
    if source.kind != "nvidia":
        return str(places.located(source.argument, what, "track"))
    path, mark, identity = source.argument.rpartition("#")
    if mark and not places.has(source.argument):
        return f"{places.located(path, what, 'bundle')}#{identity}"
    return str(places.located(source.argument, what, "bundle"))


def _real(value: Any, low: float = 0.0, high: float = MAX_CLIP_S) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not low <= value <= high:
        raise ValueError("not a number in range")
    return float(value)


def _phone(row: Any) -> Phone:
    symbol, start_s, end_s, word = row
    if not isinstance(symbol, str) or not isinstance(word, str) or len(symbol) > 8 or len(word) > 200:
        raise ValueError("not a phone")
    start_s, end_s = _real(start_s), _real(end_s)
    if end_s < start_s:
        raise ValueError("ends before it starts")
    return Phone(symbol, start_s, end_s, word)


def _event(row: Any) -> VisemeEvent:
    viseme, offset_s = row
    if isinstance(viseme, bool) or not isinstance(viseme, int) or not 0 <= viseme <= 21:
        raise ValueError("not a viseme")
    return VisemeEvent(viseme, _real(offset_s))


def _word(row: Any) -> Word:
    text, start_s, end_s = row
    if not isinstance(text, str) or len(text) > 200:
        raise ValueError("not a word")
    start_s, end_s = _real(start_s), _real(end_s)
    if end_s < start_s:
        raise ValueError("ends before it starts")
    return Word(text, start_s, end_s)


def _frames(row: Any) -> FacialFrames:
    first, rows = row
    if isinstance(first, bool) or not isinstance(first, int) or not 0 <= first <= MAX_CLIP_S * FACIAL_FPS:
        raise ValueError("not a frame")
    values = np.array([[_real(value, -100.0, 100.0) for value in each] for each in rows], np.float32)
    return FacialFrames(values, first)


def _sound(data: Any, places: Places) -> ProjectSound | None:
    if data is None:
        return None
    parts_s = tuple(_real(value) for value in data["parts_s"])
    if not parts_s or parts_s[0] != 0.0 or list(parts_s) != sorted(set(parts_s)) or not isinstance(data["text"], str):
        raise ValueError("parts out of order")
    file = places.located(data["file"], "the sound", "audio")
    phones, events = tuple(map(_phone, data["phones"])), tuple(map(_event, data["visemes"]))
    # of older projects these say nothing
    words, facial = tuple(map(_word, data.get("words", []))), in_order(tuple(map(_frames, data.get("facial", []))))
    return ProjectSound(file, data["text"], phones, events, parts_s, words, facial)


def _side(name: str, data: Any, places: Places) -> ProjectSide:
    avatar = data["avatar"]
    if name not in SIDES:
        raise ValueError("not a side")
    source = SourceSpec.parse(data["source"])
    if source.kind in _FILE_KINDS and source.argument:
        source = replace(source, argument=_located_source(source, places, f"the source of side {name}"))
    own = None if avatar is None else places.located(avatar, f"the avatar of side {name}", "avatar")
    return ProjectSide(str(source), own, tuning_of(data["tuning"]), edits_of(data["edits"]))


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
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ProjectError(f"{path.name} is no project; choose a .vsync file that this program saved.")
    if data.get("version") != VERSION:
        raise ProjectError(f"{path.name} has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    places = Places(path.parent, bundled, instead, missing)
    try:
        if set(data) != set(_KEYS):
            raise ValueError("other keys")
        sides = {str(name): _side(name, side, places) for name, side in data["sides"].items()}
        corrections = data["corrections"]
        if "A" not in sides or not isinstance(data["together"], bool) or not isinstance(corrections, dict):
            raise ValueError("a part is missing")
        return Project(
            sides,
            None if data["avatar"] is None else places.located(data["avatar"], "the avatar", "avatar"),
            corrections,
            _sound(data["sound"], places),
            data["together"],
            EmotionSettings.from_data(data["emotion"]),
            remembered(ProjectView, data["view"])[0],
        )
    except (PresetError, SourceError) as error:
        raise ProjectError(f"{path.name} is damaged: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ProjectError(f"{path.name} is damaged; open an earlier copy of the project.") from error


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
        data = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ProjectError(f"The project {path.name} cannot be read; check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} is no project; choose a .vsync file that this program saved.") from error
    return project_of(data, path, bundled, missing, instead)
