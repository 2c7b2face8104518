"""Help > About > Licences… shows whose work is in the program: in a package the notice that was made of what was packed."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.core.installation import is_packed
from app.notices.collecting import NOTICE
from app.ui.proof.waiting import Unproven
from app.ui.upkeep.licences import LicencesDialog

_LIMIT_S = 60.0
#: works that are in every package, each with a duty towards its users
_NAMED = ("Qt", "FFmpeg", "libsndfile", "GNU LESSER GENERAL PUBLIC LICENSE")


def read_licences(show: Callable[[], None]) -> str:
    """Open the dialog as the menu does, read it, and close it.

    Args:
        show: opens it and returns when it is closed.

    Raises:
        Unproven: it does not name what is inside, or another notice than the package's.
    """
    read = [""]
    give_up_s = time.monotonic() + _LIMIT_S

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, LicencesDialog):
            read[0] = dialog.text.toPlainText()
            if all(name in read[0] for name in _NAMED) or time.monotonic() > give_up_s:
                dialog.accept()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    show()
    timer.stop()
    missing = [name for name in _NAMED if name not in read[0]]
    if missing:
        raise Unproven(f"The licences do not name {missing[0]}.")
    if is_packed() and not NOTICE.is_file():
        raise Unproven(f"{NOTICE.name} is not in the package.")
    return f"{len(read[0].splitlines())} lines, {f'from {NOTICE.name}' if NOTICE.is_file() else 'made of what is installed'}"
