"""The proof that a package is asked for, by the program from source."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gui


@pytest.mark.slow
def test_the_program_proves_itself(root, tmp_path, shots):
    """Window, avatar, voice, motion, film, project and server, each with its time; settings of the user are left alone."""
    environment = {**os.environ, "PYTHONPATH": str(root), "VISEMESYNC_FFMPEG": "off"}
    environment |= {f"XDG_{name}_HOME": str(tmp_path / "users" / name) for name in ("CONFIG", "STATE", "DATA")}
    report, picture = tmp_path / "report.json", shots / "proof.png"
    command = [sys.executable, "-m", "app", "--smoke-test", "--report", str(report), "--picture", str(picture)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert told["ok"] and not told["packed"]
    names = ["window", "avatar", "voice", "Audio2Face", "film", "project", "server", "neighbours", "licences"]
    assert [step["name"] for step in told["steps"]] == names
    assert all(step["ok"] and step["detail"] for step in told["steps"])
    assert "h264" in told["steps"][4]["detail"] and "All is well." in done.stdout
    assert not list(tmp_path.glob("users/*/visemesync*")) and picture.stat().st_size > 20_000


def test_without_a_display_it_says_so(root, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux may lack a display")
    done = subprocess.run([sys.executable, "-m", "app", "--smoke-test"], env={**environment, "PYTHONPATH": str(root)}, cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "no display" in done.stderr
