"""Simple measures of a track against exact phones, for machines without the shared scorer; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arkit_names import INDEX

#: (phone or ``sil``, start s, end s)
Phones = Sequence[tuple[str, float, float]]
#: how far shapes part the lips relative to jawOpen, from the lip distances of one head (ICT FaceKit, MIT)
_PARTING = {"jawOpen": 1.0, "mouthClose": -1.29, "mouthFunnel": 0.37, "mouthLowerDownLeft": 0.1, "mouthLowerDownRight": 0.1,
            "mouthUpperUpLeft": 0.12, "mouthUpperUpRight": 0.12, "mouthShrugLower": -0.22, "mouthShrugUpper": 0.16, "mouthRollLower": -0.08,
            "mouthPressLeft": -0.04, "mouthPressRight": -0.04, "mouthPucker": -0.04}  # fmt: skip


def aperture(weights: np.ndarray) -> np.ndarray:
    """(n,) how far the lips are apart, in units of jawOpen, from (n, 52) weights."""
    return np.maximum(sum(weights[:, INDEX[name]] * factor for name, factor in _PARTING.items()), 0.0)


def measures(weights: np.ndarray, phones: Phones, fps: float, wanted: np.ndarray | None = None) -> dict[str, float]:
    """Judge a track.

    Args:
        weights: (n, 52) at ``fps``.
        phones: exact phones without stress digits.
        fps: frames per second.
        wanted: (n, 52) the teacher's weights, for the correlation.

    Returns:
        closure: share of P B M with the lips together (at most a tenth of the usual opening) within 25 ms of the phone;
        spurious: share of frames of other phones, 50 ms from any lip contact or silence, with the lips together;
        rest: mean opening in silences of 150 ms and more, relative to the usual opening;
        correlation and lag_ms: of the opening with the teacher's, at the best shift within 100 ms (positive: late).
    """
    gap = aperture(weights)
    gap = gap / max(float(np.percentile(gap, 95)), 1e-3) if len(gap) else gap
    cut = lambda start, end: gap[max(int(start * fps), 0) : int(np.ceil(end * fps)) + 1]  # noqa: E731
    contacts = [cut(s - 0.025, e + 0.025).min() <= 0.1 for p, s, e in phones if p in ("P", "B", "M") and len(cut(s, e))]
    rests = [cut(s + 0.04, e - 0.04).mean() for p, s, e in phones if p == "sil" and e - s >= 0.15 and len(cut(s + 0.04, e - 0.04))]
    t = np.arange(len(gap)) / fps
    judged = np.zeros(len(gap), bool)
    for phone, start, end in phones:
        judged[(t >= start) & (t < end)] = phone != "sil"
    for phone, start, end in phones:
        if phone in ("P", "B", "M", "F", "V", "sil"):
            judged[(t >= start - 0.05) & (t <= end + 0.05)] = False
    out = {"closure": float(np.mean(contacts)) if contacts else 1.0, "rest": float(np.mean(rests)) if rests else 0.0,
           "spurious": float(np.mean(gap[judged] <= 0.1)) if judged.any() else 0.0}  # fmt: skip
    if wanted is not None:
        out["correlation"], out["lag_ms"] = _best_shift(gap, aperture(wanted)[: len(gap)], fps)
    return out


def _best_shift(gap: np.ndarray, wanted: np.ndarray, fps: float) -> tuple[float, float]:
    """The best Pearson correlation and at how many milliseconds it is reached."""
    reach = int(0.1 * fps)
    size = len(wanted)
    found = []
    for lag in range(-reach, reach + 1):
        late, early = gap[max(lag, 0) : size + min(lag, 0)], wanted[max(-lag, 0) : size - max(lag, 0)]
        if len(late) > 2 and late.std() > 1e-6 and early.std() > 1e-6:
            found.append((float(np.corrcoef(late, early)[0, 1]), 1000 * lag / fps))
    return max(found, default=(0.0, 0.0))
