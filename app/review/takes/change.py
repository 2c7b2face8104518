"""One thing that differs between two takes, as a sentence and as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Area = Literal["sound", "words", "phones", "source", "parameters", "tuning", "edits", "emotion", "curves", "notes", "avatar", "status"]
#: in the order in which a person wants to hear of them
AREAS: tuple[Area, ...] = (
    "status", "sound", "words", "phones", "avatar", "source", "parameters", "tuning", "edits", "emotion", "curves", "notes",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What differs.

    Attributes:
        area: what it is part of.
        sentence: for a person.
        side: ``A``, ``B`` or ``C``, "" for what all sides share.
        name: of the parameter, region, word or note.
        before: the value in the first take, None where there is none.
        after: the value in the second one.
        start_s: where it begins, None where it has no time.
        end_s: where it ends.
        figures: further numbers by name, with their units.
    """

    area: Area
    sentence: str
    side: str = ""
    name: str = ""
    before: Any = None
    after: Any = None
    start_s: float | None = None
    end_s: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values; what says nothing is left out."""
        every = {
            "area": self.area, "sentence": self.sentence, "side": self.side, "name": self.name, "before": self.before, "after": self.after,
            "start_s": self.start_s, "end_s": self.end_s, **self.figures,
        }  # fmt: skip
        return {key: value for key, value in every.items() if value not in ("", None)}


@dataclass(frozen=True)
class TakeDiff:
    """What differs between two takes or tracks.

    Attributes:
        changes: by area.
    """

    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs that is seen, heard or said."""
        return not self.changes

    @property
    def sentences(self) -> tuple[str, ...]:
        """For a person, in the order of AREAS."""
        return tuple(change.sentence for change in self.changes)

    def of(self, area: Area) -> tuple[Change, ...]:
        """The changes of one area."""
        return tuple(change for change in self.changes if change.area == area)


def in_areas(changes: list[Change]) -> TakeDiff:
    """Changes in the order of AREAS, sides A to C within each."""
    return TakeDiff(tuple(sorted(changes, key=lambda change: (AREAS.index(change.area), change.side))))


def told(value: Any) -> str:
    """A value as a sentence has it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float | int):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(told, value)) or "nothing"
    return "nothing" if value in ("", None) else str(value)
