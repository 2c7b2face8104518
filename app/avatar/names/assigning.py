"""From an avatar as read to one that moves: its vocabulary found or given, its shapes composed, and what is left is said."""

from __future__ import annotations

from dataclasses import replace

from app.avatar.findings import channel_names, findings
from app.avatar.jaw import open_by_jaw_joint
from app.avatar.model import Avatar
from app.avatar.names.composing import compose, written_names
from app.avatar.names.dialects import recognise
from app.avatar.vocabulary import Vocabulary

#: any of these opens a mouth
OPENERS = frozenset({"jawOpen", "viseme_aa"})


def understood(avatar: Avatar) -> Avatar:
    """An avatar whose shapes drive what their names say.

    Args:
        avatar: as read from its file.
    """
    return with_vocabulary(avatar, recognise(written_names(avatar.parts)))


def with_vocabulary(avatar: Avatar, vocabulary: Vocabulary) -> Avatar:
    """An avatar whose shapes drive what a vocabulary says.

    Args:
        avatar: as read, or with another vocabulary.
        vocabulary: of its shapes.

    Returns:
        The avatar with its shapes composed, its jaw joint used where no shape opens the mouth, and its problems found.
    """
    composed = compose(avatar, vocabulary)
    by_joint = not OPENERS & channel_names(composed.parts)
    if by_joint:
        opened = open_by_jaw_joint(composed)
        by_joint, composed = opened is not composed, opened
    jaw = composed.joints[composed.bones["jaw"]].name if by_joint else ""
    return replace(composed, problems=(*findings(composed.parts, vocabulary, jaw), *composed.odd))
