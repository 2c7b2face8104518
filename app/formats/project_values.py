"""A project as values: who says what, who moves whom, tuned how and looked at from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from app.core.acting.settings import ActingSettings
from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionSettings
from app.core.layers import Layer
from app.core.outline import Outline
from app.core.speech import MAX_CLIP_S, FacialFrames, Heard, Phone, VisemeEvent, Word
from app.core.tuning import Tuning
from app.formats.kept.conflicts import Conflict
from app.formats.plain import Between, Remembered
from app.formats.project_review import ProjectReview


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
        unknown: what another version wrote, kept as it is.
        said: the outline of the sound that edits, notes and marks were made on; None where there are none.
        heard: what was known before words and phones were moved by hand, None when none were.
    """

    file: Path
    text: str = ""
    phones: tuple[Phone, ...] = ()
    visemes: tuple[VisemeEvent, ...] = ()
    parts_s: tuple[float, ...] = (0.0,)
    words: tuple[Word, ...] = ()
    facial: tuple[FacialFrames, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False)
    heard: Heard | None = None
    said: Outline | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ProjectSide:
    """One side of the comparison.

    Attributes:
        source: as on the command line, with the full path of a file.
        avatar: its own, or None for the project's.
        tuning: the user's adjustments.
        edits: stretches of curves edited by hand.
        layers: parts of the face that come from other motion, the lowest first, with the full paths of their files.
        unknown: what another version wrote, kept as it is.
    """

    source: str
    avatar: Path | None = None
    tuning: Tuning = field(default_factory=Tuning)
    edits: tuple[CurveEdit, ...] = ()
    layers: tuple[Layer, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False)


#: where a film stands on the picture, and how much of its width it takes
Corner = Literal["top left", "top right", "bottom left", "bottom right"]
FilmShare = Annotated[float, Between(0.1, 0.6)]
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
        film: whether the film that the sound is of stands beside the face.
        film_corner: where it stands.
        film_share: how much of the picture's width it takes.
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
    film: bool = False
    film_corner: Corner = "top right"
    film_share: FilmShare = 0.3


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
        review: notes, and how far the review is.
        media: name -> file of spoken notes and pictures that notes refer to.
        film: the film that the sound is of, None for a sound without a picture.
        conflicts: work of a hand that has no place.
        hashes: SHA-256 in hex of the files that it names, by which moved ones are found again.
        unknown: what another version wrote, kept as it is.
        acting: of head, eyes and breath, for all sides.
    """

    sides: dict[str, ProjectSide]
    avatar: Path | None = None
    corrections: dict[str, Any] = field(default_factory=dict)
    sound: ProjectSound | None = None
    together: bool = False
    emotion: EmotionSettings = field(default_factory=EmotionSettings)
    view: ProjectView = field(default_factory=ProjectView)
    review: ProjectReview = field(default_factory=ProjectReview)
    media: Mapping[str, Path] = field(default_factory=dict)
    hashes: Mapping[Path, str] = field(default_factory=dict, compare=False)
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False)
    film: Path | None = None
    acting: ActingSettings = field(default_factory=ActingSettings)
    conflicts: tuple[Conflict, ...] = ()
