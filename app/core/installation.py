"""How this program was installed: from source with Python around it, or packed, with everything it will ever have inside."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import MutableMapping

from app.core.shipped import is_wheel

#: what the loader's path was before a packed program put its own folder there
_KEPT = "LD_LIBRARY_PATH_ORIG"
_PATH = "LD_LIBRARY_PATH"
#: tells a starter that it is no part of the program that started it, so that it makes a loader's path of its own
_AFRESH = "PYINSTALLER_RESET_ENVIRONMENT"


def is_packed() -> bool:
    """Whether this is a packed program: no Python and no pip around it."""
    return bool(getattr(sys, "frozen", False))


def own_command(*words: str) -> list[str]:
    """How this program is started once more, with a verb and its arguments."""
    return [sys.executable, *words] if is_packed() else [sys.executable, "-m", "app", *words]


def how_to_get(what: str, with_pip: str, in_full: bool = False) -> str:
    """The end of a sentence about a part that not every installation has.

    Args:
        what: is missing, such as ``Ray``.
        with_pip: what pip is told where there is one, such as ``visemesync-preview[cluster]``.
        in_full: the larger of the two packages has it.
    """
    if not is_packed():
        return f"install it with: python -m pip install {shlex.quote(with_pip) if '[' in with_pip else with_pip}"
    return f"this package has no {what}; use {'the full package, or ' if in_full else ''}the program from its source"


def how_to_get_torch() -> str:
    """The end of a sentence about something that needs torch, where there is none."""
    if is_packed():
        return "take the full package of VisemeSync Preview, which holds it"
    if is_wheel():
        return "install it with: python -m pip install 'visemesync-preview[a2f]'"
    return "start once with: python3 run.py --with-torch"


def restore_library_path(environment: MutableMapping[str, str] = os.environ) -> None:
    """Give other programs their own libraries: a packed program's starter puts its folder into the loader's path, which would reach them.

    The loader of this process has read that path already. A process of our own gets it from its starter again, which has to be told: it
    takes itself for a part of this process otherwise, and runs without our libraries. Calling it twice does no harm.

    Args:
        environment: of this process, changed in place.
    """
    own = str(getattr(sys, "_MEIPASS", ""))
    if not is_packed() or not sys.platform.startswith("linux") or not environment.get(_PATH, "").startswith(own):
        return
    before = environment.pop(_KEPT, None)
    if before:
        environment[_PATH] = before
    else:
        environment.pop(_PATH, None)
    environment[_AFRESH] = "1"
