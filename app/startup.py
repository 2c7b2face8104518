"""A quick start: the collector of garbage rests until the first picture is there.

Imports make hundreds of thousands of objects that live as long as the program; looking through them again and again
costs a few tenths of a second. Afterwards they are set aside for good, which also spares the frame loop their scanning.
"""

from __future__ import annotations

import gc


def rest_collector() -> None:
    """Collect nothing from now on."""
    gc.disable()


def wake_collector() -> None:
    """Set aside what exists and collect again; calling it twice does no harm."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
