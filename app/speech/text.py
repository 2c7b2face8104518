"""Text as it should be spoken: its sentences, the pauses between them, and what of it cannot be said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from app.core.errors import SpeechError
from app.speech.markup import EMPHASIS, EMPHASIS_END, PAUSE, emphasis_of, without_markup
from app.speech.reading_tables import BEFORE_NUMBERS, DAYS, DIGITS, EMOTICONS, LATIN, MONTH_NAMES, MONTHS, STARTERS, TITLES, ZONES
from app.speech.readings import normalise

__all__ = ["EARLY_CUT_CHARS", "PreparedText", "Sentence", "normalise", "prepare", "split_sentences"]

#: a first sentence longer than this is cut at a clause, so that sound starts early
EARLY_CUT_CHARS = 90
_EARLIEST_CUT = 18

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=\S)|(?<=[。！？])|\n+")
#: characters that say how words are said
_TRAVELLING = frozenset((*EMPHASIS.values(), EMPHASIS_END))
_ENDED = re.compile(r"[.!?…。！？][\"”’')\]]*$")
_EMOTICON = re.compile(EMOTICONS)
_CALENDAR = frozenset((*DAYS, *DAYS.values(), *MONTHS, *MONTH_NAMES))
_CLAUSE = re.compile(r"(?<=[,;:—–])\s+|\s+(?=[—–]\s)")


@dataclass(frozen=True)
class Sentence:
    """What the voice says in one breath.

    Attributes:
        written: as the user wrote it, without what cannot be spoken.
        spoken: as the voice should get it.
        continues: whether it is the rest of a cut sentence.
        goes_on: whether the rest of it follows.
        pause_s: silence after it, beyond that of its end.
        emphasis: first letter, end and level of what of ``written`` is said with another weight.
    """

    written: str
    spoken: str
    continues: bool = False
    goes_on: bool = False
    pause_s: float = 0.0
    emphasis: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class PreparedText:
    """A text made ready for the voice.

    Attributes:
        sentences: in order, at least one.
        skipped: the parts of the text that cannot be spoken, in order.
        beyond: names of what its mark-up asks for and the voice cannot do.
    """

    sentences: tuple[Sentence, ...]
    skipped: tuple[str, ...]
    beyond: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """One sentence about what is left out, or ""."""
        lost = []
        if self.skipped:
            lost.append(f"what the English voice cannot say: {_shortened(' '.join(self.skipped))}")
        if self.beyond:
            lost.append(f"what {'it' if lost else 'the voice'} cannot do: {', '.join(self.beyond)}")
        return f"Left out {'; and '.join(lost)}." if lost else ""


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
    unmarked = without_markup(text)
    sentences: list[Sentence] = []
    skipped: list[str] = []
    for part, pause_s in _between_pauses(unmarked.text):
        before = len(sentences)
        for whole in split_sentences(part):
            raw, lost = _speakable(whole)
            skipped += lost
            said, emphasis = emphasis_of(" ".join(raw.split()))
            if _has_words(spoken := normalise(said)):
                sentences.append(Sentence(said, spoken, emphasis=emphasis))
        if sentences and pause_s:
            last = sentences[-1]
            cut = len(sentences) > before and not _ENDED.search(last.spoken)
            comma = "," * (cut and last.spoken[-1].isalnum())
            sentences[-1] = replace(last, spoken=last.spoken + comma, goes_on=cut or last.goes_on, pause_s=last.pause_s + pause_s)
    if not sentences:
        what = _shortened(" ".join(skipped) or text.strip())
        raise SpeechError(f"The voice speaks English only and cannot say “{what}”; type some English words.")
    return PreparedText(tuple(_early(_continued(sentences))), tuple(skipped), unmarked.beyond)


def _between_pauses(text: str) -> list[tuple[str, float]]:
    """The parts of a text, each with the pause after it in seconds."""
    pieces = PAUSE.split(text)
    return [(part, int(pause_ms) / 1000) for part, pause_ms in zip(pieces[::2], [*pieces[1::2], "0"], strict=True)]


def _continued(sentences: list[Sentence]) -> list[Sentence]:
    """Mark what follows a sentence that goes on."""
    goes_on = [False, *(sentence.goes_on for sentence in sentences)]
    return [replace(sentence, continues=sentence.continues or cut) for sentence, cut in zip(sentences, goes_on, strict=False)]


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


def _early(sentences: list[Sentence]) -> list[Sentence]:
    """Cut a long first sentence at its first clause."""
    spoken = sentences[0].spoken
    if len(spoken) <= EARLY_CUT_CHARS or sentences[0].emphasis:
        return sentences
    for match in _CLAUSE.finditer(spoken):
        head, tail = spoken[: match.start()], spoken[match.end() :]
        if len(head) >= _EARLIEST_CUT and _has_words(head) and _has_words(tail) and tail.split()[0] not in DIGITS:
            return [Sentence(head, head, goes_on=True), replace(sentences[0], written=tail, spoken=tail, continues=True), *sentences[1:]]
    return sentences


def _speakable(text: str) -> tuple[str, tuple[str, ...]]:
    """Take out runs of characters that no English voice can say."""
    skipped = _EMOTICON.findall(text)
    text = _EMOTICON.sub(" ", text)
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
    return re.sub(r"\s+(?=[.,;:!?](?!\w))", "", "".join(kept)), tuple(skipped)


def _can_say(char: str) -> bool:
    if char in _TRAVELLING:
        return True
    if char.isspace() or ord(char) < 0x250:
        return not unicodedata.category(char).startswith("C") or char.isspace()
    if "GENERAL PUNCTUATION" in unicodedata.name(char, "") or 0x2010 <= ord(char) <= 0x2044:
        return True
    if (
        char in "€₹₩¥−×÷≈≠≤≥π°™®©№→√∞Ω∑⇒"
        or "VULGAR FRACTION" in unicodedata.name(char, "")
        or re.search("SUPERSCRIPT|SUBSCRIPT|MODIFIER LETTER SMALL", unicodedata.name(char, ""))
    ):
        return True
    return "LATIN" in unicodedata.name(char, "") or unicodedata.category(char) == "Mn"


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _ends_here(text: str, end: int, start_of_next: int) -> bool:
    after = text[start_of_next : start_of_next + 1]
    before = text[max(end - 40, 0) : end]
    if after.islower() or not before.endswith("."):
        return not after.islower()
    word = re.split(r"\s", before)[-1].lstrip("(\"“'‘")
    bare = word[:-1].lower()
    next_word = re.match(r"[\w'’]*", text[start_of_next : start_of_next + 40]).group()  # type: ignore[union-attr]
    if bare in TITLES or (word.lower() in LATIN and word.lower() != "etc.") or re.fullmatch(r"[A-Z]\.", word):
        return False
    if bare in BEFORE_NUMBERS:
        return not next_word[:1].isdigit()
    if re.fullmatch(r"(?:\d[\d:.]*)?[ap]\.m\.", word, re.IGNORECASE):
        return next_word not in ZONES and next_word not in _CALENDAR
    if word[:-1] in DAYS:
        return next_word not in _CALENDAR and not next_word[:1].isdigit()
    return not re.fullmatch(r"(?:[A-Z]\.){2,}", word) or next_word.lower() in STARTERS


def _shortened(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
