"""One cause, one finding: what follows from a gross mistake is not said again, and percent are read as such before anything is judged."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.core.track import BlendshapeTrack
from app.review.finding import Finding
from app.review.thresholds import limit

_MOUTH_TO_SOUND = frozenset({"open-lips", "shut-vowel", "open-in-silence", "open-at-end", "short"})
#: rule -> rules whose findings are its consequences
_FOLLOWS = {
    "rate": _MOUTH_TO_SOUND | {"early", "late", "pop", "viseme-pop", "jitter", "unrelated"},
    "unrelated": _MOUTH_TO_SOUND | {"early", "late"},
}


def percent(track: BlendshapeTrack) -> tuple[BlendshapeTrack, Finding | None]:
    """Weights that were written from 0 to 100.

    Args:
        track: the 52 channels.

    Returns:
        The track to judge, and what to say about it.
    """
    weights = track.weights
    most = float(weights.max()) if weights.size else 0.0
    moving = weights[np.abs(weights) > limit("percent_still")]
    if most < limit("percent_most") or float(np.median(moving)) < 1.0:
        return track, None
    channels = tuple(ARKIT_CHANNELS[i] for i in np.argsort(-weights.max(axis=0))[:4])
    sentence = f"The values go up to {most:.0f}: they are percent, not shares of 1; divide all of them by 100 (tuning: intensity 0.01)."
    finding = Finding(track.start_s, track.duration_s, "error", "percent", sentence, channels)
    return track.with_weights(weights / 100.0), finding


def without_consequences(findings: list[Finding]) -> list[Finding]:
    """Leave out what a gross mistake among the findings explains.

    A clip that is far early or late explains lips that are open on their phones, in pauses and at the end.
    """
    hidden: set[str] = set()
    for finding in findings:
        hidden |= _FOLLOWS.get(finding.rule, frozenset())
        if finding.rule in ("early", "late") and finding.severity == "error":
            hidden |= _MOUTH_TO_SOUND
    return [finding for finding in findings if finding.rule not in hidden]
