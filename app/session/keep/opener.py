"""Files that are opened by what they are."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import PreviewError
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.motion.sources import Sources
from app.session.pose.avatars import Avatars
from app.session.speech.speeches import Speeches


class Opener:
    """Gives a file to the part that can open it.

    Args:
        avatars: take avatars.
        speeches: take recordings.
        sources: take tracks.
        messages: told of what is none of these.
    """

    def __init__(self, avatars: Avatars, speeches: Speeches, sources: Sources, messages: Messages) -> None:
        self._doors = {"avatar": avatars.load, "audio": speeches.open, "track": sources.open_track}
        self._messages = messages

    def open(self, path: Path) -> None:
        """Open an avatar, a recording or a track."""
        try:
            kind = opening.kind_of(path)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        self._doors[kind](path)
