"""Text to speech, sentence by sentence, as a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import SpeechError
from app.core.speech import Speech, joined
from app.session.base.opening import waveform
from app.session.base.workers import Job

if TYPE_CHECKING:
    from app.speech.engine import TtsEngine


@dataclass(frozen=True)
class Made:
    """One more sentence.

    Attributes:
        part: the sentence on its own time line.
        offset_s: where it starts in the whole.
        whole: all sentences so far, joined.
        peaks: waveform of the whole.
        is_first: nothing came before it.
    """

    part: Speech
    offset_s: float
    whole: Speech
    peaks: np.ndarray
    is_first: bool


def speak(job: Job, engine: TtsEngine, line: str, voice_id: str, then: tuple[Callable[[Made], None], Callable[[], None]]) -> None:
    """Synthesise a line in the worker thread.

    Args:
        job: where to post, and whether to stop.
        engine: who speaks.
        line: what to say.
        voice_id: whose voice.
        then: called in the GUI thread: the first after each sentence, the second after the last one.

    Raises:
        SpeechError: the line holds nothing that can be spoken.
    """
    ready, ended = then
    whole: Speech | None = None
    for part in engine.synthesize(line, voice_id, cancel=job.cancel):
        offset_s = 0.0 if whole is None else whole.audio.duration_s
        whole = joined([part] if whole is None else [whole, part])
        job.post(ready, Made(part, offset_s, whole, waveform(whole.audio), offset_s == 0.0))
    if whole is None:
        raise SpeechError("That line holds nothing that can be spoken; type some words.")
    job.post(ended)


def noticed(engine: TtsEngine) -> tuple[str, ...]:
    """What an engine noticed while it spoke, one sentence each."""
    from app.speech.engine import TellsAfterwards

    return engine.noticed() if isinstance(engine, TellsAfterwards) else ()
