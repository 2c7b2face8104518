"""What ``render`` writes: a film, numbered frames, one still or a sheet; told by OUT's ending and the options."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from app.commands.progress import Progress
from app.commands.told import say
from app.core.errors import RenderError
from app.core.speech import AudioClip, Phone
from app.core.track import Animation

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.render.film import FilmSettings

PictureKind = Literal["film", "frames", "still", "sheet"]


def picture_kind(options: Namespace) -> PictureKind:
    """What is written, before any work is done.

    Args:
        options: ``out``, ``codec``, ``frames``, ``still`` and ``sheet`` are read.

    Raises:
        RenderError: OUT does not fit what is asked for.
    """
    from app.render.output.stills import is_pattern
    from app.render.video import CODECS

    out, is_png = options.out, options.out.suffix.lower() == ".png"
    if options.sheet or options.still is not None:
        if not is_png:
            raise RenderError(f"A {'sheet' if options.sheet else 'still'} is written as .png; give an output name that ends in .png.")
        return "sheet" if options.sheet else "still"
    if is_png or options.frames:
        if not is_png or not is_pattern(out.name):
            raise RenderError("Frames are numbered PNGs; write OUT like face.%04d.png, or ask for --still T or --sheet KIND.")
        return "frames"
    codec = CODECS.get(out.suffix.lower())
    if codec is None or (options.codec or codec) != codec:
        raise RenderError("Videos are written as .mp4 (H.264) or .mov (ProRes), frames as .png; give an output name that ends so.")
    return "film"


def write_film(
    path: Path, frames: Iterator[np.ndarray], audio: AudioClip, fps: float, *, progress: Progress, timecode: str = ""
) -> tuple[str, ...]:  # fmt: skip
    """Encode a film, or number its frames, beside its place, then move it there; returns what was said of how it was encoded."""
    from app.render.film import frame_count
    from app.render.output.stills import write_sequence
    from app.render.video import CODECS, write_video

    total = frame_count(audio.duration_s, fps)

    def told(number: int) -> None:
        progress("video", min(number / total, 1.0))

    if path.suffix.lower() == ".png":
        write_sequence(path, frames, progress=told)
        return ()
    note = write_video(path, frames, fps, audio, codec=CODECS[path.suffix.lower()], timecode=timecode, progress=told)
    notes = (note,) if note else ()
    say(path.name, notes)
    return notes


def write_still(path: Path, rig: AvatarRig, animations: Sequence[Animation], settings: FilmSettings, time_s: float) -> None:
    """Draw and write the picture at one moment."""
    from app.render.film import FilmPainter
    from app.render.output.stills import write_png

    with FilmPainter([rig], animations, settings) as painter:
        write_png(path, painter.picture(time_s))


def write_sheet(
    options: Namespace, rig: AvatarRig, animations: Sequence[Animation], settings: FilmSettings, *, phones: tuple[Phone, ...],
    progress: Progress,
) -> None:  # fmt: skip
    """Draw and write the sheet that the options ask for.

    Args:
        options: ``out``, ``sheet`` and ``at`` are read.
        rig: the avatar.
        animations: for a sheet of before and after both, else the first counts.
        settings: its width is the sheet's.
        phones: of the line.
        progress: told the share of cells drawn.

    Raises:
        RenderError: there is nothing to put on it.
    """
    from app.render.output.sheets import before_after_sheet, contact_sheet, differing_moments, moment_at, sound_moments
    from app.render.output.stills import write_png

    def told(share: float) -> None:
        progress("sheet", share)

    if options.sheet == "before-after":
        if len(animations) < 2:
            raise RenderError("Before and after need two motions; add --compare S2, or --tuning PRESET for raw and tuned.")
        chosen = tuple(moment_at(time_s, phones) for time_s in options.at)
        moments = chosen or differing_moments(animations[0], animations[1], phones)
        sheet = before_after_sheet([rig], animations, moments, settings, told)
    else:
        sheet = contact_sheet(rig, animations[0], sound_moments(phones, options.sheet), settings, told)
    write_png(options.out, sheet)
