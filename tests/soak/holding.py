"""What a process holds at a moment: memory, threads, handles; read from Linux's /proc."""

from __future__ import annotations

import ctypes
from pathlib import Path

KIB_PER_MIB = 1024


def memory_of(pid: int | str = "self") -> dict[str, float]:
    """Memory of a process in MiB: all of it that is resident, its share of it (pages in common count as a part), and what is its own."""
    sizes: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, kib = line.split()[:2]
        sizes[name.rstrip(":")] = int(kib)
    own = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return {"resident": sizes["Rss"] / KIB_PER_MIB, "share": sizes["Pss"] / KIB_PER_MIB, "own": own / KIB_PER_MIB}


def threads_of(pid: int | str = "self") -> int:
    """How many threads a process has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def handles_of(pid: int | str = "self") -> int:
    """How many files, sockets and pipes a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def mappings_of(pid: int | str = "self") -> dict[str, float]:
    """MiB that are resident by what is mapped: the heap, anonymous pages, and files by name; the largest first."""
    resident: dict[str, float] = {}
    name = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            name = Path(words[5]).name if len(words) > 5 else "anonymous"
        elif words[0] == "Rss:":
            resident[name] = resident.get(name, 0.0) + int(words[1]) / KIB_PER_MIB
    return dict(sorted(resident.items(), key=lambda entry: -entry[1]))


def give_back() -> None:
    """Let the C library give free pages back, so that what is counted is what is held and not what was once needed."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
