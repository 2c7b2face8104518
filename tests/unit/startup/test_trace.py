"""The steps of a start are told, whatever becomes of standard error meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: what sounddevice does while it is imported, in a thread of the program
LED_ELSEWHERE = """
import os
from app.startup.trace import trace
trace("first")
former = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
trace("second")
os.dup2(former, 2)
"""


def test_a_step_is_told_while_a_library_leads_standard_error_elsewhere() -> None:
    """A benchmark waited for ever for the step that fell into this moment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VISEMESYNC_TRACE": "1"}
    done = subprocess.run([sys.executable, "-c", LED_ELSEWHERE], env=environment, stderr=subprocess.PIPE, text=True, check=True)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [each["trace"] for each in told] == ["first", "second"]
    assert 0 < told[0]["seconds"] <= told[1]["seconds"] and told[0]["processor"] > 0
