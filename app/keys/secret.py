"""A key in memory: never seen by accident, and taken out of every text that somebody is about to read."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote

#: what stands in a key's place
HIDDEN = "•••"
#: shorter ones would take words out of sentences
_SHORTEST = 6
#: what looks like a key even if nobody told us: of headers, of Azure, of OpenAI (whole or as its errors quote it), tokens of Entra ID
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?i)(?<=bearer )[^\s\"',;]+",
        r"(?i)(?:api-key|subscription-key|api_key)[\"']?\s*[:=]\s*[\"']?[^\s\"',;&]+",
        r"\beyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+){0,2}",
        r"\bsk-[A-Za-z0-9_-]{12,}",
        r"\b[A-Za-z0-9_-]{2,12}\*{3,}[A-Za-z0-9_-]{0,12}",
        r"\b[A-Za-z0-9]{84}\b",
    )
)


class Secret:
    """A key; only ``reveal`` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        REDACTION.learn((value,))

    def reveal(self) -> str:
        """The key itself, for the service alone."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return HIDDEN if self._value else "''"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


class Redaction:
    """Knows every key that this process has met, and takes them out of texts. Any thread may use it."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def learn(self, values: Iterable[str]) -> None:
        """Hide these from now on."""
        with self._lock:
            for value in values:
                if len(value) >= _SHORTEST:
                    self._known |= {value, quote(value, safe="")}

    def of(self, text: str) -> str:
        """The text without keys."""
        with self._lock:
            known = sorted(self._known, key=len, reverse=True)
        for value in known:
            text = text.replace(value, HIDDEN)
        for pattern in _PATTERNS:
            text = pattern.sub(HIDDEN, text)
        return text


#: of this process
REDACTION = Redaction()


def redacted(text: str) -> str:
    """A text without keys: for whatever an SDK, a server or an exception says before it is shown, logged or written."""
    return REDACTION.of(text)


class LogRedaction(logging.Filter):
    """Takes keys out of what is logged, out of the trail of an exception too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it always passes."""
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        return True


def guard_logs() -> None:
    """Let every handler of the root, and the one of last resort, take keys out; calling it twice does no harm."""
    last = [logging.lastResort] if logging.lastResort is not None else []
    for handler in (*logging.getLogger().handlers, *last):
        if not any(isinstance(each, LogRedaction) for each in handler.filters):
            handler.addFilter(LogRedaction())
