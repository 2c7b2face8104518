"""What a typed name becomes before a file is written: its ending completed, and whether something is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileName:
    """A name that a file would be written under.

    Attributes:
        path: the whole name.
        completed: whether an ending was added, so that nobody was asked about this name yet.
        exists: whether something is there now.
    """

    path: Path
    completed: bool
    exists: bool

    @property
    def needs_asking(self) -> bool:
        """Whether writing replaces something that the dialog, which saw the name as typed, did not ask about."""
        return self.completed and self.exists

    @property
    def question(self) -> str:
        """What to ask then."""
        return f"{self.path.name} is there already. Replace it?"


def completed_name(typed: Path, endings: Sequence[str]) -> FileName:
    """The name a file is written under when a person typed one with or without its ending.

    Args:
        typed: as the dialog gave it.
        endings: what may be written, each with its dots, as ``.csv`` or ``.a2f.csv``; the first is added to a name with none of them.
            A dot inside a name is no ending: ``take 1.5`` becomes ``take 1.5.csv``.

    Returns:
        The whole name, and whether something is there.
    """
    name = typed.name.rstrip(". ") or typed.name
    completed = not name.lower().endswith(tuple(ending.lower() for ending in endings))
    # a name that is nothing but its ending is no name: `.csv` is a hidden file
    path = typed.with_name(name + endings[0]) if completed else typed.with_name(name)
    return FileName(path, completed or name != typed.name, path.exists() or path.is_symlink())
