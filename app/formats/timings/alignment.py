"""Alignments from files: timed phones with their words, of one speaker or several; and words alone, from subtitles."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.core.errors import SpeechError, TrackError
from app.core.foreign import parsed_json
from app.core.speech import Phone, Word, words_of_phones
from app.formats.cues import papagayo
from app.formats.cues.entries import DIALECTS as CUE_DIALECTS
from app.formats.timings import subtitles, text_grid
from app.formats.timings.phone_alphabets import is_silence, translated
from app.formats.timings.text_grid import Tier

MAX_BYTES = 20_000_000
#: a few labels of a transcriber's own are left out; a file with more of them is in another alphabet
MOST_KNOWN = 0.8
#: keys that aligners use, ours first
_KEYS = {"symbol": ("phone", "symbol", "label"), "start": ("start", "start_s"), "end": ("end", "end_s"), "word": ("word",)}
_PHONE_TIER = re.compile(r"phone|phon\b|segment|\bmau\b|^mau$", re.IGNORECASE)
_WORD_TIER = re.compile(r"word|\bort", re.IGNORECASE)
_SPEAKER = re.compile(r"^(.*?)[\s_:/-]*(?:phones?|phonemes?|words?|segments?)[\s_]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Alignment:
    """What an alignment file says.

    Attributes:
        phones: by time, silences as ``sil``; () for a file of words.
        speakers: names of the speakers that the file tells apart; empty for one.
        notes: sentences for the user, such as whose phones were left out.
        words: timed words by time, where the file times them.
        lines: timed lines of text, of subtitles.
        phones_stand_for: the mouth shapes that the phones stand for, "" where they are a transcription.
    """

    phones: tuple[Phone, ...]
    speakers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    lines: tuple[Word, ...] = ()
    phones_stand_for: str = ""

    @property
    def exact_phones(self) -> tuple[Phone, ...]:
        """The phones, () where they only stand for mouth shapes."""
        return () if self.phones_stand_for else self.phones

    @property
    def text(self) -> str:
        """What is said, "" when the file holds no words."""
        return " ".join(word.text for word in self.lines or self.words)


def read_alignment(path: Path, speaker: str | None = None) -> Alignment:
    """Read timed phones or words.

    Args:
        path: JSON (a list of objects with phone, start, end and perhaps word, times in seconds) or a TextGrid, long or short; its
            tiers of phones are found by name, else by content, and get their words from the tier of words. SubRip and WebVTT
            give words or lines without phones; Papagayo's projects and lists of mouth cues give words and coarse phones.
        speaker: whose phones to take where there are several; None takes all while they do not speak at once.

    Raises:
        SpeechError: the file is missing, broken, holds something else than ARPABET or IPA, or no such speaker.
    """
    text = alignment_text(path, f"The phones {path.name} cannot be read; choose a TextGrid, JSON, SRT or VTT file.")
    return alignment_of(text, path.name, speaker)


def alignment_text(path: Path, unreadable: str) -> str:
    """The text of a file, UTF-8 or UTF-16, line ends as ``\\n``.

    Args:
        path: of the file.
        unreadable: the sentence for one that cannot be read.

    Raises:
        SpeechError: it cannot be read, or is too large for one recording.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpeechError(f"{path.name} is too large for a file of words and phones; choose the one of this recording.")
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(unreadable) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def alignment_of(text: str, name: str, speaker: str | None = None) -> Alignment:
    """An alignment from the text of its file, line ends as ``\\n``; arguments and refusals as of ``read_alignment``."""
    if text_grid.looks_like(text):
        return _from_tiers(text_grid.read_tiers(text, name), name, speaker)
    if subtitles.looks_like(text):
        return _from_subtitles(text, name)
    found = _from_cues(text, name, speaker)
    if found is not None:
        return found
    phones = _phones(_from_json(text, name), name)
    return Alignment(phones, words=words_of_phones(phones))


def _from_subtitles(text: str, name: str) -> Alignment:
    read = subtitles.read_subtitles(text)
    if not read.lines:
        raise SpeechError(f"{name} holds subtitles without text; export them again.")
    return Alignment((), words=read.words, lines=read.lines)


def _from_cues(text: str, name: str, speaker: str | None) -> Alignment | None:
    """The phones of mouth shapes, or None where a text is no list of them."""
    data = text.encode()
    try:
        if papagayo.looks_like(data):
            cues, _ = papagayo.cues_of_project(text, name, voice=speaker)
            phones, words, stand_for, notes = cues.phones, cues.words, cues.stand_for, cues.notes
        else:
            dialect = next((each for each in CUE_DIALECTS if each.looks_like and each.read and each.looks_like(data)), None)
            if dialect is None or dialect.read is None:
                return None
            file = dialect.read(data, name, None)
            phones, words, stand_for, notes = file.phones, file.words, file.phones_stand_for, ()
    except TrackError as error:
        raise SpeechError(str(error)) from error
    if not phones:
        raise SpeechError(f"{name} holds weights and no phones; choose an alignment of the recording.")
    coarse = f"{name} holds mouth shapes ({stand_for}): its phones are coarse, and only closures and openings count."
    return Alignment(phones, (), (*notes, coarse) if stand_for else notes, words, phones_stand_for=stand_for)


def _phones(rows: Sequence[tuple[Any, Any, Any, Any]], name: str) -> tuple[Phone, ...]:
    """Checked phones of rows of symbol, start, end and word."""
    symbols = translated([str(symbol) for symbol, *_ in rows])
    phones = [_phone(known, row, name) for known, row in zip(symbols, rows, strict=True)]
    kept = [phone for phone in phones if phone is not None]
    if len(kept) < MOST_KNOWN * len(phones):
        strange = next(row[0] for row, phone in zip(rows, phones, strict=True) if phone is None)
        raise SpeechError(f"{name} holds {strange!r}, which is neither ARPABET nor IPA; use an aligner that writes one of them.")
    return tuple(sorted(kept, key=lambda phone: phone.start_s))


def _phone(symbol: str | None, row: tuple[Any, Any, Any, Any], name: str) -> Phone | None:
    try:
        start_s, end_s = float(row[1]), float(row[2])
    except (TypeError, ValueError, OverflowError) as error:
        raise SpeechError(f"{name} holds a phone without a start and end in seconds; align the recording again.") from error
    if not (0 <= start_s <= end_s < 1e5):
        raise SpeechError(f"{name} holds a phone from {start_s:g} to {end_s:g} s; align the recording again.")
    if symbol is None or symbol == "sil":
        return None if symbol is None else Phone("sil", start_s, end_s)
    spoken = re.sub(r"\(\d+\)$", "", str(row[3] or ""))
    return Phone(symbol, start_s, end_s, "" if spoken.startswith("<") else spoken)


def _from_json(text: str, name: str) -> list[tuple[Any, Any, Any, Any]]:
    try:
        found = parsed_json(text)
    except (ValueError, RecursionError) as error:
        raise SpeechError(f"{name} is neither JSON nor a TextGrid; choose a file of timed phones.") from error
    if isinstance(found, dict):
        found = found.get("phones")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise SpeechError(f"{name} is no list of phones; give objects with phone, start and end.")

    def value(row: dict[str, Any], wanted: str) -> Any:
        return next((row[key] for key in _KEYS[wanted] if key in row), None)

    return [(value(row, "symbol"), value(row, "start"), value(row, "end"), value(row, "word")) for row in found]


# -- TextGrids


def _speaker_of(tier: Tier) -> str:
    match = _SPEAKER.match(tier.name.strip())
    return match[1].strip() if match else ""


def _holds_phones(tier: Tier) -> bool:
    spoken = [label for label, _, _ in tier.rows if not is_silence(label)]
    known = sum(symbol is not None for symbol in translated(spoken))
    return bool(spoken) and known >= MOST_KNOWN * len(spoken)


def _phone_tiers(tiers: Sequence[Tier]) -> list[Tier]:
    """The tiers of phones: by name, else those whose labels are phones, else the first."""
    named = [tier for tier in tiers if _PHONE_TIER.search(tier.name)]
    return named or [tier for tier in tiers if not _WORD_TIER.search(tier.name) and _holds_phones(tier)][:1] or list(tiers[:1])


def _with_words(phones: tuple[Phone, ...], words: Tier | None) -> tuple[Phone, ...]:
    """Phones with the word in whose interval their middle lies."""
    rows = [] if words is None else [row for row in words.rows if not is_silence(row[0])]
    out, at = [], 0
    for phone in phones:
        middle_s = (phone.start_s + phone.end_s) / 2
        while at < len(rows) and rows[at][2] <= middle_s:
            at += 1
        inside = at < len(rows) and rows[at][1] <= middle_s and not phone.is_silence
        out.append(replace(phone, word=rows[at][0].strip()) if inside and not phone.word else phone)
    return tuple(out)


def _from_tiers(tiers: Sequence[Tier], name: str, speaker: str | None) -> Alignment:
    found: dict[str, tuple[Phone, ...]] = {}
    spoken: dict[str, tuple[Word, ...]] = {}
    for tier in _phone_tiers(tiers):
        who = _speaker_of(tier)
        words = next((t for t in tiers if _WORD_TIER.search(t.name) and _speaker_of(t) == who and t is not tier), None)
        phones = _with_words(_phones([(label, start, end, "") for label, start, end in tier.rows], name), words)
        if who not in found and (phones or len(tiers) == 1):
            found[who] = phones
            spoken[who] = words_of_phones(phones) if words is None else _words(words)
    speakers = tuple(found) if len(found) > 1 else ()
    if speaker is not None:
        match = next((who for who in found if who.lower() == speaker.lower()), None)
        if match is None:
            known = ", ".join(who or "(without a name)" for who in found)
            raise SpeechError(f"{name} has no speaker {speaker!r}; its speakers are {known}.")
        return Alignment(found[match], speakers, words=spoken[match])
    if not speakers:
        who = next(iter(found), "")
        return Alignment(found.get(who, ()), words=spoken.get(who, ()))
    return _all_speakers(found, spoken, speakers)


def _words(tier: Tier) -> tuple[Word, ...]:
    return tuple(Word(label.strip(), start, end) for label, start, end in tier.rows if not is_silence(label) and not label.startswith("<"))


def _all_speakers(found: dict[str, tuple[Phone, ...]], words: dict[str, tuple[Word, ...]], speakers: tuple[str, ...]) -> Alignment:
    """Everybody's phones on one time line while they take turns, else the first speaker's."""
    spoken = sorted((p for phones in found.values() for p in phones if not p.is_silence), key=lambda p: p.start_s)
    if all(later.start_s >= before.end_s - 1e-3 for before, later in itertools.pairwise(spoken)):
        note = f"The phones of {' and '.join(speakers)} were taken together, as they take turns."
        every = tuple(sorted((word for said in words.values() for word in said), key=lambda word: word.start_s))
        return Alignment(_joined(spoken, found), speakers, (note,), every)
    left = ", ".join(f"{who} ({sum(not p.is_silence for p in found[who])} phones)" for who in speakers[1:])
    note = f"{' and '.join(speakers)} speak at once: the phones are {speakers[0]}'s; left out: {left}. Choose with --speaker."
    return Alignment(found[speakers[0]], speakers, (note,), words[speakers[0]])


def _joined(spoken: Sequence[Phone], found: dict[str, tuple[Phone, ...]]) -> tuple[Phone, ...]:
    """Spoken phones with silence where nobody speaks."""
    out: list[Phone] = []
    end_s = min((p.start_s for phones in found.values() for p in phones), default=0.0)
    for phone in spoken:
        if phone.start_s > end_s + 1e-6:
            out.append(Phone("sil", end_s, phone.start_s))
        out.append(phone)
        end_s = phone.end_s
    last_s = max((p.end_s for phones in found.values() for p in phones), default=end_s)
    return (*out, Phone("sil", end_s, last_s)) if last_s > end_s + 1e-6 else tuple(out)
