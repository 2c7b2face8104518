"""Long runs tell what grows from what comes and goes, and a short one of each program leaves its report."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.soak.flatness import Limit, judge

LIMIT = Limit(per_hour=20.0, at_once=5.0)
SECONDS = np.arange(0.0, 3600.0, 10.0)


@pytest.mark.parametrize(
    ("values", "flat"),
    [
        (np.full_like(SECONDS, 400.0), True),
        (400 + SECONDS / 3600 * 60, False),
        (np.minimum(100 + SECONDS, 500.0), True),
        (400 + 100 * (np.arange(len(SECONDS)) % 7 == 0), True),
        (400 + SECONDS / 3600 * 6, True),
    ],
    ids=["the same", "a leak", "only while it warms up", "peaks that come and go", "less than the limit"],
)
def test_a_leak_is_told_from_what_comes_and_goes(values, flat):
    assert judge(SECONDS, values, LIMIT).flat is flat


def run_of(root, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from Linux's /proc")
def test_a_short_run_of_the_server_leaves_its_report(root, tmp_path):
    words = ("--minutes", "0.08", "--voices", "4", "--every", "0.5", "--source", "mock", "--out", str(tmp_path / "soak.json"))
    done = run_of(root, "tests.soak.server", *words)
    told = json.loads((tmp_path / "soak.json").read_text())
    assert told["spoken"] >= 4 and told["lost"] == 0 and len(told["readings"]) > 3, done.stderr
    assert told["refused"] == 0 and told["most_at_once"] >= 4
    assert (tmp_path / "soak.png").stat().st_size > 5000
