"""The way to a Ray cluster: one of our own on this machine, or one that runs already."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import ServiceError
from app.core.installation import how_to_get

#: the word for a cluster that is started here and ends with the program
LOCAL = "local"
#: Ray's name space of everything that belongs to this program
NAMESPACE = "visemesync"
_REACH_S = 5.0
#: sockets lie deep in Ray's folder, and their paths are short
_LONGEST_PATH = 24


def ray_module() -> Any:
    """Ray, imported late: it takes a second and is not part of every installation.

    Raises:
        ServiceError: it is not installed.
    """
    # nobody asked to send usage reports, and a GPU that was not reserved is no reason to hide it from the driver
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ServiceError(f"Ray is missing; {how_to_get('Ray', 'cluster')}.") from error
    return ray


@contextmanager
def attached(address: str) -> Iterator[Any]:
    """Ray, connected for the duration of a ``with``.

    Args:
        address: ``local`` starts a cluster here that ends with the ``with``; ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT`` joins one.

    Raises:
        ServiceError: Ray is missing, or the cluster cannot be reached.
    """
    if address == LOCAL:
        _keep_to_this_machine()
    ray = ray_module()
    options: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.ERROR}
    if address == LOCAL:
        options |= {"address": "local", "num_cpus": os.cpu_count() or 1, "include_dashboard": False}
    else:
        options["address"] = address
        _reach(address)
    with _folder(address) as folder:
        try:
            ray.init(**options, **folder)
        except (ConnectionError, TimeoutError, RuntimeError, ValueError, AssertionError, ImportError, ray.exceptions.RayError) as error:
            raise _refused(address, error) from error
        try:
            yield ray
        finally:
            ray.shutdown()


def _refused(address: str, error: Exception) -> ServiceError:
    if address == LOCAL:
        return ServiceError(f"Ray could not be started here ({_first_line(error)}); end other Ray programs and try again.")
    if address == "auto":
        return _no_cluster(address)
    words = "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to its token, and use its versions of Ray and Python"
    return ServiceError(f"What listens at {address!r} does not let this program in as a Ray cluster; {words}.")


def _keep_to_this_machine() -> None:
    """What Ray opens for a cluster of this machine alone listens on the loopback address, and asks for a token that nobody else has."""
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # its word, on every system, for: no cluster beyond this machine
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


@contextmanager
def _folder(address: str) -> Iterator[dict[str, str]]:
    """Ray's logs and sockets of a cluster of this machine lie where nobody else can enter, and go with it."""
    if address != LOCAL:
        yield {}
        return
    near = tempfile.gettempdir()
    where = near if sys.platform == "win32" or len(near) < _LONGEST_PATH else "/tmp"
    with tempfile.TemporaryDirectory(prefix="visemesync-", dir=where, ignore_cleanup_errors=True) as folder:
        yield {"_temp_dir": str(Path(folder) / "r")}  # Ray lets everybody into what it is given


def _reach(address: str) -> None:
    """See quickly whether anybody listens; Ray itself takes minutes to give up.

    Raises:
        ServiceError: nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _REACH_S).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address) from error


def _no_cluster(address: str) -> ServiceError:
    return ServiceError(f"No Ray cluster answers at {address!r}; start one with 'ray start --head', or give local as the address.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
