"""The line to the Speech service: opened ahead, kept open, and asked for one utterance at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from app.core.cancel import CancelToken
from app.core.errors import Cancelled, PreviewError
from app.keys.access import SpeechAccess
from app.speech.azure.config import sdk, speech_config
from app.speech.azure.faults import sentence_of
from app.speech.azure.ssml import Document
from app.speech.azure.utterance import Utterance

#: until the first sound, and between two pieces of it; the SDK alone would wait 80 s
FIRST_S = 10.0
NEXT_S = 10.0
#: how often it is looked whether an utterance should stop
_LOOK_S = 0.01
#: the SDK tells the end after everything else, but on its own threads
_LAST_WORDS_S = 2.0
_NOTHING_CAME = "Azure's Speech service sent nothing for {:.0f} s; check the network and try again."


class Speaker:
    """Speaks SSML. Methods may be called from any thread.

    Args:
        access: the way to the service; must be ``usable``.
        first_s: wait so long for the first sound, in seconds.
        next_s: wait so long for more of it.

    Raises:
        ServiceError: there is no SDK, or it does not take the address.
    """

    def __init__(self, access: SpeechAccess, first_s: float = FIRST_S, next_s: float = NEXT_S) -> None:
        speech = sdk()
        config = speech_config(access, "synthesis")
        config.set_speech_synthesis_output_format(speech.SpeechSynthesisOutputFormat.Raw24Khz16BitMonoPcm)
        # the SDK gives up a line that is slower than speech after 3 s; ours is the deadline
        config.set_property(speech.PropertyId.SpeechSynthesis_FrameTimeoutInterval, str(round(1000 * (next_s + 5))))
        config.set_property(speech.PropertyId.SpeechSynthesis_RtfTimeoutThreshold, "1000")
        self._speech, self._access, self._first_s, self._next_s = speech, access, first_s, next_s
        self._free = threading.Lock()
        self._now: Utterance | None = None
        self._closed = False
        # nothing is played by the SDK: the sound goes through the player, whose clock everything follows
        self._synthesizer = speech.SpeechSynthesizer(config, audio_config=None)
        self._connection = speech.Connection.from_speech_synthesizer(self._synthesizer)
        self._listen()

    def open(self) -> None:
        """Open the socket ahead of the first request; returns at once."""
        with suppress(RuntimeError):
            self._connection.open(True)

    def speak(self, document: Document, cancel: CancelToken, then: Callable[[Utterance], None] | None = None) -> Utterance:
        """Ask for an utterance; waits until the one before is over.

        Args:
            document: what to say.
            cancel: stops the service within 50 ms; the speech is then finished as incomplete.
            then: called when it is over, on a thread of its own.

        Returns:
            The utterance, on its way.

        Raises:
            Cancelled: ``cancel`` was set before it began.
        """
        while not self._free.acquire(timeout=_LOOK_S):
            if cancel.is_set():
                raise Cancelled("The speech was cancelled.")
        utterance = Utterance(document.text)
        self._now = utterance
        watch = threading.Thread(target=self._follow, args=(document.ssml, utterance, cancel, then), name="azure speech", daemon=True)
        watch.start()
        return utterance

    def close(self) -> None:
        """Let the line go; an utterance on its way ends as incomplete."""
        utterance, self._closed = self._now, True
        if utterance is not None and not utterance.over.is_set():
            utterance.cancelled = True
            utterance.over.wait(_LAST_WORDS_S)
        with suppress(RuntimeError):
            self._connection.close()

    # -- what the SDK tells

    def _listen(self) -> None:
        """Connect what is told to the utterance of the moment; one that is over hears nothing more."""
        synthesizer = self._synthesizer
        word = self._speech.SpeechSynthesisBoundaryType.Word

        def sound(event: Any) -> None:
            if self._now is not None:
                self._now.sound(event.result.audio_data)

        def viseme(event: Any) -> None:
            if self._now is not None:
                self._now.viseme(event.audio_offset, event.viseme_id, event.animation)

        def boundary(event: Any) -> None:
            if self._now is not None and event.boundary_type == word:
                self._now.word(event.audio_offset, event.duration.total_seconds(), event.text)

        def ended(_: Any) -> None:
            if self._now is not None:
                self._now.told.set()

        synthesizer.synthesizing.connect(sound)
        synthesizer.viseme_received.connect(viseme)
        synthesizer.synthesis_word_boundary.connect(boundary)
        synthesizer.synthesis_completed.connect(ended)
        synthesizer.synthesis_canceled.connect(ended)

    # -- the thread of an utterance

    def _follow(self, ssml: str, utterance: Utterance, cancel: CancelToken, then: Callable[[Utterance], None] | None) -> None:
        try:
            self._say(ssml, utterance, cancel)
        except PreviewError as error:
            # nobody is signed in: there is no token
            utterance.fault = str(error)
        except RuntimeError:
            utterance.fault = utterance.fault or sentence_of("RuntimeError")
        finally:
            utterance.arriving.finish(complete=not utterance.fault and not utterance.cancelled)
            if then is not None:
                then(utterance)
            if (utterance.cancelled or utterance.fault) and not self._closed:
                self.open()
            self._now = None
            utterance.over.set()
            self._free.release()

    def _say(self, ssml: str, utterance: Utterance, cancel: CancelToken) -> None:
        if self._access.token is not None:
            self._synthesizer.authorization_token = self._access.token()
        for last_try in (False, True):
            utterance.told.clear()
            utterance.moved_s = time.perf_counter()
            future = self._synthesizer.speak_ssml_async(ssml)
            if not self._stays_alive(utterance, cancel):
                utterance.arriving.finish(complete=False)
                self._synthesizer.stop_speaking_async().get()
                utterance.told.wait(_LAST_WORDS_S)
                return
            result = future.get()
            if result.reason != self._speech.ResultReason.Canceled:
                return
            details = result.cancellation_details
            lost = details.error_code == self._speech.CancellationErrorCode.ConnectionFailure
            # a line that was kept open may have died unnoticed: once more, with a new one
            if last_try or not lost or not utterance.untouched:
                utterance.fault = sentence_of(details.error_code.name, details.error_details)
                return

    def _stays_alive(self, utterance: Utterance, cancel: CancelToken) -> bool:
        """Wait for the end; False when it has to be stopped before."""
        while not utterance.told.wait(_LOOK_S):
            if cancel.is_set() or utterance.cancelled:
                utterance.cancelled = True
                return False
            limit_s = self._next_s if utterance.arriving.duration_s else self._first_s
            if time.perf_counter() - utterance.moved_s > limit_s:
                utterance.fault = _NOTHING_CAME.format(limit_s)
                return False
        return True
