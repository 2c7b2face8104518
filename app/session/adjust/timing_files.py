"""Times of words and phones from a file, put onto the present sound as a hand would: both sides follow, and one step takes it back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from app.core.speech import Speech
from app.core.timing.imported import with_phones, with_words
from app.core.timing.pronounced import text_of
from app.core.timing.retimed import retimed
from app.core.timing.timed import Timed, timed_of
from app.core.timing.warp import of_alignment
from app.formats.timings.alignment import Alignment, read_alignment
from app.session.adjust.timing import Timing
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.state import State

TASK = "timings"
#: files of timed words and phones
ENDINGS = ("*.TextGrid", "*.json", "*.srt", "*.vtt", "*.tsv", "*.xml")


class TimingFiles(QObject):
    """Loads them; they are written like any other format of the motion on show.

    Args:
        state: whose sound it is.
        timing: takes what was read.
        workers: read.
        messages: told what a file lacks.
        parent: the session.
    """

    def __init__(self, state: State, timing: Timing, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._timing, self._workers, self._messages = state, timing, workers, messages

    def load(self, path: Path) -> None:
        """Put the words and phones of a file onto the present sound.

        Args:
            path: a TextGrid or a list of phones, whose phones are taken as they are; subtitles, to whose words or lines the present ones
                go; mouth cues of Rhubarb, whose shapes take the place of the phones.
        """
        speech, fault = self._state.speech, self._timing.why_not
        if speech is None or (fault and self._timing.is_growing()):
            self._messages.fail(fault or "There is no sound yet; speak a line or open a recording, then load its timings.")
            return
        before, heard = self._timing.timed, self._timing.heard

        def work(job: Job) -> None:
            found = read_alignment(path)
            timed, notes = _placed(before, found, speech.audio.duration_s, path.name)
            warp = of_alignment(heard, timed, speech.audio.duration_s)
            made = retimed(speech, timed, warp)
            job.post(self._ready, speech, made, timed, (*found.notes, *notes))

        self._workers.start(TASK, work)

    def _ready(self, before: Speech, made: Speech, timed: Timed, notes: tuple[str, ...]) -> None:
        if self._state.speech is not before:
            self._messages.fail("The words were changed while the file was read; load it again.")
            return
        words = timed_of(before).words
        text = text_of(before.text, words, timed.words) if words else " ".join(word.text for word in timed.words)
        self._timing.load("Load timings", Speech(made.audio, text, made.phones, made.visemes, made.words, made.facial, made.heard))
        if notes:
            self._messages.tell(" ".join(notes))


def _placed(before: Timed, found: Alignment, sound_s: float, name: str) -> tuple[Timed, tuple[str, ...]]:
    """The time line with what a file says, and sentences about it."""
    if found.phones:
        return with_phones(before, found.words, found.phones, sound_s), ()
    timed, missed = with_words(before, found.lines if not found.words else found.words, sound_s)
    words = "words" if missed > 1 else "word"
    return timed, (f"{missed} {words} of {name} are not in the line, and were left out.",) if missed else ()
