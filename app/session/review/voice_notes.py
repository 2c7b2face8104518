"""Spoken notes: recorded while the pointer goes over the picture, and heard again while a dot goes where it went."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.audio.spoken_note import RATE, spoken_ending, write_spoken
from app.core.errors import AudioError
from app.core.speech import AudioClip
from app.formats.notes import PointerMove
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers
from app.session.live.live import Live
from app.session.review.note_media import NoteMedia

if TYPE_CHECKING:
    from app.audio.player import Player

RECORDS, PLAYS = "spoken note", "hear note"
#: nobody listens to a longer one
LONGEST_S = 300.0
#: one that is shorter was a slip
SHORTEST_S = 0.3
#: the pointer is written down at most this often
MOVES_EVERY_S = 1 / 30
#: between two moves that are further apart it stood still
STANDS_S = 0.25
_READ_EVERY_S = 0.03
_TICK_MS = 30
_MOST_ON_ITS_WAY_S = 0.2


@dataclass(frozen=True)
class SpokenNote:
    """What was recorded.

    Attributes:
        file: where it is.
        duration_s: how long it is.
        pointer: where the pointer was meanwhile.
    """

    file: Path
    duration_s: float
    pointer: tuple[PointerMove, ...]


def pointer_at(moves: Sequence[PointerMove], at_s: float) -> tuple[float, float] | None:
    """Where the pointer was, as shares of the picture; None before it came into it.

    Args:
        moves: in the order of their times.
        at_s: seconds after the start of what was spoken.
    """
    i = bisect_right([move.at_s for move in moves], at_s)
    if i == 0:
        return None
    last = moves[i - 1]
    if i == len(moves) or moves[i].at_s - last.at_s > STANDS_S:
        return last.x, last.y
    following = moves[i]
    share = (at_s - last.at_s) / max(following.at_s - last.at_s, 1e-6)
    return last.x + share * (following.x - last.x), last.y + share * (following.y - last.y)


class VoiceNotes(QObject):
    """Records and plays, one thing at a time. The clip stands still meanwhile, where it was, and its player is left as it is.

    Args:
        playback: has the clip, and the output that is used.
        live: has the microphone.
        media: takes the files.
        messages: told what fails.
        parent: the session.

    Attributes:
        level: loudness of what is recorded, 0 to 1.
        recording: whether the microphone is listened to.
    """

    #: recording began or ended
    recording_changed = Signal(bool)
    #: a SpokenNote is there
    recorded = Signal(object)
    #: id of the note that is heard from now on, "" for none
    playing_changed = Signal(str)
    #: time passed in what is heard or recorded: seconds
    moved = Signal(float)

    def __init__(self, playback: Playback, live: Live, *, media: NoteMedia, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.level, self.recording = 0.0, False
        self._playback, self._live, self._media, self._messages = playback, live, media, messages
        self._workers = Workers(self._failed, self)
        self._stop = threading.Event()
        self._began_s: float | None = None
        self._moves: list[tuple[float, float, float]] = []
        self._player: Player | None = None
        self._device: object = None
        self._heard = ""
        self._pointer: tuple[PointerMove, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        playback.playback_changed.connect(self._clip_played)

    # -- recording

    def record(self) -> None:
        """Begin to listen; what cannot be opened ends in a sentence."""
        if self.recording:
            return
        self.stop_playing()
        self._playback.pause()
        if self._live.active:
            self._live.stop()
        self.recording, self._began_s, self._moves = True, None, []
        self._stop = threading.Event()
        self._workers.start(RECORDS, partial(self._listen, self._live.device, self._stop))
        self._timer.start()
        self.recording_changed.emit(True)

    def finish(self) -> None:
        """End the recording; ``recorded`` brings it once it is written."""
        self._stop.set()

    def give_up(self) -> None:
        """End the recording and forget it."""
        if self.recording:
            self._stop.set()
            self._workers.cancel(RECORDS)
            self._end_recording()

    def point(self, x: float, y: float) -> None:
        """The pointer is there now.

        Args:
            x: share of the picture's width.
            y: share of its height, downwards.
        """
        now_s = time.monotonic()
        if self.recording and (not self._moves or now_s - self._moves[-1][0] >= MOVES_EVERY_S):
            self._moves.append((now_s, min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))

    def _listen(self, device: object, stop: threading.Event, job: Job) -> None:
        """Everything until ``stop``, on a worker thread."""
        kept: list[np.ndarray] = []
        with opening.open_microphone(device, RATE) as microphone:  # type: ignore[arg-type]
            began_s, n = time.monotonic(), 0
            job.post(self._begun, began_s)
            sounded_s = math.inf
            while not stop.wait(_READ_EVERY_S) and not job.cancel.is_set() and n < LONGEST_S * RATE:
                kept.append(microphone.read_new())
                n += len(kept[-1])
                # when the first sample was at the device: by the read that was least late
                sounded_s = min(sounded_s, time.monotonic() - microphone.latency_s - n / RATE) if n else sounded_s
                job.post(self._note_level, microphone.level)
            # what was said until now is still on its way
            time.sleep(min(microphone.latency_s, _MOST_ON_ITS_WAY_S))
            kept.append(microphone.read_new())
            job.post(self._begun, max(sounded_s, began_s) if n else began_s)
        samples = np.concatenate(kept)
        if job.cancel.is_set():
            return
        if len(samples) < SHORTEST_S * RATE:
            raise AudioError("Nothing was recorded because the note was too short; record until it is said.")
        file = self._media.new_file(spoken_ending())
        write_spoken(file, samples)
        job.post(self._written, file, len(samples) / RATE)

    def _begun(self, began_s: float) -> None:
        self._began_s = began_s

    def _note_level(self, level: float) -> None:
        self.level = level

    def _written(self, file: Path, duration_s: float) -> None:
        began_s = self._began_s or 0.0
        # where it was when the recording began counts as its start
        pointer = tuple(PointerMove(min(max(round(at_s - began_s, 3), 0.0), duration_s), x, y) for at_s, x, y in self._moves)
        self._end_recording()
        self.recorded.emit(SpokenNote(file, duration_s, pointer))

    def _end_recording(self) -> None:
        if self.recording:
            self.recording, self.level = False, 0.0
            self._timer.stop()
            self.recording_changed.emit(False)

    # -- hearing

    @property
    def heard(self) -> str:
        """Id of the note that is heard, "" for none."""
        return self._heard

    @property
    def dot(self) -> tuple[float, float] | None:
        """Where the pointer was at the moment that is heard, as shares of the picture."""
        return pointer_at(self._pointer, self.at_s) if self._heard else None

    @property
    def at_s(self) -> float:
        """How far what is heard or recorded is, in seconds."""
        if self.recording:
            return 0.0 if self._began_s is None else time.monotonic() - self._began_s
        return self._player.clock.now() if self._heard and self._player is not None else 0.0

    def play(self, note_id: str, name: str, pointer: Sequence[PointerMove] = ()) -> None:
        """Hear a spoken note; the clip stands still.

        Args:
            note_id: whose it is.
            name: of its file.
            pointer: where the pointer was meanwhile.
        """
        file = self._media.file_of(name)
        if file is None:
            self._messages.fail(f"The spoken part of this note, {name}, is not there; ask who wrote it for the take.")
            return
        self.give_up()
        self.stop_playing()
        self._playback.pause()
        device = self._playback.device
        opens = None if self._player is not None and self._device == device else partial(opening.open_player, device)

        def work(job: Job) -> None:
            clip, _peaks = opening.read_audio(file)
            job.post(self._begin, note_id, clip, tuple(pointer), opens and opens(), device)

        self._workers.start(PLAYS, work)

    def _begin(self, note_id: str, clip: AudioClip, pointer: tuple[PointerMove, ...], opened: Player | None, device: object) -> None:
        if opened is not None:
            if self._player is not None:
                self._player.close()
            self._player, self._device = opened, device
        assert self._player is not None
        self._heard, self._pointer = note_id, pointer
        self._player.load(clip)
        self._player.set_volume(self._playback.volume)
        self._player.play()
        self._timer.start()
        self.playing_changed.emit(note_id)

    def stop_playing(self) -> None:
        """Be silent."""
        self._workers.cancel(PLAYS)
        if self._heard and self._player is not None:
            self._heard = ""
            self._player.pause()
            self._timer.stop()
            self.playing_changed.emit("")

    def _tick(self) -> None:
        if self.recording:
            self.moved.emit(self.at_s)
        elif self._heard and self._player is not None:
            if self._player.playing:
                self.moved.emit(self.at_s)
            else:
                self.stop_playing()

    def _clip_played(self, playing: bool) -> None:
        """Two sounds at once are none."""
        if playing:
            self.stop_playing()

    # -- ends

    def _failed(self, task: str, sentence: str) -> None:
        if task == RECORDS:
            self._end_recording()
        self._messages.fail(sentence)

    def close(self) -> None:
        """End the threads and give the devices back."""
        self._timer.stop()
        self._stop.set()
        self._workers.close()
        if self._player is not None:
            self._player.close()
            self._player = None
