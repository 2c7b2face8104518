"""A mapping that is being made, with a way back; no Qt."""

from __future__ import annotations

from app.avatar.model import Avatar
from app.avatar.names.mapping import CHANNELS, AvatarMapping, TargetFacts, assign, assignment_of, targets_of
from app.avatar.vocabulary import Pull, Recipe


class MappingDraft:
    """What a user has assigned so far.

    Args:
        avatar: with any vocabulary.
        mapping: what is in force already.
    """

    def __init__(self, avatar: Avatar, mapping: AvatarMapping) -> None:
        self.avatar = avatar
        self.targets: tuple[TargetFacts, ...] = targets_of(avatar)
        self._by_names = assignment_of(assign(avatar, AvatarMapping()))
        self._steps = [mapping]
        self._at = 0

    # -- what there is

    @property
    def mapping(self) -> AvatarMapping:
        """As it is now."""
        return self._steps[self._at]

    @property
    def changed(self) -> bool:
        """Whether it differs from what was there at first."""
        return dict(self.mapping.channels) != dict(self._steps[0].channels)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return self._at + 1 < len(self._steps)

    def recipe(self, channel: str) -> Recipe:
        """What makes a channel."""
        return self.mapping.channels.get(channel, self._by_names.get(channel, ()))

    def by_hand(self, channel: str) -> bool:
        """Whether a channel is made otherwise than the names say."""
        return channel in self.mapping.channels and self.mapping.channels[channel] != self._by_names.get(channel, ())

    def drives(self) -> dict[str, tuple[str, ...]]:
        """Target -> the channels that it takes part in; targets that drive nothing are left out."""
        found: dict[str, dict[str, None]] = {}
        for channel in CHANNELS:
            for pull in self.recipe(channel):
                found.setdefault(pull.target, {})[channel] = None
        return {target: tuple(channels) for target, channels in found.items()}

    # -- what is done

    def add(self, channel: str, pull: Pull, instead: bool = False) -> None:
        """Let a target take part in a channel.

        Args:
            channel: one of CHANNELS.
            pull: the target, how much, on which side of the face.
            instead: of whatever made the channel until now.
        """
        others = () if instead else tuple(p for p in self.recipe(channel) if (p.target, p.side) != (pull.target, pull.side))
        self._take(self.mapping.assigned(channel, (*others, pull)))

    def remove(self, channel: str, target: str) -> None:
        """Let a target take no part in a channel any more."""
        self._take(self.mapping.assigned(channel, tuple(p for p in self.recipe(channel) if p.target != target)))

    def leave(self, channel: str) -> None:
        """Make a channel as the names say."""
        self._take(self.mapping.assigned(channel, None))

    def replace(self, mapping: AvatarMapping) -> None:
        """Take over a whole mapping.

        Raises:
            AvatarError: it names none of this avatar's shapes.
        """
        assign(self.avatar, mapping)
        self._take(mapping)

    def undo(self) -> None:
        """Take the last step back."""
        self._at = max(self._at - 1, 0)

    def redo(self) -> None:
        """Go the step again."""
        self._at = min(self._at + 1, len(self._steps) - 1)

    def _take(self, mapping: AvatarMapping) -> None:
        self._steps = [*self._steps[: self._at + 1], mapping]
        self._at += 1
