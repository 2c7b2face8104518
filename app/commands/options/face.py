"""The avatar that a verb works for, and one sentence as soon as it is clear that speech cannot move its face."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from app.commands.pipeline import DEFAULT_AVATAR
from app.core.errors import AvatarError

if TYPE_CHECKING:
    from app.avatar.model import Avatar


def avatar_of(options: Namespace) -> Avatar:
    """Load the avatar of the options, or the bundled one; a mouth that cannot move is told on standard error.

    Args:
        options: ``avatar`` and ``mapping`` are read.

    Raises:
        AvatarError: it cannot be read, or the mapping does not fit it.
    """
    from app.avatar.findings import speech_problem
    from app.avatar.gltf import load_avatar
    from app.avatar.names.mapping import read_mapping

    path = getattr(options, "mapping", None)
    avatar = load_avatar(options.avatar or DEFAULT_AVATAR, mapping=read_mapping(path) if path else None)
    problem = speech_problem(avatar.parts)
    if problem:
        print(problem, file=sys.stderr)
    return avatar


def keep_for_next_time(avatar: Avatar) -> None:
    """Keep what was found out about an avatar that was drawn, so that the next film of it begins sooner."""
    from app.avatar.gltf import keep_ready
    from app.render.prepared import keep

    if avatar.path is not None and not avatar.vocabulary.by_hand:
        with suppress(AvatarError):
            keep(avatar) and keep_ready(avatar.path)


def named_avatar(options: Namespace) -> Avatar | None:
    """As avatar_of, but nothing where the options name no avatar: for verbs that show none."""
    return avatar_of(options) if options.avatar or options.mapping else None


def face_report(avatar: Avatar | None) -> dict[str, Any]:
    """What a verb's JSON says about the avatar's face: nothing where no avatar is involved.

    Args:
        avatar: as avatar_of returns it, or None.
    """
    from app.avatar.findings import speech_problem

    if avatar is None:
        return {}
    return {"avatar": avatar.name, "mouth_moves": not speech_problem(avatar.parts), "problems": list(avatar.problems)}
