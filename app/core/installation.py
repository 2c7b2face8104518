"""How this program was installed: from source with Python around it, or packed, with everything it will ever have inside."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import MutableMapping
from importlib.util import find_spec
from pathlib import Path

from app.core.shipped import is_wheel

DISTRIBUTION = "visemesync-preview"
#: extras that run.py installs by itself
_SET_UP = ("server", "cluster", "trace", "remote", "azure", "echo", "study", "streaming")
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


def how_to_get(what: str, extra: str = "", *packages: str) -> str:
    """The end of a sentence about a part that not every installation has. The program itself is on no package index, its parts are.

    Args:
        what: is missing, such as ``Ray``.
        extra: of pyproject.toml that asks for it, such as ``cluster``; its packages are named with their ranges.
        packages: named instead, where the part has no extra.
    """
    if is_packed():
        return f"this package has no {what}; use the program from its source"
    if not is_wheel() and extra in _SET_UP:
        return "start this with python3 run.py in place of python -m app, which installs it"
    wanted = [*(needed_by(extra) if extra else ()), *packages]
    return f"install it with: {_pip()} {' '.join(map(_quoted, wanted))}"


def how_to_get_torch() -> str:
    """The end of a sentence about something that needs torch, where there is none."""
    if is_packed():
        return "take the full package of VisemeSync Preview, which holds it"
    if is_wheel():
        return how_to_get("torch", "a2f")
    return "start once with: python3 run.py --with-torch"


def how_to_get_whole() -> str:
    """The end of a sentence about a verb that needs more than the server, which can be installed alone."""
    if is_packed():
        return "install the package again"
    return (
        "install the wheel without --no-deps" if is_wheel() else "start it with python3 run.py in place of python -m app, which installs it"
    )


def needed_by(extra: str) -> list[str]:
    """Requirements of an extra on this machine, without those of the program itself.

    Args:
        extra: of pyproject.toml.
    """
    from packaging.requirements import Requirement

    found, waiting, seen = [], [extra], set[str]()
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        for each in map(Requirement, _lines_of(asked)):
            if each.name == DISTRIBUTION:
                waiting += sorted(each.extras)
            elif each.marker is None or each.marker.evaluate({"extra": asked}):
                each.marker = None
                found.append(str(each))
    return found


def _lines_of(extra: str) -> list[str]:
    """What an extra asks, as the installed wheel or pyproject.toml of the checkout says."""
    if is_wheel():
        from importlib.metadata import requires

        from packaging.requirements import Requirement

        marked = [(line, Requirement(line).marker) for line in requires(DISTRIBUTION) or ()]
        return [line for line, marker in marked if marker and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})]
    import tomllib

    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    return [str(line) for line in project["optional-dependencies"][extra]]


def _pip() -> str:
    """The installer of the environment that runs this: its own pip, else that of pipx or uv, whose environments have none."""
    python = _quoted(sys.executable)
    if find_spec("pip") is not None:
        return f"{python} -m pip install"
    return f"pipx inject {DISTRIBUTION}" if "pipx" in Path(sys.prefix).parts else f"uv pip install --python {python}"


def _quoted(word: str) -> str:
    """As a shell takes it; cmd.exe knows double quotes only."""
    if os.name == "nt":
        return f'"{word}"' if set(word) & set(" <>[];!,") else word
    return shlex.quote(word)


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
