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


def start(root, folder, missing: str, error: str) -> subprocess.CompletedProcess[str]:
    """Start the window by the real entry, with an import that fails."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {missing!r}:\n"
        f"            raise {error}\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    private = {f"XDG_{name}_HOME": str(folder / name) for name in ("STATE", "CONFIG", "DATA")}
    environment = {**os.environ, **private, "PYTHONPATH": f"{folder}:{root}", "QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":1"}
    command = [sys.executable, "-m", "app", "preview"]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_without_gl_the_window_ends_in_one_sentence(root, tmp_path):
    """As where libGL is missing."""
    done = start(
        root, tmp_path, "PySide6.QtWidgets", "ImportError('libGL.so.1: cannot open shared object file: No such file or directory')"
    )
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "libGL.so.1" in done.stderr, done.stderr


def test_a_start_that_fails_leaves_a_report(root, tmp_path):
    done = start(root, tmp_path, "app.ui.window.main_window", "RuntimeError('not today')")
    assert done.returncode == 1 and "The program cannot start (RuntimeError). A report is in" in done.stderr.splitlines()[-1]
    (report,) = (tmp_path / "STATE" / "visemesync-preview" / "reports").iterdir()
    assert "not today" in report.read_text("utf-8") and str(root) not in report.read_text("utf-8")
    assert not list(tmp_path.glob("STATE/*/running/*.json")) and not list(tmp_path.glob("STATE/*/logs/*/fault.txt")), "all was given back"


def test_who_has_no_console_is_told_in_a_box(monkeypatch):
    from app import begin

    told = []
    monkeypatch.setattr(begin, "tell", told.append)
    monkeypatch.setattr(sys, "stderr", None)
    assert begin._run_unheard(["preview", "--colour", "red"]) == 2 and sys.stderr is None
    assert len(told) == 1 and "unrecognized arguments: --colour" in told[0]
