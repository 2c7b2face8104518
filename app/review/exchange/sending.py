"""Writing a take's notes for others: time lines, edit lists, tables, and Markdown with pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.beside import write_whole
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ProjectError, RenderError, TrackError
from app.formats.cuts import markdown
from app.formats.cuts.cut import Cut, cut_of
from app.formats.cuts.registry import FORMS, form_of
from app.formats.takes.take import SavedTake
from app.formats.track_file import write_beside
from app.review.exchange.bodies import bodies_of

#: all endings that notes are written with
ENDINGS = (*(form.ending for form in FORMS), markdown.ENDING)
_QUALITY = 88


@dataclass(frozen=True)
class SentNotes:
    """What was written.

    Attributes:
        files: the one that was asked for first.
        remarks: sentences about what had to be left out.
    """

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def check_notes_name(out: Path) -> None:
    """Say before any work that notes cannot be written so.

    Raises:
        ProjectError: an unknown ending, or no such folder.
    """
    if out.suffix.lower() not in ENDINGS:
        raise ProjectError(f"Notes cannot be written as {out.suffix or out.name!r}; choose a name that ends in {', '.join(ENDINGS)}.")
    if not out.parent.is_dir():
        raise ProjectError(f"There is no folder {out.parent}; create it or choose another.")


def write_notes(
    take: SavedTake, out: Path, *, film: str = "", film_size: tuple[int, int] = (1280, 720),
    progress: Callable[[str, float], None] | None = None, cancel: CancelToken | None = None,
) -> SentNotes:  # fmt: skip
    """Write a take's notes; the ending of the name says how.

    Args:
        take: read into a folder where it carries its avatar, for the pictures of Markdown.
        out: the file; pictures go into a folder beside it.
        film: name of the film of the take that lies beside it, "" for none.
        film_size: of its picture in pixels.
        progress: called with a step's name and the fraction that is done.
        cancel: asked before each picture.

    Raises:
        ProjectError: an unknown ending, or it cannot be written.
        TimecodeError: the take's start is no timecode at its rate.
        Cancelled: ``cancel`` was set.
    """
    check_notes_name(out)
    cut = cut_of(take, film, film_size)
    form = form_of(out)
    if form is not None:
        _write(out, form.write(cut))
        return SentNotes((out,))
    folder = out.with_name(f"{out.stem}_pictures")
    pictures: dict[str, str] = {}
    remarks: tuple[str, ...] = ()
    try:
        pictures = _pictures(take, cut, folder, progress, cancel)
    except (RenderError, ProjectError) as error:
        remarks = (f"The notes have no pictures: {error}",)
    _write(out, markdown.write(cut, pictures))
    return SentNotes((out, *(out.parent / name for name in pictures.values())), remarks)


def _write(out: Path, text: str) -> None:
    try:
        write_beside(out, text)
    except TrackError as error:
        raise ProjectError(str(error)) from error


def _pictures(
    take: SavedTake, cut: Cut, folder: Path, progress: Callable[[str, float], None] | None, cancel: CancelToken | None
) -> dict[str, str]:  # fmt: skip
    """Draw every note into a folder -> id of the note: path of the picture relative to the file."""
    from app.review.exchange.note_pictures import note_pictures

    made: dict[str, str] = {}
    if not take.notes:
        return made
    for number, (note, picture) in enumerate(note_pictures(take, bodies_of(take), cut), 1):
        if cancel is not None and cancel.is_set():
            raise Cancelled("Writing the notes was cancelled.")
        name = f"{number:03d}.jpg"
        write_picture(folder / name, picture)
        made[note.id] = f"{folder.name}/{name}".replace(" ", "%20")
        if progress is not None:
            progress("pictures", number / len(take.notes))
    return made


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a JPEG, and its folder where there is none.

    Args:
        path: where to.
        picture: (h, w, 3) uint8.

    Raises:
        ProjectError: it cannot be written.
    """
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(content, "JPEG", quality=_QUALITY)
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, content.getvalue())
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be written ({error.strerror or error}); choose another folder.") from error
