"""Phones and visemes under the waveform: what is said when, coloured by what the lips must do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from app.core.speech import Phone, Speech, VisemeEvent, Word
from app.core.visemes import AZURE_IPA, BILABIALS, LABIODENTALS, RECOMMENDED_TABLE, ROUNDED, SIBILANTS, VOWELS, azure_events
from app.ui.kit import theme

CLOSED, TEETH, HISS, VOWEL, OTHER = "#7a4a55", "#6f5b3c", "#4d5a35", "#34566e", "#3a4148"
WORD = "#2b3036"
#: legend, in order: what a colour means
MEANINGS = (
    (CLOSED, "lips closed (P B M)"), (TEETH, "teeth on lip (F V)"), (HISS, "hiss (S SH CH)"), (VOWEL, "vowel"),
    (OTHER, "other consonant"),
)  # fmt: skip
#: narrower segments carry no text
MIN_TEXT_PX = 11
#: the mark in the corner of what was changed by hand
CHANGED = "#e0a94a"
CORNER_PX = 5
_BY_HAND = ", changed by hand"
#: segments that are remembered: those of half an hour of speech
MOST_KNOWN = 1 << 15


@dataclass(frozen=True)
class Segment:
    """A labelled stretch of time.

    Attributes:
        label: as written.
        start_s: start in seconds.
        end_s: end in seconds.
        colour: of its block.
        hint: longer text for the tool tip.
        short: written where the label does not fit, "" for nothing.
        index: its place among the phones or words of the speech, -1 for what is neither.
        is_changed: it was moved or named by hand.
    """

    label: str
    start_s: float
    end_s: float
    colour: str
    hint: str
    short: str = ""
    index: int = -1
    is_changed: bool = False


def _colour(phone: Phone) -> str:
    """The colour of a phone: closures matter most to a lip-sync reviewer."""
    base = phone.base
    for colour, members in ((CLOSED, BILABIALS), (TEETH, LABIODENTALS), (HISS, SIBILANTS), (VOWEL, VOWELS)):
        if base in members:
            return colour
    return OTHER


class Heard:
    """What was heard before the user's hand, to tell what was changed.

    Args:
        those: words or phones.
    """

    def __init__(self, those: Iterable[Phone | Word]) -> None:
        self._those = frozenset(those)
        self._outlines = {_outline(each) for each in self._those}

    def is_changed(self, each: Phone | Word) -> bool:
        """Whether a word or phone was not heard so, by its name and, to half a millisecond, its times."""
        return each not in self._those and _outline(each) not in self._outlines


def _outline(each: Phone | Word) -> tuple[str, int, int]:
    return (each.symbol if isinstance(each, Phone) else each.text), round(each.start_s * 2000), round(each.end_s * 2000)


def phone_segments(phones: Iterable[Phone], heard: Heard | None = None) -> list[Segment]:
    """The spoken ones of phones.

    Args:
        phones: by time.
        heard: the phones before the user's hand, None when nothing was changed.
    """
    return [
        _phone_segment(phone, index, heard is not None and heard.is_changed(phone))
        for index, phone in enumerate(phones)
        if not phone.is_silence
    ]


@lru_cache(maxsize=MOST_KNOWN)
def _phone_segment(phone: Phone, index: int, changed: bool) -> Segment:
    """Of the phones of a long clip all but a few are as they were a moment ago while one is dragged."""
    rounded = ", rounded lips" if phone.base in ROUNDED else ""
    word = f" in “{phone.word}”" if phone.word else ""
    hint = f"{phone.symbol}{word}: {phone.start_s:.3f}-{phone.end_s:.3f} s ({(phone.end_s - phone.start_s) * 1000:.0f} ms){rounded}"
    return Segment(phone.base, phone.start_s, phone.end_s, _colour(phone), hint + changed * _BY_HAND, "", index, changed)


def word_segments(words: Iterable[Word], heard: Heard | None = None) -> list[Segment]:
    """Words.

    Args:
        words: by time.
        heard: the words before the user's hand, None when nothing was changed.
    """
    return [
        _word_segment(word, index, heard is not None and heard.is_changed(word))
        for index, word in enumerate(words)
        if word.end_s > word.start_s
    ]


@lru_cache(maxsize=MOST_KNOWN)
def _word_segment(word: Word, index: int, changed: bool) -> Segment:
    hint = f"“{word.text}”: {word.start_s:.3f}-{word.end_s:.3f} s ({(word.end_s - word.start_s) * 1000:.0f} ms)"
    return Segment(word.text, word.start_s, word.end_s, WORD, hint + changed * _BY_HAND, "", index, changed)


def sound_segments(speech: Speech) -> list[Segment]:
    """What is spoken when: English phones where they are known, else Azure's visemes by the sounds (IPA) that they stand for."""
    if speech.phones:
        return phone_segments(speech.phones)
    found = []
    for event, end_s in _lasting(speech.visemes, speech.audio.duration_s):
        if event.viseme_id and end_s > event.offset_s:
            sounds, name = AZURE_IPA[event.viseme_id], RECOMMENDED_TABLE[event.viseme_id]
            hint = f"One of {sounds} (Azure's viseme {event.viseme_id}): {event.offset_s:.3f}-{end_s:.3f} s"
            found.append(Segment(sounds, event.offset_s, end_s, _VISEME_COLOURS.get(name, OTHER), hint, sounds.split()[0]))
    return found


def _lasting(events: Sequence[VisemeEvent], duration_s: float) -> Iterator[tuple[VisemeEvent, float]]:
    """Every event of an ID that exists, and where it ends: at the next one, or with the sound."""
    ends = [*(event.offset_s for event in events[1:]), duration_s][: len(events)]
    for event, end_s in zip(events, ends, strict=True):
        if 0 <= event.viseme_id < len(RECOMMENDED_TABLE):
            yield event, end_s


_VISEME_COLOURS = {"PP": CLOSED, "FF": TEETH, "SS": HISS, "CH": HISS, **dict.fromkeys(("aa", "E", "I", "O", "U"), VOWEL)}


def viseme_segments(speech: Speech) -> list[Segment]:
    """The Oculus visemes of a speech, from its Azure events or, without any, from its phones."""
    found = []
    for event, end_s in _lasting(speech.visemes or azure_events(speech.phones), speech.audio.duration_s):
        if RECOMMENDED_TABLE[event.viseme_id] != "sil" and end_s > event.offset_s:
            found.append(_viseme_segment(event.viseme_id, event.offset_s, end_s))
    return found


@lru_cache(maxsize=MOST_KNOWN)
def _viseme_segment(viseme_id: int, start_s: float, end_s: float) -> Segment:
    name = RECOMMENDED_TABLE[viseme_id]
    hint = f"Viseme {name} (Azure ID {viseme_id}): {start_s:.3f}-{end_s:.3f} s"
    return Segment(name, start_s, end_s, _VISEME_COLOURS.get(name, OTHER), hint)


def visible(segments: list[Segment], start_s: float, end_s: float) -> Iterator[Segment]:
    """The segments that touch a range."""
    for segment in segments:
        if segment.end_s > start_s and segment.start_s < end_s:
            yield segment


def draw_segments(painter: QPainter, segments: list[Segment], box: QRectF, start_s: float, end_s: float) -> None:
    """Draw one row of blocks.

    Args:
        painter: where to.
        segments: all of them; those outside are skipped.
        box: the row, in logical pixels.
        start_s: time at the row's left edge.
        end_s: time at its right edge.
    """
    scale = box.width() / (end_s - start_s)
    painter.setFont(theme.interface_font(10))
    for segment in visible(segments, start_s, end_s):
        left = box.left() + (segment.start_s - start_s) * scale
        width = (segment.end_s - segment.start_s) * scale
        block = QRectF(left + 0.5, box.top(), max(width - 1, 1), box.height())
        painter.fillRect(block, QColor(segment.colour))
        texts = (segment.label, segment.short) if width >= MIN_TEXT_PX else ()
        fitting = next((text for text in texts if painter.fontMetrics().horizontalAdvance(text) <= width - 2), "")
        if fitting:
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(block, Qt.AlignmentFlag.AlignCenter, fitting)
        if segment.is_changed:
            _draw_corner(painter, block)


def draw_edges(painter: QPainter, rows: tuple[list[Segment], list[Segment]], box: QRectF, start_s: float, end_s: float) -> None:
    """Draw where words and phones begin and end over another picture, those of words more clearly.

    Args:
        painter: where to.
        rows: all words, and all phones.
        box: the picture, in logical pixels.
        start_s: time at its left edge.
        end_s: time at its right edge.
    """
    scale = box.width() / (end_s - start_s)
    for segments, ink in zip(rows, (QColor(255, 255, 255, 110), QColor(255, 255, 255, 46)), strict=True):
        for t in sorted({t for segment in visible(segments, start_s, end_s) for t in (segment.start_s, segment.end_s)}):
            painter.fillRect(QRectF(round(box.left() + (t - start_s) * scale), box.top(), 1, box.height()), ink)


def _draw_corner(painter: QPainter, block: QRectF) -> None:
    """The small mark of what was changed."""
    size, corner = min(CORNER_PX, block.width()), block.topRight()
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(CHANGED))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawPolygon(QPolygonF([corner, corner - QPointF(size, 0), corner + QPointF(0, size)]))
    painter.restore()
