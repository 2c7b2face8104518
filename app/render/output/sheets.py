"""Sheets of faces: one cell per phone or viseme, or moments before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.arkit import MOUTH_CHANNELS
from app.core.errors import RenderError
from app.core.speech import Phone
from app.core.timecode import ClipCount
from app.core.track import Animation
from app.core.visemes import articulation
from app.render.film import FilmPainter, FilmSettings
from app.render.labels import font

SheetKind = Literal["phones", "visemes", "before-after"]
KINDS: tuple[SheetKind, ...] = ("phones", "visemes", "before-after")
#: instances of each phone or viseme: the longest ones, where the mouth had time to get there
_PER_SOUND = 3
#: a cell is about so wide
_CELL_PX = 240
_GROUND, _TEXT, _DIM = (20, 20, 22), (236, 236, 236), (165, 170, 176)
_GAP = 6
#: moments of greatest difference: so many, so far apart at least
_MOMENTS, _APART_S = 6, 0.3
#: two mouths whose weights differ by less than this in all look alike
_LEAST_OFF = 0.05


@dataclass(frozen=True)
class Moment:
    """A cell, or a row of cells.

    Attributes:
        time_s: which moment.
        title: what it shows.
        words: what is said then.
    """

    time_s: float
    title: str
    words: str = ""


def sound_moments(phones: Iterable[Phone], kind: str) -> tuple[Moment, ...]:
    """The longest instances of every phone or viseme that is spoken, in the middle of each, by name and time.

    Args:
        phones: of the line.
        kind: ``phones``, or ``visemes`` for the Oculus viseme of each phone.

    Raises:
        RenderError: no phones are known.
    """
    groups: dict[str, list[Phone]] = {}
    for phone in phones:
        if not phone.is_silence:
            name = phone.base if kind == "phones" else articulation(phone.base).viseme
            groups.setdefault(name, []).append(phone)
    if not groups:
        raise RenderError("No phones are known for this sound; give the transcript, or choose another sheet.")
    moments = []
    for name in sorted(groups):
        longest = sorted(groups[name], key=lambda phone: phone.start_s - phone.end_s)[:_PER_SOUND]
        for phone in sorted(longest, key=lambda phone: phone.start_s):
            title = name if kind == "phones" else f"{name}  {phone.symbol}"
            moments.append(Moment((phone.start_s + phone.end_s) / 2, title, phone.word))
    return tuple(moments)


def differing_moments(first: Animation, second: Animation, phones: Sequence[Phone] = ()) -> tuple[Moment, ...]:
    """The moments at which the mouths of two motions differ most, by time; one moment where they never do.

    Args:
        first: one motion.
        second: the other one.
        phones: name what is said then.
    """
    duration_s = min(first.arkit.duration_s, second.arkit.duration_s)
    times = np.arange(0.0, max(duration_s, 1e-3), 1 / 60)
    columns = [first.arkit.channels.index(name) for name in sorted(MOUTH_CHANNELS)]
    off = np.abs(first.arkit.sample(times) - second.arkit.sample(times))[:, columns].sum(axis=1)
    chosen: list[float] = []
    for i in np.argsort(-off, kind="stable"):
        if chosen and off[i] < _LEAST_OFF:
            break
        if all(abs(times[i] - each) >= _APART_S for each in chosen):
            chosen.append(float(times[i]))
        if len(chosen) == _MOMENTS:
            break
    return tuple(moment_at(time_s, phones) for time_s in sorted(chosen))


def moment_at(time_s: float, phones: Sequence[Phone] = ()) -> Moment:
    """A moment with the phone and the word that are on."""
    phone = next((each for each in phones if each.start_s <= time_s < each.end_s), None)
    return Moment(time_s, "" if phone is None else phone.symbol, "" if phone is None else phone.word)


def contact_sheet(
    rig: AvatarRig, animation: Animation, moments: Sequence[Moment], settings: FilmSettings, progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """A sheet of one motion, each cell named below it with phone, word and time.

    Args:
        rig: the avatar.
        animation: what moves it.
        moments: the cells.
        settings: its width is the sheet's; its height follows from the cells.
        progress: told the share of cells drawn.

    Returns:
        (h, w, 3) uint8.
    """
    columns = max(1, min(len(moments), round(settings.width / _CELL_PX)))
    return _sheet([rig], [animation], moments, settings, columns=columns, headed=False, progress=progress)


def before_after_sheet(
    rigs: Sequence[AvatarRig], animations: Sequence[Animation], moments: Sequence[Moment], settings: FilmSettings,
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:  # fmt: skip
    """A sheet of two or three motions: a row per moment, a column per motion, named above.

    Args:
        rigs: the avatar, or one per motion.
        animations: from the left.
        moments: the rows.
        settings: its width is the sheet's.
        progress: told the share of cells drawn.

    Returns:
        (h, w, 3) uint8.
    """
    return _sheet(rigs, animations, moments, settings, columns=len(animations), headed=True, progress=progress)


def _sheet(
    rigs: Sequence[AvatarRig], animations: Sequence[Animation], moments: Sequence[Moment], settings: FilmSettings, *, columns: int,
    headed: bool, progress: Callable[[float], None] | None,
) -> np.ndarray:  # fmt: skip
    cell = min((settings.width - _GAP) // columns - _GAP, 480)
    size = max(10, cell // 16)
    caption, head = 3 * size, 2 * size if headed else 0
    cells = [(side, moment) for moment in moments for side in range(len(animations))]
    rows = -(-len(cells) // columns)
    sheet = np.empty((head + rows * (cell + caption + _GAP) + _GAP, settings.width, 3), np.uint8)
    sheet[:] = _GROUND
    for side in range(columns if headed else 0):
        _write(sheet[:head, _GAP + side * (cell + _GAP) :][:, :cell], animations[side].label, "", size)
    with FilmPainter(rigs, animations, settings, view=(cell, cell)) as painter:
        for i, (side, moment) in enumerate(cells):
            top, left = head + _GAP + i // columns * (cell + caption + _GAP), _GAP + i % columns * (cell + _GAP)
            sheet[top : top + cell, left : left + cell] = painter.face(side, moment.time_s)
            below = sheet[top + cell : top + cell + caption, left : left + cell]
            _write(below, f"{moment.title}   {moment.words}".strip(), _time_words(moment.time_s, settings.counted), size)
            if progress is not None:
                progress((i + 1) / len(cells))
    return sheet


def _time_words(time_s: float, count: ClipCount) -> str:
    return f"{time_s:.3f} s   {count.timecode(time_s)}"


def _write(area: np.ndarray, first: str, second: str, size: int) -> None:
    """Two lines of text at the top of an area, in place."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.ascontiguousarray(area))
    draw = ImageDraw.Draw(picture)
    draw.text((2, 2), first, font=font(size), fill=_TEXT)
    draw.text((2, 2 + round(1.25 * size)), second, font=font(max(9, size - 2)), fill=_DIM)
    area[:] = np.asarray(picture)
