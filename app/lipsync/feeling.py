"""Emotion keys from a voice: an ESTIMATE from prosody alone, and whether the app's own network can run here. Neither loads torch."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from app.audio.clips import resample
from app.core.cancel import CancelToken
from app.core.emotion import EmotionKey, EmotionSettings, EmotionTimeline
from app.core.errors import Cancelled
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip
from app.lipsync.source import Expression

RATE = 16000
#: sound judged at once; prosody needs a phrase
WINDOW_S = 4.0
#: distance of two estimates, and the most of them for one clip
STEP_S, MOST_STEPS = 1.0, 90
#: a change below this is not worth a key
LEAST_CHANGE = 0.02
#: emotion over time is handed to a source so often; transitions are slower by far
KEYS_PER_S = 30.0


def estimate_timeline(clip: AudioClip, cancel: CancelToken) -> EmotionTimeline:
    """Guess how a voice feels over time from pitch, pace and brightness; see models.prosody for how far that goes.

    Args:
        clip: one voice.
        cancel: asked between windows.

    Returns:
        Keys about a second apart, fewer where nothing changes.

    Raises:
        Cancelled: nobody wants the estimate any more.
    """
    from models.prosody import estimate_feeling, feeling_to_emotion

    samples = resample(clip, RATE).samples
    step_s = max(STEP_S, clip.duration_s / MOST_STEPS)
    rows = []
    for centre_s in np.arange(0.0, max(clip.duration_s, step_s), step_s):
        if cancel.is_set():
            raise Cancelled("The estimate of the emotion was cancelled.")
        first = max(int((centre_s - WINDOW_S / 2) * RATE), 0)
        rows.append(feeling_to_emotion(estimate_feeling(samples[first : int((centre_s + WINDOW_S / 2) * RATE)])))
    padded = np.concatenate([rows[:1], rows, rows[-1:]])
    smooth = np.clip(0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:], 0.0, 1.0)
    # a transition starts at its key, so that it is half done at the middle of the window that was judged
    keys = [EmotionKey(max((i - 0.5) * step_s, 0.0), tuple(row.tolist())) for i, row in enumerate(smooth)]
    kept = keys[:1]
    for key in keys[1:]:
        if np.abs(key.value - kept[-1].value).max() >= LEAST_CHANGE:
            kept.append(key)
    return EmotionTimeline(tuple(kept), transition_s=min(step_s, 2.0))


def shifted(line: EmotionTimeline, offset_s: float) -> tuple[EmotionKey, ...]:
    """The keys of an estimate, so much later: for one sentence of several."""
    return tuple(replace(key, time_s=key.time_s + offset_s) for key in line.keys)


def expression_of(settings: EmotionSettings, line: EmotionTimeline, offset_s: float, duration_s: float, seed: int = 0) -> Expression:
    """Emotion settings as the source wants them.

    Args:
        settings: what the user chose.
        line: the keys in force, set by hand or estimated.
        offset_s: where the part's sound starts on the time line of the keys.
        duration_s: how long it lasts.
        seed: of the blinks.
    """
    if settings.mode == "off":
        return Expression(blinks=settings.blinks, seed=seed)
    count = 1 if line.is_constant else int(np.ceil(duration_s * KEYS_PER_S)) + 1
    rows = line.rows(count, KEYS_PER_S, offset_s)
    return Expression([(i / KEYS_PER_S, row) for i, row in enumerate(rows)], 0.0, settings.blinks, seed)


def has_network(source: SourceSpec | str = "a2f") -> bool:
    """Whether the weights of the app's own network seem to be there; nothing is loaded.

    Args:
        source: ``a2f`` or ``a2f:light``.
    """
    models = find_spec("models")
    if models is None or not models.submodule_search_locations:
        return False
    file = f"face_{SourceSpec.parse(source).argument or 'quality'}.safetensors"
    return any((Path(folder) / "weights" / file).exists() for folder in models.submodule_search_locations)


def default_source() -> SourceSpec:
    """The source of a first start: the whole face from the voice where that can run, else visemes."""
    networks = (SourceSpec("a2f"), SourceSpec("a2f", "light"))
    return next((source for source in networks if has_network(source)), SourceSpec("visemes"))
