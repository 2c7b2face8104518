"""HAProxy as a child of the supervisor: started, asked, given orders, started again when it dies, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import ctypes
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from app.core.errors import ServiceError
from app.remote.fleet.proxy_config import ADMIN, Front, certificate_order, configuration, socket_path
from app.remote.server.logs import note
from app.remote.server.settings import ServerSettings

#: where it lies when the path of a plain user does not name the folder
_ADMINS_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
_START_S, _STOP_S, _AGAIN_S = 5.0, 3.0, 0.25
_PR_SET_PDEATHSIG = 1
MISSING = (
    "Several workers stand behind HAProxy, which is not installed; install it with: sudo apt-get install haproxy "
    "(2.4 or newer), or serve without --workers."
)
WINDOWS = "Several workers stand behind HAProxy, which Windows does not have; serve without --workers, or use the image in Docker."


def haproxy_program() -> str:
    """Where HAProxy is.

    Raises:
        ServiceError: nowhere.
    """
    if sys.platform == "win32":
        raise ServiceError(WINDOWS)
    found = shutil.which("haproxy") or shutil.which("haproxy", path=_ADMINS_FOLDERS)
    if found is None:
        raise ServiceError(MISSING)
    return found


def unix_address(folder: Path, name: str) -> str:
    """A worker of this machine as HAProxy names it."""
    return f"unix@{socket_path(folder, name)}"


class Proxy:
    """HAProxy in front of the workers.

    Args:
        settings: of the server.
        front: where it listens, and the fleet's folder.
        addresses: of the workers, by name; change them with ``send_to``.

    Raises:
        ServiceError: there is no HAProxy.
    """

    def __init__(self, settings: ServerSettings, front: Front, addresses: Mapping[str, str]) -> None:
        self._program = haproxy_program()
        self._settings, self._front, self._addresses = settings, front, dict(addresses)
        self._file = front.folder / "haproxy.cfg"
        self._child: asyncio.subprocess.Process | None = None
        self._ending = False
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it and wait until it takes orders.

        Raises:
            ServiceError: it does not take its configuration.
        """
        self._file.write_text(configuration(self._settings, self._front, self._addresses), "utf-8")
        await self._check()
        self._child = await asyncio.create_subprocess_exec(
            self._program, "-db", "-f", str(self._file), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, pass_fds=(self._front.descriptor,), env=clean_environment(), start_new_session=True,
            preexec_fn=_die_with_parent(),
        )  # fmt: skip
        self._listening = asyncio.create_task(self._pass_on(self._child))
        give_up_s = asyncio.get_running_loop().time() + _START_S
        while not await self.tell("show info"):
            if self._child.returncode is not None or asyncio.get_running_loop().time() > give_up_s:
                raise ServiceError("HAProxy does not start in front of the workers; its last words stand in the log above.")
            await asyncio.sleep(0.02)

    async def _check(self) -> None:
        checking = await asyncio.create_subprocess_exec(
            self._program, "-c", "-f", str(self._file), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, pass_fds=(self._front.descriptor,), env=clean_environment(),
        )  # fmt: skip
        said = (await checking.communicate())[0].decode("utf-8", "replace")
        if checking.returncode:
            alerts = [line.partition(": ")[2].strip() for line in said.splitlines() if "[ALERT]" in line]
            reason = (alerts or [said.strip()])[0].rstrip(".")
            raise ServiceError(f"HAProxy does not take its configuration ({reason}); install HAProxy 2.4 or newer.")

    async def keep(self) -> None:
        """Start it again whenever it dies, until cancelled; its port stays open meanwhile."""
        while self._child is not None:
            status = await self._child.wait()
            if self._ending:
                return
            note("proxy died", status=status)
            await asyncio.sleep(_AGAIN_S)
            try:
                await self.start()
                note("proxy restarted")
            except ServiceError as error:
                note("proxy not restarted", reason=str(error))

    async def tell(self, order: str) -> str:
        """Give an order; the answer, "" when HAProxy does not listen."""
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        try:
            reader, writer = await asyncio.open_unix_connection(self._front.folder / ADMIN)
        except OSError:
            return ""
        try:
            writer.write(order.encode() + b"\n")
            await writer.drain()
            return (await asyncio.wait_for(reader.read(), 2.0)).decode("utf-8", "replace")
        except (OSError, TimeoutError):
            return ""
        finally:
            writer.close()

    async def send_to(self, name: str, address: str) -> None:
        """New requests for a worker go to an address from now on; those under way stay where they are.

        Args:
            name: of the worker.
            address: ``HOST:PORT``, or ``unix@PATH`` of a socket that takes the place of the former one.
        """
        self._addresses[name] = address
        if address.startswith("unix@"):
            return
        host, _, port = address.rpartition(":")
        await self.tell(f"set server workers/{name} addr {host.strip('[]')} port {port}")

    async def set_open(self, name: str, is_open: bool) -> None:
        """Whether a worker gets new sessions; what belongs to it by name comes in any case."""
        await self.tell(f"set server workers/{name} state {'ready' if is_open else 'drain'}")

    async def stop_checking(self) -> None:
        """Take the workers for healthy from now on: they are stopping, and shall say so themselves."""
        for name in self._addresses:
            await self.tell(f"disable health workers/{name}")
            await self.tell(f"set server workers/{name} health up")

    async def renew_certificate(self) -> None:
        """Serve what the TLS files hold now."""
        if self._settings.tls_certificate is None or self._settings.tls_key is None:
            return
        pem = await asyncio.to_thread(_joined, self._settings.tls_certificate, self._settings.tls_key)
        where = certificate_order(self._front.folder)
        said = await self.tell(f"set ssl cert {where} <<\n{pem}\n")
        said += await self.tell(f"commit ssl cert {where}")
        if "Success" not in said:
            await self.tell(f"abort ssl cert {where}")
            note("certificate not renewed", reason="the files are no certificate and key that belong together")

    async def figures(self) -> tuple[int, int]:
        """Connections now, and those that were refused at the door since the start."""
        rows = list(csv.DictReader(io.StringIO((await self.tell("show stat door 1 -1")).lstrip("# "))))
        if not rows:
            return 0, 0
        return int(rows[0]["scur"] or 0), sum(int(rows[0][name] or 0) for name in ("dreq", "dcon", "ereq"))

    async def _pass_on(self, child: asyncio.subprocess.Process) -> None:
        """HAProxy's own words and refusals, in the form of all other lines of the log; how it says good-bye interests nobody."""
        assert child.stdout is not None
        async for line in child.stdout:
            text = line.decode("utf-8", "replace").strip()
            try:
                facts = json.loads(text)
            except ValueError:
                facts = {"words": text}
            if text and not self._ending:
                note("proxy", **(facts if isinstance(facts, dict) else {"words": text}))

    async def stop(self) -> None:
        """Let it send what it holds, then end it."""
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        self._ending = True
        if self._child is None:
            return
        for word in (signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(word)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(self._child.wait())), _STOP_S)
                break
        if self._listening is not None:
            await self._listening


def _joined(*files: Path) -> str:
    """PEM files as one, without the empty lines that would end an order."""
    return "\n".join(line for file in files for line in file.read_text("ascii", "replace").splitlines() if line.strip())


def clean_environment() -> dict[str, str]:
    """This process's, without the token."""
    return {name: value for name, value in os.environ.items() if name != "VISEMESYNC_TOKEN"}


def _die_with_parent() -> Callable[[], None] | None:
    """What a child of Linux does before it becomes another program, so that a supervisor that is killed leaves nobody behind."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask
