"""The review page of a take's file, and the notes of a page put back into it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ProjectError
from app.formats.notes import merged
from app.formats.project_files import MissingFile
from app.formats.project_review import ProjectReview
from app.formats.takes.reading import read_take
from app.formats.takes.writing import change_take
from app.review.page.returning import Returned, checked, read_notes
from app.review.page.writing import PageReport, write_page


def write_page_of(
    path: Path, out: Path, bundled: Path, *, progress: Callable[[str, float], None] | None = None, cancel: CancelToken | None = None
) -> PageReport:  # fmt: skip
    """Write the page of a take's file.

    Args:
        path: the take.
        out: the HTML file.
        bundled: the folder of the program's own avatars.
        progress: called with a step's name and the fraction of all the work that is done.
        cancel: asked between the steps; nothing is written then.

    Raises:
        ProjectError: it is no take, its avatar is not at hand, or the page cannot be written.
        ServiceError: three.js is neither installed nor can it be fetched.
        Cancelled: ``cancel`` was set.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise ProjectError(f"A review page's name ends in .html, not {out.suffix or 'nothing'}; choose such a name.")
    missing: list[MissingFile] = []
    with tempfile.TemporaryDirectory() as folder:
        take = read_take(path, bundled, into=Path(folder), missing=missing)
        absent = {each.path for each in missing}
        for name, side in take.project.sides.items():
            if side.avatar in absent and side.avatar is not None:
                sentence = f"The avatar {side.avatar.name} of side {name} is not at hand; open the take and find it, then write the page."
                raise ProjectError(sentence)
        return write_page(take, out, progress=progress, cancel=cancel)


def take_notes_into(path: Path, notes: Path) -> tuple[Returned, int]:
    """Put the notes that a page saved into a take's file.

    Args:
        path: the take.
        notes: what the page saved.

    Returns:
        What came back, and how many notes the take did not have before.

    Raises:
        ProjectError: one of the files is something else, the notes are about another take, or it cannot be written.
    """
    returned = read_notes(notes)
    before: list[int] = []

    def change(review: ProjectReview) -> ProjectReview:
        before.append(len(review.notes))
        return with_notes(review, returned)

    after = change_take(path, change)
    return returned, len(after.notes) - before[0]


def with_notes(review: ProjectReview, returned: Returned) -> ProjectReview:
    """A review with what came back, each note once however often it comes.

    Args:
        review: as it is here.
        returned: what the reviewer saved.

    Raises:
        ProjectError: the notes are about another take.
    """
    checked(review.id, returned)
    return replace(review, notes=list(merged(review.notes, returned.notes)), status=returned.status or review.status)
