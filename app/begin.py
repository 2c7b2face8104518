"""The entry of the program: a window is on its way before anything heavy is read; verbs go straight to the command line."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from app.core.allocation import hold_little
from app.startup.begun import BEGUN
from app.startup.collector import leave_a_core, rest_collector
from app.startup.imports import import_plainly
from app.startup.screen import has_display, missing_library, tell, unreachable_display

#: options that are about files alone; whoever says more than these wants a window as described
_FILE_OPTIONS = ("--avatar",)
NEW_WINDOW = "--new-window"
#: a file may be called anything; these are never one
_NO_WINDOW = ("-h", "--help", "--version", "--smoke-test")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: the command line without the program's name; None takes it from the process.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not opens_window(words) or not has_display():
        return _run(words)
    sentence = unreachable_display()
    if sentence:
        tell(sentence)
        return 3
    if _is_taken_over(words):
        return 0
    try:
        return _open(words)
    finally:
        _end()


def opens_window(words: Sequence[str]) -> bool:
    """Whether a command line is surely one of the window; a bare word that is no file may be a verb."""
    if any(word in _NO_WINDOW for word in words):
        return False
    first = words[0] if words else "preview"
    return first == "preview" or first.startswith("--") or any(sign in first for sign in "./\\:")


def handed_files(words: Sequence[str]) -> list[str] | None:
    """The files that a command line names, in its order; None when it says more, which only a window of its own can do."""
    files, rest = [], list(words[1:] if words[:1] == ["preview"] else words)
    while rest:
        word = rest.pop(0)
        name, _, value = word.partition("=")
        if name in _FILE_OPTIONS and (value or rest):
            files.append(value or rest.pop(0))
        elif word.startswith("-"):
            return None
        else:
            files.append(word)
    return files


def _is_taken_over(words: Sequence[str]) -> bool:
    """Whether a program that runs already took the files; otherwise this one is the first, or on its own."""
    from app.startup.hand_over import Handed, files_of, hand_over, open_door

    BEGUN.door = open_door()
    files = None if BEGUN.door is not None else handed_files(words)
    if files is None:
        return False
    token = os.environ.get("XDG_ACTIVATION_TOKEN") or os.environ.get("DESKTOP_STARTUP_ID") or ""
    if hand_over(Handed(files_of(files), token)):
        return True
    BEGUN.door = open_door()  # the other one has ended meanwhile
    return False


def _open(words: Sequence[str]) -> int:
    """Show something, then read the rest and open the window."""
    rest_collector()
    leave_a_core()
    hold_little()
    from app.upkeep.runs import Run

    BEGUN.run = Run.begin()
    sys.excepthook = _tell_failed_start
    try:
        from app.ui.start.splash import show_splash
    except ImportError as error:
        sentence = missing_library(str(error))
        if not sentence:
            raise
        tell(sentence)
        return 3
    import_plainly()
    told, BEGUN.splash = show_splash()
    if told:
        tell(told)
        return 3
    return _run(words) if sys.stderr is not None else _run_unheard(words)


def _run(words: Sequence[str]) -> int:
    from app.cli import main as run_verb

    return run_verb(words)


def _run_unheard(words: Sequence[str]) -> int:
    """A program without a console has no standard error: what would be said there last is told in a box."""
    sys.stderr = said = io.StringIO()
    try:
        status = _run(words)
    except SystemExit as ended:  # of a wrong option
        status = ended.code if isinstance(ended.code, int) else 2
    finally:
        sys.stderr = None
    lines = said.getvalue().strip().splitlines()
    if status and lines:
        tell(lines[-1])
    return status


def _end() -> None:
    """Give everything up again."""
    if BEGUN.splash is not None:
        BEGUN.splash.leave()
    if BEGUN.door is not None:
        BEGUN.door.close()
    if BEGUN.run is not None:
        BEGUN.run.end()
    BEGUN.door = BEGUN.run = BEGUN.splash = None
    if BEGUN.removes:
        from app.upkeep.cleaning import found, remove

        remove(each for each in found() if each.name in BEGUN.removes)


def _tell_failed_start(kind: type[BaseException], error: BaseException, trail: TracebackType | None) -> None:
    """The program cannot start: keep a report, and say where it is."""
    if issubclass(kind, KeyboardInterrupt):
        return
    from app.upkeep import reports
    from app.upkeep.scrubbing import scrubbed

    report = reports.of_error(error.with_traceback(trail), {}, ())
    path: Path | None = reports.keep(report)
    if sys.stderr is not None:
        print(report, file=sys.stderr)
    place = "" if path is None else f" A report is in {scrubbed(str(path))}."
    tell(f"{missing_library(str(error)) or f'The program cannot start ({kind.__name__}).'}{place}")
