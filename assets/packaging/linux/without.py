"""What the installed program says where the system lacks something: one sentence, or it works on without."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
        works: whether the program works without it; else it ends with one sentence that holds ``says``.
        says: a word of that sentence.
        limit_s: after which the program is ended.
    """

    what: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    works: bool
    says: str
    limit_s: float = 60.0


CASES = (
    Case("libGL", ("usr/lib/*/libGL.so.1*",), _WINDOW, False, "libGL"),
    Case("libEGL", ("usr/lib/*/libEGL.so.1*",), _WINDOW, False, "libEGL"),
    Case("drivers of GL", ("usr/lib/*/libGLX_mesa.so*", "usr/lib/*/libEGL_mesa.so*", "usr/lib/*/dri"), _WINDOW, False, "OpenGL"),
    Case("fonts", ("usr/share/fonts/truetype", "usr/share/fonts/opentype"), _WINDOW, False, "font"),
    Case("sound library", ("usr/lib/*/libasound.so.2*",), _PROOF, True, "no sound", 240.0),
    Case("a display", (), ("env", "-u", "DISPLAY", PROGRAM, "--smoke-test"), False, "display"),
)


@contextlib.contextmanager
def taken_away(root: Path, patterns: tuple[str, ...]) -> Iterator[None]:
    """Put files of a system aside, and back again."""
    moved = []
    for path in sorted({each for pattern in patterns for each in root.glob(pattern)}):
        aside = path.with_name(f"{path.name}.aside")
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
    if case.works:
        lines = out.splitlines()
        return status == 0 and case.says in out, lines[-1] if lines else (told[-1] if told else "it said nothing")
    if status in (0, None) or status < 0:
        return False, f"it ran on, or was killed ({status}): {told[-1] if told else 'it said nothing'}"
    good = len(told) == 1 and case.says in told[0]
    return good, " / ".join(told) or "it said nothing"


def _is_noise(line: str) -> bool:
    """A line that a library of the system's prints, which no program can stop."""
    return re.match(r"(Fontconfig (error|warning)|ALSA lib|libEGL warning|MESA:|error: XDG_RUNTIME_DIR)", line) is not None
