"""The tokens that open the door; those of a file may change while the server runs."""

from __future__ import annotations

import hmac

from app.remote.server.logs import note
from app.remote.server.settings import ServerSettings, SettingsError, read_tokens


class Tokens:
    """The tokens of a server.

    Args:
        settings: tokens, and the file of tokens.

    Raises:
        SettingsError: the file holds no tokens.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._own = tuple(token.encode() for token in (settings.token, *settings.tokens) if token)
        self._file = settings.token_file
        self._seen: tuple[int, int, int] | None = None
        self._from_file: tuple[bytes, ...] = ()
        if self._file is not None:
            self._from_file = tuple(token.encode() for token in read_tokens(self._file))
            self._seen = self._look()

    @property
    def asked(self) -> bool:
        """Whether callers have to give one."""
        return bool(self._own or self._file)

    def allow(self, given: str) -> bool:
        """Whether a word is one of the tokens; takes the same time for every word."""
        word = given.encode("utf-8", "replace")
        found = False
        for token in (*self._own, *self._current()):
            found |= hmac.compare_digest(word, token)
        return found

    def _look(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            about = self._file.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _current(self) -> tuple[bytes, ...]:
        """Those of the file, read again when it has changed; a file that cannot be used leaves those that were."""
        if self._file is not None and (seen := self._look()) != self._seen:
            self._seen = seen
            try:
                self._from_file = tuple(token.encode() for token in read_tokens(self._file))
                note("tokens read again", count=len(self._from_file))
            except SettingsError as error:
                note("tokens not read again", why=str(error))
        return self._from_file
