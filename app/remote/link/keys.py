"""Tokens and API keys of servers: in the system's keyring, in the environment, or in memory; never in a file or a log."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Literal

from app.remote.link.addresses import KINDS, kind_of, server_name, split_token

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: the name under which the keyring lists them
SERVICE = "VisemeSync Preview"
#: token of our servers for those that have none of their own; only ever sent to a server that the user named
TOKEN_VARIABLE = "VISEMESYNC_REMOTE_TOKEN"
NIM_VARIABLE = "NVIDIA_API_KEY"
_VARIABLES = {"remote": TOKEN_VARIABLE, "nim": NIM_VARIABLE}
Place = Literal["", "keyring", "session", "environment"]


def _backend() -> KeyringBackend | None:
    """The system's keyring, or None where there is none that keeps anything."""
    try:
        import keyring
    except ModuleNotFoundError:
        return None
    chosen = keyring.get_keyring()
    return chosen if chosen.priority > 0 else None


class Keys:
    """Keys by server: what was given now comes before the keyring, and that before the environment. Any thread may use it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Place]] = {}
        #: guards _known; never held while the keyring is asked, which may wait for the user
        self._lock = threading.Lock()

    def find(self, server: str) -> str:
        """The key of a server; may ask the user to unlock the keyring, so call it on a worker thread.

        Args:
            server: see server_name.

        Returns:
            The key, "" for none.
        """
        with self._lock:
            known = self._known.get(server)
        if known is None:
            stored = self._stored(server)
            with self._lock:  # a key that was given meanwhile comes before the keyring's
                known = self._known.setdefault(server, (stored, "keyring" if stored else ""))
        return known[0] or os.environ.get(_variable(server), "")

    def place(self, server: str) -> Place:
        """Where the key that ``find`` gives comes from."""
        with self._lock:
            key, place = self._known.get(server, ("", ""))
        if key:
            return place
        return "environment" if os.environ.get(_variable(server)) else ""

    def use(self, server: str, key: str) -> None:
        """Use a key until the program ends."""
        with self._lock:
            self._known[server] = (key, "session")

    def keep(self, server: str, key: str) -> Place:
        """Put a key into the keyring, or use it until the program ends where there is no keyring.

        Args:
            server: as for find.
            key: "" forgets the one that was kept.

        Returns:
            Where it is now.
        """
        backend = _backend()
        if not key:
            self._forget(server, backend)
            return self.place(server)
        self.use(server, key)
        if backend is not None:
            from keyring.errors import KeyringError

            try:
                backend.set_password(SERVICE, server, key)
            except (KeyringError, RuntimeError, OSError):  # locked and not opened, or out of order: it stays in memory
                return "session"
            with self._lock:
                self._known[server] = (key, "keyring")
        return self.place(server)

    def _forget(self, server: str, backend: KeyringBackend | None) -> None:
        with self._lock:
            self._known[server] = ("", "")
        if backend is not None:
            from keyring.errors import KeyringError

            try:
                backend.delete_password(SERVICE, server)
            except (KeyringError, RuntimeError, OSError):  # there was none, or the keyring stays locked
                return

    @staticmethod
    def _stored(server: str) -> str:
        backend = _backend()
        if backend is None:
            return ""
        from keyring.errors import KeyringError

        try:
            return backend.get_password(SERVICE, server) or ""
        except (KeyringError, RuntimeError, OSError):  # locked and not opened: as if there were none
            return ""


def _variable(server: str) -> str:
    return _VARIABLES.get(server.partition(":")[0], TOKEN_VARIABLE)


#: of this process
KEYS = Keys()


def has_keyring() -> bool:
    """Whether keys outlive the program here."""
    return _backend() is not None


def without_key(spec: str) -> str:
    """A source's words without a token; the token is used until the program ends.

    Args:
        spec: any source; all but ``remote:URL/t/TOKEN`` stay as they are.
    """
    if kind_of(spec) is not KINDS["remote"]:
        return spec
    clean, token = split_token(spec)
    if token:
        KEYS.use(server_name(clean), token)
    return clean
