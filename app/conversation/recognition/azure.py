"""Azure's recogniser: continuous, in any of its languages, and mended by itself as long as that is possible."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.recognition.azure_languages import LANGUAGES, asked_languages
from app.conversation.recognition.azure_line import AzureLine, LineNews
from app.conversation.recognition.azure_repairs import Repairs
from app.conversation.recognition.remembered import RememberedSound
from app.conversation.recognition.utterances import SILENCE_S
from app.conversation.recognition.voice_activity import STEP, VoiceActivity
from app.conversation.steps import Recognised
from app.core.errors import PreviewError
from app.keys.access import SpeechAccess

#: sound that was not yet answered and is sent again when the line breaks; what is older is lost
REMEMBERED_S = 30.0
#: wait so long for the service to take the line, and for an answer to a voice; the SDK alone would wait for ever
CONNECT_S, ANSWER_S = 10.0, 8.0
#: after the end of a push-to-talk the rest of the text is waited for so long
_REST_S = 2.0
#: a phrase that ends at most so much before the last one's end was told already
_SAME_S = 0.1
#: so much voice without any answer is more than a noise
_VOICE_S = 1.5
#: a token of Entra ID lives longer than this
_RENEW_S = 300.0
_LOOK_S = 0.05
#: the SDK tells that a line ended before or after it tells why
_REASON_S = 0.3
_NO_KEY = (
    "Azure's recogniser needs a key: set SPEECH_KEY and SPEECH_REGION (or SPEECH_ENDPOINT) to those of your Speech resource and start"
    " again, or choose the embedded recogniser."
)

_Event = tuple[int, LineNews] | Literal["end_of_speech", "close"]


class AzureRecogniser:
    """The Speech service; see ``Recogniser``.

    The SDK connects again by itself when the socket drops. When it gives up, or the service falls silent while somebody speaks,
    a new line is opened and hears again what was not answered yet, so that no word is lost and none comes twice.

    Args:
        access: the way to the service.
        silence_s: after which an utterance is over.
        hands_free: whether silence ends an utterance; else only ``end_of_speech`` does (push-to-talk).
        connect_s: wait so long for the service to take the line.
        answer_s: wait so long for an answer to a voice.

    Attributes:
        hands_free: may be changed between utterances.
    """

    label = "Azure"
    is_embedded = False
    languages = LANGUAGES

    def __init__(
        self,
        access: SpeechAccess,
        silence_s: float = SILENCE_S,
        hands_free: bool = True,
        *,
        connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._access, self._silence_s, self.hands_free = access, silence_s, hands_free
        self._connect_s, self._answer_s = connect_s, answer_s
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._sound = RememberedSound(REMEMBERED_S)
        self._voice = VoiceActivity()
        self._lock = threading.Lock()
        self._closed = False
        self._line: AzureLine | None = None
        self._thread: threading.Thread | None = None
        self._ends: list[threading.Thread] = []
        self._number, self._base = 0, 0
        self._wanted: tuple[str, ...] = ()
        #: the last sample with a voice, and how many of them since the service said something
        self._voiced, self._unanswered = 0, 0
        self._answered_s = self._opened_s = self._renewed_s = self._ended_s = 0.0
        self._connected = False
        #: sample up to which the text is final, phrases of an utterance that goes on, and until when its rest is waited for
        self._done, self._phrases, self._rest_s = 0, list[str](), 0.0
        #: the last partial text and where it ends, until it is final
        self._unfinished = ("", 0)
        self._repairs = Repairs()

    def start(self, tell: Callable[[Recognised], None], fail: Callable[[str], None], languages: Sequence[str] = ()) -> None:
        """Listen from now on; what is heard before the service answers is kept and sent then."""
        self._wanted = asked_languages(languages)
        self._thread = threading.Thread(target=self._run, args=(tell, fail), name="azure recogniser", daemon=True)
        self._thread.start()

    def push(self, samples: np.ndarray) -> None:
        """Hear (n,) float32 at 16 kHz, in [-1, 1]."""
        with self._lock:
            if self._closed or self._thread is None:
                return
            data = self._sound.add(samples)
            voiced = sum(self._voice.push(samples))
            if voiced:
                self._voiced = self._sound.n
                if not self._unanswered:
                    self._answered_s = time.perf_counter()
                self._unanswered += voiced * STEP
            if self._line is not None:
                self._line.write(data)

    def end_of_speech(self) -> None:
        """The utterance is over: the service is sent the silence that ends a phrase."""
        self._events.put("end_of_speech")

    def close(self) -> None:
        """Stop listening. Only where the service fell silent the SDK keeps a thread for up to 10 s more."""
        with self._lock:
            self._closed = True
        self._events.put("close")
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
            for end in self._ends:
                end.join(0.5)

    def _run(self, tell: Callable[[Recognised], None], fail: Callable[[str], None]) -> None:
        sentence = self._open() if self._access.usable else _NO_KEY
        while not sentence:
            try:
                event = self._events.get(timeout=_LOOK_S)
            except queue.Empty:
                sentence = self._look(tell)
                continue
            if event == "close":
                break
            if event == "end_of_speech":
                self._finish_soon()
            elif isinstance(event, tuple) and event[0] == self._number:
                sentence = self._told(event[1], tell)
        with self._lock:
            self._end_line()
            told = bool(sentence) and not self._closed
            self._closed = True
        if told:
            fail(sentence)

    def _open(self) -> str:
        """A new line, which hears what is remembered; gives the sentence of what prevents it."""
        with self._lock:
            self._end_line()
            self._number += 1
            number = self._number
        try:
            line = AzureLine(self._access, self._wanted, self._silence_s, lambda news: self._events.put((number, news)))
        except PreviewError as error:
            return str(error)
        with self._lock:
            line.write(self._sound.rest())
            self._base, self._line = self._sound.first, line
            self._opened_s = self._answered_s = self._renewed_s = time.perf_counter()
            self._connected, self._ended_s = False, 0.0
        return ""

    def _end_line(self) -> None:
        if self._line is not None:
            self._ends = [end for end in self._ends if end.is_alive()] + [self._line.end()]
            self._line = None

    def _told(self, news: LineNews, tell: Callable[[Recognised], None]) -> str:
        """Something came from the service; gives the sentence of a fault that cannot be mended."""
        if news.kind == "broken":
            return self._mend(news.code, news.details)
        if news.kind == "ended":
            self._ended_s = time.perf_counter()
            return ""
        if news.kind == "connected":
            self._connected = True
            self._repairs.connected = True
            self._answered_s = time.perf_counter()
            return ""
        self._repairs.answered()
        with self._lock:
            self._unanswered, self._answered_s = 0, time.perf_counter()
        if self._base + news.stop > self._done + _SAME_S * HEARING_RATE:
            self._understood(news, tell)
        return ""

    def _understood(self, news: LineNews, tell: Callable[[Recognised], None]) -> None:
        stop = self._base + news.stop
        if self._unfinished[0] and self._base + news.start >= self._unfinished[1]:
            # the service began a new phrase and never finished the last one
            self._phrases.append(self._unfinished[0])
        self._unfinished = (news.text, stop) if news.kind == "partial" else ("", 0)
        with self._lock:
            voiced = self._voiced
            ended_s = self._sound.heard_s(min(stop, voiced) if voiced > self._base + news.start else stop)
            if news.kind == "final":
                self._done = stop
                self._sound.forget(stop)
        language = news.language or (self._wanted[0] if len(self._wanted) == 1 else "")
        if news.kind == "partial" or not self.hands_free:
            said = " ".join([*self._phrases, news.text]).strip()
            if news.kind == "final" and news.text:
                self._phrases.append(news.text)
            is_last = self._base + news.start < voiced <= stop + self._silence_s * HEARING_RATE
            is_whole = news.kind == "final" and self._rest_s > 0 and is_last
            if is_whole:
                self._finish(tell, ended_s, language)
            elif said:
                tell(Recognised(said, False, ended_s, language))
        elif news.text or self._rest_s:
            self._phrases.append(news.text)
            self._finish(tell, ended_s, language)

    def _finish(self, tell: Callable[[Recognised], None], ended_s: float, language: str) -> None:
        text = " ".join(phrase for phrase in [*self._phrases, self._unfinished[0]] if phrase)
        self._unfinished = ("", 0)
        self._phrases, self._rest_s = [], 0.0
        tell(Recognised(text, True, ended_s, language))

    def _finish_soon(self) -> None:
        """Silence makes the service end its phrase; it takes sound faster than it is spoken."""
        silence = np.zeros(round((self._silence_s + 0.4) * HEARING_RATE), np.float32)
        with self._lock:
            if self._line is not None:
                self._line.write(self._sound.add(silence))
            else:
                self._sound.add(silence)
        self._rest_s = time.perf_counter() + _REST_S

    def _look(self, tell: Callable[[Recognised], None]) -> str:
        """Nothing came for a moment: is something overdue? Gives the sentence of a fault that cannot be mended."""
        now_s = time.perf_counter()
        if self._rest_s and now_s > self._rest_s:
            with self._lock:
                ended_s = self._sound.heard_s(self._voiced)
            self._finish(tell, ended_s, self._wanted[0] if len(self._wanted) == 1 else "")
        if self._ended_s and now_s - self._ended_s > _REASON_S:
            return self._mend("ConnectionFailure", "")
        if not self._connected:
            return self._mend("ServiceTimeout", "") if now_s - self._opened_s > self._connect_s else ""
        if self._access.token is not None and self._line is not None and now_s - self._renewed_s > _RENEW_S:
            self._renewed_s = now_s
            with suppress(PreviewError):
                self._line.renew(self._access.token())
        if self._unanswered > _VOICE_S * HEARING_RATE and now_s - self._answered_s > self._answer_s:
            return self._mend("Silent", "")
        return ""

    def _mend(self, code: str, details: str) -> str:
        """Open a new line after a while, or say why that would not help."""
        wait_s, sentence = self._repairs.after(code, details, has_token=self._access.token is not None)
        if sentence:
            return sentence
        with self._lock:
            self._end_line()
        deadline_s = time.perf_counter() + wait_s
        while (left_s := deadline_s - time.perf_counter()) > 0:
            if self._closed:
                return ""
            time.sleep(min(left_s, _LOOK_S))
        return self._open()
