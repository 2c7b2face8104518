"""The bodies of a take's sides, for whatever draws them."""

from __future__ import annotations

from pathlib import Path

from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.errors import ProjectError
from app.formats.takes.take import SavedTake


def bodies_of(take: SavedTake) -> dict[str, AvatarRig]:
    """A rig for every side that has motion; sides with the same avatar share one.

    Args:
        take: with its avatars on the disk: read ``into`` a folder where it carries them.

    Raises:
        ProjectError: it has no avatar, or the avatar is not at hand.
        AvatarError: its file is broken.
    """
    shared = take.avatar.path if take.avatar is not None else take.project.avatar
    made: dict[Path, AvatarRig] = {}
    bodies: dict[str, AvatarRig] = {}
    for name in sorted(take.lanes):
        side = take.project.sides.get(name)
        own = None if side is None else side.avatar
        path = own or shared
        if path is None:
            which = "The avatar" if take.avatar is None else f"The avatar {take.avatar.name}"
            raise ProjectError(f"{which} of this take is not at hand; open the take in the window, find the avatar, and save it.")
        if path not in made:
            corrections = NEUTRAL_CORRECTIONS if own is not None else RigCorrections.from_json(take.project.corrections)
            made[path] = AvatarRig(load_avatar(path), corrections)
        bodies[name] = made[path]
    return bodies
