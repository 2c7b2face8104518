"""Structured logs: one JSON object per line on standard error; never sound, tokens or addresses with tokens in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

log = logging.getLogger("visemesync.server")
#: facts that stand on every line of this process
_always: dict[str, str] = {}
_silent: ContextVar[bool] = ContextVar("silent", default=False)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        entry: dict[str, Any] = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        entry |= {"logger": record.name, "event": record.getMessage(), **_always, **getattr(record, "facts", {})}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


@contextmanager
def silence() -> Iterator[None]:
    """Nothing that happens in this block, or in a task that it starts, is noted."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def note(event: str, **facts: str | float | bool | None) -> None:
    """Log an event with its facts.

    Args:
        event: what happened, in a word or two.
        facts: plain values; never anything secret.
    """
    if _silent.get():
        return
    log.info(event, extra={"facts": facts})


def on_every_line(**facts: str) -> None:
    """Facts that every line carries from now on, such as the worker's name; an empty one is left out."""
    _always.update({name: fact for name, fact in facts.items() if fact})


#: for uvicorn: its messages in the same form, its access log off (its lines hold whole addresses)
LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "app.remote.server.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {
        "visemesync": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.error": {"level": "ERROR"},  # what clients do wrong is noted at the door, with their address
    },
}
