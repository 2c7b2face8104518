"""Notes that come back into a take's file: from a time line, a table, or a review page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import ProjectError
from app.formats.cuts.cut import Received, cut_of, received
from app.formats.cuts.registry import read_listed
from app.formats.project_review import ProjectReview
from app.formats.takes.reading import read_take
from app.formats.takes.take import SavedTake
from app.formats.takes.writing import change_take
from app.review.page.of_file import take_notes_into
from app.review.page.returning import is_notes


@dataclass(frozen=True)
class CameBack:
    """What notes that came back did to a take.

    Attributes:
        notes: how many the take has now.
        new: how many were not there before.
        changed: how many are different now.
        remarks: sentences about conflicts and damage.
    """

    notes: int
    new: int
    changed: int
    remarks: tuple[str, ...] = ()


def listed_into(take: SavedTake, path: Path) -> Received:
    """A take's notes with those of a time line or table; the take itself stays as it is.

    Args:
        take: whose notes they are.
        path: ``.otio`` or ``.csv``.

    Raises:
        ProjectError: it cannot be read, or is about another take.
        TimecodeError: the take's start is no timecode at its rate.
    """
    cut = cut_of(take)
    return received(take.notes, read_listed(path, cut), cut)


def notes_into(path: Path, take: Path, bundled: Path) -> CameBack:
    """Take notes into a take's file, each of them once however often they come back.

    Args:
        path: ``.otio``, ``.csv``, or the JSON that a review page saved.
        take: the take's file.
        bundled: the folder of the program's own avatars.

    Raises:
        ProjectError: one of the files cannot be read, the notes are about another take, or the take cannot be written.
        TimecodeError: the take's start is no timecode at its rate.
    """
    if path.suffix.lower() == ".json" or is_notes(path):
        returned, new = take_notes_into(take, path)
        damage = tuple(f"The notes are damaged at {place}; the rest of them is kept." for place in returned.damaged)
        return CameBack(len(returned.notes), new, 0, damage)
    saved = read_take(take, bundled, missing=[])
    outcome: list[Received] = []

    def change(review: ProjectReview) -> ProjectReview:
        outcome.append(listed_into(replace(saved, notes=tuple(review.notes)), path))
        return replace(review, notes=list(outcome[-1].notes))

    change_take(take, change)
    if not outcome:
        raise ProjectError(f"{take.name} could not be changed; save it again in the window.")
    last = outcome[-1]
    return CameBack(len(last.notes), last.new, last.changed, last.conflicts)
