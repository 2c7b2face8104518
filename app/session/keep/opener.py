"""Files that are opened by what they are."""

from __future__ import annotations

from pathlib import Path

from app.core.file_kinds import kind_of
from app.session.motion.sources import Sources
from app.session.pose.avatars import Avatars
from app.session.speech.speeches import Speeches


class Opener:
    """Gives a file to the part that can open it.

    Args:
        avatars: take avatars.
        speeches: take recordings.
        sources: take tracks.
    """

    def __init__(self, avatars: Avatars, speeches: Speeches, sources: Sources) -> None:
        self._doors = {"avatar": avatars.load, "audio": speeches.open, "track": sources.open_track}

    def open(self, path: Path) -> None:
        """Open an avatar, a recording or a track; what is none of these is told by who tries to read it."""
        self._doors[kind_of(path)](path)

    def open_motion(self, path: Path) -> None:
        """Open the motion that an avatar's file holds, as a track."""
        self._doors["track"](path)
