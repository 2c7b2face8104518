"""The wheel, installed into an empty environment outside the checkout, is the whole program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from app import __version__


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Built from a copy, so that nothing of the build lies about in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in ("app", "models", "assets", "docs"):
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "shots", "*.mp4", "*.jpg"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(root / name, source / name)
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    made = tmp_path_factory.mktemp("dist")
    done = subprocess.run([sys.executable, "-c", code, str(made)], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The bin folder of an environment that has the wheel, and the packages it needs from this one."""
    folder = tmp_path_factory.mktemp("venv")
    venv.EnvBuilder(with_pip=False, symlinks=sys.platform != "win32").create(folder)
    places = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    words = ["--prefix", str(folder), "--no-deps", "--no-index", "--no-compile", "--ignore-installed", str(wheel)]
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr
    # a path line comes after the environment's own packages, and brings no other copy of the program
    Path(places["purelib"], "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Path(places["scripts"])


def run(scripts, words, folder) -> subprocess.CompletedProcess:
    """The console script, in a folder that knows nothing of the checkout."""
    script = next(path for path in scripts.glob("visemesync-preview*") if "window" not in path.name)
    environment = {**os.environ, "PYTHONPATH": "", "HOME": str(folder)}
    command = [str(script)] if sys.platform == "win32" else [str(scripts / "python"), str(script)]
    return subprocess.run([*command, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_what_the_wheel_carries(root, wheel):
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        metadata = file.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert {name.partition("/")[0] for name in names} == {"app", "models", f"visemesync_preview-{__version__}.dist-info"}
    for folder in ("icons", "licences", "personas"):
        files = [path for path in (root / "assets" / folder).rglob("*") if path.is_file()]
        assert {f"app/shipped/{path.relative_to(root).as_posix()}" for path in files} <= set(names)
    wanted = {"assets/avatar.glb", "assets/avatar_man.glb", "assets/avatar_stylised.glb", "assets/prices.toml", "docs/guide.md"}
    assert {f"app/shipped/{name}" for name in wanted} <= set(names)
    assert {"models/weights/face_light.safetensors", "models/weights/ranges.json", "app/remote/nim/nim.proto"} <= set(names)
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_the_installed_program_finds_all_that_it_needs(installed, tmp_path):
    done = run(installed, ["doctor", "--json"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {each["name"]: each for each in json.loads(done.stdout)["findings"]}
    assert findings["default avatar"]["state"] == findings["voices"]["state"] == "ok" and "onnxruntime" in findings["networks"]["detail"]


def test_the_installed_program_speaks_with_its_own_network(installed, tmp_path):
    done = run(installed, ["speak", "Hello.", "--source", "a2f:light", "-o", "said.csv"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "said.csv").read_text().splitlines()) > 20


def test_the_scripts_start_the_program_and_not_the_checkout(installed, root, tmp_path):
    code = "import app.core.shipped as s; print(s.shipped('assets/avatar.glb'))"
    environment = {**os.environ, "PYTHONPATH": ""}
    words = [str(installed / "python"), "-c", code]
    found = Path(subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout.strip())
    assert found.parts[-4:] == ("app", "shipped", "assets", "avatar.glb") and root not in found.parents
    assert len(list(installed.glob("visemesync-preview*"))) == 2
