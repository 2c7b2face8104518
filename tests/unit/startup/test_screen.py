"""What is missing on a system is one clear sentence, never a trail of Python's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.startup.screen import missing_library, unreachable_display

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries of Linux")


def test_a_missing_library_is_named_with_its_package():
    sentence = missing_library("libGL.so.1: cannot open shared object file: No such file or directory")
    assert "libGL.so.1" in sentence and "apt install libgl1" in sentence and "mesa-libGL" in sentence
    assert (
        "libweird.so.3" in missing_library("ImportError: libweird.so.3: cannot open shared object file") and missing_library("boom") == ""
    )


def test_a_display_that_is_not_there(monkeypatch):
    for name, value in (("WAYLAND_DISPLAY", ""), ("QT_QPA_PLATFORM", ""), ("DISPLAY", ":4711")):
        monkeypatch.setenv(name, value)
    assert ":4711" in unreachable_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert unreachable_display() == ""


def test_without_gl_the_window_ends_in_one_sentence(root, tmp_path):
    """The real entry, with an import of Qt that fails as it does where libGL is missing."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'PySide6.QtWidgets':\n"
        "            raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    private = {f"XDG_{name}": str(tmp_path / name) for name in ("STATE_HOME", "RUNTIME_DIR", "CONFIG_HOME")}
    environment = {**os.environ, **private, "PYTHONPATH": f"{tmp_path}:{root}", "QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":1"}
    command = [sys.executable, "-m", "app", "preview"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "libGL.so.1" in done.stderr, done.stderr
