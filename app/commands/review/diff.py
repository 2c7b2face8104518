"""``diff A B``: what changed between two takes or tracks; exit 1 when something did."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.told import say
from app.core.errors import ProjectError
from app.core.track import Animation
from app.formats.registry import read_track_file
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING, SavedTake
from app.review.takes.change import TakeDiff
from app.review.takes.diff import diff_takes, diff_tracks


@dataclass(frozen=True)
class _Read:
    """One of the two: a take, or the motion of a track file."""

    take: SavedTake | None
    motion: Animation


def run(options: Namespace) -> int:
    """Read both, and print what is different in the second."""
    a, b = (_read(path) for path in (options.first, options.second))
    found = diff_takes(a.take, b.take) if a.take is not None and b.take is not None else diff_tracks(a.motion, b.motion)
    if options.json:
        document = {"first": str(options.first), "second": str(options.second), "same": found.same, "changes": _rows(found)}
        print(json.dumps(document, indent=1))
    else:
        for sentence in found.sentences or ("Nothing differs.",):
            print(sentence)
    return 0 if found.same else 1


def _rows(found: TakeDiff) -> list[dict[str, object]]:
    return [change.as_json() for change in found.changes]


def _read(path: Path) -> _Read:
    """A take, or a track in any dialect.

    Raises:
        ProjectError: a broken take, or one without motion.
        TrackError: a broken track.
    """
    if path.suffix.lower() != ENDING:
        file = read_track_file(path)
        say(path.name, file.told)
        return _Read(None, Animation(file.track, label=path.name))
    take = read_take(path, DEFAULT_AVATAR.parent)
    lane = take.lanes.get("A")
    if lane is None:
        raise ProjectError(f"{path.name} holds no motion of side A; open it in the window, let it be made, and save it again.")
    return _Read(take, lane.tuned)
