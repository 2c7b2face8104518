"""Who takes part in a conversation: what there is to choose for every role, what is chosen, and the dialogue made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

Role = Literal["persona", "recogniser", "answers", "voice", "language"]
ROLE_NAMES: tuple[Role, ...] = ("persona", "recogniser", "answers", "voice", "language")


@dataclass(frozen=True)
class Offer:
    """Something that can be chosen for a role.

    Attributes:
        id: as it is remembered.
        label: as shown; a stand-in says so here.
        hint: a sentence about it, or why it cannot be used.
        usable: whether it can be chosen now.
    """

    id: str
    label: str
    hint: str = ""
    usable: bool = True


class Partners(QObject):
    """The choices.

    Args:
        parent: the session.
    """

    #: there is something else to choose, or something else is chosen
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chosen: dict[Role, str] = {}

    def offers(self, role: Role) -> tuple[Offer, ...]:
        """What there is for a role; nothing where nothing can be chosen."""
        return ()

    def chosen(self, role: Role) -> str:
        """What is chosen for a role."""
        return self._chosen.get(role, "")

    def choose(self, role: Role, name: str) -> None:
        """Choose for a role."""
        if self._chosen.get(role) != name:
            self._chosen[role] = name
            self.changed.emit()
