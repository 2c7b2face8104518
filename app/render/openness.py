"""How open every vertex is to the sky, as far as that is known of the avatars that are alive; how it is found out is ``occlusion``'s."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from app.avatar.model import Avatar

Made = TypeVar("Made")


@dataclass(frozen=True)
class Seen:
    """How far a bake is; lists by pose.

    Attributes:
        inside: indices of the vertices that are baked.
        open: what each vertex saw of the sky, weighted.
        all: the sum of these weights.
        todo: (pose, direction) pairs that are still to be looked from.
    """

    inside: list[np.ndarray]
    open: list[np.ndarray]
    all: list[np.ndarray]
    todo: list[tuple[int, np.ndarray]]


class OfAvatars(Generic[Made]):
    """Something about each avatar, for as long as that lives."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Avatar], Made]] = {}

    def of(self, avatar: Avatar) -> Made | None:
        """What is known of this very avatar."""
        entry = self._made.get(id(avatar))
        return entry[1] if entry is not None and entry[0]() is avatar else None

    def keep(self, avatar: Avatar, made: Made) -> None:
        """Know this of an avatar from now on."""
        self._made[id(avatar)] = weakref.ref(avatar), made
        weakref.finalize(avatar, self._made.pop, id(avatar), None).atexit = False

    def take(self, avatar: Avatar) -> Made | None:
        """What is known of an avatar, and forget it."""
        made = self.of(avatar)
        if made is not None:
            del self._made[id(avatar)]
        return made


#: (n,) float32 for each part of an avatar whose bake is finished
BAKED: OfAvatars[list[np.ndarray]] = OfAvatars()
#: bakes that were given up, for the next one of the same avatar to go on with
BEGUN: OfAvatars[Seen] = OfAvatars()
