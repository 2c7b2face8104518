"""How well a track's lips follow exact phones: the measures that every table of this project gives; numpy only.

The weights are turned into lip distances on one fixed head, so that tracks made for any rig are measured alike. The definitions are
those of the public scorer that these networks are compared with; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from types import MappingProxyType

import numpy as np

from models.arkit_names import ARKIT, INDEX

#: (phone, with or without a stress digit, or ``sil``; start s; end s)
Phones = Sequence[tuple[str, float, float]]
#: columns of a table, the most telling first
COLUMNS = (
    "score",
    "closure",
    "correlation",
    "lag_ms",
    "rest",
    "spurious",
    "jitter",
    "rounding",
    "labiodental",
    "open_vowel",
    "false_closure",
)

#: centimetres per weight that a shape adds to the gap between the inner lips, the mouth's width and its protrusion, on the ICT FaceKit
#: head (MIT); ``*`` is either side. Shapes that move no lip are left out.
_LIPS = {
    "jawForward": (0.1102, 0.0908, 0.4878), "jawLeft": (-0.0233, 0.0512, 0.0429), "jawRight": (-0.0233, 0.0512, 0.0429),
    "jawOpen": (2.892, -0.5698, -1.0341), "mouthClose": (-3.7202, 0.2831, 0.881), "mouthFunnel": (1.0831, -0.6827, 0.6049),
    "mouthPucker": (-0.1292, -0.9278, 0.7562), "mouthLeft": (-0.0461, -0.9375, -0.2866), "mouthRight": (-0.0461, -0.9375, -0.2866),
    "mouthSmile*": (-0.0095, 0.7065, -0.1071), "mouthFrown*": (-0.0118, 0.1888, -0.0208), "mouthDimple*": (-0.0791, 0.0843, -0.0031),
    "mouthStretch*": (-0.0178, 0.6591, -0.0762), "mouthRollLower": (-0.2459, 0.0672, -0.4364), "mouthRollUpper": (0.158, 0.3179, -0.4492),
    "mouthShrugLower": (-0.6391, 0.1393, 0.2686), "mouthShrugUpper": (0.4564, -0.0079, 0.032), "mouthPress*": (-0.109, -0.0118, 0.0213),
    "mouthLowerDown*": (0.2915, -0.003, -0.042), "mouthUpperUp*": (0.3496, 0.0178, -0.0281), "cheekPuff": (-0.0103, -0.5596, 0.8087),
    "cheekSquint*": (0.019, 0.0697, -0.0307), "noseSneer*": (0.3159, -0.0952, -0.0016),
}  # fmt: skip
#: how open a mouth usually is on a phone, relative to AA
_OPENNESS = MappingProxyType({
    "AA": 1.0, "AE": 0.95, "AY": 0.9, "AW": 0.9, "AH": 0.6, "AO": 0.75, "EH": 0.65, "EY": 0.55, "ER": 0.4, "IH": 0.4, "IY": 0.3, "OW": 0.5,
    "OY": 0.6, "UH": 0.35, "UW": 0.25, "W": 0.15, "Y": 0.25, "R": 0.3, "L": 0.35, "HH": 0.4, "N": 0.25, "NG": 0.3, "D": 0.2, "T": 0.2,
    "DH": 0.25, "TH": 0.25, "S": 0.15, "Z": 0.15, "SH": 0.2, "ZH": 0.2, "CH": 0.2, "JH": 0.2, "K": 0.3, "G": 0.3, "F": 0.08, "V": 0.08,
    "P": 0.0, "B": 0.0, "M": 0.0,
})  # fmt: skip
_SILENT_OPENNESS = 0.03
_WIDE = frozenset({"AA", "AE", "AY", "AW", "AO"})
_ROUND, _SPREAD = frozenset({"W", "UW", "OW", "SH", "CH", "JH", "ZH"}), frozenset({"IY", "EY", "IH", "S", "Z"})
_CONTACTS = frozenset({"P", "B", "M", "F", "V", "SIL"})
#: all tracks are judged at this rate
_FPS = 60.0
#: shares of the usual wide opening: lips together, lip at the teeth, clearly open
_SHUT, _TUCKED, _OPEN = 0.10, 0.35, 0.35
#: the opening that counts as nothing at all, in centimetres
_LEAST_CM = 1e-3

Segment = tuple[str, str, float, float]


def _lip_matrix() -> np.ndarray:
    """(52, 3) gap, width and protrusion in centimetres per weight."""
    matrix = np.zeros((len(ARKIT), 3))
    for name, row in _LIPS.items():
        for side in ("Left", "Right") if name.endswith("*") else ("",):
            matrix[INDEX[name.removesuffix("*") + side]] = row
    return matrix


_MATRIX = _lip_matrix()


def aperture(weights: np.ndarray) -> np.ndarray:
    """(n,) how far the lips are apart, in units of jawOpen = 1, from (n, 52) weights."""
    apart: np.ndarray = np.maximum(weights @ _MATRIX[:, 0], 0.0) / _MATRIX[INDEX["jawOpen"], 0]
    return apart


def _segments(phones: Phones) -> list[Segment]:
    """(capitals without stress, stress digit or nothing, start, end); what is no phone is silence."""
    out = []
    for symbol, start, end in phones:
        name = symbol.strip().upper()
        base, stress = (name[:-1], name[-1]) if name[-1:].isdigit() else (name, "")
        out.append((base if base in _OPENNESS else "SIL", stress, start, end))
    return out


def _frames(start_s: float, end_s: float) -> slice:
    return slice(max(int(start_s * _FPS), 0), int(np.ceil(end_s * _FPS)))


class _Judged:
    """A track beside its phones.

    Args:
        weights: (n, 52).
        fps: of the weights.
        segments: of the clip.
    """

    def __init__(self, weights: np.ndarray, fps: float, segments: list[Segment]) -> None:
        times = np.arange(len(weights)) / fps
        self.duration_s = max(segments[-1][3], times[-1])
        self.t = np.arange(0, self.duration_s, 1 / _FPS)
        lips = weights @ _MATRIX
        gap, self.width, self.protrusion = (np.interp(self.t, times, column) for column in lips.T)
        gap = np.maximum(gap, 0)
        self.gap = gap / max(float(np.percentile(gap, 95)), _LEAST_CM)
        self.segments = [s for s in segments if s[3] > s[2] and len(self.during(s))]

    def during(self, segment: Segment, pad_s: float = 0.0) -> np.ndarray:
        """The opening from ``pad_s`` before a phone until as long after it; negative pads stay inside."""
        part = _frames(segment[2] - pad_s, segment[3] + pad_s)
        near: np.ndarray = self.gap[part.start : part.stop + 1]
        return near

    def share(self, wanted: Callable[[Segment], bool], passes: Callable[[Segment], bool]) -> float | None:
        """Of the phones that are asked about, the share that passes; None when there is none."""
        found = [passes(s) for s in self.segments if wanted(s)]
        return float(np.mean(found)) if found else None

    def spurious(self) -> float | None:
        """The share of spoken frames with the lips together and no reason within 50 ms."""
        spoken, excused = np.zeros(len(self.t), bool), np.zeros(len(self.t), bool)
        for base, _, start, end in self.segments:
            spoken[_frames(start, end)] |= base != "SIL"
            if base in _CONTACTS:
                near = _frames(start - 0.05, end + 0.05)
                excused[near.start : near.stop + 1] = True
        judged = spoken & ~excused
        return float(np.mean(self.gap[judged] <= _SHUT)) if judged.any() else None

    def rounding(self) -> float | None:
        """Protrusion without width on rounded phones, above that on spread ones, in standard deviations."""

        def standard(values: np.ndarray) -> np.ndarray:
            unit: np.ndarray = (values - values.mean()) / (values.std() + 1e-9)
            return unit

        rounded = standard(standard(self.protrusion) - standard(self.width))

        def means(names: Collection[str]) -> list[float]:
            return [float(rounded[_frames(s[2], s[3]).start : _frames(s[2], s[3]).stop + 1].mean()) for s in self.segments if s[0] in names]

        forward, apart = means(_ROUND), means(_SPREAD)
        return float(np.mean(forward) - np.mean(apart)) if forward and apart else None

    def follows(self) -> tuple[float, float]:
        """The best correlation of the opening with what the phones ask for within 200 ms, and the lag in ms (positive: late)."""
        wanted = np.full(len(self.t), _SILENT_OPENNESS)
        for base, _, start, end in self.segments:
            wanted[_frames(start, end)] = _OPENNESS.get(base, _SILENT_OPENNESS)
        kernel = np.exp(-0.5 * (np.arange(-12, 13) / _FPS / 0.035) ** 2)
        wanted = np.convolve(wanted, kernel / kernel.sum(), "same")
        fine = np.arange(0, self.duration_s, 0.005)
        seen, asked = np.interp(fine, self.t, self.gap), np.interp(fine, self.t, wanted)
        found = []
        for lag in range(-40, 41):
            late, early = seen[max(lag, 0) : len(seen) + min(lag, 0)], asked[max(-lag, 0) : len(asked) - max(lag, 0)]
            found.append((float(np.corrcoef(late, early)[0, 1]) if late.std() > 1e-9 else 0.0, lag))
        best = max(found)
        return best[0], best[1] * 5.0


def _is_wide(segment: Segment) -> bool:
    base, stress, start, end = segment
    return end - start >= 0.06 and (base in _WIDE or (base in ("AH", "EH") and stress in ("", "1")))


def _score(found: dict[str, float | None]) -> float:
    """0-100: the weighted mean of what could be judged."""

    def kept(key: str, limit: Callable[[float], float]) -> float | None:
        value = found[key]
        return None if value is None else min(max(limit(value), 0.0), 1.0)

    parts = [
        (3, kept("closure", lambda v: v)),
        (1, kept("labiodental", lambda v: v)),
        (1, kept("open_vowel", lambda v: v)),
        (1, kept("false_closure", lambda v: 1 - v)),
        (2, kept("rounding", lambda v: v / 1.5)),
        (1, kept("rest", lambda v: 1 - 4 * v)),
        (1, kept("spurious", lambda v: 1 - 10 * v)),
        (3, kept("correlation", lambda v: (v - 0.3) / 0.5)),
        (1, kept("lag_ms", lambda v: 1 - (abs(v) - 20) / 80)),
    ]
    known = [(weight, value) for weight, value in parts if value is not None]
    return 100 * sum(weight * value for weight, value in known) / sum(weight for weight, _ in known)


def measures(weights: np.ndarray, phones: Phones, fps: float) -> dict[str, float | None]:
    """Judge a track.

    Args:
        weights: (n, 52) at ``fps``, at least four frames.
        phones: exact phones in order, at least one.
        fps: frames per second.

    Returns:
        COLUMNS -> value, None where a clip has nothing to judge. closure: share of P B M on which the lips meet (the opening falls to a
        tenth of the clip's 95th percentile within 25 ms of the phone); labiodental: share of F V that fall to 35 %; open_vowel: share
        of wide stressed vowels that reach 35 %; false_closure: share of vowels with the lips together throughout; spurious: share of
        spoken frames 50 ms from any lip contact or silence with the lips together; rest: mean opening in silences of 150 ms and more;
        rounding in standard deviations; correlation and lag_ms of the opening with what the phones ask for; jitter: median third
        difference of the opening; score: 0-100, all of them weighted.
    """
    track = _Judged(weights, fps, _segments(phones))
    rests = [float(track.during(s, -0.04).mean()) for s in track.segments if s[0] == "SIL" and s[3] - s[2] >= 0.15]
    correlation, lag_ms = track.follows()
    found: dict[str, float | None] = {
        "closure": track.share(lambda s: s[0] in "PBM", lambda s: track.during(s, 0.025).min() <= _SHUT),
        "labiodental": track.share(lambda s: s[0] in "FV", lambda s: track.during(s, 0.025).min() <= _TUCKED),
        "open_vowel": track.share(_is_wide, lambda s: track.during(s).max() >= _OPEN),
        "false_closure": track.share(lambda s: s[0][0] in "AEIOU" and s[3] - s[2] >= 0.06, lambda s: track.during(s).max() <= _SHUT),
        "spurious": track.spurious(),
        "rest": float(np.mean(rests)) if rests else None,
        "rounding": track.rounding(),
        "correlation": correlation,
        "lag_ms": lag_ms,
        "jitter": float(np.median(np.abs(np.diff(track.gap, 3)))),
    }
    found["score"] = _score(found)
    return {key: found[key] for key in COLUMNS}


def mean_measures(rows: Sequence[dict[str, float | None]]) -> dict[str, float]:
    """The mean of several clips' measures, of those that could be judged, and ``lowest``: the score of the worst clip."""
    means = {key: float(np.mean(known)) for key in COLUMNS if (known := [v for row in rows if (v := row[key]) is not None])}
    return means | {"lowest": min(score for row in rows if (score := row["score"]) is not None)}
