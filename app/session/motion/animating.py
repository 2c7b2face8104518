"""Motion for one part of a speech, as a job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from app.core.arriving import ArrivingSpeech
from app.core.emotion import EmotionSettings, EmotionTimeline
from app.core.marks.felt import Felt, felt_from, settings_with_felt, with_felt
from app.core.native import NVIDIA
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, Speech, as_heard, has_timings
from app.core.track import Animation, concatenate
from app.lipsync.feeling import expression_of
from app.lipsync.registry import Abilities, abilities_of, make_source
from app.lipsync.source import CancelToken, Expression, Follows, Glimpses, HasFeelings, HasOwnParameters, LipSyncSource
from app.session.base.opening import estimate_emotion, hear_emotion
from app.session.base.side import FPS
from app.session.base.workers import Job

#: sounds whose estimate is kept, so that tuning does not listen again
MOST_ESTIMATES = 32
#: of a sound longer than this a voice's feelings are found as it goes on; listening to all of it first would hold its motion up
LONG_S = 180.0
#: of a long motion the next chunks are handed on together: so much of what has been made already, or what so many seconds made
GATHERED_SHARE, GATHERED_S = 0.1, 0.5


class Estimates:
    """What voices were found to feel, so that the same sound is not listened to again; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, EmotionTimeline] = {}

    def of(self, clip: AudioClip, cancel: CancelToken) -> EmotionTimeline:
        """The estimate of a sound; two threads that ask at once both listen, and find the same."""
        with self._lock:
            known = self._known.get(clip.digest)
        if known is None:
            known = estimate_emotion(clip, cancel)
            with self._lock:
                self._known[clip.digest] = known
                while len(self._known) > MOST_ESTIMATES:
                    del self._known[next(iter(self._known))]
        return known


def live_expression(settings: EmotionSettings, strengths: np.ndarray) -> Expression:
    """Emotion settings for a voice that is being spoken now.

    Args:
        settings: what the user chose.
        strengths: (10,) felt at the start.
    """
    detect = settings.timeline.strength if settings.mode == "auto" else 0.0
    return Expression([(0.0, strengths)], detect, settings.blinks)


@dataclass(frozen=True)
class Part:
    """A sentence, or a whole recording.

    Attributes:
        number: how many parts come before it.
        offset_s: where its sound starts in the whole speech.
        speech: on its own time line; it may still be arriving.
    """

    number: int
    offset_s: float
    speech: Speech | ArrivingSpeech

    @property
    def duration_s(self) -> float:
        """Seconds of its sound, so far."""
        return self.speech.duration_s if isinstance(self.speech, ArrivingSpeech) else self.speech.audio.duration_s

    def for_source(self, abilities: Abilities) -> Part:
        """The part as a source is to know it: what is made from the sound goes by what was heard, and is warped afterwards."""
        if isinstance(self.speech, ArrivingSpeech) or abilities.follows_timings or self.speech.heard is None:
            return self
        return replace(self, speech=as_heard(self.speech))

    @property
    def lacks_timings(self) -> bool:
        """Whether all of it is there and nothing tells when which sound is spoken."""
        if isinstance(self.speech, ArrivingSpeech) and not self.speech.ended:
            return False
        return not has_timings(self.whole)

    @property
    def whole(self) -> Speech:
        """All of it, as far as it has come."""
        return self.speech.so_far() if isinstance(self.speech, ArrivingSpeech) else self.speech


@dataclass(frozen=True)
class Order:
    """What is to be animated, and how.

    Attributes:
        part: the sentence or recording.
        settings: how the face feels, for a source that can.
        parameters: the source's own (core.native).
        listener: folder of the Audio2Emotion bundle that may listen, or None.
        ahead: a stretch that is looked at, to be shown first where that is quick: its part, and moments in it in seconds.
        estimates: what voices feel, as far as it is known.
        written: what the text's marks say is felt, on the time line of the whole speech.
    """

    part: Part
    settings: EmotionSettings
    parameters: Mapping[str, float] = field(default_factory=dict)
    listener: Path | None = None
    ahead: tuple[Part, tuple[float, float]] | None = None
    estimates: Estimates = field(default_factory=Estimates)
    written: tuple[Felt, ...] = ()

    @property
    def felt(self) -> EmotionSettings:
        """The settings with what the text says is felt among their keys; where nothing else is to be felt, that is."""
        return settings_with_felt(self.settings, self.written)


@dataclass(frozen=True)
class Receivers:
    """Who is told what, in the GUI thread.

    Attributes:
        attend: job and source, on the worker's thread, before the source begins.
        made: the source, once it exists.
        felt: part and estimated emotion on the part's own time line, in the automatic mode.
        glimpsed: part and the stretch that is looked at.
        grew: part and chunk.
        done: part, after its last chunk.
    """

    attend: Callable[[Job, LipSyncSource], None]
    made: Callable[[LipSyncSource], None]
    felt: Callable[[Part, EmotionTimeline], None]
    glimpsed: Callable[[Part, Animation], None]
    grew: Callable[[Part, Animation], None]
    done: Callable[[Part], None]


def animate(job: Job, maker: SourceSpec | LipSyncSource, order: Order, then: Receivers) -> None:
    """Animate one part in the worker thread.

    Args:
        job: where to post, and whether to stop.
        maker: a source, or which one to make.
        order: what and how.
        then: called in the GUI thread.
    """
    source, part = make_source(maker, FPS) if isinstance(maker, SourceSpec) else maker, order.part
    job.post(then.made, source)
    then.attend(job, source)
    if isinstance(source, HasOwnParameters):
        source.set_native(order.parameters)
    if order.ahead is not None and isinstance(source, Glimpses) and isinstance(order.ahead[0].speech, Speech):
        looked_at, span_s = order.ahead
        if isinstance(source, HasFeelings):
            source.expression = _expression(job, source.name, looked_at, order, then)
        made = source.glimpse(looked_at.whole, span_s)
        if made is not None:
            job.post(then.glimpsed, looked_at, made)
    if abilities_of(source.name).needs_phones and _stays_untimed(part, job.cancel):
        return  # they are searched in the sound once the line is complete
    for chunk in _gathered(_made(job, source, order, then), part):
        job.post(then.grew, part, chunk)
        job.progress(min(chunk.arkit.end_s / max(part.duration_s, 1e-9), 1.0))
    if not job.cancel.is_set():
        job.post(then.done, part)


def _stays_untimed(part: Part, cancel: CancelToken) -> bool:
    """Wait until something is known of when which sound is spoken; whether nothing is, although all has come."""
    if isinstance(part.speech, ArrivingSpeech):
        for piece in part.speech.pieces(cancel):
            if piece.phones or any(event.viseme_id for event in piece.visemes):
                return False
    return part.lacks_timings


def _gathered(chunks: Iterable[Animation], part: Part) -> Iterator[Animation]:
    """The chunks of a part; of a recording that is made faster than it is shown, several as one: the window's thread looks at each."""
    waiting: list[Animation] = []
    handed_s, since = 0.0, time.monotonic()
    for chunk in chunks:
        waiting.append(chunk)
        more_s, now = chunk.arkit.end_s - handed_s, time.monotonic()
        if isinstance(part.speech, ArrivingSpeech) or more_s >= GATHERED_SHARE * handed_s or now - since >= GATHERED_S:
            yield concatenate(waiting) if len(waiting) > 1 else chunk
            waiting, handed_s, since = [], chunk.arkit.end_s, now
    if waiting:
        yield concatenate(waiting)


def _made(job: Job, source: LipSyncSource, order: Order, then: Receivers) -> Iterator[Animation]:
    """The part's motion: as its sound arrives where the source can, else when all of it is there."""
    part = order.part
    if isinstance(part.speech, ArrivingSpeech) and not part.speech.ended and isinstance(source, Follows):
        if isinstance(source, HasFeelings):
            source.expression = _expression_ahead(order)
        yield from source.follow(part.speech, job.cancel)
        if isinstance(source, HasFeelings) and order.settings.mode == "auto" and not job.cancel.is_set():
            _expression(job, source.name, part, order, then)
        return
    if isinstance(part.speech, ArrivingSpeech):
        for _ in part.speech.pieces(job.cancel):
            pass
        if job.cancel.is_set():
            return
    by_and_by = order.settings.mode == "auto" and part.duration_s > LONG_S and isinstance(source, Follows) and not order.written
    if isinstance(source, HasFeelings):
        source.expression = _expression_ahead(order) if by_and_by else _expression(job, source.name, part, order, then)
    yield from source.generate(part.whole, job.cancel)
    if isinstance(source, HasFeelings) and by_and_by and not job.cancel.is_set():
        _expression(job, source.name, part, order, then)


def _expression_ahead(order: Order) -> Expression:
    """What a face feels whose speech is still arriving; in the automatic mode it listens to the voice as it comes."""
    settings, part = order.felt, order.part
    if settings.mode == "auto":
        return Expression((), settings.timeline.strength, settings.blinks, part.number)
    # behind the last key nothing changes any more
    last_s = settings.timeline.keys[-1].time_s + settings.timeline.transition_s - part.offset_s
    return expression_of(settings, settings.timeline, part.offset_s, max(last_s, 0.0), part.number)


def _expression(job: Job, source: str, part: Part, order: Order, then: Receivers) -> Expression:
    """What the part's face feels; in the automatic mode its voice is listened to first."""
    settings, duration_s = order.felt, part.duration_s
    if settings.mode != "auto":
        return expression_of(settings, settings.timeline, part.offset_s, duration_s, part.number)
    line = replace(_heard(source, part.whole.audio, order, job.cancel), strength=settings.timeline.strength)
    job.post(then.felt, part, line)
    line = with_felt(line, felt_from(order.written, part.offset_s))
    return expression_of(settings, line, 0.0, duration_s, part.number)


def _heard(source: str, clip: AudioClip, order: Order, cancel: CancelToken) -> EmotionTimeline:
    """Emotion over time from a voice: by Audio2Emotion for NVIDIA's faces, where its user let it listen, else the own estimate."""
    if order.listener is not None and abilities_of(source).family == NVIDIA:
        return hear_emotion(order.listener, clip, order.parameters, cancel)
    return order.estimates.of(clip, cancel)
