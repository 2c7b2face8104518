"""Rules about what the mouth does to the sound: closures, silence, the end."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.visemes import BILABIALS
from app.review.finding import Finding, Severity
from app.review.material import Material, runs
from app.review.thresholds import limit
from app.review.timing_rules import measured_lag

__all__ = ["OPEN_VOWELS", "closures", "coverage", "end", "measured_lag", "silence", "vowels"]

_MOUTH = ("jawOpen", "mouthClose")
#: vowels that nobody says through closed lips
OPEN_VOWELS = frozenset({"AA", "AE", "AO", "AW", "AY"})


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


def vowels(material: Material) -> Iterator[Finding]:
    """A mouth that stays shut on an open vowel that has the time to open it."""
    if not material.opens:
        return
    margin = limit("closure_margin_s")
    for phone in material.phones:
        if phone.base not in OPEN_VOWELS or phone.end_s - phone.start_s < limit("vowel_s"):
            continue
        part = material.opening[material.frames(phone.start_s - margin, phone.end_s + margin)]
        if not len(part) or part.max() >= limit("vowel_share"):
            continue
        word = f' of "{phone.word}"' if phone.word else ""
        most = 100 * float(part.max())
        sentence = f"The mouth stays shut on {phone.base}{word}: at its widest it is {most:.0f} % of wide open; raise jawOpen here."
        yield Finding(phone.start_s, phone.end_s - phone.start_s, "warning", "shut-vowel", sentence, _MOUTH)


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
        for a, b in runs((material.opening[frames] > limit("silence_share")) & material.quiet_mouth[frames]):
            if (b - a) / material.track.fps >= limit("silence_open_s"):
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
    least = limit("silence_open_s") * material.track.fps
    held = [run for run in runs((tail > limit("silence_share")) & material.quiet_mouth[rest]) if run[1] - run[0] >= least]
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
