"""Nothing that the program is made of reports its use: onnxruntime would, and would keep an identifier in the user's cache."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

#: whichever of the two packages is imported first, sessions are made as the program makes them
SCRIPTS = {
    "models": "from models.engines.onnx_engine import eight_bits_are_exact as ask; ask()",
    "voices": "from app.speech.hibari import HibariEngine; HibariEngine().warm_up()",
    "app": "import app, onnxruntime",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_onnxruntime_keeps_nothing_in_the_users_home(root, tmp_path, script):
    left_out = ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(tmp_path))
    check = f"{script}; import sys; assert 'onnxruntime' in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=root, env={**environment, **homes}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not [
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if "microsoft" in str(path).lower() or "onnx" in path.name
    ]


def test_a_user_may_say_otherwise(root):
    code = "import os, app, models; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0", done.stderr
