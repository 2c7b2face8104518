"""Fuzzes the program's readers: ``python -m tests.fuzz --seconds 300 --seed 1 [--only NAME ...] [--kept FOLDER] [--replay FILE ...]``."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tests.fuzz.fuzzing import Findings, Fuzzing, replayed
from tests.fuzz.targets import TARGETS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long")
    parser.add_argument("--seed", type=int, default=1, help="of all chance")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="targets whose names begin so", default=[])
    parser.add_argument("--kept", type=Path, default=Path("build/fuzz"), help="folder for inputs that show faults")
    parser.add_argument(
        "--replay", nargs="+", type=Path, metavar="FILE", help="judge kept inputs again, each in a folder named as its target"
    )
    parser.add_argument("--list", action="store_true", help="print the names of all targets")
    return parser.parse_args()


def table(findings: Findings) -> str:
    """What was tried, as rows of Markdown."""
    rows = ["| reader | inputs | read | refused | faults |", "|---|---|---|---|---|"]
    for name, counts in sorted(findings.counts.items()):
        found = sum(1 for target, _ in findings.faults if target == name)
        rows.append(f"| {name} | {sum(counts.values()):,} | {counts['read']:,} | {counts['refused']:,} | {found} |")
    return "\n".join([*rows, f"| all | {findings.inputs:,} | | | {len(findings.faults)} |"])


def _interrupted(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _replay(files: list[Path]) -> int:
    faults = 0
    for file in files:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            verdict = replayed(TARGETS[file.parent.name], [file], Path(folder))[file]
        faults += verdict.kind == "fault"
        print(f"{file}: {verdict.kind} {verdict.what}\n{verdict.details}")
    return int(faults > 0)


def main() -> int:
    """Run; the exit status is 1 where there are faults."""
    given = _arguments()
    if given.list:
        print("\n".join(TARGETS))
        return 0
    if given.replay:
        return _replay(given.replay)
    chosen = [each for name, each in TARGETS.items() if not given.only or name.startswith(tuple(given.only))]
    begun_s, children = time.monotonic(), os.times()
    fuzzing = Fuzzing(chosen, given.kept, given.seed)
    findings = fuzzing.findings
    signal.signal(signal.SIGTERM, _interrupted)
    with suppress(KeyboardInterrupt):
        fuzzing.run(given.seconds)
    after = os.times()
    used_s = after.children_user + after.children_system - children.children_user - children.children_system
    print(table(findings))
    print(
        f"\n{findings.inputs:,} inputs in {time.monotonic() - begun_s:.0f} s ({used_s:.0f} s of processor time), seed {given.seed}", end=""
    )
    print(f", {findings.died} workers died" if findings.died else "")
    return int(bool(findings.faults))


if __name__ == "__main__":
    raise SystemExit(main())
