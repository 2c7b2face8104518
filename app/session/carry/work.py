"""Pieces of work of a hand on their way from one sound to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.outline import Outline
from app.formats.kept.conflicts import Conflict
from app.session.carry.holders import SOUND

#: kind of a holder -> its pieces
Items = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Work:
    """What was done on a sound.

    Attributes:
        outline: of the sound.
        items: the pieces of every holder.
        line: the same number for sounds of one line.
        given: what came along to it, None where nothing did or that was taken back.
    """

    outline: Outline
    items: Items
    line: int
    given: Items | None = None


@dataclass(frozen=True)
class Brought:
    """What came along to another sound.

    Attributes:
        counts: how many pieces, by what they are called: one, and several.
        n_conflicts: how many have no place, or an uncertain one.
    """

    counts: Mapping[tuple[str, str], int]
    n_conflicts: int

    @property
    def words(self) -> str:
        """In a few words: ``3 edits and 1 note``."""
        found = [f"{n} {names[n > 1]}" for names, n in self.counts.items() if n]
        return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


@dataclass
class Way:
    """Work on its way into the present sound, which may still grow.

    Attributes:
        work: what is brought.
        number: tells it from others.
        base: what was there before.
        kinds: of the holders whose pieces come along.
        placed: kind -> places in the work of the pieces that have found theirs.
        put: what was put in force last.
        settled: whether it is told, and nothing waits for more of the line.
        exact: whether all is as it was left on this sound before, so that nothing is placed anew.
    """

    work: Work
    number: int
    base: Items
    kinds: frozenset[str]
    placed: dict[str, set[object]] = field(default_factory=dict)
    put: Items = field(default_factory=dict)
    settled: bool = False
    exact: bool = False


def of_sound(conflict: Conflict, digest: str) -> Conflict:
    """A conflict that says which sound its times belong to."""
    return replace(conflict, data={**conflict.data, SOUND: digest})
