"""What a deployment does not take, learnt from its refusals and remembered, so that each is asked wrongly only once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.beside import write_whole
from app.core.errors import ServiceError
from app.core.places import where

#: longest answer and its liveliness, as VisemeSync asks for them
MAX_TOKENS = 500
TEMPERATURE = 0.7
#: of models that think before they speak, and pay for it out of the same limit
ROOM_TO_THINK = 4000
#: what may be left out of a request
OPTIONAL = ("max_tokens", "max_completion_tokens", "temperature", "stream_options")
#: no more deployments than these are remembered, the latest of them
MOST_REMEMBERED = 200


@dataclass(frozen=True)
class Habit:
    """How one deployment wants to be asked.

    Attributes:
        limit: what it calls the limit of an answer; "" when it takes none.
        limit_tokens: how long an answer may be.
        dropped: parameters that it does not take.
    """

    limit: str = "max_tokens"
    limit_tokens: int = MAX_TOKENS
    dropped: tuple[str, ...] = ()

    def request(self, temperature: float | None) -> dict[str, Any]:
        """The optional parameters of a request.

        Args:
            temperature: that is wished for, None for the model's own.
        """
        every: dict[str, Any] = {"stream_options": {"include_usage": True}}
        if temperature is not None:
            every["temperature"] = temperature
        if self.limit:
            every[self.limit] = self.limit_tokens
        return {name: value for name, value in every.items() if name not in self.dropped}

    def without(self, name: str) -> Habit:
        """The habit after a parameter was refused: the limit is called by its other name first, and left out after that."""
        if name == "max_tokens" and self.limit == name:
            return replace(self, limit="max_completion_tokens")
        if name == self.limit:
            return replace(self, limit="max_tokens" if "max_completion_tokens" not in self.dropped else "", dropped=(*self.dropped, name))
        return replace(self, dropped=(*self.dropped, name))

    def roomier(self) -> Habit:
        """With room to think."""
        return replace(self, limit_tokens=ROOM_TO_THINK)


@dataclass
class Habits:
    """The habits of all deployments that were asked, in memory and in one small file that holds neither keys nor words.

    Attributes:
        path: the file; None for this user's.
    """

    path: Path | None = None
    _known: dict[str, Habit] = field(default_factory=dict, init=False, repr=False)
    _read: bool = field(default=False, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def of(self, place: str) -> Habit:
        """How to ask.

        Args:
            place: host and deployment.
        """
        with self._lock:
            if not self._read:
                self._known, self._read = {**self._stored(), **self._known}, True
            return self._known.get(place, Habit())

    def learn(self, place: str, habit: Habit) -> None:
        """Remember; a folder that cannot be written means that it is learnt anew after the next start."""
        with self._lock:
            if self._known.get(place, Habit()) == habit:
                return
            self._known.pop(place, None)
            self._known[place] = habit
            self._known = dict(list(self._known.items())[-MOST_REMEMBERED:])
            self._write()

    def _file(self) -> Path:
        return self.path or where("deployments")

    def _write(self) -> None:
        target = self._file()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, json.dumps({place: asdict(habit) for place, habit in self._known.items()}, indent=1))
        except OSError:
            return

    def _stored(self) -> dict[str, Habit]:
        try:
            data = json.loads(self._file().read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        pairs = data.items() if isinstance(data, dict) else ()
        return {place: habit for place, stored in pairs if (habit := _habit_of(stored)) is not None}


def _habit_of(stored: Any) -> Habit | None:
    """Read a habit; None for what is none."""
    if not isinstance(stored, dict):
        return None
    limit, tokens, dropped = stored.get("limit"), stored.get("limit_tokens"), stored.get("dropped")
    if limit not in ("", *OPTIONAL[:2]) or tokens not in (MAX_TOKENS, ROOM_TO_THINK) or not isinstance(dropped, list):
        return None
    return Habit(limit, tokens, tuple(name for name in OPTIONAL if name in dropped))


def refused_parameter(param: str | None, message: str, sent: Collection[str]) -> str:
    """Which of the parameters a refusal is about.

    Args:
        param: as the service names it, where it does.
        message: of the service; read where ``param`` says nothing.
        sent: the optional parameters of the request.

    Returns:
        One of ``sent``, or "".
    """
    if param:
        name = param.partition(".")[0]
        return name if name in sent else ""
    return next((name for name in sent if re.search(rf"(?<![\w]){name}(?![\w])", message)), "")


def checked_temperature(temperature: float | None) -> float | None:
    """A temperature that a service may take.

    Raises:
        ServiceError: it is outside of 0 to 2.
    """
    if temperature is not None and not 0.0 <= temperature <= 2.0:
        raise ServiceError("The temperature of a chat is a number from 0 to 2; choose one of these.")
    return temperature
