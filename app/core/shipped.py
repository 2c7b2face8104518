"""How the program was installed, where the files are that come with it, and what a user does to get what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

_APP = Path(__file__).resolve().parents[1]
#: an installed wheel has them inside the package; a checkout and a frozen folder have them beside it
_IN_WHEEL = _APP / "shipped"
#: extras that take more than the frozen programs hold
_FULL = ("a2f",)


def shipped(name: str) -> Path:
    """A file or folder that comes with the program; it may be missing where the installation was thinned out.

    Args:
        name: as in the checkout, such as ``assets/avatar.glb``.
    """
    return (_IN_WHEEL if _IN_WHEEL.is_dir() else _APP.parent) / name


def installation() -> Literal["frozen", "wheel", "checkout"]:
    """How this program came here: as a folder that needs no Python, through pip and its kin, or as its source."""
    if getattr(sys, "frozen", False):
        return "frozen"
    return "wheel" if _IN_WHEEL.is_dir() else "checkout"


def how_to_get(extra: str) -> str:
    """The second half of a sentence that begins with what needs packages which are not installed.

    Args:
        extra: of pyproject.toml, such as ``a2f``.
    """
    kind = installation()
    if kind == "frozen" and extra in _FULL:
        return "take the full package of VisemeSync Preview, which holds it"
    if kind == "frozen":
        return f"this package does not hold it; install the program with: pipx install 'visemesync-preview[{extra}]'"
    if kind == "checkout" and extra == "a2f":
        return "start once with: python3 run.py --with-torch"
    return f"install it with: python -m pip install 'visemesync-preview[{extra}]'"
