"""Where the files are that come with the program: avatars, icons, personas, prices, licences, the guide."""

from __future__ import annotations

from pathlib import Path

_APP = Path(__file__).resolve().parents[1]
#: an installed wheel has them inside the package; a checkout and a packed folder have them beside it
_IN_WHEEL = _APP / "shipped"


def shipped(name: str) -> Path:
    """A file or folder that comes with the program; it may be missing where the installation was thinned out.

    Args:
        name: as in the checkout, such as ``assets/avatar.glb``.
    """
    return (_IN_WHEEL if is_wheel() else _APP.parent) / name


def is_wheel() -> bool:
    """Whether pip or its kin installed this program, rather than run.py beside the source."""
    return _IN_WHEEL.is_dir()
