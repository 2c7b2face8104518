"""What only a real key proves, tried once with the parts that the conversation uses: spoken, heard, answered, measured.

Every step gives figures or one sentence, and never a text of a service that could hold a key. It costs a few cents at most: two
hundred characters, a few seconds of recognition, two short answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.core.arriving import ArrivingSpeech
from app.core.counting import Count, uncounted
from app.core.errors import PreviewError
from app.core.speech import FACIAL_FPS, AudioClip, Speech
from app.keys.access import ChatAccess, SpeechAccess
from app.keys.secret import redacted

#: spoken by the service, and heard by it again: every closure of the lips, plain words
LINE = "Bob may pop by my place, and we will move five maps before the evening."
VOICE = "azure:en-US-AvaMultilingualNeural"
LANES = ("azure-visemes", "azure-blendshapes", "a2f")
#: longest wait for a service in a step
PATIENCE_S = 40.0


@dataclass(frozen=True)
class Proof:
    """What a step proved.

    Attributes:
        step: its name.
        state: ``ok``; ``note`` where the service is not configured or sent less than hoped for; ``problem`` where it failed.
        sentence: for the user.
        figures: what was measured.
    """

    step: str
    state: Literal["ok", "note", "problem"]
    sentence: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes:
        speech: the way to the Speech service.
        chat: the way to the chat.
        live: the way to Voice Live or Realtime.
        scratch: a folder for the lines and lists of this run; nothing of earlier runs may be in it.
        count: told what it costs.
        line: is spoken and heard.
        voice_id: who speaks it.
        lanes: sources that move the face to it.
    """

    speech: SpeechAccess
    chat: ChatAccess
    live: ChatAccess
    scratch: Path
    count: Count = uncounted
    line: str = LINE
    voice_id: str = VOICE
    lanes: Sequence[str] = LANES

    def proofs(self) -> Iterator[Proof]:
        """Try everything, one step after the other; call it on a worker thread."""
        speech: list[Speech] = []
        yield self._safely("synthesis", self.speech.usable, lambda: self._synthesis(speech))
        for lane in self.lanes:
            yield self._safely(f"lane {lane}", bool(speech), partial(self._lane, lane, speech))
        yield self._safely("recognition", bool(speech), lambda: self._recognition(speech[0]))
        yield self._safely("chat", self.chat.usable, self._chat)
        yield self._safely("speech to speech", self.live.usable, self._live)

    def _safely(self, step: str, possible: bool, work: Callable[[], Proof]) -> Proof:
        if not possible:
            return Proof(step, "note", "Not tried: the service, or what this step needs of an earlier one, is not there.")
        try:
            return work()
        except PreviewError as error:
            return Proof(step, "problem", redacted(str(error)))
        except TimeoutError:
            return Proof(step, "problem", f"Nothing came within {PATIENCE_S:.0f} seconds; try again, and check the network.")

    # -- the steps

    def _synthesis(self, kept: list[Speech]) -> Proof:
        from app.speech.azure.cache import LineCache
        from app.speech.azure.engine import AzureEngine
        from app.speech.azure.voices import VoiceList

        engine = AzureEngine(
            lambda: self.speech, LineCache(self.scratch / "lines"), VoiceList(self.scratch / "voices.json"), counted=self.count
        )
        try:
            voices = len(engine.voices()) if engine.refresh_voices() else 0
            asked_s = time.perf_counter()
            parts, first_s = [], 0.0
            for arriving in engine.arrive(self.line, self.voice_id):
                first_s = first_s or _first_sound_s(arriving) - asked_s
                parts.append(arriving)
        finally:
            engine.close()
        speech = parts[0].so_far()
        kept.append(speech)
        figures = {"voices": voices, "first_sound_ms": round(1e3 * first_s), **what_came(speech)}
        has = [name for name, there in (("visemes", speech.visemes), ("blendshapes", speech.facial), ("word times", speech.words)) if there]
        state: Literal["ok", "note"] = "ok" if len(has) == 3 else "note"
        return Proof("synthesis", state, f"{speech.audio.duration_s:.1f} s of sound with {', '.join(has) or 'nothing beside it'}.", figures)

    @staticmethod
    def _lane(lane: str, kept: list[Speech]) -> Proof:
        return lane_proof(lane, kept[0])

    def _recognition(self, speech: Speech) -> Proof:
        from app.conversation.recognition.choice import make_recogniser
        from app.conversation.steps import Recognised

        heard: list[Recognised] = []
        failed: list[str] = []
        told = threading.Event()

        def tell(what: Recognised) -> None:
            heard.append(what)
            if what.final:
                told.set()

        def fail(sentence: str) -> None:
            failed.append(sentence)
            told.set()

        recogniser = make_recogniser("azure", self.speech, hands_free=False)
        samples = _at_hearing_rate(speech.audio)
        recogniser.start(tell, fail, ("en-US",))
        try:
            ends_s = _played_into(recogniser.push, samples)
            recogniser.end_of_speech()
            if not told.wait(PATIENCE_S):
                raise TimeoutError
        finally:
            recogniser.close()
        self.count("stt", "seconds", len(samples) / 16000)
        if failed:
            return Proof("recognition", "problem", redacted(failed[0]))
        text = next(each.text for each in reversed(heard) if each.final)
        errors, words = word_errors(self.line, text), len(self.line.split())
        figures = {
            "partials": sum(not each.final for each in heard), "final_after_ms": round(1e3 * (time.perf_counter() - ends_s)),
            "word_errors": errors, "words": words,
        }  # fmt: skip
        return Proof("recognition", "ok" if errors <= words // 5 else "note", f"{words - errors} of {words} words came back.", figures)

    def _chat(self) -> Proof:
        from app.conversation.chat.address import address_of
        from app.conversation.chat.habits import Habits
        from app.conversation.chat.openai_chat import OpenAiChat
        from app.conversation.chat.usage import Usage
        from app.conversation.steps import Message

        habits, used = Habits(self.scratch / "deployments.json"), list[Usage]()
        chat = OpenAiChat(self.chat, habits=habits, used=used.append)
        try:
            chat.warm_up()
            asked_s = time.perf_counter()
            first_s, letters = 0.0, 0
            for piece in chat.reply([Message("user", "Say hello in five words.")], threading.Event()):
                first_s = first_s or time.perf_counter() - asked_s
                letters += len(piece)
        finally:
            chat.close()
        address = address_of(self.chat.endpoint)
        habit = habits.of(f"{address.host}/{self.chat.deployment or address.deployment}")
        for each in used:
            self.count("chat", "tokens_in", each.prompt_tokens, each.deployment)
            self.count("chat", "tokens_out", each.completion_tokens, each.deployment)
        figures = {
            "first_token_ms": round(1e3 * first_s), "letters": letters,
            "limit_is_called": habit.limit, "refused_parameters": list(habit.dropped),
            "tokens": [(each.prompt_tokens, each.completion_tokens, each.estimated) for each in used],
        }  # fmt: skip
        return Proof("chat", "ok", f"An answer of {letters} letters began after {1e3 * first_s:.0f} ms.", figures)

    def _live(self) -> Proof:
        from app.conversation.chat.address import AZURE_HOSTS, address_of
        from app.conversation.check.live_talk import talked
        from app.conversation.realtime.openai_realtime import RealtimeDialogue, RealtimeSettings
        from app.conversation.realtime.voice_live import VoiceLiveDialogue, VoiceLiveSettings

        address = address_of(self.live.endpoint)
        if "/openai" in self.live.endpoint or not (address.is_local or address.host.endswith(AZURE_HOSTS)):
            return talked(RealtimeDialogue(self.live, RealtimeSettings()), PATIENCE_S)
        way = SpeechAccess(key=self.live.key, endpoint=self.live.endpoint, token=self.live.token)
        return talked(VoiceLiveDialogue(way, VoiceLiveSettings(model=self.live.deployment)), PATIENCE_S)


def what_came(speech: Speech) -> dict[str, Any]:
    """The figures of a spoken line."""
    frames = sum(len(chunk.values) for chunk in speech.facial)
    values = np.concatenate([chunk.values for chunk in speech.facial]) if frames else np.zeros((1, 1), np.float32)
    return {
        "sound_s": round(speech.audio.duration_s, 3), "viseme_events": len(speech.visemes),
        "viseme_ids": sorted({event.viseme_id for event in speech.visemes}), "words": len(speech.words), "blendshape_frames": frames,
        "blendshapes_per_s": round(frames / speech.audio.duration_s, 2) if speech.audio.duration_s else 0.0,
        "blendshapes_expected_per_s": FACIAL_FPS, "blendshapes_from": round(float(values.min()), 3),
        "blendshapes_to": round(float(values.max()), 3),
    }  # fmt: skip


def lane_proof(source: str, speech: Speech) -> Proof:
    """Whether a lane of the comparison is made of what came."""
    from app.lipsync.registry import make_source

    frames = sum(part.arkit.weights.shape[0] for part in make_source(source).generate(speech, threading.Event()))
    state: Literal["ok", "problem"] = "ok" if frames else "problem"
    return Proof(f"lane {source}", state, f"{frames} frames of motion for {speech.audio.duration_s:.1f} s.", {"frames": frames})


def word_errors(said: str, heard: str) -> int:
    """Words that were put in, left out or mistaken (Levenshtein's distance over words, without punctuation and case)."""
    one, other = (["".join(c for c in word.lower() if c.isalnum()) for word in text.split()] for text in (said, heard))
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, found in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != found))
    return row[-1]


def _first_sound_s(arriving: ArrivingSpeech) -> float:
    """``time.perf_counter`` when the first sound was there."""
    for piece in arriving.pieces(threading.Event()):
        if len(piece.samples):
            break
    return time.perf_counter()


def _at_hearing_rate(audio: AudioClip) -> np.ndarray:
    from app.audio.clips import resample

    silence = np.zeros(8000, np.float32)
    return np.concatenate([resample(audio, 16000).samples, silence])


def _played_into(push: Callable[[np.ndarray], None], samples: np.ndarray) -> float:
    """Give sound in its own time, as a microphone does; returns ``time.perf_counter`` of its end."""
    begun_s, step = time.perf_counter(), 1600
    for at in range(0, len(samples), step):
        push(samples[at : at + step])
        time.sleep(max(0.0, begun_s + (at + step) / 16000 - time.perf_counter()))
    return time.perf_counter()
