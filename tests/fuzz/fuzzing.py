"""Runs workers one after the other, keeps what they find, and lives on when they die of an input."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.fuzz.target import Target

#: a worker that says nothing for so long of its processor time runs in a circle; one that says nothing for so long at all stands still
CIRCLE_S, SILENT_S = 60.0, 900.0
#: how often a silent worker is looked at
_LOOK_S = 5.0


@dataclass
class Findings:
    """What came of a run.

    Attributes:
        counts: target -> ``read``, ``refused``, ``fault`` -> inputs.
        faults: target, key -> one line.
        died: workers that ended by themselves.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    died: int = 0

    @property
    def inputs(self) -> int:
        """Of all targets."""
        return sum(sum(each.values()) for each in self.counts.values())


class Fuzzing:
    """One run.

    Args:
        targets: what is read.
        kept: a folder for inputs that show faults: ``TARGET/KEY.ending`` and what is wrong with it beside.
        seed: of all chance; the same seed and the same program give the same inputs.
    """

    def __init__(self, targets: list[Target], kept: Path, seed: int) -> None:
        self._targets = {each.name: each for each in targets}
        self._kept, self._seed = kept, seed
        self.findings = Findings({name: Counter() for name in self._targets})

    def run(self, seconds: float) -> Findings:
        """Fuzz for so long, however many workers it takes."""
        end_s = time.monotonic() + seconds
        seed = self._seed
        while (left_s := end_s - time.monotonic()) > 0.5:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                self._one(Path(folder), seed, left_s)
            seed += 1_000_003
        return self.findings

    def _one(self, folder: Path, seed: int, seconds: float) -> None:
        command = [sys.executable, "-m", "tests.fuzz.worker", str(folder), str(seed), str(seconds), *self._targets]
        # one thread, so that processor time is the input's own
        env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1"}
        with (folder / "errors").open("wb") as errors:
            worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=env, text=True)
            said: queue.Queue[str | None] = queue.Queue()
            assert worker.stdout is not None
            threading.Thread(target=_pass_on, args=(worker.stdout, said), daemon=True).start()
            try:
                is_silent = self._listen(said, folder, worker.pid)
            finally:
                if worker.poll() is None:
                    worker.send_signal(signal.SIGABRT)  # it says then where it stands
                worker.wait()
        if worker.returncode > 0:
            raise RuntimeError(f"the fuzzing itself is broken:\n{(folder / 'errors').read_text('utf-8', 'replace')}")
        if worker.returncode:
            self._died(folder, "stands still" if is_silent else f"ends the process ({worker.returncode})")

    def _listen(self, said: queue.Queue[str | None], folder: Path, pid: int) -> bool:
        """Hear a worker out; tells whether it fell silent. On a machine that is busy with other things, silence is no fault."""
        heard_s, used_s = time.monotonic(), _used_s(pid)
        while True:
            try:
                line = said.get(timeout=_LOOK_S)
            except queue.Empty:
                if _used_s(pid) - used_s > CIRCLE_S or time.monotonic() - heard_s > SILENT_S:
                    return True
                continue
            if line is None:
                return False
            heard_s, used_s = time.monotonic(), _used_s(pid)
            words = json.loads(line)
            if "fault" in words:
                self._keep(words["target"], words["fault"], words["what"], words["details"], (folder / words["file"]).read_bytes())
            else:
                self.findings.counts[words["target"]].update(words["counts"])

    def _died(self, folder: Path, what: str) -> None:
        self.findings.died += 1
        details = (folder / "errors").read_text("utf-8", "replace")
        try:
            name = (folder / "target").read_text()
            data = (folder / "input" / f"input{self._targets[name].ending}").read_bytes()
        except (OSError, KeyError):
            raise RuntimeError(f"a worker died before it began:\n{details}") from None
        self._keep(name, f"died-{len(self.findings.faults)}", what, details[-4000:], data)

    def _keep(self, name: str, key: str, what: str, details: str, data: bytes) -> None:
        folder = self._kept / name
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{key}{self._targets[name].ending}"
        if (name, key) not in self.findings.faults or len(data) < file.stat().st_size:
            file.write_bytes(data)
            (folder / f"{key}.txt").write_text(f"{what}\n\n{details}\n", "utf-8")
        if (name, key) not in self.findings.faults:
            self.findings.faults[name, key] = what
            print(f"fault in {name}: {what} ({file})", flush=True)


def _used_s(pid: int) -> float:
    """Processor time of a process; 0 of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pass_on(stream: IO[str], said: queue.Queue[str | None]) -> None:
    for line in stream:
        said.put(line)
    said.put(None)


def replayed(target: Target, files: list[Path], folder: Path) -> dict[Path, Any]:
    """The verdicts on kept inputs, in this process.

    Args:
        target: whose reader.
        files: the inputs.
        folder: to work in; emptied afterwards.
    """
    from tests.fuzz.judge import Judge

    judge = Judge(folder)
    try:
        return {file: judge.judge(target, file.read_bytes()) for file in files}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
