"""What the installed program says where the system lacks something: one sentence, or it works on without."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assets.packaging.contents import PROGRAM

_WINDOW = (PROGRAM, "preview")
_PROOF = (PROGRAM, "--smoke-test")


@dataclass(frozen=True)
class Case:
    """Something that is missing.

    Attributes:
        what: in words.
        files: patterns below the system's root, which are put aside.
        command: what is started.
        outcome: ``ends`` with one sentence, ``runs`` on and says one sentence, or ``proves`` itself without.
        says: what the sentence, or the proof, has in it.
        limit_s: after which the program is ended.
    """

    what: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    outcome: Literal["ends", "runs", "proves"]
    says: str
    limit_s: float = 60.0


CASES = (
    Case("libGL", ("usr/lib/*/libGL.so.1*",), _WINDOW, "ends", "libGL"),
    Case("libEGL", ("usr/lib/*/libEGL.so.1*",), _WINDOW, "ends", "libEGL"),
    Case("drivers of GL", ("usr/lib/*/libGLX_mesa.so*", "usr/lib/*/libEGL_mesa.so*", "usr/lib/*/dri"), _WINDOW, "runs", "OpenGL", 25.0),
    Case("fonts", ("usr/share/fonts/truetype", "usr/share/fonts/opentype"), _WINDOW, "runs", "font", 25.0),
    Case("sound library", ("usr/lib/*/libasound.so.2*",), _PROOF, "proves", "no sound", 240.0),
    Case("a display", (), ("env", "-u", "DISPLAY", PROGRAM, "--smoke-test"), "ends", "display"),
)


@contextlib.contextmanager
def taken_away(root: Path, patterns: tuple[str, ...]) -> Iterator[None]:
    """Put files of a system aside, and back again; beside them they would be found, as fonts are in any folder."""
    moved = []
    (root / "aside").mkdir(exist_ok=True)
    for number, path in enumerate(sorted({each for pattern in patterns for each in root.glob(pattern)})):
        aside = root / "aside" / str(number)
        path.rename(aside)
        moved.append((aside, path))
    try:
        yield
    finally:
        for aside, path in moved:
            aside.rename(path)


def judge(case: Case, status: int, out: str, err: str) -> tuple[bool, str]:
    """Whether the program did what it should.

    Args:
        case: what was missing.
        status: with which it ended.
        out: standard output.
        err: standard error.
    """
    told = [line.strip() for line in err.splitlines() if line.strip() and not _is_noise(line)]
    if any("Traceback" in line for line in (*told, *out.splitlines())):
        return False, f"a traceback: {told[-1] if told else ''}"
    if case.outcome == "proves":
        lines = out.splitlines()
        return status == 0 and case.says in out, lines[-1] if lines else (told[-1] if told else "it said nothing")
    ran_on = bool(told) and told[-1].startswith("not done after")
    told = told[:-1] if ran_on else told
    good = len(told) == 1 and case.says in told[0] and status != 0 and ran_on == (case.outcome == "runs")
    return good, f"{'it runs on: ' if ran_on else ''}{' / '.join(told) or 'it says nothing'}"


def _is_noise(line: str) -> bool:
    """A line that a library of the system's prints, which no program can stop."""
    return (
        re.match(
            r"(Fontconfig (error|warning)|ALSA lib|libEGL warning|MESA:|error: XDG_RUNTIME_DIR|qglx_findConfig|Xcb EGL gl-integration)",
            line,
        )
        is not None
    )
