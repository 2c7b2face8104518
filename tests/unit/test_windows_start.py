"""The way to the window and through the verbs as it goes on Windows, simulated in a process of its own: folders, display, no fork.

Real Windows runs the tests in CI. What can be shown elsewhere: which folders are asked for, that nothing forks, that no branch for Linux
is taken, and that a user's name in any script does no harm.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

#: packages are loaded before the system is said to be Windows, because they have files for this one only
SCRIPT = """
import json, os, sys
import numpy, onnxruntime, sounddevice, soundfile, soxr, platformdirs, multiprocessing.util, ctypes.util
import platformdirs.windows, asyncio, ctypes, multiprocessing.connection, concurrent.futures.process, types, PySide6.QtWidgets, hibari
local, roaming = sys.argv[1:3]
os.environ.update(LOCALAPPDATA=local, APPDATA=roaming, USERPROFILE=sys.argv[3])
for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
    os.environ.pop(name, None)
def forked():
    raise AssertionError("Windows has no fork")
os.fork = os.forkpty = forked
sys.platform = "win32"
platformdirs.PlatformDirs = platformdirs.windows.Windows
platformdirs.windows._RESOLVE_WIN_FOLDER = platformdirs.windows.get_win_folder_from_env_vars
said = {}
from app.settings import Settings, settings_path
from app.commands.preview import has_display
from models.engines.engine import has_nvidia_driver
settings = Settings()
settings.line = "Grüße"
settings.save()
said["settings"] = str(settings_path())
said["line"] = Settings.load().line
said["display"] = has_display()
said["card"] = has_nvidia_driver()
from app.cli import main
said["exit"] = main(["speak", "Hello.", "--source", "a2f:light", "-o", os.path.join(sys.argv[3], "gesagt é.csv"), "--progress", "none"])
claimed = []
ctypes.windll = types.SimpleNamespace(shell32=types.SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=claimed.append))
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from app.desktop import make_application
application = make_application()
said["claimed"], said["icon"] = claimed, not application.windowIcon().isNull()
said["torch"] = "torch" in sys.modules
sys.stdout.write(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(root, tmp_path_factory) -> tuple[dict, object]:
    home = tmp_path_factory.mktemp("Users") / "Jürgen Ωmega 山田"
    home.mkdir()
    local, roaming = home / "AppData" / "Local", home / "AppData" / "Roaming"
    command = [sys.executable, "-X", "utf8", "-c", SCRIPT, str(local), str(roaming), str(home)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), home


def test_settings_lie_in_the_users_own_folder_whatever_the_name(said):
    found, home = said
    assert found["settings"].startswith(str(home / "AppData" / "Local")) and found["line"] == "Grüße"


def test_a_window_can_open_without_the_words_of_linux(said):
    found, _home = said
    assert found["display"] is True and found["card"] is False and found["torch"] is False
    assert found["claimed"] == ["visemesync-preview"] and found["icon"] is True


def test_a_verb_runs_to_its_end_without_fork(said):
    found, home = said
    assert found["exit"] == 0 and len((home / "gesagt é.csv").read_text("utf-8").splitlines()) > 20


def test_processes_begin_anew_instead_of_forking(root):
    """What works on several cores asks for ``spawn``, the only way that Windows has; the default of Linux is another."""
    for path in (root / "app").rglob("*.py"):
        text = path.read_text("utf-8")
        pools = text.count("ProcessPoolExecutor(") + text.count("multiprocessing.Process(") + text.count("multiprocessing.Pool(")
        assert "os.fork" not in text and pools <= text.count('get_context("spawn")'), path


def test_the_setup_script_goes_the_way_of_windows(root, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("run_script_of_windows", root / "run.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "WINDOWS", True)
    monkeypatch.setattr(script, "VENV", tmp_path)
    monkeypatch.setattr(script, "PYTHON", tmp_path / "Scripts" / "python.exe")
    monkeypatch.setattr(script.sys, "platform", "win32")
    monkeypatch.setattr(script, "make_venv", lambda: None)
    monkeypatch.setattr(script, "can_load", lambda library: library == "nvcuda.dll")
    run = []
    monkeypatch.setattr(
        script.subprocess, "run", lambda words, **how: run.append(words) or subprocess.CompletedProcess(words, 7 * (len(run) > 1))
    )
    monkeypatch.setattr(script.os, "execve", lambda *words: pytest.fail("there is no exec on Windows"))
    assert script.main(["doctor"]) == 7
    setup, start = run
    assert setup[0].endswith("python.exe") and setup[-3].endswith("[desktop,a2f]") and setup[-1].startswith("https://download.pytorch.org/")
    assert start[1:] == ["-m", "app", "doctor"]
