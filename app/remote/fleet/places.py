"""Where workers run: on this machine as processes, their sockets in a folder that nobody else can enter."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from app.core.installation import own_command
from app.remote.fleet.handing_over import to_text
from app.remote.fleet.proxy import clean_environment, unix_address
from app.remote.fleet.proxy_config import socket_path
from app.remote.fleet.reports import Report
from app.remote.server.settings import ServerSettings


class Running(Protocol):
    """A worker that was started somewhere."""

    async def report(self) -> Report | None:
        """The next thing that it says; None when it has ended."""
        ...

    async def stop(self) -> None:
        """Tell it to drain and end."""
        ...

    async def kill(self) -> None:
        """End it at once."""
        ...

    async def wait(self) -> None:
        """Wait until nothing is left of it."""
        ...

    def publish(self, name: str, address: str) -> str:
        """Let requests for a name come to it.

        Args:
            name: of the worker.
            address: that it reported.

        Returns:
            The address that HAProxy is given.
        """
        ...


class Place(Protocol):
    """Starts workers."""

    async def start(self, settings: ServerSettings, number: int) -> Running:
        """Start one.

        Args:
            settings: of the worker, its name among them.
            number: counts the fleet's workers from 0.

        Raises:
            ServiceError: the place is not there any more.
        """
        ...


class ChildProcess:
    """A worker as a child of this process.

    Args:
        process: whose standard input keeps it alive, and whose standard output holds reports.
        folder: the fleet's.
    """

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self._folder = process, folder

    async def report(self) -> Report | None:
        """See Running."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            report = Report.read(line.decode("utf-8", "replace"))
            if report is not None:
                return report
        return None

    async def stop(self) -> None:
        """See Running."""
        self._signal(signal.SIGTERM)

    async def kill(self) -> None:
        """See Running."""
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def wait(self) -> None:
        """See Running."""
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def publish(self, name: str, address: str) -> str:
        """See Running: its socket takes the place of the former one, whose connections stay with the former worker."""
        Path(address.removeprefix("unix@")).replace(socket_path(self._folder, name))
        return unix_address(self._folder, name)


class Here:
    """This machine.

    Args:
        folder: the fleet's.
        gpus: cards that workers are spread over; with one or none they all see what this process sees.
    """

    def __init__(self, folder: Path, gpus: int = 0) -> None:
        self._folder, self._gpus = folder, gpus
        self._starts = itertools.count(1)

    async def start(self, settings: ServerSettings, number: int) -> Running:
        """See Place."""
        environment = clean_environment()
        if self._gpus > 1:
            environment["CUDA_VISIBLE_DEVICES"] = str(number % self._gpus)
        process = await asyncio.create_subprocess_exec(
            *own_command("serve", "--as-worker"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
            start_new_session=True,
        )  # fmt: skip
        sharing = replace(settings, sessions_folder=self._folder / "sessions")
        listen = str(self._folder / f"{settings.worker}.{next(self._starts)}.sock")
        assert process.stdin is not None
        process.stdin.write(json.dumps({"listen": listen, "settings": to_text(sharing)}).encode() + b"\n")
        # a pipe holds a line: nothing is waited for between the start and the hands that put the worker away
        return ChildProcess(process, self._folder)


def gpu_count() -> int:
    """Cards of NVIDIA's that Linux knows of, where the user chose none with CUDA_VISIBLE_DEVICES."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return 0
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))
