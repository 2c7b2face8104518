"""The window with a keyring of the test's, and no key of this machine's user."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend

from app.keys import found
from app.keys.places import ServicePlaces


class HeldKeyring(KeyringBackend):
    """Keeps in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        self.kept.pop((service, username), None)


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """The keyring; the environment names no service."""
    groups = [value for name, value in vars(found).items() if name.isupper() and name != "SERVICES" and isinstance(value, tuple)]
    for name in (each for group in groups for each in group):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(found.CLOUD_KEYS, "_known", {})
    monkeypatch.setattr(found.CHOSEN, "now", ServicePlaces())
    before, one = keyring.get_keyring(), HeldKeyring()
    keyring.set_keyring(one)
    yield one
    keyring.set_keyring(before)
