"""The limit of open files: every connection is one, and a server that has none left accepts nobody."""

from __future__ import annotations

import sys

from app.core.errors import ServiceError

#: files that are open beside the connections: the engine, pages, uploads that are being read
_BESIDE = 128


def make_room_for(connections: int, waiting: int) -> int:
    """Raise the limit of this process as far as it is allowed.

    Args:
        connections: that are to be open at once.
        waiting: further ones that the system may hand over at once before they are refused.

    Returns:
        Connections that can be open at once: as many as wanted, or fewer where the limit cannot be raised so far.

    Raises:
        ServiceError: there is no room for any.
    """
    if sys.platform == "win32":
        return connections
    import resource

    wanted = 2 * connections + waiting + _BESIDE  # an upload may have a file of its own
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    possible = (soft - waiting - _BESIDE) // 2
    if possible < 1:
        raise ServiceError(f"Only {soft} files may be open here, too few for a server; raise the limit with: ulimit -n 4096.")
    return possible
