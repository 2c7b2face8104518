"""PNG files that are the same for the same picture: stills, and sequences with a frame number in their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, RenderError

_PLACE = re.compile(r"%0?(\d?)d|(#+)")


def is_pattern(name: str) -> bool:
    """Whether a file's name has a place for a frame number: ``face.%04d.png`` or ``face.####.png``."""
    return len(_PLACE.findall(name)) == 1


def numbered(path: Path, number: int) -> Path:
    """The path of a frame.

    Args:
        path: with a place for the number in its name.
        number: of the frame.

    Raises:
        RenderError: there is no such place, or more than one.
    """
    if not is_pattern(path.name):
        raise RenderError("A sequence needs one place for the frame number in its name; write it like face.%04d.png or face.####.png.")
    match = _PLACE.search(path.name)
    assert match is not None
    digits = len(match[2]) if match[2] else int(match[1] or 1)
    return path.with_name(f"{path.name[: match.start()]}{number:0{digits}d}{path.name[match.end() :]}")


def write_png(path: Path, picture: np.ndarray) -> None:
    """Write a picture; the same pixels make the same bytes. A failure leaves the old file.

    Args:
        path: the folder must exist.
        picture: (h, w, 3) uint8.

    Raises:
        RenderError: it cannot be written.
    """
    from PIL import Image

    try:
        with written_beside(path) as beside:
            Image.fromarray(np.ascontiguousarray(picture)).save(beside, format="png", compress_level=6)
    except OSError as error:
        raise RenderError(
            f"The picture {path.name} cannot be written ({error.strerror or error}); check the folder and its room."
        ) from error


def write_sequence(
    path: Path,
    frames: Iterable[np.ndarray],
    first: int = 0,
    *,
    progress: Callable[[int], None] | None = None,
    cancel: CancelToken | None = None,
) -> int:
    """Write every frame as a PNG of its own.

    Args:
        path: with a place for the number in its name; its folder is made.
        frames: (h, w, 3) uint8 pictures.
        first: number of the first one.
        progress: called with the number of frames written so far.
        cancel: asked before each frame.

    Returns:
        How many were written.

    Raises:
        RenderError: no place for the number, or a file cannot be written.
        Cancelled: ``cancel`` was set; the frames written so far are removed.
    """
    numbered(path, first)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderError(f"The folder {path.parent} cannot be made; choose another one.") from error
    made: list[Path] = []
    for frame in frames:
        if cancel is not None and cancel.is_set():
            for each in made:
                each.unlink(missing_ok=True)
            raise Cancelled("The sequence was cancelled; nothing was written.")
        file = numbered(path, first + len(made))
        write_png(file, frame)
        made.append(file)
        if progress is not None:
            progress(len(made))
    return len(made)
