"""What is fuzzed: a reader, what it may say, what it may cost, and the files that the damage begins from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import PreviewError
from tests.fuzz.mutating import Mutator

MB = 1 << 20


@dataclass(frozen=True)
class Place:
    """Where an input lies.

    Attributes:
        file: the input.
        folder: its folder, which the reader may write to.
    """

    file: Path
    folder: Path

    @property
    def data(self) -> bytes:
        """The input."""
        return self.file.read_bytes()


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        name: ``track-csv``, ``take``, ...
        ending: of the input's file.
        read: reads the input, and uses what came out as the program would.
        seeds: makes whole files to begin with, in a folder of its own.
        mutators: damage that fits, the more often the more often they stand here.
        refusals: what it may raise; the words of PreviewError are looked at.
        most_s: of processor time for one input.
        most_mb: of memory for one input.
        may_start: whether the reader works in processes of its own.
    """

    name: str
    ending: str
    read: Callable[[Place], object]
    seeds: Callable[[Path], Iterable[bytes]]
    mutators: tuple[Mutator, ...]
    refusals: tuple[type[BaseException], ...] = (PreviewError,)
    most_s: float = 4.0
    most_mb: int = 256
    may_start: bool = False
