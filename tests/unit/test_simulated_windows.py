"""The way from the start to the verbs as on Windows, in a process that says it is one and has nothing that only POSIX has.

It shows that no module asks for such a thing where it is read, that starting works, and where settings go. It does not show that Windows'
own calls work.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

HOME = r"C:\Users\Jörg 日本\AppData\Local"
#: third-party packages look at the system when they are read, so they are read before; from then on this is Windows
SCRIPT = """
import asyncio, builtins, importlib, json, logging.handlers, multiprocessing.pool, os, pathlib, pkgutil, signal, socket, sys
import PySide6.QtOpenGLWidgets, PySide6.QtSvg, PySide6.QtWidgets, pyqtgraph, pyrender, OpenGL.GL
import PIL.Image, av, fastapi, grpc, httpx, keyring, numpy, onnxruntime, platformdirs.windows, sounddevice, trimesh, uvicorn
import websockets, yaml

sys.platform = "win32"
gone = {signal: "SIGKILL SIGHUP SIGUSR1", socket: "AF_UNIX"}
gone[os] = "fork getpriority setpriority sysconf sched_setscheduler geteuid getuid killpg setsid statvfs mkfifo"
for owner, names in gone.items():
    for name in names.split():
        if hasattr(owner, name):
            delattr(owner, name)
real = builtins.__import__

def guarded(name, globals=None, *rest, **named):
    if name.partition(".")[0] in ("fcntl", "pwd", "grp", "resource", "termios") and str((globals or {}).get("__name__")).startswith("app"):
        raise ImportError(f"{name} is not on Windows")
    return real(name, globals, *rest, **named)

builtins.__import__ = guarded
import app

broken = {}
names = [each.name for each in pkgutil.walk_packages(app.__path__, "app.", onerror=lambda name: None) if each.name != "app.__main__"]
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        broken[name] = repr(error)

from app.core import places
from app import begin

platformdirs.windows.get_win_folder = platformdirs.windows.get_win_folder_from_env_vars
windows = platformdirs.windows.Windows("visemesync-preview", appauthor=False)
for name in ("config", "data", "state", "cache"):
    folder = getattr(windows, f"user_{name}_path")
    setattr(platformdirs, f"user_{name}_path", lambda *_, folder=folder, **__: folder)
kept = {name: str(places.root_folder(name)) for name in ("config", "data", "state", "cache")}
with places.elsewhere(pathlib.Path("proof")):
    proof = {name: str(places.root_folder(name)) for name in kept}
after = {name: str(places.root_folder(name)) for name in kept}
project = r"C:\\Users\\Jörg 日本\\Takes\\first take.vsync"
opens = [begin.opens_window(["preview", project]), begin.opens_window([project]), begin.opens_window([])]
files = begin.handed_files(["preview", project])
status = [begin.main(["formats"]), begin.main(["inspect", "assets/avatar.glb"])]
told = {"broken": broken, "modules": len(names), "kept": kept, "opens": opens, "files": files, "status": status}
told |= {"proof": proof, "after": after}
print("\\n" + json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(root):
    """What the simulated Windows said."""
    environment = {**os.environ, "PYTHONPATH": str(root), "LOCALAPPDATA": HOME, "APPDATA": HOME, "USERPROFILE": r"C:\Users\Jörg 日本"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_module_can_be_read_where_posix_is_not(told):
    assert told["broken"] == {} and told["modules"] > 900


def test_files_of_any_name_open_the_window_and_verbs_run(told):
    assert told["opens"] == [True, True, True] and told["files"] == [r"C:\Users\Jörg 日本\Takes\first take.vsync"]
    assert told["status"] == [0, 0]


def test_everything_kept_lies_in_the_folder_that_the_uninstaller_knows(told):
    """One folder in %LOCALAPPDATA%, whatever letters the user's name has."""
    from assets.packaging.windows.facts import USER_FOLDER

    kept = {name: path.replace("\\", "/") for name, path in told["kept"].items()}
    assert all(path.startswith(f"{HOME}/{USER_FOLDER}".replace("\\", "/")) for path in kept.values()), kept


def test_a_proof_keeps_away_from_the_users_folders(root, told):
    """The places of a proof are its own on a system that knows nothing of XDG, and only while it lasts."""
    assert all(path == str(root / "proof" / name) for name, path in told["proof"].items()) and len(told["proof"]) == 4
    assert told["after"] == told["kept"]


@pytest.fixture(scope="module")
def calls(root):
    """Every call of the program: where it is, and its syntax."""
    found = []
    for folder in ("app", "models"):
        for path in sorted((root / folder).rglob("*.py")):
            calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
            found += [(f"{path.relative_to(root).as_posix()}:{node.lineno}", node) for node in calls]
    return found


def test_processes_are_spawned_never_forked(calls):
    """A fork is not there on Windows, and elsewhere takes GL, sound and threads along half alive."""
    offenders, spawned = [], 0
    for where, node in calls:
        said = ast.unparse(node.func)
        if said == "multiprocessing.get_context":
            spawns = ast.unparse(node) == "multiprocessing.get_context('spawn')"
            spawned += spawns
            offenders += [] if spawns else [where]
        if said in ("os.fork", "multiprocessing.Process", "multiprocessing.Pool"):
            offenders.append(where)
        if said == "ProcessPoolExecutor" and "spawn" not in ast.unparse(node):
            offenders.append(where)
        # HAProxy gets its open port; it is not there for Windows, and a sentence says so before it is started
        if {"preexec_fn", "pass_fds"} & {word.arg for word in node.keywords} and "remote/fleet/proxy.py" not in str(where):
            offenders.append(where)
    assert not offenders and spawned >= 4, offenders


def test_no_text_is_read_or_written_in_the_systems_own_code_page(calls):
    """On Windows that would be another one in every country."""
    offenders = []
    for where, node in calls:
        count = {"read_text": 1, "write_text": 2}.get(node.func.attr) if isinstance(node.func, ast.Attribute) else None
        if count is not None and len(node.args) < count and not any(word.arg == "encoding" for word in node.keywords):
            offenders.append(where)
    assert not offenders, f"say which encoding: {offenders}"
