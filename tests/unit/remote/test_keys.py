"""Where keys of servers are kept, and where they never go."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from app.core.errors import ServiceError
from app.keys.kept import SERVICE, Keys, has_keyring
from app.remote.client.remote_source import RemoteSource
from app.remote.link.addresses import host_of, is_far, is_remote, kind_of, server_name, split_token
from app.remote.link.keys import KEYS, NIM_VARIABLE, TOKEN_VARIABLE, variables_of, without_key
from app.remote.link.meter import HearsFar, LinkedSource
from app.remote.nim.nim_source import NimSource

HERE = "remote:http://here:8000"


class Memory(KeyringBackend):
    """Keeps in memory; locked, it refuses everything."""

    priority = 1  # type: ignore[assignment]
    locked = False

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def _open(self) -> None:
        if self.locked:
            raise KeyringLocked

    def get_password(self, service, username):
        self._open()
        assert service == SERVICE
        return self.kept.get(username)

    def set_password(self, service, username, password):
        self._open()
        self.kept[username] = password

    def delete_password(self, service, username):
        self._open()
        if self.kept.pop(username, None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    """A keyring of this test, and nothing known before."""
    before = keyring.get_keyring()
    one = Memory()
    keyring.set_keyring(one)
    monkeypatch.setattr(KEYS, "_known", {})
    for name in (TOKEN_VARIABLE, NIM_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    yield one
    keyring.set_keyring(before)


def test_a_kept_key_is_there_after_a_start_and_gone_when_forgotten(ring):
    assert Keys(variables_of).keep(HERE, "k1") == "keyring" and has_keyring()
    again = Keys(variables_of)
    assert again.find(HERE) == "k1" and again.place(HERE) == "keyring" and again.find("remote:http://there") == ""
    assert again.keep(HERE, "") == "" and not ring.kept
    assert again.keep(HERE, "") == "" and Keys(variables_of).find(HERE) == ""


@pytest.mark.parametrize("kind", ["none", "locked"])
def test_without_a_keyring_a_key_lasts_as_long_as_the_program(ring, kind):
    if kind == "none":
        keyring.set_keyring(NoKeyring())
        assert not has_keyring()
    ring.locked = True
    one = Keys(variables_of)
    assert one.keep(HERE, "k1") == "session" and one.find(HERE) == "k1"
    assert Keys(variables_of).find(HERE) == "" and not ring.kept
    assert one.keep(HERE, "") == "" and one.find(HERE) == ""


def test_the_environment_comes_last(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "from-env")
    one = Keys(variables_of)
    assert one.find(HERE) == "from-env" and one.place(HERE) == "environment" and one.find("nim:h:1") == ""
    one.keep(HERE, "own")
    assert one.find(HERE) == "own"


def test_a_token_in_an_address_is_used_and_taken_out():
    assert without_key("remote:http://here:8000/t/abc/") == HERE
    assert KEYS.find(HERE) == "abc" and KEYS.place(HERE) == "session"
    assert without_key("file:/t/abc") == "file:/t/abc" and without_key("nim:h:1") == "nim:h:1"
    source = RemoteSource("here:8000/t/abc")
    assert "abc" not in source.name + source.url + source.label
    assert split_token("https://x/base/t/k") == ("https://x/base", "k")
    assert server_name("remote:here:8000") == HERE and server_name("nim:h:1") == "nim:h:1"
    assert host_of(HERE) == "here:8000" and host_of("nim:h:1") == "h:1" and is_remote(HERE) and not is_remote("mock")
    with pytest.raises(ServiceError):
        server_name("remote:ftp://x")


def test_only_the_module_knows_the_keys():
    assert "abc" not in repr(KEYS)


def test_what_a_server_can_do_is_known_before_it_is_asked():
    remote, nim = RemoteSource("http://desk:8000"), NimSource("desk:52000")
    assert kind_of("remote:desk:8000") is remote.kind and kind_of("nim:desk:52000") is nim.kind
    assert kind_of("a2f") is None and kind_of("remotely:x") is None
    for source in (remote, nim):
        assert isinstance(source, LinkedSource) and isinstance(source, HearsFar) == source.kind.listens_live
    assert (remote.kind.listens_live, nim.kind.listens_live) == (True, False) and nim.kind.beat_s > remote.kind.beat_s


def test_a_server_far_away_is_told_from_one_that_is_near():
    far = ("remote:https://pod-8000.proxy.runpod.net", "remote:http://8.8.8.8:8000", "nim:gpu.example.com:52000")
    near = (HERE, "remote:http://127.0.0.1:8000", "remote:http://192.168.1.5:8000", "nim:[::1]:1", "remote:http://box.local:1", "mock")
    assert all(map(is_far, far)) and not any(map(is_far, near))
