"""What a text says is felt: stretches of time that stand in the place of emotion keys."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from app.core.emotion import EmotionSettings, EmotionTimeline, mixture
from app.core.marks.placing import PlacedMark


@dataclass(frozen=True)
class Felt:
    """An emotion for a stretch of time.

    Attributes:
        start_s: where it begins.
        end_s: where it ends.
        strengths: emotion -> 0 to 1; empty for neutral.
    """

    start_s: float
    end_s: float
    strengths: tuple[tuple[str, float], ...] = field(default=())


def felt_of(marks: Sequence[PlacedMark]) -> tuple[Felt, ...]:
    """The emotions among some marks.

    Args:
        marks: in time.
    """
    return tuple(
        Felt(each.start_s, each.end_s, tuple((name, share * each.mark.strength) for name, share in each.mark.feelings))
        for each in marks
        if each.mark.known.kind == "emotion" and each.end_s > each.start_s
    )


def felt_from(felt: Sequence[Felt], start_s: float) -> tuple[Felt, ...]:
    """Emotions on the time line of a part that starts so much later; those that are over by then are left out."""
    moved = (replace(each, start_s=max(each.start_s - start_s, 0.0), end_s=each.end_s - start_s) for each in felt)
    return tuple(each for each in moved if each.end_s > 0)


def with_felt(line: EmotionTimeline, felt: Sequence[Felt]) -> EmotionTimeline:
    """Emotion keys with what a text says is felt, which stands in their place as long as it lasts.

    Args:
        line: set by hand or estimated.
        felt: may lie in one another; the one that began last counts.
    """
    if not felt:
        return line

    starts = sorted(reversed(felt), key=lambda each: (each.start_s, -each.end_s))
    begun = [each.start_s for each in starts]
    #: up to each, the end of the longest: what began before that is over there
    ends = list(accumulate((each.end_s for each in starts), max))

    def at(t: float) -> Felt | None:
        for i in range(bisect_right(begun, t) - 1, -1, -1):
            if ends[i] <= t:
                return None
            if t < starts[i].end_s:
                return starts[i]
        return None

    keys = {round(key.time_s, 4): key for key in line.keys if at(key.time_s) is None}
    for edge_s in sorted({0.0, *(each.start_s for each in felt), *(each.end_s for each in felt)}):
        now = at(edge_s)
        # a mixture of the marks, or what the keys say where they hold again
        key = replace(line.keys[line.governing(edge_s)], time_s=edge_s) if now is None else mixture(dict(now.strengths), edge_s)
        keys[round(edge_s, 4)] = key
    return replace(line, keys=tuple(keys.values()))


def settings_with_felt(settings: EmotionSettings, felt: Sequence[Felt]) -> EmotionSettings:
    """Emotion settings with what a text says is felt among their keys; where nothing else is to be felt, that is.

    Args:
        settings: what the user chose; in the automatic mode they stay, for their keys are found in the voice.
        felt: on the same time line.
    """
    if not felt or settings.mode == "auto":
        return settings
    line = EmotionTimeline() if settings.mode == "off" else settings.timeline
    return replace(settings, mode="manual", timeline=with_felt(line, felt))
