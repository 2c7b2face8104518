"""SubRip and WebVTT: lines of text with times, and words with theirs where a file has one word a line or times inside its lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.speech import Word

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
#: a time inside a line of WebVTT, and anything else in angle or curly brackets
_INSIDE = re.compile(rf"<{_CLOCK}>")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")
#: a line that a person reads at a glance, and a pause that ends it
_LONGEST, _PAUSE_S = 42, 0.5
_SENTENCE_END = (".", "!", "?", "…")
#: parts of a line that follow one another: text, and the times at which it begins
_Timed = list[tuple[float, str]]


@dataclass(frozen=True)
class Subtitles:
    """What a file says.

    Attributes:
        lines: every entry's text with its times, in order.
        words: timed words, where all of the text has them; else ().
    """

    lines: tuple[Word, ...]
    words: tuple[Word, ...]


def looks_like(text: str) -> bool:
    """Whether a text has lines of two times with an arrow between them, and begins as subtitles do."""
    lines = [line for line in text[:4000].splitlines() if line.strip()]
    return bool(lines) and any(_TIMES.match(line) for line in lines[:40]) and text.lstrip("\ufeff \n")[:1] not in ("{", "[")


def is_web_vtt(text: str) -> bool:
    """Whether subtitles are WebVTT."""
    return text.lstrip("\ufeff \n").startswith("WEBVTT")


def read_subtitles(text: str) -> Subtitles:
    """All entries of a file; what is broken in it is passed over.

    Args:
        text: of SubRip or WebVTT, line ends as ``\\n``.
    """
    lines: list[Word] = []
    words: list[Word] = []
    whole, before = True, ""
    for start_s, end_s, rows in _entries(text):
        rolled = [row for row in rows if _INSIDE.search(row) or _plain(row) != before or len(rows) == 1]
        said = " ".join(plain for row in rolled if (plain := _plain(row)))
        if not said or (said == before and end_s - start_s < 0.1):  # captions that roll up repeat themselves
            continue
        before = _plain(rows[-1])
        lines.append(Word(said, start_s, end_s))
        found = _timed_words(" ".join(rolled), start_s, end_s)
        whole = whole and found is not None
        words += found or []
    return Subtitles(tuple(lines), tuple(words) if whole else ())


def _entries(text: str) -> Iterator[tuple[float, float, list[str]]]:
    """Start, end and rows of text of every entry."""
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        match = _TIMES.match(rows[at])
        at += 1
        if match is None:
            continue
        start_s, end_s = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        said = []
        while at < len(rows) and rows[at].strip() and not _TIMES.match(rows[at]) and not _begins_next(rows, at):
            said.append(rows[at].strip())
            at += 1
        yield start_s, max(start_s, end_s), said


def _begins_next(rows: Sequence[str], at: int) -> bool:
    """Whether a row is the number of the next entry, in files without empty lines between them."""
    return rows[at].strip().isdecimal() and at + 1 < len(rows) and _TIMES.match(rows[at + 1]) is not None


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return (whole * 1000 + int((fraction or "0").ljust(3, "0"))) / 1000


def _plain(row: str) -> str:
    """Text without tags; a name before it and sounds in brackets are not spoken."""
    text = html.unescape(_TAG.sub("", row)).replace("\u200b", "")
    return " ".join(re.sub(r"\[[^\]]*\]|♪+|^\s*-\s", " ", text).split())


def _timed_words(row: str, start_s: float, end_s: float) -> list[Word] | None:
    """The words of an entry, or None when it does not say when each begins."""
    parts: _Timed = []
    time_s, at = start_s, 0
    for match in _INSIDE.finditer(row):
        parts.append((time_s, _plain(row[at : match.start()])))
        time_s, at = _seconds(match.groups()), match.end()
    parts.append((time_s, _plain(row[at:])))
    if any(len(text.split()) > 1 for _, text in parts):
        return None
    ends = [*(time for time, _ in parts[1:]), end_s]
    return [Word(text, start, max(start, end)) for (start, text), end in zip(parts, ends, strict=True) if text]


# -- writing


def srt_text(words: Sequence[Word]) -> str:
    """SubRip with an entry for each word, the only way in which it can say when words begin."""
    return "\n".join(
        f"{number}\n{_clock(word.start_s, ',')} --> {_clock(word.end_s, ',')}\n{word.text}\n" for number, word in enumerate(words, 1)
    )


def web_vtt_text(words: Sequence[Word]) -> str:
    """WebVTT with lines that a person can read, and the time of every word inside them."""
    return "WEBVTT\n" + "".join(
        f"\n{_clock(line[0].start_s, '.')} --> {_clock(max(line[-1].end_s, line[0].start_s + 1e-3), '.')}\n{_line_text(line)}\n"
        for line in _lines_of(words)
    )


def _line_text(line: Sequence[Word]) -> str:
    """Words with their times; where a word ends before the next begins, that is a time of its own."""
    first = _ms(line[0].start_s)
    last = max(_ms(line[-1].end_s), first + 1)
    text, now = "", first
    for i, word in enumerate(line):
        start = _ms(word.start_s)
        if i:
            ended = _ms(line[i - 1].end_s)
            text += _mark(ended, now, min(start, last)) + " "
            now = max(now, ended) if now < ended < min(start, last) else now
            text += _mark(start, now, last)
            now = max(now, start) if now < start < last else now
        text += html.escape(word.text, quote=False)
    return text


def _mark(time: int, after: int, before: int) -> str:
    """A time inside a line; the standard wants them to rise, within the line's own times."""
    return f"<{_clock(time / 1000, '.')}>" if after < time < before else ""


def _lines_of(words: Sequence[Word]) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word in words:
        length = sum(len(each.text) + 1 for each in line) + len(word.text)
        if line and (
            length > _LONGEST or word.start_s - line[-1].end_s >= _PAUSE_S or line[-1].text.endswith(_SENTENCE_END)
            or not _ms(line[-1].start_s) < _ms(word.start_s) < _ms(word.end_s) or _ms(line[-1].start_s) == _ms(line[-1].end_s)
        ):  # fmt: skip
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _ms(time_s: float) -> int:
    return max(round(time_s * 1000), 0)


def _clock(time_s: float, point: str) -> str:
    seconds, milliseconds = divmod(_ms(time_s), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{milliseconds:03d}"
