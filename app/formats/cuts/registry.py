"""All forms in which notes are written and read, by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import ProjectError
from app.formats.cuts import edl, fcpxml, otio, otio_reading, table
from app.formats.cuts.cut import MAX_BYTES, Cut, Listed


@dataclass(frozen=True)
class NoteForm:
    """One form.

    Attributes:
        name: as shown.
        ending: of its files.
        write: a clip with its notes -> text.
        read: text and the take's clip -> notes, None for a form that tells less than notes hold.
    """

    name: str
    ending: str
    write: Callable[[Cut], str]
    read: Callable[[str, Cut], tuple[Listed, ...]] | None = None


FORMS: tuple[NoteForm, ...] = (
    NoteForm(otio.NAME, otio.ENDING, otio.write, otio_reading.read),
    NoteForm(edl.NAME, edl.ENDING, edl.write),
    NoteForm(fcpxml.NAME, fcpxml.ENDING, fcpxml.write),
    NoteForm(table.NAME, table.ENDING, table.write, table.read),
)


def form_of(path: Path) -> NoteForm | None:
    """The form of a file by its ending, None for another."""
    return next((form for form in FORMS if form.ending == path.suffix.lower()), None)


def read_listed(path: Path, cut: Cut) -> tuple[Listed, ...]:
    """Notes from a file.

    Args:
        path: the file.
        cut: the take's clip.

    Raises:
        ProjectError: it cannot be read, or holds no notes of this take.
    """
    form = form_of(path)
    if form is None or form.read is None:
        endings = ", ".join(each.ending for each in FORMS if each.read is not None)
        raise ProjectError(f"Notes cannot be read from {path.name}; choose a file that ends in {endings}.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for notes; export those of one take.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path.name} is not UTF-8; save it again, in a spreadsheet as “CSV UTF-8”.") from error
    return form.read(text, cut)
