"""Keys by the name of what they open: in the system's keyring, in the environment, or in memory; never in a file or a log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from app.keys.secret import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: the name under which the keyring lists them
SERVICE = "VisemeSync Preview"
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
    """Keys by name: what was given now comes before the keyring, and that before the environment. Any thread may use it.

    Args:
        variables: which variables of the environment may hold the key of a name, in order.
    """

    def __init__(self, variables: Callable[[str], Sequence[str]]) -> None:
        self._variables = variables
        self._known: dict[str, tuple[Secret, Place]] = {}
        #: guards _known; never held while the keyring is asked, which may wait for the user
        self._lock = threading.Lock()

    def find(self, name: str) -> str:
        """The key of a name; may ask the user to unlock the keyring, so call it on a worker thread.

        Returns:
            The key, "" for none.
        """
        with self._lock:
            known = self._known.get(name)
        if known is None:
            stored = self._stored(name)
            with self._lock:  # a key that was given meanwhile comes before the keyring's
                known = self._known.setdefault(name, (Secret(stored), "keyring" if stored else ""))
        return known[0].reveal() or self._from_environment(name)

    def place(self, name: str) -> Place:
        """Where the key that ``find`` gives comes from."""
        with self._lock:
            key, place = self._known.get(name, (Secret(""), ""))
        if key:
            return place
        return "environment" if self._from_environment(name) else ""

    def use(self, name: str, key: str) -> None:
        """Use a key until the program ends."""
        with self._lock:
            self._known[name] = (Secret(key), "session")

    def keep(self, name: str, key: str) -> Place:
        """Put a key into the keyring, or use it until the program ends where there is no keyring.

        Args:
            name: as for find.
            key: "" forgets the one that was kept.

        Returns:
            Where it is now.
        """
        backend = _backend()
        if not key:
            self._forget(name, backend)
            return self.place(name)
        self.use(name, key)
        if backend is not None:
            from keyring.errors import KeyringError

            try:
                backend.set_password(SERVICE, name, key)
            except (KeyringError, RuntimeError, OSError):  # locked and not opened, or out of order: it stays in memory
                return "session"
            with self._lock:
                self._known[name] = (Secret(key), "keyring")
        return self.place(name)

    def _forget(self, name: str, backend: KeyringBackend | None) -> None:
        with self._lock:
            self._known[name] = (Secret(""), "")
        if backend is not None:
            from keyring.errors import KeyringError

            try:
                backend.delete_password(SERVICE, name)
            except (KeyringError, RuntimeError, OSError):  # there was none, or the keyring stays locked
                return

    def _from_environment(self, name: str) -> str:
        found = next((value for each in self._variables(name) if (value := os.environ.get(each, "").strip())), "")
        return Secret(found).reveal()

    @staticmethod
    def _stored(name: str) -> str:
        backend = _backend()
        if backend is None:
            return ""
        from keyring.errors import KeyringError

        try:
            return backend.get_password(SERVICE, name) or ""
        except (KeyringError, RuntimeError, OSError):  # locked and not opened: as if there were none
            return ""


def has_keyring() -> bool:
    """Whether keys outlive the program here."""
    return _backend() is not None
