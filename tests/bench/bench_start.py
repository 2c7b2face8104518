"""The start as a user sees it: splash, window and first avatar frame of a fresh process, by the real entry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from app.core.errors import RenderError

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("splash shown", "desktop imported", "window shown", "first avatar frame")
N_STARTS = 4
#: a start that takes longer has failed
LIMIT_S = 60


def start_once(command: list[str], folder: Path) -> dict[str, tuple[float, float]]:
    """Start the program until its avatar is seen.

    Args:
        command: of the program, without arguments.
        folder: for settings and states.

    Returns:
        Step -> seconds since the process began, and its processor time until then.
    """
    private = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "DATA")}
    environment = {**os.environ, **private, "PYTHONPATH": str(ROOT), "VISEMESYNC_TRACE": "1"}
    seen: dict[str, tuple[float, float]] = {}
    with subprocess.Popen([*command, "--new-window"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith('{"trace"'):
                told = json.loads(line)
                seen[told["trace"]] = told["seconds"], told["processor"]
            if STEPS[-1] in seen:
                break
        process.kill()
    return seen


def measure(command: list[str]) -> list[dict]:
    """Rows of the benchmark: the quickest start, which is the one that the machine's other work disturbed least, and the median."""
    with tempfile.TemporaryDirectory() as name:
        starts = [start_once(command, Path(name)) for _ in range(N_STARTS + 1)][1:]
    rows = []
    for step in STEPS:
        wall, work = zip(*(start[step] for start in starts), strict=True)
        rows.append({"name": step, "value": min(wall), "unit": f"s from process start (median of {N_STARTS}: {median(wall):.2f})"})
        rows.append({"name": f"{step}, processor time", "value": min(work), "unit": "s"})
    return rows


def run() -> list[dict]:
    """Rows of the benchmark; a display of its own where there is none."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        inside = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24 -noreset", sys.executable, str(Path(__file__).resolve())]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(inside, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=10 * LIMIT_S)
        rows: list[dict] = json.loads(done.stdout.strip().splitlines()[-1])
        return rows
    return measure([sys.executable, "-m", "app"])


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:] or [sys.executable, "-m", "app"])))
