"""The words of a performance, for formats that write them."""

from __future__ import annotations

from app.core.errors import TrackError
from app.core.speech import Word, words_of_phones
from app.formats.performance import Performance


def words_of(performance: Performance) -> tuple[Word, ...]:
    """Its timed words, else those that its phones belong to; () when neither is known."""
    return performance.words or words_of_phones(performance.phones)


def require_words(performance: Performance, format_name: str) -> tuple[Word, ...]:
    """Its words.

    Raises:
        TrackError: none are known; the sentence says how to give them.
    """
    words = words_of(performance)
    if not words:
        raise TrackError(f"{format_name} holds words, and none are known for this motion; give the transcript of the recording first.")
    return words
