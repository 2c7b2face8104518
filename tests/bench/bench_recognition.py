"""The embedded recogniser: how fast it reads, and how soon after the end of a question its text is there."""

from __future__ import annotations

import threading
import time

import numpy as np
import soxr

from app.conversation.dialogue import HEARING_RATE
from app.conversation.recognition.embedded import EmbeddedRecogniser
from app.conversation.recognition.moonshine import Moonshine
from app.conversation.recognition.moonshine_weights import prepared
from app.conversation.recognition.utterances import SILENCE_S
from app.conversation.steps import Recognised
from app.core.speech import joined
from app.speech.hibari import HibariEngine

QUESTION = "Can you tell me how far it is to the nearest station?"
LONG = QUESTION + " I have been walking for an hour, and I am afraid that I took the wrong turn at the bridge behind the church."
#: as a microphone gives it
BLOCK_S = 0.02


def spoken(text: str) -> np.ndarray:
    """A text as sound at the recogniser's rate."""
    speech = joined(list(HibariEngine().synthesize(text)))
    return np.asarray(soxr.resample(speech.audio.samples, speech.audio.rate, HEARING_RATE), np.float32)


def final_text_ms(reader: Moonshine, sound: np.ndarray) -> float:
    """Milliseconds from the end of the pause that ends an utterance to its final text, while sound comes as from a microphone."""
    last: list[tuple[float, Recognised]] = []
    ended = threading.Event()

    def tell(told: Recognised) -> None:
        if told.final:
            last.append((time.perf_counter(), told))
            ended.set()

    recogniser = EmbeddedRecogniser(lambda _cancel: reader)
    recogniser.start(tell, lambda _sentence: None)
    block = round(BLOCK_S * HEARING_RATE)
    sound = np.concatenate([sound, np.zeros(3 * HEARING_RATE, np.float32)])
    start_s = time.perf_counter()
    for at in range(0, len(sound), block):
        if ended.wait(max(0.0, start_s + (at + block) / HEARING_RATE - time.perf_counter())):
            break
        recogniser.push(sound[at : at + block])
    ended.wait(10)
    recogniser.close()
    at_s, told = last[0]
    return (at_s - told.ended_s - SILENCE_S) * 1e3


def run() -> list[dict]:
    """Rows of the benchmark."""
    folder = prepared()
    start = time.perf_counter()
    reader = Moonshine(folder)
    rows = [{"name": "loading", "value": (time.perf_counter() - start) * 1e3, "unit": "ms"}]
    for name, text in (("question", QUESTION), ("long question", LONG)):
        sound = spoken(text)
        start_cpu_s = time.process_time()
        reader.read(sound)
        taken = (time.process_time() - start_cpu_s) / (len(sound) / HEARING_RATE)
        rows.append({"name": f"reading a {name} of {len(sound) / HEARING_RATE:.1f} s", "value": taken, "unit": "s of CPU per s of speech"})
        late = [final_text_ms(reader, sound) for _ in range(3)]
        rows.append({"name": f"final text of a {name}, after the pause of {SILENCE_S * 1e3:.0f} ms", "value": max(late), "unit": "ms"})
    return rows
