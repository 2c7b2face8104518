"""All tests in groups, a process each and a few at a time; standard library only, for run.py."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from xml.etree import ElementTree

#: how many of the slowest tests are named
SLOWEST = 25
#: so many groups that failed are run once more; when more fail, something is wrong with more than their time
MOST_AGAIN = 6
#: tests that each take long -> so many bytes of files share a process; the first window of one costs what four of the next ones do
FILLED = {"tests/gui": 60_000, "tests/e2e": 24_000}
LONG = tuple(FILLED)
#: tests that want the machine in time: windows, pictures, the device's clock, and pages in a browser
WINDOWS = ("tests/gui", "tests/gl", "tests/unit/audio", "tests/unit/remote")
#: pytest's exit status when no test was chosen
NOTHING_CHOSEN = 5
#: before anything was measured: bytes of a test file that take a second
BYTES_PER_S, BYTES_PER_S_ALONE = 4000, 200


class Outcome:
    """One group of tests, run to its end.

    Args:
        name: of the group.
        command: runs it.
        root: the checkout.
        environment: of its process.
        report: where pytest writes its JUnit file.
    """

    def __init__(self, name: str, command: list[str], root: Path, environment: dict[str, str], report: Path) -> None:
        self.name = name
        begun_s = time.monotonic()
        done = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.seconds = round(time.monotonic() - begun_s, 1)
        self.output = done.stdout.decode(errors="replace")
        self.status = 0 if done.returncode == NOTHING_CHOSEN else abs(done.returncode)
        suites = list(ElementTree.parse(report).iter("testsuite")) if report.exists() else []
        self.cases = [case for suite in suites for case in suite.iter("testcase")]
        bad = sum(case.find("failure") is not None or case.find("error") is not None for case in self.cases)
        self.passed = len(self.cases) - len(self.skips) - bad
        # a process that died has failed, whatever it reported
        self.failed = max(bad, int(self.status != 0))

    def mend(self, again: Outcome) -> None:
        """Take over how the tests that failed went when they were run once more; of a process that died, all of them.

        Args:
            again: all of them passed.
        """
        once_more = {(case.get("classname"), case.get("name")) for case in again.cases}
        others = [case for case in self.cases if (case.get("classname"), case.get("name")) not in once_more]
        self.cases, self.status, self.failed = [*others, *again.cases], 0, 0
        self.passed = len(self.cases) - len(self.skips)

    def said(self) -> str:
        """A line about it, below all that pytest said when something failed."""
        word, output = ("FAILED", self.output) if self.status else ("passed", "")
        return f"{output}{word}  {self.name}: {counts(self.passed, self.failed, len(self.skips))} in {self.seconds:.0f} s"

    @property
    def skips(self) -> list[str]:
        """Why tests were left out."""
        return [case.find("skipped").get("message", "") for case in self.cases if case.find("skipped") is not None]

    @property
    def bad(self) -> list[str]:
        """The tests that failed, as pytest's reports name them."""
        cases = [case for case in self.cases if case.find("failure") is not None or case.find("error") is not None]
        return [f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}" for case in cases]


def counts(passed: int, failed: int, skipped: int) -> str:
    """The words that a workflow counts by."""
    return f"{passed} passed, {failed} failed, {skipped} skipped"


class Batches:
    """The test files of a checkout in groups that are run in a process each, the longest first.

    Args:
        root: the checkout.
        memory: a JSON file that keeps how long each group took, for the next run.
    """

    def __init__(self, root: Path, memory: Path) -> None:
        self._root, self._memory = root, memory

    def groups(self, quick: bool) -> dict[str, list[str]]:
        """Name -> files.

        Tests of the window and of the command line are long, and Python keeps closed windows for as long as it lives: a few files of a
        folder are a group, and not one alone, because a process works for seconds before its first window is open. Of the others each
        folder is a group.

        Args:
            quick: only the rooms of the daily loop.
        """
        groups: dict[str, list[Path]] = {}
        for path in sorted((self._root / "tests").rglob("test_*.py")):
            room = path.relative_to(self._root / "tests").parts[0]
            if not quick or room in ("unit", "property", "test_house_rules.py"):
                alone = path.parent == self._root / "tests"
                groups.setdefault((path if alone else path.parent).relative_to(self._root).as_posix(), []).append(path)
        for name in [name for name in groups if name.startswith(LONG)]:
            parts = shared_out(groups.pop(name), next(most for long, most in FILLED.items() if name.startswith(long)))
            groups |= {f"{name}/{', '.join(path.stem.removeprefix('test_') for path in part)}": part for part in parts}
        known = self._seconds()

        def seconds(name: str) -> float:
            size = sum(path.stat().st_size for path in groups[name])
            return known.get(name, size / (BYTES_PER_S_ALONE if name.startswith((*LONG, "tests/test_")) else BYTES_PER_S))

        names = sorted(groups, key=seconds, reverse=True)
        return {name: [path.relative_to(self._root).as_posix() for path in groups[name]] for name in names}

    def run(
        self, command: list[str], environments: list[dict[str, str]], quick: bool, beside: dict[str, str] | None = None
    ) -> int:  # fmt: skip
        """Run the groups and say how it went: a line for a group that passed, all that it said for another.

        At the end stand the slowest tests, what was skipped, what failed, and one line ``N passed, N failed, N skipped``.

        Args:
            command: runs pytest.
            environments: of the processes, as many as may run at the same time.
            quick: only the daily loop.
            beside: of one more process, which takes none of the windows' tests and leaves the machine to the others: tests of servers
                and services wait more than they work. None for none.

        Returns:
            0 when all tests passed, else the worst exit status.
        """
        begun_s, groups = time.monotonic(), self.groups(quick)
        windows, others = (deque(name for name in groups if name.startswith(WINDOWS) is wanted) for wanted in (True, False))
        with tempfile.TemporaryDirectory(prefix="visemesync-tests-") as folder, ThreadPoolExecutor(len(environments) + 1) as pool:
            avatars = Path(folder) / "avatars"
            avatars.mkdir()

            def run_one(name: str, environment: dict[str, str], first: tuple[str, ...] = (), chosen: Sequence[str] = ()) -> Outcome:
                report = Path(folder) / (name.replace("/", " ") + (" again.xml" if chosen else ".xml"))
                words = [*first, *command, "-p", "no:cacheprovider", f"--junitxml={report}", *(chosen or groups[name])]
                return Outcome(name, words, self._root, {**environment, "VISEMESYNC_TEST_AVATARS": str(avatars)}, report)

            def lane(environment: dict[str, str], first: tuple[str, ...], *waiting: deque[str]) -> None:
                while name := taken(*waiting):
                    outcomes.append(run_one(name, environment, first))
                    print(outcomes[-1].said(), flush=True)

            outcomes: list[Outcome] = []
            lanes = [pool.submit(lane, environment, (), windows, others) for environment in environments]
            if beside is not None:
                lanes.append(pool.submit(lane, beside, ("nice", "-n", "5"), others))
            try:
                for future in as_completed(lanes):
                    future.result()
            finally:
                windows.clear()
                others.clear()
                pool.shutdown(cancel_futures=True)
            if not quick:
                self._memory.write_text(json.dumps({each.name: each.seconds for each in outcomes}, indent=1))
            crowded = self._alone(outcomes, lambda name, chosen: run_one(name, environments[0], chosen=chosen))
        print(summary(outcomes, time.monotonic() - begun_s, crowded), flush=True)
        return max(each.status for each in outcomes)

    def _alone(self, outcomes: list[Outcome], run_one: Callable[[str, list[str]], Outcome]) -> list[str]:
        """Run the tests that failed once more with nothing beside them, since windows and sound need the machine in time.

        Args:
            outcomes: of all groups; one whose tests pass alone is mended.
            run_one: runs some tests of a group.

        Returns:
            The tests that failed beside others and passed alone; they are named at the end.
        """
        crowded: list[str] = []
        for former in [each for each in outcomes if each.status][:MOST_AGAIN]:
            again = run_one(former.name, former.bad)
            print(f"once more, alone: {again.said()}", flush=True)
            if not again.status:
                crowded += former.bad or [former.name]
                former.mend(again)
        return crowded

    def _seconds(self) -> dict[str, float]:
        """How long each group took when all were run last; empty before."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            return {str(name): float(value) for name, value in json.loads(self._memory.read_text()).items()}
        return {}


def shared_out(files: list[Path], filled: int) -> list[list[Path]]:
    """Files in their order, a few at a time: each as many as are needed to fill a process with so many bytes."""
    parts: list[list[Path]] = []
    room = 0
    for path in files:
        size = path.stat().st_size
        if not parts or size > room:
            parts.append([])
            room = filled
        parts[-1].append(path)
        room -= size
    return parts


def taken(*waiting: deque[str]) -> str:
    """The next of what waits, taken out of the first queue that has one; "" when nothing does."""
    for queued in waiting:
        with contextlib.suppress(IndexError):
            return queued.popleft()
    return ""


def summary(outcomes: list[Outcome], seconds: float, crowded: list[str]) -> str:
    """The slowest tests, what was skipped and why, what failed beside others, what failed, and the sums."""
    timed = [(float(case.get("time", 0)), case) for each in outcomes for case in each.cases]
    timed.sort(key=lambda pair: -pair[0])
    lines = [f"the {SLOWEST} slowest tests, with what they set up and take down:"]
    lines += [f"{s:8.2f} s  {case.get('classname', '').replace('.', '/')}.py::{case.get('name')}" for s, case in timed[:SLOWEST]]
    skips = Counter(skip for each in outcomes for skip in each.skips)
    lines += [f"{count} skipped: {reason}" for reason, count in skips.items()]
    lines += [f"failed beside others, passed alone: {name}" for name in crowded]
    lines += [f"FAILED {each.name}" for each in outcomes if each.status]
    sums = counts(sum(each.passed for each in outcomes), sum(each.failed for each in outcomes), skips.total())
    # the sums stand alone on the last line, which is what workflows look for
    return "\n".join([*lines, f"all of it took {seconds:.0f} s", sums])
