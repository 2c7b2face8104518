"""What a worker tells its supervisor through its standard output: a line of JSON, several times a second."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """How a worker is.

    Attributes:
        ready: it takes voices.
        voices: being animated.
        capacity: voices that it offers; 0 when it does not know.
        address: where it listens, as HAProxy writes it.
        error: why it cannot serve, a sentence; the worker ends after it.
        exit_code: of that error.
    """

    ready: bool = False
    voices: int = 0
    capacity: int = 0
    address: str = ""
    error: str = ""
    exit_code: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it would refuse another voice."""
        return 0 < self.capacity <= self.voices

    def line(self) -> str:
        """As it is sent."""
        return json.dumps(dataclasses.asdict(self)) + "\n"

    @classmethod
    def read(cls, line: str) -> Report | None:
        """What a line says; None when it is no report."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError):
            return None
