"""Who moves a side: chosen by name, or a track from a file."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakSet

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.errors import SourceError
from app.core.head import turns_text
from app.core.source_spec import SourceSpec
from app.core.speech import MAX_CLIP_S, AudioClip
from app.lipsync.recorded import RecordedSource
from app.lipsync.source import LipSyncSource
from app.remote.link.keys import without_key
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.side import FPS, task_of
from app.session.base.workers import Job, Workers
from app.session.motion.motion import Motion
from app.session.speech.speeches import Speeches
from app.session.state import State

#: a track that ends so much after the sound ends with it: what is longer is motion that would be cut off
AS_LONG_S = 0.1


class Sources(QObject):
    """Changes of who moves a side.

    Args:
        state: whose sides they are.
        workers: run the sources, and read tracks.
        speeches: finds the phones that a source needs.
        motion: lets it work.
        messages: told of what is no source.
        parent: the session.
    """

    #: path, sentences about it, frames per second, what of head and eyes it could turn, whether left and right may be swapped: a track
    #: file was read, and tells this of itself
    track_opened = Signal(object, tuple, float, str, bool)

    def __init__(
        self, state: State, workers: Workers, *, speeches: Speeches, motion: Motion, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._workers, self._speeches, self._motion, self._messages = state, workers, speeches, motion, messages
        self._silence: AudioClip | None = None
        #: files that have told of themselves
        self._told: WeakSet[RecordedSource] = WeakSet()
        motion.source_made.connect(self._tell_of_file)
        motion.source_made.connect(self._fit_sound)
        workers.ended.connect(self._job_ended)

    def choose(self, side: str, spec: SourceSpec | str, source: LipSyncSource | None = None) -> None:
        """Let another source move a side, which begins where there is none.

        Args:
            side: ``A``, ``B`` or ``C``.
            spec: which source, or its words; a token in them is used, but goes no further.
            source: made from it already, or None.
        """
        try:
            wanted = SourceSpec.parse(without_key(str(spec)))
        except SourceError as error:
            self._messages.fail(str(error))
            return
        self._workers.cancel(task_of(side))
        self._state.set_source(side, wanted, source)
        self._speeches.prepare()
        self._motion.animate(side)

    def open_track(self, path: Path, in_fps: float | None = None, swap_sides: bool = False) -> None:
        """Show a track file on side A; without any sound it plays in silence.

        Args:
            path: of the file.
            in_fps: its frames per second, as the user states them; None finds them in it.
            swap_sides: exchange left and right of jaw and mouth.
        """

        def work(job: Job) -> None:
            job.post(self._track_ready, path, *opening.read_track_source(path, FPS, in_fps, swap_sides=swap_sides))

        self._workers.start("track", work)

    def _tell_of_file(self, name: str) -> None:
        """What a track file that was chosen for a side tells of itself: its rate, and what its reader doubts; once."""
        side, speech = self._state.sides.get(name), self._state.speech
        if side is None or not isinstance(side.source, RecordedSource) or side.source in self._told:
            return
        self._told.add(side.source)
        notes = side.source.notes(side.source.end_s if speech is None else speech.audio.duration_s)
        self._messages.tell(f"Side {name}, {side.source.label}: {' '.join(notes)}")

    def _fit_sound(self, name: str) -> None:
        """A track that goes on after the sound is shown to its end, and one take of all sentences is one part."""
        side, state = self._state.sides.get(name), self._state
        speech = state.speech
        if side is None or speech is None or not isinstance(side.source, RecordedSource) or self._workers.running("speech"):
            return
        longer_s = min(side.source.end_s, MAX_CLIP_S) - speech.audio.duration_s
        if longer_s > AS_LONG_S:
            self._messages.tell(f"{side.source.label} is {longer_s:.1f} s longer than the sound; silence follows the sound.")
            self._speeches.reach(side.source.end_s)
        elif len(state.parts) > 1:
            self._speeches.reach(0.0)

    def _job_ended(self, task: str) -> None:
        if task == "speech":
            for name in tuple(self._state.sides):
                self._fit_sound(name)

    def _track_ready(self, path: Path, source: LipSyncSource, silence: AudioClip, peaks: np.ndarray) -> None:
        if isinstance(source, RecordedSource):
            self._told.add(source)
        self.choose("A", SourceSpec("file", str(path)), source)
        speech = self._state.speech
        if speech is None or speech.audio is self._silence:
            self._silence = silence
            self._speeches.take(silence, peaks)
        if isinstance(source, RecordedSource):
            sound_s = silence.duration_s if speech is None else speech.audio.duration_s
            file = source.file
            self.track_opened.emit(path, source.notes(sound_s), file.track.fps, turns_text(file.track), file.maybe_swapped)
