"""Drawing films, frames, stills and sheets in a process of its own, so that the window never waits."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from app.audio.priority import give_way_as_process
from app.avatar.corrections import RigCorrections
from app.core.errors import PreviewError, RenderError
from app.core.speech import AudioClip, Phone
from app.core.track import Animation
from app.session.base.workers import Job

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.render.camera import Framing
    from app.render.film import FilmSettings
    from app.render.insets import PlacedFilm

PictureKind = Literal["film", "frames", "still", "phones", "visemes", "before-after"]
#: what each kind may be written as
ENDINGS: dict[PictureKind, tuple[str, ...]] = {
    "film": (".mp4", ".mov"), "frames": (".png",), "still": (".png",), "phones": (".png",), "visemes": (".png",), "before-after": (".png",),
}  # fmt: skip
#: how often the worker looks whether it was cancelled while the film process is silent
POLL_S = 0.05
#: how long a cancelled film may take to clean up before its process is ended
GRACE_S = 5.0


@dataclass(frozen=True)
class FilmSide:
    """One side of a picture.

    Attributes:
        avatar: its file.
        animation: what moves it.
        corrections: of its rig, as RigCorrections writes them: a plain dict, which can cross to another process.
        told: burnt in below its source, such as its tuning.
    """

    avatar: Path
    animation: Animation
    corrections: dict[str, Any] = field(default_factory=dict)
    told: str = ""


@dataclass(frozen=True)
class FilmOrder:
    """Everything that the film process needs.

    Attributes:
        out: the file to write; a sequence has a place for the frame number in its name.
        sides: from the left.
        audio: what is heard.
        kind: what is drawn.
        width: pixels.
        height: pixels.
        fps: frames per second of the film.
        framing: one of the camera's FRAMINGS.
        curves: whether the curves run along below the picture.
        burn_in: whether source, settings, frame and timecode are written into the picture.
        head: whether angles that travel with the track turn the avatar's head and eyes, as in the window.
        start_timecode: of the first frame.
        time_s: of a still.
        moments_s: of a sheet of before and after; () for those that differ most.
        phones: of the line, for sheets.
        beside: a film that stands beside the face in films, frames and stills.
    """

    out: Path
    sides: tuple[FilmSide, ...]
    audio: AudioClip
    kind: PictureKind = "film"
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    framing: Framing = "portrait"
    curves: bool = False
    burn_in: bool = False
    head: bool = False
    start_timecode: str = "00:00:00:00"
    time_s: float = 0.0
    moments_s: tuple[float, ...] = ()
    phones: tuple[Phone, ...] = ()
    beside: PlacedFilm | None = None


def film(order: FilmOrder, report: Connection, cancel: Event) -> None:
    """Draw what was ordered; runs in its own process, and gives way to the window and its sound.

    Args:
        order: what to write.
        report: gets ``("progress", fraction)``, then ``("done", what the user has to know of the file)`` or ``("failed", sentence)``.
        cancel: set to stop; the unfinished file is removed.
    """
    give_way_as_process()
    from app.render.platform import prepare_gl

    prepare_gl(None)
    from app.core.timecode import clip_count
    from app.render.film import FilmSettings

    def told(fraction: float) -> None:
        report.send(("progress", min(fraction, 0.999)))

    try:
        count = clip_count(order.fps, order.start_timecode)
        settings = FilmSettings(
            order.width, order.height, order.fps, order.framing, order.curves, order.burn_in, order.head, count=count,
            told=tuple(side.told for side in order.sides), beside=order.beside if order.kind in ("film", "frames", "still") else None,
        )  # fmt: skip
        note = _draw(order, _rigs(order), settings, told, cancel)
    except PreviewError as error:
        report.send(("failed", str(error)))
    else:
        report.send(("done", note))


def _rigs(order: FilmOrder) -> list[AvatarRig]:
    """A body for each side; equal ones are one."""
    from app.avatar.gltf import load_avatar
    from app.avatar.rig import AvatarRig

    made: dict[tuple[Path, str], AvatarRig] = {}
    keys = [(side.avatar, repr(side.corrections)) for side in order.sides]
    for key, side in zip(keys, order.sides, strict=True):
        if key not in made:
            made[key] = AvatarRig(load_avatar(side.avatar), RigCorrections.from_json(side.corrections))
    return [made[key] for key in keys]


def _draw(order: FilmOrder, rigs: list[AvatarRig], settings: FilmSettings, told: Any, cancel: Event) -> str:
    """Write what was ordered; returns what the user has to know of it."""
    from app.render.film import FilmPainter, film_frames, frame_count
    from app.render.output.stills import write_png, write_sequence
    from app.render.video import CODECS, write_video

    animations = [side.animation for side in order.sides]
    if order.kind == "still":
        with FilmPainter(rigs, animations, settings) as painter:
            write_png(order.out, painter.picture(order.time_s))
        return ""
    if order.kind not in ("film", "frames"):
        write_png(order.out, _sheet(order, rigs, settings, told))
        return ""
    total = frame_count(order.audio.duration_s, order.fps)

    def counted() -> Iterator[np.ndarray]:
        for number, frame in enumerate(film_frames(rigs, animations, order.audio.duration_s, settings), 1):
            told(number / total)
            yield frame

    if order.kind == "frames":
        write_sequence(order.out, counted(), cancel=cancel)
        return ""
    codec = CODECS[order.out.suffix.lower()]
    return write_video(order.out, counted(), order.fps, order.audio, codec=codec, timecode=order.start_timecode, cancel=cancel)


def _sheet(order: FilmOrder, rigs: list[AvatarRig], settings: FilmSettings, told: Any) -> np.ndarray:
    from app.render.output.sheets import before_after_sheet, contact_sheet, differing_moments, moment_at, sound_moments

    animations = [side.animation for side in order.sides]
    if order.kind in ("phones", "visemes"):
        return contact_sheet(rigs[0], animations[0], sound_moments(order.phones, order.kind), settings, told)
    chosen = tuple(moment_at(time_s, order.phones) for time_s in order.moments_s)
    return before_after_sheet(rigs, animations, chosen or differing_moments(animations[0], animations[1], order.phones), settings, told)


def run_film(job: Job, order: FilmOrder, grace_s: float = GRACE_S) -> str:
    """Start the film process and pass on its progress, in a worker thread.

    Args:
        job: in whose thread it waits.
        order: what is drawn.
        grace_s: how long the process may clean up after it was cancelled.

    Returns:
        What the user has to know of the file, one sentence; "" for nothing.

    Raises:
        RenderError: the process failed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    stop = context.Event()
    process = context.Process(target=film, args=(order, theirs, stop), daemon=True)
    process.start()
    theirs.close()
    outcome, sentence = "", ""
    try:
        while not outcome and not job.cancel.is_set():
            if not ours.poll(POLL_S):
                continue
            kind, value = ours.recv()
            if kind == "progress":
                job.progress(value)
            else:
                outcome, sentence = kind, value
    except EOFError:
        outcome, sentence = "failed", "The video stopped unexpectedly; check the free disk space and graphics driver and try again."
    finally:
        stop.set()
        process.join(grace_s)
        if process.is_alive():
            process.terminate()
            process.join()
        process.close()
        ours.close()
    if outcome == "failed":
        raise RenderError(sentence)
    return sentence
