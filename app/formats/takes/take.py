"""A take as values: what somebody reviews, with its sound, its motion as made and as tuned, and what was remarked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.speech import Speech
from app.core.track import Animation
from app.formats.notes import Note
from app.formats.project import Project
from app.formats.project_review import STATUSES, TakeStatus

__all__ = ["ENDING", "STATUSES", "AvatarReference", "Lane", "SavedTake", "TakeStatus"]

ENDING = ".vstake"


@dataclass(frozen=True)
class Lane:
    """The motion of one side, kept so that it can be shown where its source is not at hand.

    Attributes:
        raw: as the source made it.
        tuned: after tuning and edits: what was reviewed.
        source: in words, with its version where that is known.
        parameters: the source's own, with which it was made.
        unknown: what another version wrote, kept as it is.
    """

    raw: Animation
    tuned: Animation
    source: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AvatarReference:
    """Which avatar a take was made with.

    Attributes:
        name: of its file.
        sha256: of its content, in hex; a moved file is found again by it.
        path: where it was, or where it was found; None when it is not at hand.
        embedded: whether the take carries the file itself.
    """

    name: str
    sha256: str
    path: Path | None = None
    embedded: bool = False


@dataclass(frozen=True)
class SavedTake:
    """Everything of a take.

    Attributes:
        id: tells the take from all others; a copy has the same.
        line: what it is called: the line's id or its words.
        project: the schema of ``.vsync``; its paths point to unpacked files, or to where they were.
        speech: sound, words and phones.
        lanes: by side.
        avatar: which one, None for none.
        notes: by time.
        media: name -> file of spoken notes and references.
        status: how far the review is.
        start_timecode: of the clip's first frame, ``HH:MM:SS:FF``.
        fps: that the review counts frames at, 29.97 for NTSC.
        thumbnail: PNG, b"" for none.
        app_version: of the program that wrote it.
        unknown: what another version wrote, kept as it is.
        others: member -> content of the file that this version does not know, kept as they are.
    """

    id: str
    line: str
    project: Project
    speech: Speech
    lanes: Mapping[str, Lane]
    avatar: AvatarReference | None = None
    notes: tuple[Note, ...] = ()
    media: Mapping[str, Path] = field(default_factory=dict)
    status: TakeStatus = "to do"
    start_timecode: str = "00:00:00:00"
    fps: float = 30.0
    thumbnail: bytes = b""
    app_version: str = ""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, bytes] = field(default_factory=dict)
