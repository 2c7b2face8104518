"""The C library's memory: it keeps what was freed for the next time, which is much after threads read and made things for a moment.

glibc gives every thread an arena of its own, and keeps in each what was freed there. Other C libraries are left as they are.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

#: glibc's numbers of what ``mallopt`` sets
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: threads share so many arenas
ARENAS = 2
#: a block of this size gets pages of its own, which go back when it is freed; smaller ones, the scratch of a picture, are used again
OWN_PAGES = 4 << 20
#: so much may lie free at the end of an arena
FREE_END = 8 << 20


def hold_little() -> None:
    """Have the C library keep little of what was freed; before there are threads."""
    library = _c_library()
    if library is not None:
        for number, value in ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, OWN_PAGES), (_TRIM_THRESHOLD, FREE_END)):
            library.mallopt(number, value)


def give_back() -> None:
    """Give back what lies free between what is used; it takes some milliseconds, so nobody should wait for it."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _c_library() -> Any:
    """The C library where it is glibc, else None."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
