"""Rules about when the mouth moves: early, late, at another speed, or to another sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from app.review import alignment
from app.review.alignment import STEP_S, Fit
from app.review.finding import Finding, Severity
from app.review.material import Material
from app.review.thresholds import limit

_MOUTH = ("jawOpen", "mouthClose")
#: rates that tracks are made at and read as; 24 read as 25 runs at 25/24 of the sound's speed
_RATES = (12.0, 15.0, 20.0, 24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 48.0, 50.0, 60000 / 1001, 60.0)


def _level(material: Material, times_s: np.ndarray) -> np.ndarray:
    """(n,) smooth loudness, where nothing better is known of the sound."""
    level = np.interp(times_s, (np.arange(len(material.level_db)) + 0.5) * STEP_S, material.level_db)
    return np.convolve(10 ** (np.maximum(level, -limit("quiet_db")) / 40), np.hanning(17) / np.hanning(17).sum(), "same")


def measured_lag(material: Material) -> tuple[float, float, str] | None:
    """How late the mouth is.

    With phones, against the mouth that the viseme model makes of them; else against the motion that the network hears; else, where it
    cannot run or hears no speech, against loudness.

    Returns:
        Lag in seconds (negative: early), correlation, and ``phones``, ``hearing`` or ``loudness``; None when it cannot be told.
    """
    known = material.reference
    if not material.opens or material.overlap[1] * STEP_S < limit("sync_least_s"):
        return None
    by_loudness = _loudness_lag(material)
    if known is None:
        return by_loudness
    found = alignment.best_of(material.fits)
    # a hum or an instrument: what is heard in it is no speech, but its loudness may well be what the mouth follows
    strange = known[1] == "hearing" and found.correlation < limit("sync_correlation")
    if strange and by_loudness is not None and by_loudness[1] >= limit("sync_loudness_correlation"):
        return by_loudness
    return found.lag_s, found.correlation, known[1]


def _loudness_lag(material: Material) -> tuple[float, float, str] | None:
    """How late the gap is against loudness; None without sound, or where the best shift lies at the edge of what is searched."""
    start_s, n = material.overlap
    if not len(material.level_db):
        return None
    gap = alignment.laid_out(material.track, start_s, n)[:1]
    loud = _level(material, start_s + np.arange(n) * STEP_S)[None]
    fits = alignment.correlations(np.repeat(gap, 3, 0), np.repeat(loud, 3, 0), limit("sync_loudness_reach_s"))
    at_edge = int(np.argmax(fits)) in (0, len(fits) - 1)
    found = alignment.best_of(fits)
    return None if at_edge else (found.lag_s, found.correlation, "loudness")


def sync(material: Material) -> Iterator[Finding]:
    """Motion before or after its sound, over the whole clip."""
    found = measured_lag(material)
    if found is None:
        return
    lag_s, fit, by = found
    if fit < limit("sync_loudness_correlation" if by == "loudness" else "sync_correlation"):
        return
    rule = "late" if lag_s > 0 else "early"
    size, doubt_s = abs(lag_s), {"phones": 0.0, "hearing": limit("sync_doubt_s"), "loudness": limit("sync_loudness_doubt_s")}[by]
    if size - doubt_s <= limit(f"sync_{rule}_warn_s"):
        return
    severity: Severity = "error" if size - doubt_s > limit(f"sync_{rule}_error_s") else "warning"
    sentence = (
        f"The mouth comes {1e3 * size:.0f} ms {'after' if lag_s > 0 else 'before'} the sound (by {_WITNESS[by]}); "
        f"set the A/V offset to {-1e3 * lag_s:+.0f} ms."
    )
    yield Finding(max(material.track.start_s, 0.0), min(material.end_s, material.track.end_s), severity, rule, sentence, _MOUTH)


_WITNESS = {"phones": "its phones", "hearing": "what is heard in it", "loudness": "its loudness alone, which is no sure witness"}


def rate(material: Material) -> Iterator[Finding]:
    """A track that runs faster or slower than its sound."""
    known = material.reference
    n = int(material.end_s / STEP_S)
    if known is None or not material.opens or n * STEP_S < limit("rate_least_s"):
        return
    reference = alignment.laid_out(known[0], 0.0, n)
    as_is = alignment.best_of(alignment.correlations(alignment.laid_out(material.track, 0.0, n), reference))
    factor, fit = alignment.best_speed(material.track, reference, as_is)
    if not _convinces(material, as_is, factor, fit, min(n * STEP_S, alignment.SCAN_S)):
        slope = None if n * STEP_S <= alignment.SCAN_S else _drift(material, reference)
        if slope is None:
            return
        factor = 1.0 + slope
    length = material.track.duration_s / material.end_s
    # a track that is as long as its sound once it runs right tells the speed to a frame
    yield _rate_finding(material, 1.0 / (length if abs(length / factor - 1.0) < limit("rate_length") else factor))


def _convinces(material: Material, as_is: Fit, factor: float, fit: Fit, seconds: float) -> bool:
    """Whether another speed explains the track so much better that it must be meant."""
    gain, moved_s = fit.correlation - as_is.correlation, abs(factor - 1.0) * seconds
    if fit.correlation < limit("rate_correlation"):
        return False
    if gain > limit("rate_gain") and moved_s > limit("rate_moved_s"):
        return True
    # the track is as long as its sound once it runs at that speed: a second witness
    length = material.track.duration_s / max(material.end_s, 1e-9)
    fits_length = abs(length / factor - 1.0) < limit("rate_length") < abs(length - 1.0) / 1.5
    return fits_length and gain > limit("rate_gain") / 2 and moved_s > limit("rate_moved_s") / 2


def _drift(material: Material, reference: np.ndarray) -> float | None:
    """Lag per second of a long clip, where it adds up to something."""
    mouth = alignment.laid_out(material.track, 0.0, reference.shape[1])
    slope = alignment.drift_of(mouth, reference, limit("sync_correlation"))
    return None if slope is None or abs(slope) * reference.shape[1] * STEP_S < limit("rate_moved_s") else slope


def _rate_finding(material: Material, speed: float) -> Finding:
    """One sentence about a track that runs at ``speed`` times the speed of its sound."""
    fps = material.track.fps
    pairs = [(made, read) for made in _RATES for read in _RATES if made != read and abs(read / made / speed - 1.0) < limit("rate_ratio")]
    name = f"{100 * speed:.1f} %"
    if pairs:
        # of the pairs that explain the speed: read at the track's own rate, then in whole frames, then the nearest
        made, read = min(pairs, key=lambda p: (abs(p[1] - fps) > 0.01, sum(r % 1 > 0 for r in p), abs(p[1] / p[0] / speed - 1.0)))
        ratio = Fraction(read / made).limit_denominator(1001)
        name, speed = f"{ratio.numerator}/{ratio.denominator}", read / made
    sentence = (
        f"The track runs at {name} of the sound's speed: it was made at {_rounded(fps / speed)} frames per second and is read as "
        f"{_rounded(fps)}; read it again with that rate (--in-fps {_rounded(fps / speed)})."
    )
    return Finding(max(material.track.start_s, 0.0), material.track.duration_s, "error", "rate", sentence, _MOUTH)


def _rounded(fps: float) -> str:
    """A rate as people write it."""
    return f"{fps:.3f}".rstrip("0").rstrip(".")


def unrelated(material: Material) -> Iterator[Finding]:
    """Motion that belongs to another sound."""
    known = material.reference
    if known is None or not material.opens or material.overlap[1] * STEP_S < limit("rate_least_s"):
        return
    fits, by_loudness = material.fits, _loudness_lag(material)
    if by_loudness is not None and by_loudness[1] >= limit("sync_loudness_correlation"):
        return
    if float(fits.max()) < limit("follows_anywhere") and float(fits[_near(fits)].max()) < limit("follows"):
        sentence = "The motion does not follow the sound: it is of another line, or runs backwards; check which files belong together."
        yield Finding(max(material.track.start_s, 0.0), material.track.duration_s, "error", "unrelated", sentence, _MOUTH)


def _near(fits: np.ndarray) -> slice:
    middle, reach = len(fits) // 2, round(limit("follows_reach_s") / STEP_S)
    return slice(middle - reach, middle + reach + 1)
