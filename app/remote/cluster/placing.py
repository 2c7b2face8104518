"""Workers as children of Ray actors, one each, on whatever machine Ray finds room; streams do not pass through Ray."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import app
from app.core.errors import ServiceError
from app.core.installation import own_command
from app.remote.fleet.handing_over import to_text
from app.remote.fleet.places import Running
from app.remote.fleet.proxy import clean_environment
from app.remote.fleet.reports import Report
from app.remote.server.settings import ServerSettings

#: a cluster that has no room for a worker within this time says so
_ROOM_S = 60.0


class Keeper:
    """The actor: keeps one worker, on the address of its machine; when the actor is gone, so is the worker."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self, settings: str, trusted: str) -> None:
        """Start the worker.

        Args:
            settings: as handing_over writes them.
            trusted: the machine that HAProxy runs on, the only one that is believed whose requests it brings.
        """
        import ray

        environment = clean_environment()
        # where this program was found; the folder that an actor works in is Ray's
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(app.__file__).parents[1]), environment.get("PYTHONPATH", "")]))
        self._process = await asyncio.create_subprocess_exec(
            *own_command("serve", "--as-worker"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        orders = {"listen": ray.util.get_node_ip_address(), "settings": settings, "trusted": trusted}
        self._process.stdin.write(json.dumps(orders).encode() + b"\n")

    async def line(self) -> bytes:
        """The next line that the worker says; empty when it has ended."""
        assert self._process is not None and self._process.stdout is not None
        return await self._process.stdout.readline()

    async def signal(self, number: int) -> None:
        """Send the worker a signal."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def wait(self) -> None:
        """Wait for its end."""
        if self._process is not None:
            await self._process.wait()


class Placed:
    """A worker somewhere on the cluster; see app.remote.fleet.places.Running.

    Args:
        ray: the module, attached.
        actor: a Keeper.
    """

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self._lost = ray.exceptions.RayError

    async def report(self) -> Report | None:
        """See Running; an actor whose machine is gone says nothing any more."""
        try:
            while line := await self._actor.line.remote():
                report = Report.read(line.decode("utf-8", "replace"))
                if report is not None:
                    return report
        except self._lost:
            return None
        return None

    async def stop(self) -> None:
        """See Running."""
        await self._signal(signal.SIGTERM)

    async def kill(self) -> None:
        """See Running."""
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        await self._signal(signal.SIGKILL)

    async def _signal(self, number: int) -> None:
        with contextlib.suppress(self._lost):
            await self._actor.signal.remote(int(number))

    async def wait(self) -> None:
        """See Running; its place on the cluster is free afterwards."""
        with contextlib.suppress(self._lost):
            await self._actor.wait.remote()
        with contextlib.suppress(self._lost, ValueError):
            self._ray.kill(self._actor)

    def publish(self, name: str, address: str) -> str:
        """See Running: HAProxy goes to its address."""
        return address


class Nodes:
    """The machines of a cluster; see app.remote.fleet.places.Place.

    Args:
        ray: the module, attached.
        share: what every worker takes: ``num_cpus``, ``num_gpus``.
    """

    def __init__(self, ray: Any, share: dict[str, Any]) -> None:
        self._ray = ray
        self._kind = ray.remote(max_restarts=0, scheduling_strategy="SPREAD", **share)(Keeper)
        self._here = str(ray.util.get_node_ip_address())

    async def start(self, settings: ServerSettings, number: int) -> Running:
        """See Place."""
        actor = self._kind.remote()
        try:
            await asyncio.wait_for(actor.begin.remote(to_text(settings), self._here), _ROOM_S)
        except TimeoutError as error:
            self._ray.kill(actor)
            words = "add machines, or choose fewer --replicas or a smaller --gpu-share"
            raise ServiceError(f"The Ray cluster has no room for the worker {settings.worker}; {words}.") from error
        except self._ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, ModuleNotFoundError):
                sentence = f"The cluster's machines lack {cause.name or 'a module'}; install this program there, with the same extras."
                raise ServiceError(sentence) from error
            raise ServiceError(f"The Ray cluster lost the worker {settings.worker} while it began; see Ray's logs.") from error
        return Placed(self._ray, actor)
