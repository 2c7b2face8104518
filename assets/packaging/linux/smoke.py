"""``run.py build --smoke``: the Debian package in the oldest and the newest Debian, minimal and without Python, proves itself."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import TextIO

from assets.packaging.contents import BILL, PROGRAM, THIRD_PARTY
from assets.packaging.linux import without
from assets.packaging.linux.chroots import SUITES, USER, USER_ID, System, make_system, missing_tools, stop
from assets.packaging.linux.desktop_files import OWN_KINDS
from assets.packaging.linux.screens import Screen, screen

#: what the program must prove, by the names of its own report
PROVEN = ("window", "avatar", "voice", "Audio2Face", "film", "project", "server", "neighbours", "licences")
_PLACE = f"/home/{USER}/proof"


@dataclass(frozen=True)
class Seen:
    """One thing that was tried in a system.

    Attributes:
        system: Debian's name of it.
        what: was tried.
        ok: whether it came out as it should.
        detail: what was found.
        seconds: how long it took.
    """

    system: str
    what: str
    ok: bool
    detail: str
    seconds: float


class Trial:
    """One package in one system.

    Args:
        system: fresh.
        package: the Debian package.
        shown: where Xvfb shows it.
        pictures: folder for what was seen.
    """

    def __init__(self, system: System, package: Path, shown: Screen, pictures: Path) -> None:
        self._system, self._package, self._screen, self._pictures = system, package, shown, pictures
        self._name = package.name.partition("_")[0]
        self.seen: list[Seen] = []

    def run(self) -> list[Seen]:
        """Try everything; what needs the installed program is left out where it could not be installed."""
        if self._try("install", self._install):
            for what, work in (
                ("menu and files", self._desktop), ("doctor", self._doctor), ("smoke test", self._prove), ("window", self._window),
                *((f"without {case.what}", lambda case=case: self._without(case)) for case in without.CASES),
                ("removal", self._remove),
            ):  # fmt: skip
                self._try(what, work)
        return self.seen

    def _try(self, what: str, work: Callable[[], tuple[bool, str]]) -> bool:
        start_s = time.monotonic()
        ok, detail = work()
        seen = Seen(SUITES[self._system.suite], what, ok, detail, round(time.monotonic() - start_s, 1))
        self.seen.append(seen)
        print(f"{'ok' if ok else 'FAIL':<5}{seen.seconds:6.1f} s  {seen.system}, {what}: {detail}", flush=True)
        return ok

    # -- the steps

    def _install(self) -> tuple[bool, str]:
        """By apt, with what it depends on and nothing that it recommends."""
        system = self._system
        before = self._packages()
        system.put(self._package, f"/tmp/{self._package.name}")
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", f"/tmp/{self._package.name}"]
        done = system.run(command, online=True, limit_s=900)
        (system.root / "tmp" / self._package.name).unlink()
        if done.returncode != 0:
            return False, _last_line(done.stderr or done.stdout)
        python = system.run(["sh", "-c", "command -v python3 python"]).stdout.strip()
        if python:
            return False, f"there is a Python at {python}, so nothing is proven"
        told_here = f"/usr/share/doc/{self._name}"
        for name in (THIRD_PARTY, BILL):
            if system.run(["test", "-s", f"{told_here}/{name}"], user=str(USER_ID)).returncode != 0:
                return False, f"{told_here}/{name} is missing or empty"
        told = system.run([PROGRAM, "--version"], user=str(USER_ID))
        added = len(self._packages() - before)
        return told.returncode == 0, f"{added} packages with it, no Python, {told.stdout.strip() or _last_line(told.stderr)}"

    def _desktop(self) -> tuple[bool, str]:
        """With the packages that a desktop has, dpkg's triggers make our kinds of files known."""
        system = self._system
        done = system.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "shared-mime-info", "desktop-file-utils"], online=True
        )
        if done.returncode != 0:
            return False, _last_line(done.stderr)
        share = system.root / "usr" / "share"
        globs, entries = (share / "mime" / "globs2").read_text("utf-8"), (share / "applications" / "mimeinfo.cache").read_text("utf-8")
        for kind, (ending, *_words) in OWN_KINDS.items():
            if f"{kind}:*.{ending}" not in globs or f"{kind}={PROGRAM}.desktop" not in entries:
                return False, f"*.{ending} is not opened by the program"
        if "model/gltf-binary=" not in entries:
            return False, "*.glb is not offered to the program"
        valid = system.run(["desktop-file-validate", f"/usr/share/applications/{PROGRAM}.desktop"])
        return valid.returncode == 0, valid.stdout.strip() or "*.vsync, *.vstake and *.glb are opened by the program, the entry is valid"

    def _doctor(self) -> tuple[bool, str]:
        """Says how things are, and advises nothing that a packed program cannot do."""
        done = self._as_user([PROGRAM, "doctor"])
        told = done.stdout + done.stderr
        (self._pictures / f"doctor-{self._system.suite}.txt").write_text(told, "utf-8")
        for wrong in ("pip install", "run.py", "Traceback"):
            if wrong in told:
                line = next(each for each in told.splitlines() if wrong in each)
                return False, f"it says: {line.strip()}"
        return "OpenGL" in told or "GL" in told, f"{len(told.splitlines())} lines, exit {done.returncode}"

    def _prove(self) -> tuple[bool, str]:
        """The program's own proof, without a network."""
        system = self._system
        system.run(["mkdir", "-p", _PLACE], user=str(USER_ID))
        done = self._as_user([PROGRAM, "--smoke-test", "--report", f"{_PLACE}/report.json", "--picture", f"{_PLACE}/window.png"])
        report = system.root / _PLACE.lstrip("/") / "report.json"
        if not report.exists():
            return False, _last_line(done.stderr or done.stdout)
        told = json.loads(report.read_text("utf-8"))
        for step in told["steps"]:
            print(f"     {'ok' if step['ok'] else 'FAIL':<5}{step['seconds']:6.2f} s  {step['name']}: {step['detail']}", flush=True)
        (self._pictures / f"report-{system.suite}.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        proven = [step["name"] for step in told["steps"] if step["ok"]]
        missing = [name for name in PROVEN if name not in proven]
        good = done.returncode == 0 and told["packed"] and not missing
        return good, f"{len(proven)} steps proven" if good else f"not proven: {', '.join(missing) or _last_line(done.stderr)}"

    def _window(self) -> tuple[bool, str]:
        """The window as a user sees it: the second start, when the files are in memory."""
        process = self._system.start([PROGRAM], user=str(USER_ID), environment=self._of_user({"VISEMESYNC_TRACE": "1"}))
        try:
            moments = _wait_for_trace(process.stderr, "first avatar frame")
            out = self._pictures / f"window-{self._system.suite}.png"
            self._screen.save_when_still(out)
        finally:
            stop(process)
            process.wait()
        told = ", ".join(f"{event} {seconds:.2f} s" for event, seconds in moments.items())
        return "first avatar frame" in moments, f"{told}; {out.name}"

    def _without(self, case: without.Case) -> tuple[bool, str]:
        """What is said where something is missing."""
        with without.taken_away(self._system.root, case.files):
            done = self._as_user(list(case.command), limit_s=case.limit_s)
        return without.judge(case, done.returncode, done.stdout, done.stderr)

    def _remove(self) -> tuple[bool, str]:
        """The program goes, what the user has stays."""
        home = self._system.root / "home" / USER
        before = {path for path in home.rglob("*") if path.is_file()}
        done = self._system.run(["apt-get", "purge", "-y", "-qq", self._name])
        left = [path for path in (self._system.root / "opt").rglob("*")]
        lost = [path.name for path in before if not path.exists()]
        if done.returncode != 0 or left or lost:
            return False, f"{len(left)} files of the program left, {len(lost)} of the user lost; {_last_line(done.stderr)}"
        return True, f"nothing of the program left, {len(before)} files of the user kept"

    # -- inside

    def _as_user(self, command: Sequence[str], limit_s: float = 300.0) -> CompletedProcess[str]:
        return self._system.run(command, user=str(USER_ID), environment=self._of_user(), limit_s=limit_s)

    def _of_user(self, more: dict[str, str] | None = None) -> dict[str, str]:
        return {"DISPLAY": self._screen.display, "USER": USER, **(more or {})}

    def _packages(self) -> set[str]:
        return set(self._system.run(["dpkg-query", "-W", "-f", "${Package}\n"]).stdout.split())


def _wait_for_trace(stream: TextIO | None, event: str, limit_s: float = 120.0) -> dict[str, float]:
    """Read what a traced program says until it says an event, ends, or takes too long.

    Returns:
        Event -> seconds from the start of the process.
    """
    moments: dict[str, float] = {}
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in stream or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    end_s = time.monotonic() + limit_s
    while event not in moments:
        try:
            line = lines.get(timeout=max(end_s - time.monotonic(), 0.01))
        except queue.Empty:
            break
        if not line:
            break
        if line.startswith('{"trace"'):
            told = json.loads(line)
            moments[told["trace"]] = told["seconds"]
    return moments


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def smoke(package: Path, cache: Path, suites: Sequence[str] = tuple(SUITES)) -> int:
    """Prove a package in systems.

    Args:
        package: the Debian package.
        cache: where systems are kept from one run to the next.
        suites: in which.

    Returns:
        0 when all is well.

    Raises:
        SystemExit: no system can be made here.
    """
    hindrance = missing_tools()
    if hindrance:
        raise SystemExit(hindrance)
    pictures = package.parent / "smoke"
    pictures.mkdir(exist_ok=True)
    seen: list[Seen] = []
    for suite in suites:
        with screen() as shown:
            system = make_system(suite, cache, "trial")
            try:
                seen += Trial(system, package, shown, pictures).run()
            finally:
                system.remove()
    (pictures / "seen.json").write_text(json.dumps([asdict(each) for each in seen], indent=1) + "\n", "utf-8")
    bad = [each for each in seen if not each.ok]
    print(f"{len(seen) - len(bad)} of {len(seen)} as they should be; pictures and reports in {pictures}", file=sys.stderr)
    return 1 if bad else 0
