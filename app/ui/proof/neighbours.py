"""Another program that this one starts gets the system's libraries, not ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.core.installation import is_packed
from app.ui.kit.folders import show_folder
from app.ui.proof.waiting import Unproven, wait_until

#: stands in for the desktop's opener, and tells what it was given
_OPENER = '#!/bin/sh\nenv > "$0.part"\nmv "$0.part" "$0.told"\n'


def ask_neighbour(folder: Path) -> str:
    """Open a folder as the window does, with an opener of ours in the place of the desktop's, and look at what it was given.

    Args:
        folder: for the opener.

    Raises:
        Unproven: it was not called, or given our libraries.
    """
    if not sys.platform.startswith("linux"):
        return "the loader's path is a matter of Linux"
    place = folder / "opener"
    place.mkdir()
    opener = place / "xdg-open"
    opener.write_text(_OPENER, "utf-8")
    opener.chmod(0o755)
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{place}{os.pathsep}{before}"
    try:
        show_folder(folder)
        told = opener.with_name("xdg-open.told")
        wait_until(told.exists, "The program that opens folders", 20.0)
    finally:
        os.environ["PATH"] = before
    given = [line for line in told.read_text("utf-8").splitlines() if line.startswith("LD_LIBRARY_PATH")]
    ours = getattr(sys, "_MEIPASS", "")
    if is_packed() and any(ours in line for line in given):
        raise Unproven(f"A file manager would load our libraries in the place of its own: {given[0]}")
    return f"a file manager is started with {given[0] if given else 'no LD_LIBRARY_PATH'}"
