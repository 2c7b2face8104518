"""Timed phones from files: JSON lists of aligners, and Praat's TextGrid."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from app.core.errors import SpeechError
from app.core.speech import Phone
from app.core.visemes import AZURE_OF_PHONE

MAX_BYTES = 20_000_000
#: a few labels of a transcriber's own are left out; a file with more of them is in another alphabet
MOST_KNOWN = 0.8
_SILENCES = frozenset({"", "SIL", "SP", "SPN", "NSN", "<SIL>", "PAU", "+NSN+", "+SPN+", "#"})
_TIER = re.compile(r'class\s*=\s*"IntervalTier"\s*name\s*=\s*"([^"]*)"')
_INTERVAL = re.compile(r'xmin\s*=\s*([-+.\deE]+)\s*xmax\s*=\s*([-+.\deE]+)\s*text\s*=\s*"((?:[^"]|"")*)"')
#: keys that aligners use, ours first
_KEYS = {"symbol": ("phone", "symbol", "label"), "start": ("start", "start_s"), "end": ("end", "end_s"), "word": ("word",)}


def read_phones(path: Path) -> tuple[Phone, ...]:
    """Read timed phones.

    Args:
        path: ``.json`` (a list of objects with phone, start, end and perhaps word, times in seconds) or ``.TextGrid`` (long
            format; the tier called phones, else the first interval tier).

    Returns:
        Phones by time, silences as ``sil``.

    Raises:
        SpeechError: the file is missing, broken, or holds something else than ARPABET.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpeechError(f"{path.name} is too large for a file of phones; choose an alignment of one recording.")
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(f"The phones {path.name} cannot be read; choose a JSON or TextGrid file.") from error
    rows = _from_text_grid(text, path.name) if "IntervalTier" in text[:20_000] else _from_json(text, path.name)
    phones = [_phone(*row, path.name) for row in rows]
    known = [phone for phone in phones if phone is not None]
    if len(known) < MOST_KNOWN * len(phones):
        strange = next(row[0] for row, phone in zip(rows, phones, strict=True) if phone is None)
        raise SpeechError(f"{path.name} holds {strange!r}, which is no ARPABET phone; use an aligner that writes ARPABET, such as MFA.")
    return tuple(sorted(known, key=lambda phone: phone.start_s))


def _phone(symbol: Any, start: Any, end: Any, word: Any, name: str) -> Phone | None:
    """One checked phone, or None when its symbol is no ARPABET."""
    try:
        start_s, end_s = float(start), float(end)
    except (TypeError, ValueError) as error:
        raise SpeechError(f"{name} holds a phone without a start and end in seconds; align the recording again.") from error
    if not (0 <= start_s <= end_s < 1e5):
        raise SpeechError(f"{name} holds a phone from {start_s:g} to {end_s:g} s; align the recording again.")
    plain = str(symbol).strip().upper()
    if plain in _SILENCES:
        return Phone("sil", start_s, end_s)
    if plain.rstrip("012") not in AZURE_OF_PHONE:
        return None
    spoken = re.sub(r"\(\d+\)$", "", str(word or ""))
    return Phone(plain, start_s, end_s, "" if spoken.startswith("<") else spoken)


def _from_json(text: str, name: str) -> list[tuple[Any, Any, Any, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpeechError(f"{name} is neither JSON nor a TextGrid; choose a file of timed phones.") from error
    if isinstance(found, dict):
        found = found.get("phones")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise SpeechError(f"{name} is no list of phones; give objects with phone, start and end.")

    def value(row: dict[str, Any], wanted: str) -> Any:
        return next((row[key] for key in _KEYS[wanted] if key in row), None)

    return [(value(row, "symbol"), value(row, "start"), value(row, "end"), value(row, "word")) for row in found]


def _from_text_grid(text: str, name: str) -> list[tuple[Any, Any, Any, Any]]:
    tiers = list(_TIER.finditer(text))
    if not tiers:
        raise SpeechError(f"{name} is a TextGrid in short form; save it as a long text file.")
    chosen = next((i for i, tier in enumerate(tiers) if "phone" in tier[1].lower()), 0)
    end = tiers[chosen + 1].start() if chosen + 1 < len(tiers) else len(text)
    return [(m[3].replace('""', '"'), m[1], m[2], "") for m in _INTERVAL.finditer(text, tiers[chosen].end(), end)]
