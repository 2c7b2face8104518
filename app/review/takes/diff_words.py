"""How the sound of two takes differs, and what is said in it when."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from app.core.speech import AudioClip, Phone, Speech, Word
from app.review.takes.change import Area, Change

#: shorter moves of a boundary are rounding
LEAST_MS = 1.0
#: quieter than any sound, in dB of full scale
SILENCE_DB = -120.0
#: what a sentence names one by one
MOST_NAMED = 4

#: name, start and end in seconds
_Timed = tuple[str, float, float]


def sound_changes(a: AudioClip, b: AudioClip) -> list[Change]:
    """Changes of the sound: its length, its level, and where it first differs."""
    if a.digest == b.digest:
        return []
    figures: dict[str, Any] = {
        "before_s": round(a.duration_s, 6), "after_s": round(b.duration_s, 6), "before_db": _level(a), "after_db": _level(b),
        "before_digest": a.digest, "after_digest": b.digest,
    }  # fmt: skip
    words = []
    by_ms = 1e3 * (b.duration_s - a.duration_s)
    if abs(by_ms) >= LEAST_MS:
        words.append(f"{abs(by_ms):.0f} ms {'longer' if by_ms > 0 else 'shorter'} ({a.duration_s:.2f} → {b.duration_s:.2f} s)")
    if a.rate != b.rate:
        words.append(f"at {b.rate} instead of {a.rate} Hz")
    if abs(figures["after_db"] - figures["before_db"]) >= 0.1:
        words.append(f"{figures['before_db']:.1f} → {figures['after_db']:.1f} dB")
    start_s = None
    if a.rate == b.rate:
        n = min(len(a.samples), len(b.samples))
        differs = np.flatnonzero(a.samples[:n] != b.samples[:n])
        start_s = float(differs[0] if len(differs) else n) / a.rate
        words.append(f"different from {start_s:.2f} s on")
    return [Change("sound", f"Another sound: {', '.join(words) or 'other samples'}.", start_s=start_s, figures=figures)]


def speech_changes(a: Speech, b: Speech) -> list[Change]:
    """Changes of text, words and phones."""
    changes = []
    if a.text.strip() != b.text.strip():
        changes.append(Change("words", f"The text is {_quoted(b.text)} instead of {_quoted(a.text)}.", "", "text", a.text, b.text))
    changes += _timed("words", words_of(a), words_of(b))
    return changes + _timed("phones", _phones(a.phones), _phones(b.phones))


def words_of(speech: Speech) -> list[_Timed]:
    """Timed words: the service's, else those that the phones belong to."""
    if speech.words:
        return [(word.text, word.start_s, word.end_s) for word in speech.words]
    words: list[Word] = []
    before = ""
    for phone in speech.phones:
        if phone.word and phone.word == before:
            words[-1] = Word(phone.word, words[-1].start_s, phone.end_s)
        elif phone.word:
            words.append(Word(phone.word, phone.start_s, phone.end_s))
        before = phone.word
    return [(word.text, word.start_s, word.end_s) for word in words]


def _phones(phones: Sequence[Phone]) -> list[_Timed]:
    return [(phone.symbol, phone.start_s, phone.end_s) for phone in phones if not phone.is_silence]


def _timed(area: Area, a: list[_Timed], b: list[_Timed]) -> list[Change]:
    """Added, removed and moved, each as one change with all of its members in the figures."""
    removed: list[_Timed] = []
    added: list[_Timed] = []
    moved: list[tuple[_Timed, _Timed]] = []
    for kind, low_a, high_a, low_b, high_b in SequenceMatcher(None, [x[0] for x in a], [x[0] for x in b], autojunk=False).get_opcodes():
        if kind == "equal":
            pairs = zip(a[low_a:high_a], b[low_b:high_b], strict=True)
            moved += [(x, y) for x, y in pairs if max(abs(x[1] - y[1]), abs(x[2] - y[2])) * 1e3 >= LEAST_MS]
        else:
            removed += a[low_a:high_a]
            added += b[low_b:high_b]
    changes = [_listed(area, "removed", removed)] if removed else []
    changes += [_listed(area, "added", added)] if added else []
    return changes + ([_moved(area, moved)] if moved else [])


def _counted(area: Area, n: int) -> str:
    return f"{n} {area if n != 1 else area[:-1]}"


def _listed(area: Area, how: str, rows: list[_Timed]) -> Change:
    named = ", ".join(f"{name} at {start:.2f} s" for name, start, _ in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    members = [{"name": name, "start_s": round(start, 4), "end_s": round(end, 4)} for name, start, end in rows]
    words = f"{_counted(area, len(rows)).capitalize()} {how}: {named}{more}."
    return Change(area, words, "", how, start_s=rows[0][1], end_s=rows[-1][2], figures={"members": members})


def _moved(area: Area, rows: list[tuple[_Timed, _Timed]]) -> Change:
    by_ms = [1e3 * max((y[1] - x[1], y[2] - x[2]), key=abs) for x, y in rows]
    most = max(range(len(rows)), key=lambda k: abs(by_ms[k]))
    name, start_s, _ = rows[most][0]
    words = f"{name} at {start_s:.2f} s moved by {by_ms[most]:+.0f} ms."
    if len(rows) > 1:
        mean_ms = float(np.mean(np.abs(by_ms)))
        words = f"{_counted(area, len(rows))} moved, by {mean_ms:.0f} ms on average; {name} at {start_s:.2f} s by {by_ms[most]:+.0f} ms."
    members = [
        {"name": x[0], "start_s": round(x[1], 4), "start_ms": round(1e3 * (y[1] - x[1]), 2), "end_ms": round(1e3 * (y[2] - x[2]), 2)}
        for x, y in rows
    ]
    return Change(area, words, "", "moved", start_s=rows[0][0][1], end_s=rows[-1][0][2], figures={"members": members})


def _level(clip: AudioClip) -> float:
    """Root mean square in dB of full scale."""
    power = float(np.mean(np.square(clip.samples, dtype=np.float64))) if len(clip.samples) else 0.0
    return round(max(10 * np.log10(power), SILENCE_DB), 2) if power > 0 else SILENCE_DB


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:60]}{'…' if len(words) > 60 else ''}”" if words else "not known"
