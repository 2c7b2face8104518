"""What the verbs share when they run in the process of the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from app.avatar import gltf
from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar
from app.cli import main
from app.desktop import DEFAULT_AVATAR


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """An avatar that a verb has read in this process is not read again by the next one; nothing changes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gltf, "_alive", {})
        yield


@pytest.fixture(scope="session")
def decoded(read_once) -> Avatar:
    """The default avatar, kept alive so that it is decoded and its openness baked once."""
    return load_avatar(DEFAULT_AVATAR)


@pytest.fixture
def verb(tmp_path, monkeypatch, capsys) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``verb("animate", ...)``: what ``python -m app animate ...`` does in an empty folder without a display, in this very process.

    That one of its own does the same is shown by the tests that start one.
    """
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:
            status = int(end.code or 0)
        return subprocess.CompletedProcess(words, status, *capsys.readouterr())

    return run
