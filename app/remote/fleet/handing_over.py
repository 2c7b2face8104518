"""A server's settings on their way to a worker: through its standard input, so that no list of processes and no file shows the token."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from app.remote.server.settings import ServerSettings


def to_text(settings: ServerSettings) -> str:
    """One line."""
    return json.dumps(dataclasses.asdict(settings), default=str)


def from_text(text: str) -> ServerSettings:
    """The settings; what a newer or older program calls otherwise is left out.

    Raises:
        SettingsError: they cannot be served.
    """
    given: dict[str, Any] = json.loads(text)
    known = {each.name: str(each.type) for each in dataclasses.fields(ServerSettings)}
    return ServerSettings(**{name: _value(known[name], value) for name, value in given.items() if name in known})


def _value(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return Path(value) if "Path" in kind and value is not None else value
