"""Packing a take: film, review page, sheets, notes, tracks, the take itself, and a read-me; complete or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.beside import written_beside
from app.core.cancel import CancelToken
from app.core.errors import AvatarError, Cancelled, PreviewError, ProjectError, RenderError, ServiceError
from app.core.head import has_head
from app.core.timecode import clip_count
from app.core.track import Animation
from app.formats.performance import performance_of
from app.formats.registry import format_named, write_performance
from app.formats.takes.reading import read_take
from app.formats.takes.take import SavedTake
from app.render.film import FilmSettings, film_frames, frame_count
from app.render.output.sheets import before_after_sheet, contact_sheet, differing_moments, sound_moments
from app.render.output.stills import write_png
from app.render.video import write_video
from app.review.exchange.bodies import bodies_of
from app.review.exchange.folders import folder_beside
from app.review.exchange.sending import ENDINGS, write_notes
from app.review.package.about import about_text
from app.review.page.writing import write_page

_T = TypeVar("_T")
#: shares of the whole work that each part takes, about
_STEPS = (("film", 0.6), ("page", 0.15), ("sheets", 0.1), ("notes", 0.05), ("tracks", 0.05), ("writing", 0.05))
_SHEET_PX = 1600
#: what a name of a file may hold on every system
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
#: what keeps a part out of the package, not the package from being made
_ABSENT = (RenderError, ServiceError, AvatarError)
#: so that the same package has the same bytes
_DATE = (1980, 1, 1, 0, 0, 0)
#: endings of files that are small already
_PACKED = (".mp4", ".png", ".jpg", ".vstake")


@dataclass(frozen=True)
class PackSettings:
    """What goes into a package, beside what always does.

    Attributes:
        tracks: the track formats by ending or key, such as ``csv``, ``a2f.csv`` or ``rhubarb-tsv``.
        size: of the film in pixels.
    """

    tracks: tuple[str, ...] = ("csv",)
    size: tuple[int, int] = (1280, 720)


@dataclass(frozen=True)
class Packed:
    """What was made.

    Attributes:
        out: folder or zip.
        files: names in it.
        size: in bytes.
        seconds: that it took.
        missing: sentences about parts that could not be made on this machine.
        remarks: sentences about what the parts have no room for.
    """

    out: Path
    files: tuple[str, ...]
    size: int
    seconds: float
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class _Work:
    """One package in the making."""

    take: SavedTake
    name: str
    folder: Path
    settings: PackSettings
    progress: Callable[[str, float], None] | None
    cancel: CancelToken | None
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def told(self, step: str, fraction: float) -> None:
        """Say how far the whole is, and stop where that is wanted."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("Packing was cancelled; nothing was written.")
        if self.progress is not None:
            names = [name for name, _ in _STEPS]
            before = sum(share for _, share in _STEPS[: names.index(step)])
            self.progress(step, min(before + dict(_STEPS)[step] * fraction, 1.0))


def safe_name(text: str) -> str:
    """A file's name from a line's: what every system takes, not long, never empty.

    Args:
        text: name or words of the line.
    """
    return _UNSAFE.sub("-", text).strip(" .-")[:60].rstrip(" .-") or "take"


def check_pack(out: Path, settings: PackSettings) -> None:
    """Say before any work that a package cannot be made so.

    Raises:
        ProjectError: there is something at that place already.
        TrackError: tracks have no such format.
    """
    for ending in settings.tracks:
        format_named(ending)
    if out.suffix.lower() != ".zip" and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise ProjectError(f"{out.name} is there already; choose a new folder, or a name that ends in .zip.")
    if not out.resolve().parent.is_dir():
        raise ProjectError(f"There is no folder {out.parent}; create it or choose another.")


def pack(
    path: Path, out: Path, bundled: Path, settings: PackSettings | None = None, *,
    progress: Callable[[str, float], None] | None = None, cancel: CancelToken | None = None,
) -> Packed:  # fmt: skip
    """Make the package of a take's file; the same take gives the same files, but for what the film's encoder decides.

    Args:
        path: the take.
        out: a new folder, or a name that ends in ``.zip``.
        bundled: the folder of the program's own avatars.
        settings: what goes into it, None for the usual.
        progress: called with a step's name and the fraction of all the work.
        cancel: asked before every picture; nothing is left then.

    Raises:
        ProjectError: it is no take, or the package cannot be written.
        TrackError: tracks have no such format.
        Cancelled: ``cancel`` was set.
    """
    began_s = time.monotonic()
    settings = settings or PackSettings()
    check_pack(out, settings)
    with tempfile.TemporaryDirectory() as unpacked:
        take = read_take(path, bundled, into=Path(unpacked), missing=[])
        name = safe_name(take.line or take.speech.text or path.stem)
        if out.suffix.lower() == ".zip":
            # the folder waits where the zip goes, so that there is room for both
            with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=f".{out.stem[:60]}.") as waiting:
                work = _Work(take, name, Path(waiting), settings, progress, cancel)
                files = _fill(work, path)
                _zip(out, Path(waiting), files, safe_name(out.stem))
        else:
            with folder_beside(out) as folder:
                work = _Work(take, name, folder, settings, progress, cancel)
                files = _fill(work, path)
    size = out.stat().st_size if out.is_file() else sum((out / name).stat().st_size for name in files)
    work.told("writing", 1.0)
    return Packed(out, tuple(files), size, time.monotonic() - began_s, tuple(work.missing), tuple(work.remarks))


def _fill(work: _Work, path: Path) -> list[str]:
    """Write every part -> their names, sorted."""
    work.told("film", 0.0)
    shutil.copyfile(path, work.folder / f"{work.name}.vstake")
    bodies = _made(work, "film and sheets", lambda: bodies_of(work.take)) or {}
    if bodies:
        _made(work, "film", lambda: _film(work, bodies))
    work.told("page", 0.0)
    _made(work, "review page", lambda: _page(work))
    work.told("sheets", 0.0)
    if bodies:
        _made(work, "sheets", lambda: _sheets(work, bodies))
    work.told("notes", 0.0)
    _notes(work)
    work.told("tracks", 0.0)
    _tracks(work)
    work.told("writing", 0.0)
    files = sorted(each.relative_to(work.folder).as_posix() for each in work.folder.rglob("*") if each.is_file())
    sizes = {name: (work.folder / name).stat().st_size for name in files}
    (work.folder / "README.txt").write_text(about_text(work.take, sizes, work.missing, work.remarks), "utf-8")
    return sorted([*files, "README.txt"])


def _made(work: _Work, what: str, make: Callable[[], _T]) -> _T | None:
    """A part, or the sentence why it is not there."""
    try:
        return make()
    except (*_ABSENT, ProjectError) as error:
        work.missing.append(f"The {what} could not be made: {error}")
        return None


def _shown(work: _Work, bodies: dict[str, AvatarRig]) -> tuple[list[AvatarRig], list[Animation]]:
    sides = sorted(bodies)[:3]
    return [bodies[side] for side in sides], [work.take.lanes[side].tuned for side in sides]


def _look(work: _Work, motions: Sequence[Animation], size: tuple[int, int]) -> FilmSettings:
    take = work.take
    return FilmSettings(
        *size, take.fps, "face" if len(motions) > 1 else "portrait", curves=True, burn_in=True,
        head=any(has_head(motion.arkit) for motion in motions), count=clip_count(take.fps, take.start_timecode),
        told=tuple(f"side {side}" for side in sorted(take.lanes)[:3]),
    )  # fmt: skip


def _film(work: _Work, bodies: dict[str, AvatarRig]) -> None:
    rigs, motions = _shown(work, bodies)
    take, look = work.take, _look(work, motions, work.settings.size)
    audio = take.speech.audio
    total = frame_count(audio.duration_s, take.fps)

    def counted() -> Iterator[np.ndarray]:
        for number, frame in enumerate(film_frames(rigs, motions, audio.duration_s, look), 1):
            work.told("film", number / total)
            yield frame

    note = write_video(work.folder / f"{work.name}.mp4", counted(), take.fps, audio)
    if note:
        work.remarks.append(f"The film: {note}")


def _page(work: _Work) -> None:
    report = write_page(
        work.take, work.folder / f"{work.name}-review.html", progress=lambda _, share: work.told("page", share), cancel=work.cancel
    )
    work.remarks.extend(report.remarks)


def _sheets(work: _Work, bodies: dict[str, AvatarRig]) -> None:
    rigs, motions = _shown(work, bodies)
    look = _look(work, motions, (_SHEET_PX, _SHEET_PX))
    phones = work.take.speech.phones
    both = len(motions) > 1
    if phones:
        moments = sound_moments(phones, "phones")
        sheet = contact_sheet(rigs[0], motions[0], moments, look, lambda share: work.told("sheets", share / 2 if both else share))
        write_png(work.folder / f"{work.name}-phones.png", sheet)
    else:
        work.remarks.append("There is no sheet by phone, because no phones are known; give the take a transcript.")
    if both:
        moments = differing_moments(motions[0], motions[1], phones)
        sheet = before_after_sheet(rigs, motions, moments, look, lambda share: work.told("sheets", 0.5 + share / 2))
        write_png(work.folder / f"{work.name}-sides.png", sheet)


def _notes(work: _Work) -> None:
    folder = work.folder / "notes"
    folder.mkdir()
    film = f"../{work.name}.mp4" if (work.folder / f"{work.name}.mp4").is_file() else ""
    for number, ending in enumerate(ENDINGS):
        out = folder / f"{work.name}{ending}"
        sent = write_notes(work.take, out, film=film, film_size=work.settings.size, cancel=work.cancel)
        work.remarks.extend(sent.remarks)
        work.told("notes", (number + 1) / len(ENDINGS))


def _tracks(work: _Work) -> None:
    folder = work.folder / "tracks"
    folder.mkdir()
    avatar = None if work.take.avatar is None else work.take.avatar.path
    for side, lane in sorted(work.take.lanes.items()):
        motion = performance_of(lane.tuned, work.take.speech, avatar=avatar)
        for wanted in work.settings.tracks:
            ending, key = format_named(wanted)
            try:
                left_out = write_performance(folder / f"{work.name}-{side}{ending}", motion, key=key)
            except PreviewError as error:
                work.missing.append(f"The track {side}{ending} could not be written: {error}")
                continue
            work.remarks.extend(sentence for sentence in left_out if sentence not in work.remarks)


def _zip(out: Path, folder: Path, names: Sequence[str], top: str) -> None:
    """Everything as one zip, whose files lie in a folder of its name.

    Raises:
        ProjectError: it cannot be written.
    """
    try:
        with written_beside(out) as beside, zipfile.ZipFile(beside, "x") as archive:
            for name in names:
                info = zipfile.ZipInfo(f"{top}/{name}", _DATE)
                info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                with (folder / name).open("rb") as content, archive.open(info, "w", force_zip64=True) as member:
                    shutil.copyfileobj(content, member, 2**20)
    except OSError as error:
        raise ProjectError(f"{out.name} cannot be written ({error.strerror or error}); check the folder and the disk.") from error
