"""What a batch notes in a take: what it was made from, so that only what changed is made again, and what a hand has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.track import Animation
from app.formats.kept.conflicts import Conflict
from app.formats.notes import Note
from app.formats.plain import Remembered, plain, remembered

__all__ = ["AUTHOR", "KEY", "BatchStamp", "Conflict", "film_key", "key_of", "open_conflicts", "stamp_of", "with_stamp"]

#: under this key among what a take holds besides
KEY = "batch"
AUTHOR = "batch"


@dataclass
class BatchStamp(Remembered):
    """What a take of a batch was made from.

    Attributes:
        line: key of everything; the same key means that there is nothing to do.
        sound: key of what is heard.
        motion: key of what the motion was made from, with the sound.
        row: of the table; table: name of its file.
        character: who speaks.
        preset: of the tuning, as the table calls it.
        voice: who speaks the text.
        source: as the table or the command line gave it.
        tuning: as the preset gave it, by ``tuning_data``.
        emotion: as the marks gave it, by ``EmotionSettings.to_data``.
        marks: key of the marks.
        avatar: SHA-256 of the avatar's file.
        film: key of what the film shows, "" for no film.
        columns: further columns of the table.
        conflicts: see Conflict.
    """

    line: str = ""
    sound: str = ""
    motion: str = ""
    row: int = 0
    table: str = ""
    character: str = ""
    preset: str = ""
    voice: str = ""
    source: str = ""
    tuning: dict[str, Any] = field(default_factory=dict)
    emotion: dict[str, Any] = field(default_factory=dict)
    marks: str = ""
    avatar: str = ""
    film: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def key_of(*parts: Any) -> str:
    """A hash of plain values and bytes, in hex."""
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        made.update(len(data).to_bytes(8, "little"))
        made.update(data)
    return made.hexdigest()[:40]


def film_key(motion: Animation, avatar: str, size: tuple[int, int]) -> str:
    """Tells a film from others.

    Args:
        motion: as tuned.
        avatar: SHA-256 of its file.
        size: of the pictures.
    """
    track = motion.arkit
    visemes = b"" if motion.visemes is None else motion.visemes.weights.tobytes()
    return key_of("film", [avatar, *size, track.fps, track.start_s], track.weights.tobytes(), visemes)


def stamp_of(unknown: Mapping[str, Any]) -> BatchStamp | None:
    """The stamp of a take, None where no batch made it.

    Args:
        unknown: what the take holds besides, see SavedTake.
    """
    data = unknown.get(KEY)
    return remembered(BatchStamp, dict(data))[0] if isinstance(data, Mapping) else None


def with_stamp(unknown: Mapping[str, Any], stamp: BatchStamp) -> dict[str, Any]:
    """What a take holds besides, with a stamp."""
    return {**unknown, KEY: plain(stamp)}


def open_conflicts(stamp: BatchStamp | None, notes: tuple[Note, ...]) -> list[Conflict]:
    """Conflicts that nobody has settled: each has a note, which is neither done nor taken away."""
    there = {note.id for note in notes if note.status != "done"}
    return [] if stamp is None else [each for each in stamp.conflicts if each.id in there]
