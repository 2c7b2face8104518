"""The start as a user sees it: splash, window and first avatar frame of a fresh process, from source and of what was packed in dist."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from app.core.errors import RenderError
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
FRAME = "first avatar frame"
STEPS = ("splash shown", "desktop imported", "window shown", FRAME, "window complete")
N_STARTS, N_COLD = 6, 3
#: a start that takes longer has failed
LIMIT_S = 60
#: the first start of all goes on until the avatar is kept ready for the next one
KEEPING_S = 120
COLD = f"{FRAME}, nothing kept yet"
BUDGETS = (Budget(f"source: {FRAME}", "s", most=1.2), Budget(f"source: {COLD}", "s", most=2.0))


def start_once(command: list[str], folder: Path, keeps: bool = False) -> dict[str, tuple[float, float]]:
    """Start the program until its avatar is seen.

    Args:
        command: of the program, without arguments.
        folder: for settings, states and caches.
        keeps: let it go on until what it keeps of the avatar is there.

    Returns:
        Step -> seconds since the process began, and its processor time until then.

    Raises:
        RenderError: a step did not come.
    """
    private = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    environment = {**os.environ, **private, "PYTHONPATH": str(ROOT), "VISEMESYNC_TRACE": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as run.py does: a user's second start does not compile
    seen: dict[str, tuple[float, float]] = {}
    with subprocess.Popen([*command, "--new-window"], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        limit = threading.Timer(LIMIT_S, process.kill)
        limit.start()
        for line in process.stderr:
            if line.startswith('{"trace"'):
                told = json.loads(line)
                seen[told["trace"]] = told["seconds"], told["processor"]
            if STEPS[-1] in seen:
                break
        limit.cancel()
        ends_s = time.monotonic() + KEEPING_S
        while keeps and process.poll() is None and time.monotonic() < ends_s and not list(folder.glob("cache/**/*.drawn")):
            time.sleep(0.5)
        process.kill()
    missing = [step for step in STEPS if step not in seen]
    if missing:
        raise RenderError(f"A start of {command[0]} did not come to its {missing[0]} within {LIMIT_S} s; start it by hand to see why.")
    return seen


def programs() -> dict[str, list[str]]:
    """What is started, by its name: the source, and the packages that were built here."""
    packed = {
        folder.name.rpartition("-")[2]: folder / "visemesync-preview" for folder in sorted((ROOT / "dist").glob("visemesync-preview-*"))
    }
    found = {f"packed, {name}": [str(path)] for name, path in packed.items() if path.is_file()}
    return {"source": [sys.executable, "-m", "app"], **found}


def measure(commands: dict[str, list[str]]) -> list[dict]:
    """Rows of the benchmark: the quickest start, which is the one that the machine's other work disturbed least, and the median.

    Programs are started in turn, so that they share what disturbs. The very first start of each reads the files and lets Python keep
    what it compiled, as an installation does; then come starts without anything in the user's cache, then those that find it.
    """
    cold: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in commands}
    starts: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(N_COLD + 1):
            for name, command in commands.items():
                shutil.rmtree(Path(folder, name), ignore_errors=True)
                cold[name].append(start_once(command, Path(folder, name), keeps=turn == N_COLD))
        for _ in range(N_STARTS):
            for name, command in commands.items():
                starts[name].append(start_once(command, Path(folder, name)))
    rows = []
    for name in commands:
        rows += _rows(f"{name}: {COLD}", [start[FRAME] for start in cold[name][1:]])
        for step in STEPS:
            rows += _rows(f"{name}: {step}", [start[step] for start in starts[name]])
    if hasattr(os, "getloadavg"):
        rows.append({"name": "load of the machine meanwhile, itself included", "value": os.getloadavg()[0], "unit": "in the last minute"})
    return rows


def _rows(name: str, seen: list[tuple[float, float]]) -> list[dict]:
    """The quickest of some starts, with their median, and the least processor time."""
    wall, work = zip(*seen, strict=True)
    unit = f"s from process start (median of {len(wall)}: {median(wall):.2f})"
    return [
        {"name": name, "value": min(wall), "unit": unit},
        {"name": f"{name}, processor time", "value": min(work), "unit": "s"},
    ]


def run() -> list[dict]:
    """Rows of the benchmark; a display of its own where there is none."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        if shutil.which("xvfb-run") is None:
            raise RenderError("There is no display to open the window on; start one, or install xvfb-run.")
        inside = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24 -noreset", sys.executable, str(Path(__file__).resolve())]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(inside, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=20 * LIMIT_S)
        rows: list[dict] = json.loads(done.stdout.strip().splitlines()[-1])
        return rows
    return measure(programs())


if __name__ == "__main__":
    print(json.dumps(measure({Path(sys.argv[1]).name: sys.argv[1:]} if sys.argv[1:] else programs())))
