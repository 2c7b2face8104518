"""Motion for one part of a speech, as a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.core.emotion import EmotionSettings, EmotionTimeline
from app.core.speech import Speech
from app.core.track import Animation
from app.lipsync.source import LipSyncSource
from app.session.opening import estimate_emotion, make_source
from app.session.workers import Job

if TYPE_CHECKING:
    from app.lipsync.a2f import Expression

#: frames per second of generated animation; the display's usual rate
FPS = 60.0
#: emotion over time is handed to a source so often; transitions are slower by far
KEYS_PER_S = 30.0


def feels(spec: str) -> bool:
    """Whether a source takes emotions: the app's own network does."""
    return spec.partition(":")[0] == "a2f"


def expression_of(settings: EmotionSettings, line: EmotionTimeline, offset_s: float, duration_s: float, seed: int = 0) -> Expression:
    """Emotion settings as the source wants them.

    Args:
        settings: what the user chose.
        line: the keys in force, set by hand or estimated.
        offset_s: where the part's sound starts on the time line of the keys.
        duration_s: how long it lasts.
        seed: of the blinks.
    """
    from app.lipsync.a2f import Expression

    if settings.mode == "off":
        return Expression(blinks=settings.blinks, seed=seed)
    count = 1 if line.is_constant else int(np.ceil(duration_s * KEYS_PER_S)) + 1
    rows = line.rows(count, KEYS_PER_S, offset_s)
    return Expression([(i / KEYS_PER_S, row) for i, row in enumerate(rows)], 0.0, settings.blinks, seed)


def live_expression(settings: EmotionSettings, strengths: np.ndarray) -> Expression:
    """Emotion settings for a voice that is being spoken now.

    Args:
        settings: what the user chose.
        strengths: (10,) felt at the start.
    """
    from app.lipsync.a2f import Expression

    detect = settings.timeline.strength if settings.mode == "auto" else 0.0
    return Expression([(0.0, strengths)], detect, settings.blinks)


@dataclass(frozen=True)
class Part:
    """A sentence, or a whole recording.

    Attributes:
        number: how many parts come before it.
        offset_s: where its sound starts in the whole speech.
        speech: on its own time line.
    """

    number: int
    offset_s: float
    speech: Speech


@dataclass(frozen=True)
class Receivers:
    """Who is told what, in the GUI thread.

    Attributes:
        attend: job, source and part, on the worker's thread, before the source begins.
        made: the source, once it exists.
        felt: part and estimated emotion on the part's own time line, in the automatic mode.
        grew: part and chunk.
        done: part, after its last chunk.
    """

    attend: Callable[[Job, LipSyncSource, Part], None]
    made: Callable[[LipSyncSource], None]
    felt: Callable[[Part, EmotionTimeline], None]
    grew: Callable[[Part, Animation], None]
    done: Callable[[Part], None]


def animate(job: Job, maker: str | LipSyncSource, part: Part, settings: EmotionSettings, then: Receivers) -> None:
    """Animate one part in the worker thread.

    Args:
        job: where to post, and whether to stop.
        maker: a source, or its words on the command line.
        part: what is spoken.
        settings: how the face feels, for a source that can.
        then: called in the GUI thread.
    """
    source = make_source(maker, FPS) if isinstance(maker, str) else maker
    job.post(then.made, source)
    then.attend(job, source, part)
    duration_s = part.speech.audio.duration_s
    if feels(source.name):
        source.expression = _expression(job, part, settings, then)  # type: ignore[attr-defined]
    for chunk in source.generate(part.speech, job.cancel):
        job.post(then.grew, part, chunk)
        job.progress(chunk.arkit.end_s / max(duration_s, 1e-9))
    job.post(then.done, part)


def _expression(job: Job, part: Part, settings: EmotionSettings, then: Receivers) -> Expression:
    """What the part's face feels; in the automatic mode its voice is listened to first."""
    duration_s = part.speech.audio.duration_s
    if settings.mode != "auto":
        return expression_of(settings, settings.timeline, part.offset_s, duration_s, part.number)
    line = replace(estimate_emotion(part.speech.audio, job.cancel), strength=settings.timeline.strength)
    job.post(then.felt, part, line)
    return expression_of(settings, line, 0.0, duration_s, part.number)
