"""A speech whose words and phones a hand moved: what is said when, and what its sound said when it was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.core.arriving import in_order
from app.core.sampling import sampled
from app.core.speech import FACIAL_FPS, FacialFrames, Phone, Speech, VisemeEvent, Word, as_heard, heard_of, known_between
from app.core.timing.timed import Timed, timed_of
from app.core.timing.warp import Warp

#: nearer than this, times are the same
_SAME_S = 1e-9


def retimed(speech: Speech, timed: Timed, warp: Warp) -> Speech:
    """The speech with other words and phones; what came with its sound follows the warp.

    Args:
        speech: as it is; what it was before any hand stays known in it.
        timed: its words and phones from now on.
        warp: from when things were heard to when they are said then.
    """
    heard = heard_of(speech)
    original = as_heard(speech)
    if warp.is_identity and timed == timed_of(original):
        return original
    return replace(
        speech, phones=timed.phones, words=timed.words, visemes=_events(heard.visemes, warp), facial=_facial(heard.facial, warp),
        heard=replace(heard, knots=warp.knots),
    )  # fmt: skip


def warp_of(speech: Speech) -> Warp:
    """How time was moved in a speech."""
    return Warp.identity if speech.heard is None else Warp(speech.heard.knots)


def by_hand(speech: Speech | None) -> tuple[tuple[Word, ...], tuple[Phone, ...]] | None:
    """Words and phones that a hand has moved; None where none did."""
    return None if speech is None or speech.heard is None else (speech.words, speech.phones)


def parts_retimed(parts: Sequence[tuple[float, Speech]], whole: Speech, span_s: tuple[float, float]) -> tuple[tuple[float, Speech], ...]:
    """Parts of a speech after a change of the whole; those that it does not touch are the very same.

    Args:
        parts: start in seconds and speech of each.
        whole: as it is now.
        span_s: where it changed.
    """
    if len(parts) == 1:
        return ((parts[0][0], whole),)
    made = []
    ends_s = [start_s for start_s, _ in parts[1:]] + [whole.audio.duration_s + 1.0]
    for (start_s, part), end_s in zip(parts, ends_s, strict=True):
        if end_s < span_s[0] or start_s > span_s[1]:
            made.append((start_s, part))
            continue
        now = known_between(part, whole, (start_s, end_s))
        made.append((start_s, as_heard(part) if whole.heard is None else replace(now, heard=heard_of(part))))
    return tuple(made)


def _events(events: tuple[VisemeEvent, ...], warp: Warp) -> tuple[VisemeEvent, ...]:
    if not events or warp.is_identity:
        return events
    offsets_s = warp.at(np.array([event.offset_s for event in events])).tolist()
    return tuple(event if event.offset_s == at_s else replace(event, offset_s=max(at_s, 0.0))
                 for event, at_s in zip(events, offsets_s, strict=True))  # fmt: skip


def _facial(chunks: tuple[FacialFrames, ...], warp: Warp) -> tuple[FacialFrames, ...]:
    """Frames as sent, each with what was heard at its time; frames that are missing stay missing."""
    if not chunks or warp.is_identity:
        return chunks
    placed = in_order(chunks)
    places = np.concatenate([chunk.first + np.arange(len(chunk.values)) for chunk in placed])
    rows = np.concatenate([chunk.values for chunk in placed])
    heard = warp.back(places / FACIAL_FPS) * FACIAL_FPS
    moved = np.abs(heard - places) > _SAME_S * FACIAL_FPS
    if not moved.any():
        return chunks
    values = rows.copy()
    values[moved] = sampled(rows, heard[moved], places)
    ends = np.cumsum([len(chunk.values) for chunk in placed])
    return tuple(FacialFrames(values[end - len(chunk.values) : end], chunk.first) for chunk, end in zip(placed, ends, strict=True))
