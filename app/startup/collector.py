"""A quick start, and a smooth run: the collector of garbage rests until the first picture is there; one core is left to the window.

Imports make hundreds of thousands of objects that live as long as the program; looking through them again and again
costs a few tenths of a second. Afterwards they are set aside for good, which also spares the frame loop their scanning.
"""

from __future__ import annotations

import gc
import os


def rest_collector() -> None:
    """Collect nothing from now on."""
    gc.disable()


def wake_collector() -> None:
    """Set aside what exists and collect again; calling it twice does no harm."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def leave_a_core() -> None:
    """Let libraries that compute with all cores (torch, onnxruntime, OpenMP) leave one for the picture and the sound.

    Before they are imported; a number that the user has set stays.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) - 1, 1)))
