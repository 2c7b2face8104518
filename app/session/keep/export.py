"""Writing what is shown: track, sound, and films and pictures, which are queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.errors import PreviewError, RenderError, SourceError, SpeechError, TimecodeError
from app.core.file_kinds import AUDIO_ENDINGS
from app.core.speech import Speech
from app.core.timecode import clip_count
from app.core.track import Animation
from app.formats.performance import Performance, WriteOptions, performance_of
from app.render.insets import PlacedFilm
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.compare.side_rigs import SideRigs
from app.session.keep.film_encoders import FilmEncoders
from app.session.keep.film_queue import FilmQueue
from app.session.keep.filming import ENDINGS, FilmOrder, FilmSide, PictureKind
from app.session.keep.trials import Trials
from app.session.pose.posing import Posing
from app.session.review.counting import Counting
from app.session.state import State

WORDS: dict[PictureKind, str] = {
    "film": "video", "frames": "PNG frames", "still": "still", "phones": "contact sheet by phone", "visemes": "contact sheet by viseme",
    "before-after": "before and after",
}  # fmt: skip
#: the side that a sheet of before and after compares with itself as it was made
RAW = "raw"


class ExportJobs(QObject):
    """Writes files off the GUI thread; each ends in ``written`` or in a message.

    Args:
        state: what is written.
        workers: write.
        side_rigs: whom a film shows.
        posing: knows whether heads follow their tracks.
        counting: of the frames, for what is burnt in.
        messages: told what does not work.
        parent: the session.

    Attributes:
        queue: films and pictures that are drawn or wait.
        told: what is burnt in below the source of a side.
        trials: find out what a format leaves out.
        encoders: find out who encodes films here.
        beside: asked for the film beside the face, None for none.
    """

    #: the file that is there now, and sentences about what it has no room for
    written = Signal(object, tuple)

    def __init__(
        self, state: State, workers: Workers, *, side_rigs: SideRigs, posing: Posing, counting: Counting, messages: Messages,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._workers, self._side_rigs, self._posing, self._messages = state, workers, side_rigs, posing, messages
        self._counting = counting
        self.queue = FilmQueue(workers, self)
        self.queue.written.connect(self.written)
        self.queue.failed.connect(messages.fail)
        self.told: Callable[[str], str] = lambda _side: ""
        self.trials = Trials(workers, self.performance, self)
        self.encoders = FilmEncoders(workers, self)
        self.beside: Callable[[], PlacedFilm | None] = lambda: None

    def performance(self) -> Performance:
        """The motion on show with all that a format may hold of it.

        Raises:
            SourceError: nothing moves yet.
        """
        motion, speech = self._animation(), self._state.speech
        name = "" if speech is None else speech.audio.name
        sound = name if name.lower().endswith(AUDIO_ENDINGS) else ""
        shown = self._state.shown
        made, rig = performance_of(motion, speech, sound, self._side_rigs.file_of(shown)), self._side_rigs.of(shown)
        return made if rig is None else replace(made, corrections=rig.corrections)

    def track(self, path: Path, key: str = "", options: WriteOptions | None = None) -> None:
        """Write the motion on show.

        Args:
            path: of the file.
            key: of the format, "" for the one of the file's ending.
            options: what the user chose about it.
        """
        performance = self._checked(self.performance)
        if performance is None:
            return

        def work(job: Job) -> None:
            from app.formats.registry import write_performance

            job.post(self.written.emit, path, write_performance(path, performance, options, key))

        self._workers.start("track file", work)

    def sound(self, path: Path) -> None:
        """Write the sound as WAV."""
        speech = self._checked(self._speech)
        if speech is None:
            return

        def work(job: Job) -> None:
            from app.audio.clips import write_wav

            write_wav(path, speech.audio)
            job.post(self.written.emit, path, ())

        self._workers.start("sound", work)

    def video(self, path: Path, kind: PictureKind = "film", sides: Sequence[str] = (), **look: Any) -> None:
        """Queue a film or a picture.

        Args:
            path: ends as the kind does; ``.mov`` is ProRes.
            kind: what is drawn.
            sides: from the left, () for the one on show; for a sheet of before and after ``raw`` is the side on show as it was made.
            look: width, height, fps, framing, curves, burn_in, time_s and moments_s of FilmOrder.
        """
        order = self._checked(lambda: self._order(path, kind, tuple(sides) or (self._state.shown,), look))
        if order is not None:
            self.queue.add(order, WORDS[kind])

    def _order(self, path: Path, kind: PictureKind, sides: tuple[str, ...], look: dict[str, Any]) -> FilmOrder:
        if path.suffix.lower() not in ENDINGS[kind]:
            endings = " or ".join(ENDINGS[kind])
            raise RenderError(f"A {WORDS[kind]} is written as {endings}; give an output name that ends in {endings}.")
        if kind == "before-after" and len(sides) < 2:
            raise RenderError("Before and after need two motions; compare a second source, or tune this one first.")
        speech, counting = self._speech(), self._counting
        look = {"head": self._posing.follows_head, "fps": 30.0, "beside": self.beside(), **look}
        start = counting.clip.count.text(counting.clip.start)
        made = tuple(map(self._side, sides))
        return FilmOrder(path, made, speech.audio, kind, start_timecode=_start_at(start, look["fps"]), phones=speech.phones, **look)

    def _side(self, name: str) -> FilmSide:
        """What is drawn of a side."""
        side = self._state.shown if name == RAW else name
        avatar, rig = self._side_rigs.file_of(side), self._side_rigs.of(side)
        if avatar is None:
            raise RenderError("There is no avatar to film; open one first.")
        held = self._state.sides.get(side)
        shown = None if held is None else held.raw if name == RAW else held.tuned
        if shown is None:
            raise SourceError("There is no animation yet; speak a line or open a recording first.")
        # copies without their cached lookups, which cannot cross to another process
        plain = replace(shown, arkit=replace(shown.arkit), visemes=None if shown.visemes is None else replace(shown.visemes))
        if name == RAW:
            plain = replace(plain, label=f"{plain.label}, as made")
        return FilmSide(avatar, plain, {} if rig is None else rig.corrections.to_json(), "" if name == RAW else self.told(side))

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


def _start_at(start: str, fps: float) -> str:
    """The clip's start timecode at a film's rate: the same second, and the same frame where that rate has it."""
    for text in (start, f"{start[:8]}:{start[9:]}", f"{start[:8]}:00"):
        try:
            clip_count(fps, text)
        except TimecodeError:
            continue
        return text
    return "00:00:00:00"
