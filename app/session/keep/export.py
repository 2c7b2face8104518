"""Writing what is shown: track, sound, and video in a process of its own so that the window never waits."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.audio.priority import give_way_as_process
from app.avatar.corrections import RigCorrections
from app.core.errors import PreviewError, RenderError, SourceError, SpeechError
from app.core.speech import AudioClip, Speech
from app.core.track import Animation
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.compare.side_rigs import SideRigs
from app.session.pose.posing import Posing
from app.session.state import State

if TYPE_CHECKING:
    from app.render.camera import Framing

#: how often the worker looks whether it was cancelled while the film process is silent
POLL_S = 0.05
#: how long a cancelled film may take to clean up before its process is ended
GRACE_S = 5.0


@dataclass(frozen=True)
class FilmOrder:
    """Everything that the film process needs.

    Attributes:
        out: the file to write, ending in ``.mp4``.
        avatar: the avatar's file.
        animation: what moves it.
        audio: what is heard.
        width: pixels.
        height: pixels.
        fps: frames per second of the film.
        framing: one of the camera's FRAMINGS.
        curves: whether the curves run along below the picture.
        burn_in: whether source, frame and time are written into the picture.
        head: whether angles that travel with the track turn the avatar's head and eyes, as in the window.
        corrections: of the rig, as RigCorrections writes them: a plain dict, which can cross to another process.
    """

    out: Path
    avatar: Path
    animation: Animation
    audio: AudioClip
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    framing: Framing = "portrait"
    curves: bool = False
    burn_in: bool = False
    head: bool = False
    corrections: dict[str, Any] = field(default_factory=dict)


def film(order: FilmOrder, report: Connection, cancel: Event) -> None:
    """Write a film; runs in its own process, and gives way to the window and its sound.

    Args:
        order: what to write.
        report: gets ``("progress", fraction)``, then ``("done", "")`` or ``("failed", sentence)``.
        cancel: set to stop; the unfinished file is removed.
    """
    give_way_as_process()
    from app.render.platform import prepare_gl

    prepare_gl(None)
    from app.avatar.gltf import load_avatar
    from app.avatar.rig import AvatarRig
    from app.render.film import FilmSettings, film_frames, frame_count
    from app.render.video import write_video

    try:
        rig = AvatarRig(load_avatar(order.avatar), RigCorrections.from_json(order.corrections))
        settings = FilmSettings(order.width, order.height, order.fps, order.framing, order.curves, order.burn_in, order.head)
        total = frame_count(order.audio.duration_s, order.fps)
        frames = film_frames(rig, [order.animation], order.audio.duration_s, settings)

        def counted() -> Any:
            for number, frame in enumerate(frames, 1):
                report.send(("progress", min(number / total, 0.999)))
                yield frame

        write_video(order.out, counted(), order.fps, order.audio, cancel=cancel)
    except PreviewError as error:
        report.send(("failed", str(error)))
    else:
        report.send(("done", ""))


def _run_film(job: Job, order: FilmOrder) -> None:
    """Start the film process and pass on its progress, in a worker thread.

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
        process.join(GRACE_S)
        if process.is_alive():
            process.terminate()
            process.join()
        process.close()
        ours.close()
    if outcome == "failed":
        raise RenderError(sentence)


class ExportJobs(QObject):
    """Writes files off the GUI thread; each ends in ``written`` or in a message.

    Args:
        state: what is written.
        workers: write.
        side_rigs: whom a film shows.
        posing: knows whether heads follow their tracks.
        messages: told what does not work.
        parent: the session.
    """

    #: the file that is there now
    written = Signal(object)

    def __init__(
        self, state: State, workers: Workers, *, side_rigs: SideRigs, posing: Posing, messages: Messages, parent: QObject | None = None
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._workers, self._side_rigs, self._posing, self._messages = state, workers, side_rigs, posing, messages

    def track(self, path: Path) -> None:
        """Write the ARKit weights shown, in the dialect of the file's ending."""
        shown = self._checked(self._animation)
        if shown is None:
            return

        def work(job: Job) -> None:
            from app.formats.registry import write_track

            write_track(path, shown.arkit)
            job.post(self.written.emit, path)

        self._workers.start("track file", work)

    def sound(self, path: Path) -> None:
        """Write the sound as WAV."""
        speech = self._checked(self._speech)
        if speech is None:
            return

        def work(job: Job) -> None:
            from app.audio.clips import write_wav

            write_wav(path, speech.audio)
            job.post(self.written.emit, path)

        self._workers.start("sound", work)

    def video(self, path: Path, **look: Any) -> None:
        """Write a video with sound.

        Args:
            path: ends in ``.mp4``.
            look: width, height, fps, framing, curves and burn_in of FilmOrder.
        """
        order = self._checked(lambda: self._order(path, look))
        if order is None:
            return

        def work(job: Job) -> None:
            _run_film(job, order)
            job.post(self.written.emit, path)

        self._workers.start("video", work)

    def _order(self, path: Path, look: dict[str, Any]) -> FilmOrder:
        if path.suffix.lower() != ".mp4":
            raise RenderError("Videos are written as .mp4; give an output name that ends in .mp4.")
        avatar, rig = self._side_rigs.file_of(self._state.shown), self._side_rigs.of(self._state.shown)
        if avatar is None:
            raise RenderError("There is no avatar to film; open one first.")
        shown = self._animation()
        # copies without their cached lookups, which cannot cross to another process
        plain = replace(shown, arkit=replace(shown.arkit), visemes=None if shown.visemes is None else replace(shown.visemes))
        look = {"corrections": {} if rig is None else rig.corrections.to_json(), "head": self._posing.follows_head, **look}
        return FilmOrder(path, avatar, plain, self._speech().audio, **look)

    def _animation(self) -> Animation:
        shown = self._state.shown_side.tuned
        if shown is None:
            raise SourceError("There is no animation yet; speak a line or open a recording first.")
        return shown

    def _speech(self) -> Speech:
        if self._state.speech is None:
            raise SpeechError("There is no sound yet; speak a line or open a recording first.")
        return self._state.speech

    def _checked(self, make: Any) -> Any:
        """The result of a call, or None after telling the user why there is none."""
        try:
            return make()
        except PreviewError as error:
            self._messages.fail(str(error))
            return None
