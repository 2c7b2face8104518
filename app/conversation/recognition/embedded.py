"""The embedded recogniser: Moonshine over what the detector of voice cuts out, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.recognition.endings import silence_after
from app.conversation.recognition.moonshine import Moonshine
from app.conversation.recognition.moonshine_weights import prepared
from app.conversation.recognition.utterances import PAUSE_S, SILENCE_S, Utterance, Utterances
from app.conversation.steps import Recognised
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, PreviewError, ServiceError

#: an utterance is read again when so much more of it is there, and first when it is so long
_AGAIN_S, _FIRST_S = 0.6, 0.8
#: reading again takes at most this share of a core, so that a long utterance leaves room for picture and voice
_SHARE = 0.25
#: utterances that wait while the network is being loaded; the oldest is dropped
_WAITING = 8


class Reader(Protocol):
    """Words from a clip; ``Moonshine`` is one."""

    def read(self, samples: np.ndarray, stop: Callable[[], bool] = ...) -> str | None:
        """The text of (n,) float32 at 16 kHz, or None when ``stop`` said so."""
        ...


def load(progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None, folder: Path | None = None) -> Moonshine:
    """The network with its weights, fetched when they are not there.

    Raises:
        ServiceError: they cannot be fetched.
        Cancelled: ``cancel`` was set.
    """
    ready = prepared(folder, progress, cancel)
    try:
        return Moonshine(ready)
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise ServiceError(f"The embedded recogniser cannot be opened; delete {ready} and try again.") from error


class EmbeddedRecogniser:
    """English, without a network once its weights are there; see ``Recogniser``.

    A text is told again and again while the utterance grows, as far as two readings agree on its words. When the voice pauses
    the whole is read, so that the final text is there at once if the pause turns out to be the end.

    Args:
        reader: loads the network on the recogniser's thread; the recogniser asks it with a token that ``close`` sets.
        silence_s: after which an utterance is over.
        hands_free: whether silence ends an utterance; else only ``end_of_speech`` does (push-to-talk).

    Attributes:
        hands_free: may be changed between utterances.
    """

    label = "Embedded (Moonshine, English only)"
    is_embedded = True
    languages: tuple[str, ...] = ("en-US",)

    def __init__(
        self,
        reader: Callable[[threading.Event], Reader] = lambda cancel: load(cancel=cancel),
        silence_s: float = SILENCE_S,
        hands_free: bool = True,
    ) -> None:
        self._load = reader
        self._silence_s = silence_s
        self.hands_free = hands_free
        self._changed = threading.Condition()
        self._cancel = threading.Event()
        self._utterances: Utterances | None = None
        self._over: deque[Utterance] = deque(maxlen=_WAITING)
        self._asked_nothing = 0
        self._reading: _Reading | None = None
        self._thread: threading.Thread | None = None

    def start(self, tell: Callable[[Recognised], None], fail: Callable[[str], None], languages: Sequence[str] = ()) -> None:
        """Listen from now on; what is heard while the network is being loaded is read afterwards."""
        self._utterances = Utterances(self._silence_s, self.hands_free)
        self._thread = threading.Thread(target=self._run, args=(tell, fail), name="recogniser", daemon=True)
        self._thread.start()

    def push(self, samples: np.ndarray) -> None:
        """Hear (n,) float32 at 16 kHz, in [-1, 1]; takes about a thousandth of the sound's length."""
        with self._changed:
            if self._utterances is None or self._cancel.is_set():
                return
            self._utterances.hands_free = self.hands_free
            self._over += self._utterances.push(samples)
            if self._over or self._utterances.current is not None:
                self._changed.notify_all()

    def end_of_speech(self) -> None:
        """The utterance is over; an empty final text is told when there was none."""
        with self._changed:
            if self._utterances is None:
                return
            ended = self._utterances.end()
            if ended is not None:
                self._over.append(ended)
            elif not self._over:
                self._asked_nothing += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Stop listening; no thread stays."""
        with self._changed:
            self._cancel.set()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def _run(self, tell: Callable[[Recognised], None], fail: Callable[[str], None]) -> None:
        try:
            reader = self._load(self._cancel)
        except Cancelled:
            return
        except PreviewError as error:
            self._cancel.set()
            fail(str(error))
            return
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._cancel.is_set() or self._asked_nothing or self._due() is not None)
                if self._cancel.is_set():
                    return
                nothing, self._asked_nothing = self._asked_nothing, 0
                utterance = self._due()
                if utterance is not None and (self._reading is None or self._reading.utterance is not utterance):
                    self._reading = _Reading(utterance)
            for _ in range(nothing):
                tell(Recognised("", True))
            if utterance is not None and self._reading is not None:
                self._read(self._reading, reader, tell)

    def _due(self) -> Utterance | None:
        """The utterance that should be read now: one that is over, else the present one when there is enough new sound of it."""
        if self._over:
            return self._over[0]
        current = self._utterances.current if self._utterances is not None else None
        if current is None:
            return None
        read = self._reading if self._reading is not None and self._reading.utterance is current else _Reading(current)
        return current if read.is_due() else None

    def _read(self, reading: _Reading, reader: Reader, tell: Callable[[Recognised], None]) -> None:
        """Read once more, and tell what came out; a reading of an unfinished utterance gives way to one that is over."""
        utterance = reading.utterance
        with self._changed:
            over = utterance.over
            work = reading.work()
        began_s, texts = time.perf_counter(), []
        for piece in work:
            text = reader.read(piece.samples, lambda: self._cancel.is_set() or (not over and (bool(self._over) or reading.is_urgent())))
            if text is None:
                return
            texts.append((piece, text))
        reading.keep(texts, time.perf_counter() - began_s)
        if over:
            with self._changed:
                if self._over and self._over[0] is utterance:
                    self._over.popleft()
            tell(Recognised(reading.text, True, utterance.ended_s, self.languages[0]))
            return
        with self._changed:
            if reading.is_all:
                utterance.ends_s = silence_after(reading.text, self._silence_s)
        if agreed := reading.partial():
            tell(Recognised(agreed, False, utterance.ended_s, self.languages[0]))


@dataclass(frozen=True)
class _Piece:
    """A part of an utterance from one sample to another, which is read by itself."""

    start: int
    stop: int
    samples: np.ndarray


class _Reading:
    """What was read of an utterance so far. Its methods that look at the utterance belong under the recogniser's lock."""

    def __init__(self, utterance: Utterance) -> None:
        self.utterance = utterance
        self._texts: dict[int, tuple[int, str]] = {}
        self._starts = [0]
        self._read_n, self._pause_at = 0, -1
        self._again_s = _FIRST_S
        self._last, self._told = "", ""

    def is_due(self) -> bool:
        """Whether reading again could tell something new."""
        utterance = self.utterance
        if utterance.silence_s >= PAUSE_S:
            return self._pause_at != utterance.voiced
        return utterance.n - self._read_n >= self._again_s * HEARING_RATE

    def is_urgent(self) -> bool:
        """Whether the voice fell silent after the reading began: the pause is what matters now."""
        return self._pause_at < 0 and self.utterance.silence_s >= PAUSE_S

    def work(self) -> list[_Piece]:
        """The pieces that are still to be read; in a pause the last one goes up to the last word."""
        utterance = self.utterance
        pauses = utterance.over or utterance.silence_s >= PAUSE_S
        stop = min(utterance.n, utterance.voiced + round(PAUSE_S * HEARING_RATE)) if pauses else utterance.n
        self._read_n, self._pause_at = utterance.n, utterance.voiced if pauses else -1
        self._starts = [0, *utterance.cuts]
        work = []
        for start, end in zip(self._starts, [*utterance.cuts, stop], strict=True):
            if start < end and (start not in self._texts or self._texts[start][0] != end):
                work.append(_Piece(start, end, utterance.samples(start, end).copy()))
        return work

    def keep(self, texts: list[tuple[_Piece, str]], took_s: float) -> None:
        """What came out, and how long it took."""
        self._texts.update({piece.start: (piece.stop, text) for piece, text in texts})
        self._again_s = max(_AGAIN_S, took_s / _SHARE)

    @property
    def is_all(self) -> bool:
        """Whether a pause was read, and no voice came since."""
        return self._pause_at == self.utterance.voiced

    @property
    def text(self) -> str:
        """All of the text."""
        return " ".join(text for start in self._starts if (text := self._texts.get(start, (0, ""))[1]))

    def partial(self) -> str:
        """The words that this reading and the last one have in common (in a pause: all), when they are more than were told; else ""."""
        agreed = self.text if self._pause_at >= 0 else common_words(self._last, self.text)
        self._last = self.text
        if len(agreed) <= len(self._told):
            return ""
        self._told = agreed
        return agreed


def common_words(one: str, other: str) -> str:
    """The words with which two texts begin alike, as the second writes them; marks behind the last one are left out."""
    count = 0
    ours, theirs = one.split(), other.split()
    while count < min(len(ours), len(theirs)) and _bare(ours[count]) == _bare(theirs[count]):
        count += 1
    return " ".join(theirs[:count]).rstrip(",.;:?!")


def _bare(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum())
