"""One typed turn with a speech-to-speech service, and what it sent."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter

from app.conversation.check.live import Proof, what_came
from app.conversation.dialogue import Dialogue
from app.conversation.events import AnswerEnded, AnswerPart, Event, Reached, Told
from app.core.arriving import ArrivingSpeech
from app.core.speech import joined
from app.keys.secret import redacted

_STEP = "speech to speech"


def talked(dialogue: Dialogue, patience_s: float) -> Proof:
    """Let it say something, and close it.

    Args:
        dialogue: has not begun.
        patience_s: longest wait between two events.

    Raises:
        TimeoutError: nothing came any more.
    """
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    seen: Counter[str] = Counter()
    parts: list[ArrivingSpeech] = []
    moments: dict[str, float] = {}
    dialogue.start(told.put)
    asked_s = time.perf_counter()
    try:
        dialogue.say("Say hello in five words.")
        while True:
            try:
                event = told.get(timeout=patience_s)
            except queue.Empty:
                raise TimeoutError from None
            seen[type(event).__name__] += 1
            if isinstance(event, Told) and event.kind != "notice":
                return Proof(_STEP, "problem", redacted(event.sentence), {"events": dict(seen)})
            if isinstance(event, Reached):
                moments.setdefault(event.stage, event.at_s - asked_s)
            if isinstance(event, AnswerPart):
                parts.append(event.arriving)
            if isinstance(event, AnswerEnded):
                break
    finally:
        dialogue.close()
    for part in parts:
        for _ in part.pieces(threading.Event()):
            pass
    if not parts:
        return Proof(_STEP, "problem", redacted(getattr(event, "sentence", "")) or "It answered without a sound.", {"events": dict(seen)})
    speech = joined([part.so_far() for part in parts])
    figures = {"events": dict(seen), "after_ms": {stage: round(1e3 * s) for stage, s in moments.items()}, **what_came(speech)}
    has = [name for name, there in (("visemes", speech.visemes), ("blendshapes", speech.facial), ("word times", speech.words)) if there]
    return Proof(_STEP, "ok", f"{speech.audio.duration_s:.1f} s of sound with {', '.join(has) or 'nothing beside it'}.", figures)
