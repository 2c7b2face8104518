"""A program from source and a packed one tell different things, and start themselves and others in different ways."""

from __future__ import annotations

import sys

import pytest

from app.commands import doctor
from app.core import installation


@pytest.fixture
def packed(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/opt/visemesync-preview/_internal", raising=False)


def test_from_source_pip_is_named(monkeypatch):
    monkeypatch.delattr(sys, "frozen", raising=False)
    assert installation.how_to_get("Ray", "visemesync-preview[cluster]").endswith("pip install 'visemesync-preview[cluster]'")
    assert installation.own_command("serve")[1:] == ["-m", "app", "serve"]
    environment = {"LD_LIBRARY_PATH": "/opt/mine", "LD_LIBRARY_PATH_ORIG": "/opt/other"}
    installation.restore_library_path(environment)
    assert environment["LD_LIBRARY_PATH"] == "/opt/mine"


def test_a_package_advises_neither_pip_nor_the_script(packed, monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-distribution",))
    monkeypatch.setattr(doctor, "DEFAULT_AVATAR", tmp_path / "none.glb")

    def broken():
        raise OSError("libsomething is missing")

    monkeypatch.setattr(doctor, "CHECKS", (*(each for each in doctor.CHECKS if each[0] in ("packages", "default avatar")), ("x", broken)))
    words = " ".join(finding.advice for finding in doctor.examine())
    assert "run.py" not in words and "pip" not in words.replace("pipe", "") and "assets/build" not in words
    assert "full package" in installation.how_to_get_torch() and "pip" not in installation.how_to_get_torch()
    assert installation.own_command("serve") == [sys.executable, "serve"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the loader's path is Linux's")
@pytest.mark.parametrize("before", ["/opt/mine", "", None])
def test_other_programs_get_the_loaders_path_that_was_there_before(packed, before):
    environment = {"LD_LIBRARY_PATH": "/opt/visemesync-preview/_internal"}
    if before is not None:
        environment["LD_LIBRARY_PATH_ORIG"] = before
    installation.restore_library_path(environment)
    installation.restore_library_path(environment)
    assert environment.get("LD_LIBRARY_PATH") == (before or None) and "LD_LIBRARY_PATH_ORIG" not in environment
