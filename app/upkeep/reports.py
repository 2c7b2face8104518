"""Reports of errors that nobody foresaw: what a developer needs, and nothing that its user would not show to a stranger."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from app import __version__
from app.core.beside import write_whole
from app.core.installation import is_packed
from app.core.places import where
from app.upkeep.runs import EndedRun
from app.upkeep.scrubbing import scrubbed

#: reports that are kept
KEPT_REPORTS = 10
_PACKAGES = ("PySide6-Essentials", "numpy", "onnxruntime", "PyOpenGL", "pyrender2", "sounddevice", "av", "torch")


def about_program() -> dict[str, str]:
    """Versions and platform; nothing of the user."""
    packages = []
    for name in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            packages.append(f"{name} {importlib.metadata.version(name)}")
    return {
        "program": f"VisemeSync Preview {__version__}{', packaged' if is_packed() else ''}",
        "Python": f"{platform.python_version()}, {platform.machine()}",
        "system": " ".join((platform.system(), platform.release(), *_distribution())),
        "packages": ", ".join(packages),
    }


def _distribution() -> tuple[str, ...]:
    with suppress(OSError, AttributeError):
        return (f"({platform.freedesktop_os_release().get('PRETTY_NAME', '')})",)
    return ()


def of_error(error: BaseException, facts: Mapping[str, str], log: Iterable[str]) -> str:
    """A report of an exception that nobody caught.

    Args:
        error: which.
        facts: of the window: what draws, on which screens.
        log: last lines of the log.
    """
    trail = "".join(traceback.format_exception(error)).rstrip()
    return _report(f"{type(error).__name__} in the running program", facts, trail, log)


def of_run(run: EndedRun) -> str:
    """A report of a run that ended in a crash of the whole process."""
    return _report("The program ended unexpectedly", {}, run.fault, run.log, run.ended_s)


def _report(title: str, facts: Mapping[str, str], trail: str, log: Iterable[str], when_s: float | None = None) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(when_s))
    head = [f"{name}: {value}" for name, value in {"time": when, **about_program(), **facts}.items()]
    parts = [f"VisemeSync Preview, report: {title}", "\n".join(head), trail, "Last lines of the log:\n" + ("\n".join(log) or "none")]
    return scrubbed("\n\n".join(part for part in parts if part)) + "\n"


def keep(report: str, folder: Path | None = None) -> Path | None:
    """Write a report, and let the oldest go; None where nothing can be written.

    Args:
        report: its text.
        folder: of the reports; None for this user's.
    """
    folder = folder or where("reports")
    name = f"report-{time.strftime('%Y-%m-%d-%H-%M-%S')}"
    path = next(each for n in range(1, 1000) if not (each := folder / f"{name}{'' if n == 1 else f'-{n}'}.txt").exists())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, report)
        for old in sorted(folder.glob("report-*.txt"), key=lambda each: each.stat().st_mtime)[:-KEPT_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path
