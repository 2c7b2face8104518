"""A program from source and a packed one tell different things, and start themselves and others in different ways."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
import types

import pytest

from app.cli import main
from app.commands import doctor
from app.core import installation, shipped


@pytest.fixture
def packed(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/opt/visemesync-preview/_internal", raising=False)


@pytest.mark.skipif(sys.platform == "win32", reason="cmd.exe quotes otherwise")
def test_a_wheel_names_the_packages_themselves_since_the_program_is_on_no_index(monkeypatch, tmp_path):
    lines = ["numpy<3", "ray<3; extra == 'cluster'", "visemesync-preview[server]; extra == 'cluster'", "fastapi<1,>=0.1; extra == 'server'",
             "winonly; (sys_platform == 'win32') and extra == 'server'", "torch==2; extra == 'a2f'"]  # fmt: skip
    monkeypatch.setattr(shipped, "_IN_WHEEL", tmp_path)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: lines)
    said = installation.how_to_get("Ray", "cluster")
    assert said.endswith(f"{sys.executable} -m pip install 'ray<3' 'fastapi<1,>=0.1'")
    assert installation.how_to_get_torch().endswith(" -m pip install torch==2")
    monkeypatch.setattr(installation, "find_spec", lambda name: None)
    assert installation.how_to_get("Ray", "", "ray").endswith(f"uv pip install --python {sys.executable} ray")
    monkeypatch.setattr(sys, "prefix", "/home/me/.local/share/pipx/venvs/visemesync-preview")
    assert installation.how_to_get("Ray", "", "ray").endswith("pipx inject visemesync-preview ray")


def test_every_sentence_names_what_exists(root):
    """Extras of pyproject.toml, and never the program as if an index had it."""
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    files = [*(root / "app").rglob("*.py"), *(root / "models").rglob("*.py"), *(root / "docs").rglob("*.md"), root / "README.md"]
    texts = {path.name: path.read_text("utf-8") for path in files}
    assert [name for name, text in texts.items() if re.search(r"pip install ['\"]?visemesync-preview", text)] == []
    asked = {extra for text in texts.values() for extra in re.findall(r"how_to_get\(['\"].+?['\"], ['\"](\w+)['\"]", text)}
    assert asked >= {"server", "cluster", "remote", "streaming", "study"} and asked <= set(extras)


def test_a_checkout_is_told_to_let_the_script_install(monkeypatch):
    monkeypatch.delattr(sys, "frozen", raising=False)
    assert installation.how_to_get("Ray", "cluster") == "start this with python3 run.py in place of python -m app, which installs it"
    assert installation.how_to_get("usd-core", "usd").split("pip install ")[1].strip("'\"").startswith("usd-core")
    assert "openai" in " ".join(installation.needed_by("azure"))


def test_a_verb_that_needs_more_than_the_server_says_so(monkeypatch, capsys):
    def missing(options):
        raise ModuleNotFoundError("No module named 'PIL'", name="PIL.Image")

    monkeypatch.setattr(importlib, "import_module", lambda name: types.SimpleNamespace(run=missing))
    assert main(["formats"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("formats needs the package PIL.Image, which this installation has not; start it with python3 run.py")


def test_from_source_the_program_starts_itself_with_its_python(monkeypatch):
    monkeypatch.delattr(sys, "frozen", raising=False)
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
