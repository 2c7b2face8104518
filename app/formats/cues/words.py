"""The words of a performance, for formats that write them."""

from __future__ import annotations

from app.core.errors import TrackError
from app.core.speech import Phone, Word
from app.formats.performance import Performance


def words_of(performance: Performance) -> tuple[Word, ...]:
    """Its timed words, else those that its phones belong to; () when neither is known."""
    return performance.words or words_of_phones(performance.phones)


def words_of_phones(phones: tuple[Phone, ...]) -> tuple[Word, ...]:
    """One word for neighbouring phones of the same word; silence ends it."""
    words: list[Word] = []
    open_word = False
    for phone in phones:
        if open_word and phone.word == words[-1].text and not phone.is_silence:
            words[-1] = Word(phone.word, words[-1].start_s, phone.end_s)
        elif phone.word and not phone.is_silence:
            words.append(Word(phone.word, phone.start_s, phone.end_s))
        open_word = bool(phone.word) and not phone.is_silence
    return tuple(words)


def require_words(performance: Performance, format_name: str) -> tuple[Word, ...]:
    """Its words.

    Raises:
        TrackError: none are known; the sentence says how to give them.
    """
    words = words_of(performance)
    if not words:
        raise TrackError(f"{format_name} holds words, and none are known for this motion; give the transcript of the recording first.")
    return words
