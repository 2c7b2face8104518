"""Benchmarks ask for nothing that is not here, and say in one sentence what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def bench(root, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run benchmarks in a process of their own, as a machine that lacks something sees them."""
    keep = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "app", "bench", *names]
    return subprocess.run(command, cwd=root, env=keep | environment, capture_output=True, text=True, timeout=100, check=False)


def one_sentence(text: str) -> bool:
    """Whether a person is told something, and no programmer."""
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 200


#: PortAudio on a machine without a single sound device
NO_DEVICE = """
class PortAudioError(Exception):
    pass

class _Default:
    device = {"input": -1, "output": -1}

default = _Default()

def query_hostapis(index=None):
    return ()

def query_devices(device=None, kind=None):
    if kind is None:
        return ()
    raise PortAudioError("Error querying device -1")

class InputStream:
    def __init__(self, **_keys):
        raise PortAudioError("Error querying device -1")

OutputStream = InputStream
"""


@pytest.fixture
def no_sound(tmp_path) -> dict[str, str]:
    """A machine without sound devices, whatever this one has."""
    (tmp_path / "sounddevice.py").write_text(NO_DEVICE)
    return {"PYTHONPATH": str(tmp_path)}


def test_sync_without_sound_devices_says_so(root, no_sound):
    """It needs an input that hears the output."""
    done = bench(root, "sync", "--json", **no_sound)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and said["results"] == {} and "Traceback" not in done.stderr
    assert one_sentence(said["missing"]["sync"]) and "no input device" in said["missing"]["sync"]
    assert f"sync\n{said['missing']['sync']}\n" == bench(root, "sync", **no_sound).stdout


def test_a_window_without_a_display_says_so(root, no_sound):
    """And does not take the other benchmarks with it."""
    if sys.platform != "linux":
        pytest.skip("other systems always have a display")
    done = bench(root, "tuning", "sync", "--json", **no_sound)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and list(said["missing"]) == ["tuning", "sync"]
    assert one_sentence(said["missing"]["tuning"]) and "no display" in said["missing"]["tuning"]


def test_a_package_that_is_not_installed_is_named(root, tmp_path, no_sound):
    """Optional packages belong to some benchmarks only."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    done = bench(root, "nvidia", "--json", **no_sound)
    assert "torch" in json.loads(done.stdout)["missing"]["nvidia"]
