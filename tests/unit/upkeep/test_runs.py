"""Logs of limited size, one for each run, and what is found of runs that crashed or were killed."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from app.upkeep import reports, runs
from app.upkeep.runs import Run, ended_badly, forget_old

#: begins a run in a folder and ends in a way of its own
_RUN = """
import ctypes, logging, os, signal, sys
from pathlib import Path
from app.upkeep.runs import Run
run = Run.begin(Path(sys.argv[1]))
logging.getLogger("app.test").info("about to end")
print(os.getpid(), flush=True)
{ending}
"""


def ended(root: Path, folder: Path, ending: str) -> int:
    """Run a program to its end; the number of its process."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN.format(ending=ending), str(folder)], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    return int(done.stdout)


def test_a_crash_leaves_a_trail_and_a_kill_none(root, tmp_path):
    crashed = ended(root, tmp_path, "ctypes.string_at(0)")
    killed = ended(root, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)" if sys.platform != "win32" else "os._exit(1)")
    ended(root, tmp_path, "run.end()")
    found = {run.process: run for run in ended_badly(tmp_path)}
    assert set(found) == {crashed, killed}
    assert "string_at" in found[crashed].fault and found[killed].fault == "" and "about to end" in found[killed].log[-1]
    report = reports.of_run(found[crashed])
    assert "ended unexpectedly" in report and "string_at" in report and "about to end" in report and str(root) not in report
    for run in found.values():
        run.forget()
    assert ended_badly(tmp_path) == [] and all((run.folder / runs.LOG).exists() for run in found.values())


def test_a_log_has_a_limit_and_old_ones_go(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "LIMIT_BYTES", 4000)
    first = Run.begin(tmp_path)
    assert first is not None and ended_badly(tmp_path) == [], "a run that lives did not end"
    for n in range(300):
        logging.getLogger("app.test").info("line %d", n)
    assert "line 299" in first.tail()[-1]
    assert sum(path.stat().st_size for path in first.folder.iterdir()) < 9000
    first.end()
    logging.getLogger("app.test").warning("after the end")
    assert "after the end" not in (first.folder / runs.LOG).read_text()
    for _ in range(4):
        run = Run.begin(tmp_path)
        assert run is not None
        run.end()
    forget_old(tmp_path, keep=2)
    assert len(list(tmp_path.iterdir())) == 2 and not first.folder.exists()


def test_nothing_can_be_written_is_no_reason_not_to_start(tmp_path):
    (tmp_path / "file").touch()
    assert Run.begin(tmp_path / "file" / "logs") is None
