"""Rules about what the mouth does to the sound: closures, silence, early and late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.core.coarticulation import MouthMotion
from app.core.lips import lip_opening
from app.core.visemes import BILABIALS
from app.review.finding import Finding, Severity
from app.review.material import STEP_S, Material, runs
from app.review.thresholds import limit

_MOUTH = ("jawOpen", "mouthClose")
#: the search for the lag goes so far to both sides
_REACH_S = 0.4


def closures(material: Material) -> Iterator[Finding]:
    """Lips that do not meet on P, B and M."""
    if not material.opens:
        return
    margin = limit("closure_margin_s")
    for phone in material.phones:
        if phone.base not in BILABIALS or phone.end_s <= phone.start_s:
            continue
        part = material.opening[material.frames(phone.start_s - margin, phone.end_s + margin)]
        if not len(part) or part.min() <= limit("closure_share"):
            continue
        share = float(part.min())
        severity: Severity = "error" if share > limit("closure_error_share") else "warning"
        word = f' of "{phone.word}"' if phone.word else ""
        sentence = (
            f"The lips stay open on {phone.base}{word}: at their closest they are {100 * share:.0f} % of wide open; "
            "raise Close lips in the tuning, as the preset Firm lips does."
        )
        yield Finding(phone.start_s, phone.end_s - phone.start_s, severity, "open-lips", sentence, _MOUTH)


def _silences(material: Material) -> list[tuple[float, float]]:
    """Pauses between stretches of speech and before the first, without the time a mouth needs for opening and closing."""
    spoken = material.spoken
    starts = [material.track.start_s, *(end_s + limit("silence_tail_s") for _, end_s in spoken)]
    ends = [start_s - limit("silence_lead_s") for start_s, _ in spoken]
    pauses = zip(starts[: len(ends)], ends, strict=True)
    return [(a, b) for a, b in pauses if b > a]


def silence(material: Material) -> Iterator[Finding]:
    """A mouth that is open although nothing is said."""
    if not material.opens or not material.spoken:
        return
    for start_s, end_s in _silences(material):
        frames = material.frames(start_s, end_s)
        for a, b in runs(material.opening[frames] > limit("silence_share")):
            if (b - a) / material.track.fps >= 0.1:
                at = frames.start + a
                most = 100 * float(material.opening[at : frames.start + b].max())
                sentence = f"The mouth is {most:.0f} % open in a pause; release it faster or lower the lips' strength here."
                yield Finding(material.time_of(at), (b - a) / material.track.fps, "warning", "open-in-silence", sentence, _MOUTH)


def end(material: Material) -> Iterator[Finding]:
    """A mouth that stays open after the last word, and tracks that stop early."""
    if not material.opens or not material.spoken:
        return
    last_s = material.spoken[-1][1]
    rest = material.frames(last_s + limit("after_last_s"), material.track.end_s)
    tail = material.opening[rest]
    held = runs(tail > limit("silence_share"))
    if held:
        a, b = max(held, key=lambda run: run[1] - run[0])
        most = 100 * float(tail[a:b].max())
        at = material.time_of(rest.start + a)
        sentence = f"The mouth is {most:.0f} % open after the last word, {at - last_s:.1f} s later; set an ease-out at the end of the clip."
        yield Finding(at, (b - a) / material.track.fps, "error", "open-at-end", sentence, _MOUTH)
    elif not len(tail) and len(material.opening) and material.opening[-1] > limit("silence_share"):
        open_at_end = 100 * float(material.opening[-1])
        sentence = f"The track ends with the mouth {open_at_end:.0f} % open and would freeze so; add a silent tail or an ease-out."
        yield Finding(material.time_of(len(material.opening) - 1), 0.0, "warning", "open-at-end", sentence, _MOUTH)


def coverage(material: Material) -> Iterator[Finding]:
    """A track that ends while there is still speech."""
    if not material.spoken or not len(material.track):
        return
    missing_s = min(material.end_s, material.spoken[-1][1]) - material.track.end_s
    if missing_s > limit("short_s"):
        sentence = f"The track ends {missing_s:.2f} s before the last word does; animate the whole sound."
        yield Finding(material.track.end_s, missing_s, "error", "short", sentence)


def lag_of(curve: np.ndarray, reference: np.ndarray, step_s: float) -> tuple[float, float] | None:
    """By how much a curve trails a reference.

    Args:
        curve: (n,) on a grid of ``step_s``.
        reference: (n,) on the same grid.
        step_s: seconds.

    Returns:
        Lag in seconds (positive: the curve is late) to a fraction of a step, and the correlation there; None when one of
        them is constant or the best lag lies at the edge of what was searched.
    """
    reach = round(_REACH_S / step_s)
    inner = reference[reach : len(reference) - reach]
    if len(inner) < reach:
        return None
    fits = []
    for shift in range(-reach, reach + 1):
        part = curve[reach + shift : reach + shift + len(inner)]
        size = part.std() * inner.std()
        if size < 1e-9:
            return None
        fits.append(float(((part - part.mean()) * (inner - inner.mean())).mean() / size))
    best = int(np.argmax(fits))
    if not 0 < best < len(fits) - 1:
        return None
    before, here, after = fits[best - 1 : best + 2]
    bend = before - 2 * here + after
    fraction = 0.5 * (before - after) / bend if bend < -1e-12 else 0.0
    return (best - reach + fraction) * step_s, here


def measured_lag(material: Material) -> tuple[float, float, str] | None:
    """How late the mouth is.

    With phones, against the opening that a mouth model makes of them; else against the loudness of the sound.

    Returns:
        Lag in seconds (negative: early), correlation, and ``phones`` or ``loudness``; None when it cannot be told.
    """
    end_s = min(material.end_s, material.track.end_s)
    n = int((end_s - max(material.track.start_s, 0.0)) / STEP_S)
    if not material.opens or n * STEP_S < limit("sync_least_s") or not len(material.track):
        return None
    times_s = max(material.track.start_s, 0.0) + np.arange(n) * STEP_S
    opening = np.interp(times_s, material.track.times_s, material.opening)
    if any(not phone.is_silence for phone in material.phones):
        reference, by = lip_opening(MouthMotion(material.phones).frames(times_s)[0]).astype(np.float64), "phones"
    elif len(material.level_db):
        level = np.interp(times_s, (np.arange(len(material.level_db)) + 0.5) * STEP_S, material.level_db)
        loud = np.convolve(10 ** (np.maximum(level, -limit("quiet_db")) / 40), np.hanning(17) / np.hanning(17).sum(), "same")
        reference, by = loud, "loudness"
    else:
        return None
    found = lag_of(opening, reference, STEP_S)
    return None if found is None else (*found, by)


def sync(material: Material) -> Iterator[Finding]:
    """Motion before or after its sound, over the whole clip."""
    found = measured_lag(material)
    if found is None or found[1] < limit("sync_correlation"):
        return
    lag_s, _fit, by = found
    rule = "late" if lag_s > 0 else "early"
    size = abs(lag_s)
    doubt_s = limit("sync_loudness_doubt_s") if by == "loudness" else 0.0
    if size - doubt_s <= limit(f"sync_{rule}_warn_s"):
        return
    severity: Severity = "error" if size - doubt_s > limit(f"sync_{rule}_error_s") else "warning"
    sentence = (
        f"The mouth comes {1e3 * size:.0f} ms {'after' if lag_s > 0 else 'before'} the sound (by its {by}); "
        f"set the A/V offset to {-1e3 * lag_s:+.0f} ms."
    )
    yield Finding(max(material.track.start_s, 0.0), min(material.end_s, material.track.end_s), severity, rule, sentence, _MOUTH)
