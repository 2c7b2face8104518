"""No key of this machine's user gets into a test, and no keyring of theirs."""

from __future__ import annotations

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from app.keys import found
from app.keys.places import ServicePlaces


@pytest.fixture(autouse=True)
def nobodys_keys(monkeypatch):
    """An environment without keys, proxies and a keyring."""
    names = [name for name, value in vars(found).items() if name.isupper() and isinstance(value, tuple)]
    for name in {variable for group in names if group != "SERVICES" for variable in getattr(found, group)}:
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(found.CLOUD_KEYS, "_known", {})
    monkeypatch.setattr(found.CHOSEN, "now", ServicePlaces())
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)
