"""What an avatar's shapes drive: for each channel the targets that make it, and how that was found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Side = Literal["", "left", "right"]


@dataclass(frozen=True)
class Pull:
    """One target's part in a channel.

    Attributes:
        target: its name as written in the file.
        weight: at the channel's full weight.
        side: only that side of the face takes part (the avatar's own left or right), "" for all of it.
    """

    target: str
    weight: float = 1.0
    side: Side = ""

    @property
    def words(self) -> str:
        """As people read it: ``0.5 x mouthSmile (left side)``."""
        share = "" if self.weight == 1 else f"{self.weight:g} x "
        return f"{share}{self.target}{f' ({self.side} side)' if self.side else ''}"


Recipe = tuple[Pull, ...]


@dataclass(frozen=True)
class FoundDialect:
    """A way of naming shapes that was recognised.

    Attributes:
        name: of the dialect.
        evidence: the names that gave it away, as written.
        origin: who writes such names.
    """

    name: str
    evidence: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class Vocabulary:
    """Channels that are not simply called so in the file.

    Attributes:
        recipes: channel -> alternatives; on each mesh the first one counts of which it has a target.
        found: the dialects, in the order in which they were tried.
        by_hand: channels that a user assigned; their recipes replace whatever the file calls so.
    """

    recipes: Mapping[str, tuple[Recipe, ...]] = field(default_factory=lambda: MappingProxyType({}))
    found: tuple[FoundDialect, ...] = ()
    by_hand: frozenset[str] = frozenset()

    @property
    def used(self) -> frozenset[str]:
        """Every target that takes part in a channel."""
        return frozenset(pull.target for recipes in self.recipes.values() for recipe in recipes for pull in recipe)

    @property
    def composed(self) -> dict[str, str]:
        """Channel -> what it is made of, where that is more than one target under another name."""
        plain = {channel for channel, recipes in self.recipes.items() if all(_is_plain(recipe) for recipe in recipes)}
        return {
            channel: " + ".join(pull.words for pull in recipes[0])
            for channel, recipes in self.recipes.items()
            if recipes and channel not in plain
        }

    def words(self, channel: str) -> str:
        """What makes a channel, for people; "" when it has no recipe."""
        recipes = self.recipes.get(channel, ())
        return " + ".join(pull.words for pull in recipes[0]) if recipes else ""


def _is_plain(recipe: Recipe) -> bool:
    return len(recipe) == 1 and recipe[0].weight == 1 and not recipe[0].side
