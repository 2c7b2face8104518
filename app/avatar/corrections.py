"""Corrections of an avatar's rig, per avatar and non-destructive: the file is never changed, only what the rig makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.core.errors import AvatarError
from app.core.foreign import is_number


@dataclass(frozen=True)
class RigCorrections:
    """Settings of one avatar.

    Attributes:
        underbite: 0 to 1; this much of ``jawForward`` is taken out of the neutral face of every part that has it (head,
            teeth, tongue). VisemeSync uses 0.7 on Avaturn T2 (specs: visemesync-wire.md section 3).
        jaw_forward_gain: 0 to 1, factor on ``jawForward`` while it plays. VisemeSync uses 0.3.
        teeth_follow: teeth and tongue that lack a mouth shape which the face has follow the jaw's share of it.
        limits: target name -> (lowest, highest) weight that is ever sent to the mesh.
        mouth_by_shapes: the mouth moves by the 52 shapes even though the avatar has visemes, as far as it has shapes for it.
    """

    underbite: float = 0.0
    jaw_forward_gain: float = 1.0
    teeth_follow: bool = True
    limits: Mapping[str, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))
    mouth_by_shapes: bool = False

    def __post_init__(self) -> None:
        for name in ("underbite", "jaw_forward_gain"):
            value = getattr(self, name)
            if not is_number(value) or not 0 <= value <= 1:
                raise AvatarError(f"The rig correction {name} must be a number from 0 to 1; correct the avatar's settings.")
        for name, pair in self.limits.items():
            if len(pair) != 2 or not all(is_number(v) for v in pair) or not pair[0] <= pair[1]:
                raise AvatarError(f"The limits of {name} must be a lowest and a highest weight; correct the avatar's settings.")
        object.__setattr__(self, "limits", MappingProxyType({str(k): (float(a), float(b)) for k, (a, b) in self.limits.items()}))

    def to_json(self) -> dict[str, Any]:
        """A dict for a settings file, which from_json reads back to an equal object."""
        return {
            "underbite": self.underbite,
            "jaw_forward_gain": self.jaw_forward_gain,
            "teeth_follow": self.teeth_follow,
            "limits": {name: list(pair) for name, pair in self.limits.items()},
            "mouth_by_shapes": self.mouth_by_shapes,
        }

    @classmethod
    def from_json(cls, data: Any) -> RigCorrections:
        """Read what to_json wrote; fields that are absent keep their defaults, unknown ones are ignored.

        Args:
            data: the parsed JSON.

        Raises:
            AvatarError: a field has the wrong type or is out of range.
        """
        if not isinstance(data, dict) or not isinstance(data.get("limits", {}), dict):
            raise AvatarError("The rig corrections are not a JSON object; remove them from the avatar's settings.")
        if not all(isinstance(pair, list | tuple) for pair in data.get("limits", {}).values()):
            raise AvatarError("The limits of the rig corrections must be pairs of numbers; correct the avatar's settings.")
        default = cls()
        return cls(
            underbite=data.get("underbite", default.underbite),
            jaw_forward_gain=data.get("jaw_forward_gain", default.jaw_forward_gain),
            teeth_follow=data.get("teeth_follow", default.teeth_follow) is True,
            limits={name: tuple(pair) for name, pair in data.get("limits", {}).items()},
            mouth_by_shapes=data.get("mouth_by_shapes", default.mouth_by_shapes) is True,
        )


#: no correction but following teeth
NEUTRAL_CORRECTIONS = RigCorrections()
#: what VisemeSync applies to its Avaturn T2 avatars
VISEMESYNC_CORRECTIONS = RigCorrections(underbite=0.7, jaw_forward_gain=0.3)
