"""Text as it should be read: sentences, and readings of what the embedded voice says badly on its own."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType

from app.core.errors import SpeechError

#: a first sentence longer than this is cut at a clause, so that sound starts early
EARLY_CUT_CHARS = 90
_EARLIEST_CUT = 18

#: words that the voice would spell out or misread
READINGS = MappingProxyType({
    "nginx": "engine X", "json": "Jason", "jsonl": "Jason L", "yaml": "yammel", "sql": "sequel", "mysql": "my sequel",
    "gif": "gif", "gui": "gooey", "wifi": "why fye", "wi-fi": "why fye", "arkit": "A R kit", "a2f": "A two F",
    "audio2face": "audio to face", "glb": "G L B", "gltf": "G L T F", "fps": "frames per second", "faq": "F A Q",
    "ascii": "ask ee", "kubectl": "cube control", "sudo": "sue doo", "regex": "reg ex", "url": "U R L", "urls": "U R L's",
    "visemesync": "viseme sync", "pyrender": "pie render", "numpy": "num pie", "pypi": "pie P I", "qt": "cute",
    "llm": "L L M", "tts": "T T S", "ok": "okay", "btw": "by the way", "imho": "in my humble opinion", "asap": "A S A P",
    "etc": "et cetera", "viseme": "vizeem", "visemes": "vizeems",
})  # fmt: skip
_LATIN = MappingProxyType({
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "approximately",
    "a.k.a.": "also known as", "w/o": "without", "w/": "with",
})  # fmt: skip
_PER = MappingProxyType({
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "d": "day", "day": "day", "wk": "week", "week": "week",
    "mo": "month", "month": "month", "yr": "year", "year": "year", "min": "minute", "minute": "minute", "s": "second",
    "sec": "second", "second": "second", "kg": "kilogram", "g": "gram", "lb": "pound", "l": "liter", "gal": "gallon",
    "person": "person", "user": "user", "seat": "seat", "unit": "unit", "night": "night", "mile": "mile", "km": "kilometer",
})  # fmt: skip
_RATES = MappingProxyType({
    "km": "kilometers", "m": "meters", "mi": "miles", "ft": "feet", "kb": "kilobytes", "mb": "megabytes", "gb": "gigabytes",
    "kbit": "kilobits", "mbit": "megabits", "gbit": "gigabits", "l": "liters", "ml": "milliliters", "mg": "milligrams",
    "g": "grams", "kg": "kilograms", "req": "requests", "requests": "requests", "words": "words", "frames": "frames",
})  # fmt: skip
_COINS = MappingProxyType({"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")})
_TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "ft", "gen", "gov", "sen", "rep", "capt", "lt", "col", "sgt",
    "rev", "hon", "jr", "sr", "vs", "no", "fig", "vol", "approx", "inc", "ltd", "co", "cf",
})  # fmt: skip

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_URL = re.compile(r"\b(?:https?://|ftp://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(/[^\s,;!?\"')]*)?(\?[^\s]*)?", re.IGNORECASE)
_URL_START = re.compile(r"\b(?:https?://|ftp://|www\.)", re.IGNORECASE)
_DOMAINS = frozenset({
    "com", "org", "net", "edu", "gov", "io", "dev", "app", "ai", "co", "uk", "de", "fr", "es", "it", "eu",
    "us", "ca", "info", "me", "tv", "jp", "cn", "ch", "at",
})  # fmt: skip
_EMAIL = re.compile(r"\b([\w.+-]+)@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
_MONEY = re.compile(r"([$€£])\s?(\d+(?:,\d{3})*)(?:\.(\d{2}))?(?![\d.]*\d)(?!\s?(?:hundred|thousand|million|billion|trillion|[kKmMbB]\b))")
_PER_UNIT = re.compile(rf"(?<=[\w.])\s?/\s?({'|'.join(sorted(_PER, key=len, reverse=True))})\b(?!/)")
_RATE = re.compile(rf"({_NUMBER})\s?({'|'.join(sorted(_RATES, key=len, reverse=True))})\s?/\s?(?=[a-z])", re.IGNORECASE)
_EXPONENT = re.compile(r"\b(\d+(?:\.\d+)?)[eE]([+-]?)(\d+)\b")
_ALWAYS = re.compile(r"\b24/7\b")
_VERSION = re.compile(r"\b[vV](\d+(?:\.\d+)+)\b")
_DOTTED = re.compile(r"\b\d+(?:\.\d+){2,}\b")
_MARKUP = re.compile(r"[*_`~#|<>{}\[\]\\^]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=\S)|(?<=[。！？])|\n+")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s+|\s+(?=[—–]\s)")


@dataclass(frozen=True)
class Sentence:
    """What the voice says in one breath.

    Attributes:
        written: as the user wrote it, without what cannot be spoken.
        spoken: as the voice should get it.
        continues: whether it is the rest of a cut sentence.
        goes_on: whether the rest of it follows.
    """

    written: str
    spoken: str
    continues: bool = False
    goes_on: bool = False


@dataclass(frozen=True)
class PreparedText:
    """A text made ready for the voice.

    Attributes:
        sentences: in order, at least one.
        skipped: the parts of the text that cannot be spoken, in order.
    """

    sentences: tuple[Sentence, ...]
    skipped: tuple[str, ...]

    @property
    def note(self) -> str:
        """One sentence about what is left out, or ""."""
        if not self.skipped:
            return ""
        return f"Left out what the English voice cannot say: {_shortened(' '.join(self.skipped))}."


def prepare(text: str) -> PreparedText:
    """Split a text into sentences and write out what the voice says badly.

    Args:
        text: anything a person may type or paste.

    Returns:
        At least one sentence.

    Raises:
        SpeechError: the text is empty, or holds nothing that an English voice can say.
    """
    if not text.strip():
        raise SpeechError("There is nothing to say; type a sentence first.")
    sentences: list[Sentence] = []
    skipped: tuple[str, ...] = ()
    for whole in split_sentences(text):
        raw, lost = _speakable(whole)
        skipped += lost
        if _has_words(spoken := normalise(raw)):
            sentences.append(Sentence(" ".join(raw.split()), spoken))
    if not sentences:
        what = _shortened(" ".join(skipped) or text.strip())
        raise SpeechError(f"The voice speaks English only and cannot say “{what}”; type some English words.")
    return PreparedText(tuple(_early(sentences)), skipped)


def split_sentences(text: str) -> list[str]:
    """Sentences of a text; a period after a title or an initial, or before a small letter, ends none."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if "\n" in match.group() or _ends_here(text, match.start(), match.end()):
            sentences.append(text[start : match.end()])
            start = match.end()
    sentences.append(text[start:])
    return [" ".join(sentence.split()) for sentence in sentences if sentence.strip()]


def normalise(sentence: str) -> str:
    """Write out amounts, rates, addresses and abbreviations as they are read.

    Args:
        sentence: one sentence.

    Returns:
        The sentence as the voice should get it.
    """
    text = unicodedata.normalize("NFKC", sentence.replace("…", "... ")).replace("’", "'").replace("‘", "'")
    text = _EMAIL.sub(lambda m: f"{_address(m[1])} at {_address(m[2])}", text)
    text = _URL.sub(_say_url, text)
    for short, full in _LATIN.items():
        text = re.sub(rf"(?<![\w.]){re.escape(short)}(?!\w)", full + (" " if short.endswith("/") else ""), text, flags=re.IGNORECASE)
    text = _ALWAYS.sub("twenty-four seven", text)
    text = _RATE.sub(lambda m: f"{m[1]} {_RATES[m[2].lower()]}/", text)
    text = _PER_UNIT.sub(lambda m: f" per {_PER[m[1]]}", text)
    text = _MONEY.sub(_say_money, text)
    text = _EXPONENT.sub(lambda m: f"{m[1]} times ten to the {'minus ' if m[2] == '-' else ''}{m[3]}", text)
    text = _VERSION.sub(lambda m: "version " + m[1].replace(".", " point "), text)
    text = _DOTTED.sub(lambda m: m[0].replace(".", " point "), text)
    text = re.sub(r"[A-Za-z][\w'-]*", lambda m: READINGS.get(m[0].lower(), m[0]), text)
    text = _MARKUP.sub(lambda m: m[0] if m[0] in ("#", "<", ">", "~") else " ", text)
    return " ".join(text.split())


def _early(sentences: list[Sentence]) -> list[Sentence]:
    """Cut a long first sentence at its first clause."""
    spoken = sentences[0].spoken
    if len(spoken) <= EARLY_CUT_CHARS:
        return sentences
    for match in _CLAUSE.finditer(spoken):
        head, tail = spoken[: match.start()], spoken[match.end() :]
        if len(head) >= _EARLIEST_CUT and _has_words(head) and _has_words(tail):
            return [Sentence(head, head, goes_on=True), Sentence(tail, tail, continues=True), *sentences[1:]]
    return sentences


def _speakable(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out runs of characters that no English voice can say."""
    skipped: list[str] = []
    kept: list[str] = []
    run = ""
    for char in [*text, ""]:
        if char and not _can_say(char):
            run += char
            continue
        if run:
            if run.strip("\u200d\ufe0f\ufe0e "):
                skipped.append(run.strip())
            kept.append(" ")
            run = ""
        kept.append(char)
    return re.sub(r"\s+(?=[.,;:!?])", "", "".join(kept)), tuple(skipped)


def _can_say(char: str) -> bool:
    if char.isspace() or ord(char) < 0x250:
        return not unicodedata.category(char).startswith("C") or char.isspace()
    if "GENERAL PUNCTUATION" in unicodedata.name(char, "") or 0x2010 <= ord(char) <= 0x2044:
        return True
    if char in "€₹₩¥−×÷≈≠≤≥π°™®©№½¼¾⅓⅔→":
        return True
    return "LATIN" in unicodedata.name(char, "") or unicodedata.category(char) == "Mn"


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _ends_here(text: str, end: int, start_of_next: int) -> bool:
    after = text[start_of_next : start_of_next + 1]
    if after.islower():
        return False
    before = text[:end]
    if not before.endswith("."):
        return True
    word = re.split(r"\s", before)[-1].lstrip("(\"“'‘")
    if word.lower() in _LATIN and word.lower() != "etc.":
        return False
    return not (word[:-1].lower() in _TITLES or re.fullmatch(r"[A-Z]\.", word) is not None)


def _say_url(match: re.Match[str]) -> str:
    host, path = match[1], match[2] or ""
    known = _URL_START.match(match[0]) or host.rsplit(".", 1)[-1].lower() in _DOMAINS
    if not known or any(part.isdigit() and len(part) > 3 for part in host.split(".")):
        return match[0]
    stop = "." if (match[3] or path or host).endswith(".") else ""
    path = path.rstrip("./")
    return _address(host) + re.sub(r"/+", " slash ", re.sub(r"[-_.~%=&+]+", " ", path)) + stop


def _address(text: str) -> str:
    return text.replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ").replace("+", " plus ")


def _say_money(match: re.Match[str]) -> str:
    whole, cents = match[2], int(match[3] or 0)
    major, minor = _COINS[match[1]]
    parts = []
    if whole != "0" or not cents:
        parts.append(f"{whole} {major}{'' if whole == '1' else 's'}")
    if cents:
        plural = minor if cents == 1 else {"penny": "pence"}.get(minor, minor + "s")
        parts.append(f"{cents} {plural}")
    return " and ".join(parts)


def _shortened(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
