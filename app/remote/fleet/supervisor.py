"""Runs the fleet: workers, HAProxy in front of them, what to do on a signal. Nothing of a stream comes through here."""

from __future__ import annotations

import asyncio
import contextlib
import logging.config
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.core.errors import PreviewError, ServiceError
from app.remote.fleet.figures import gathered, read_head
from app.remote.fleet.member import Member
from app.remote.fleet.places import Here, Place, gpu_count
from app.remote.fleet.proxy import Proxy, haproxy_program
from app.remote.fleet.proxy_config import FIGURES, Front
from app.remote.server import whereabouts
from app.remote.server.door.listening import bind
from app.remote.server.logs import LOG_CONFIG, note
from app.remote.server.settings import ServerSettings, SettingsError

MOST_WORKERS = 256
#: how often the workers' places are looked at, so that a full one gets no new session
_LOOK_S = 0.1
#: the longest path of a socket, with room for the names that HAProxy makes of it
_LONGEST_PATH = 60


def serve_fleet(settings: ServerSettings, workers: int) -> None:
    """Serve with several workers of this machine until told to stop (SIGINT, SIGTERM); SIGHUP renews the workers one by one.

    Args:
        settings: of the server; a port of 0 takes a free one.
        workers: how many, from 1 to 256.

    Raises:
        ServiceError: HAProxy is missing or refuses, or the port is taken.
        SettingsError: there cannot be so many workers.
        PreviewError: the workers cannot serve.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise SettingsError(f"There are from 1 to {MOST_WORKERS} workers, not {workers}; choose --workers accordingly.")
    serve_placed(replace(settings, neighbours=workers - 1), workers, lambda folder: Here(folder, gpu_count()))


def serve_placed(settings: ServerSettings, workers: int, place: Callable[[Path], Place]) -> None:
    """As serve_fleet, with workers wherever a place starts them.

    Args:
        settings: of the server.
        workers: how many.
        place: makes the place; given the fleet's folder.
    """
    haproxy_program()
    _check_tls(settings)
    logging.config.dictConfig(LOG_CONFIG)
    before = os.umask(0o077)  # whatever is made here and by the workers is their user's alone
    try:
        with bind(settings) as listener, _private_folder() as folder:
            settings = replace(settings, port=listener.getsockname()[1])
            asyncio.run(Fleet(settings, workers, place(folder), Front(folder, listener.fileno())).run(listener))
    finally:
        os.umask(before)


def _check_tls(settings: ServerSettings) -> None:
    if settings.tls_certificate is not None and settings.tls_key is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key)
        except ssl.SSLError as error:
            raise ServiceError("The TLS certificate and its key do not belong together; choose matching PEM files.") from error


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder for sockets that nobody else can enter; gone afterwards."""
    near = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="visemesync-", dir=near if len(near) < _LONGEST_PATH else "/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Fleet:
    """The workers of one server and the proxy in front of them.

    Args:
        settings: of the server, with the port that is listened on.
        workers: how many.
        place: starts them.
        front: of the proxy.
    """

    def __init__(self, settings: ServerSettings, workers: int, place: Place, front: Front) -> None:
        self._settings, self._front = settings, front
        self._members = [Member(f"w{i + 1}", i, place, settings) for i in range(workers)]
        self._proxy: Proxy | None = None
        self._stop_asked, self._hurry_asked, self._renew_asked = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._terminal = _has_terminal()
        self._open: dict[str, bool] = {member.name: True for member in self._members}
        self._renewals = 0

    async def run(self, listener: socket.socket) -> None:
        """Serve until told to stop.

        Args:
            listener: bound to the server's address.

        Raises:
            PreviewError: the workers cannot serve, or HAProxy does not start.
        """
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._asked_to_renew)
        tasks: list[asyncio.Task[None]] = []
        try:
            if not await self._unless_stopped(self._start()):
                return
            assert self._proxy is not None
            tasks = [asyncio.create_task(work) for work in (self._proxy.keep(), self._spread(), self._renew_when_asked())]
            self._announce(listener)
            async with await self._figures_server():
                await self._stop_asked.wait()
                whereabouts.withdraw()
                await self._end_tasks(tasks[1:])
                await self._proxy.stop_checking()
                await self._unless_hurried(asyncio.gather(*(member.stop() for member in self._members)))
        finally:
            await asyncio.gather(*(member.abandon() for member in self._members))
            if self._proxy is not None:
                await self._proxy.stop()
            await self._end_tasks(tasks)
            note("stopped")

    async def _start(self) -> None:
        starting = [asyncio.create_task(member.start()) for member in self._members]
        try:
            await asyncio.gather(*starting)
        finally:
            await self._end_tasks(starting)
        self._proxy = Proxy(self._settings, self._front, {member.name: member.address for member in self._members})
        await self._proxy.start()
        for member in self._members:
            member.behind(self._proxy)

    def _announce(self, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        url = whereabouts.url_of(host, port, self._settings.tls_certificate is not None)
        count = len(self._members)
        words = f"{count} workers" if count > 1 else "1 worker"
        certificate = whereabouts.certificate_line(self._settings.tls_certificate)
        print(f"Serving {self._settings.source} on {url} with {words} (Ctrl+C stops){certificate}", flush=True)
        whereabouts.announce(url)

    async def _unless_stopped(self, work: Awaitable[None]) -> bool:
        return await _unless(self._stop_asked, work)

    async def _unless_hurried(self, work: Awaitable[object]) -> bool:
        return await _unless(self._hurry_asked, work)

    def _asked_to_stop(self) -> None:
        """The second time, nobody is waited for."""
        (self._hurry_asked if self._stop_asked.is_set() else self._stop_asked).set()

    def _asked_to_renew(self) -> None:
        """A terminal that was closed says the same word, and means the end."""
        if self._terminal and not _has_terminal():
            self._asked_to_stop()
        else:
            self._renew_asked.set()

    @staticmethod
    async def _end_tasks(tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _renew_when_asked(self) -> None:
        """One worker after the other, so that all but one serve at any time."""
        while True:
            await self._renew_asked.wait()
            self._renew_asked.clear()
            note("renewing", workers=len(self._members))
            if self._proxy is not None:
                await self._proxy.renew_certificate()
            try:
                for member in self._members:
                    await member.renew()
            except PreviewError as error:
                note("renewal given up", reason=str(error))
                continue
            self._renewals += 1
            note("renewed", workers=len(self._members))

    async def _spread(self) -> None:
        """Full workers get no new session while others have places; when all are full, each says so itself."""
        while True:
            await asyncio.sleep(_LOOK_S)
            full = {member.name: member.report.is_full for member in self._members}
            for member in self._members:
                is_open = not full[member.name] or all(full.values())
                if is_open != self._open[member.name] and self._proxy is not None:
                    self._open[member.name] = is_open
                    await self._proxy.set_open(member.name, is_open)

    async def _figures_server(self) -> asyncio.Server:
        if sys.platform == "win32":
            raise OSError("HAProxy is not there for Windows")
        return await asyncio.start_unix_server(self._answer_figures, self._front.folder / FIGURES)

    async def _answer_figures(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        with contextlib.suppress(OSError):
            if head:
                addresses = {member.name: member.address for member in self._members}
                writer.write(await gathered(head, addresses, await self._own_figures()))
                await writer.drain()
        writer.close()

    async def _own_figures(self) -> str:
        connections, refused = await self._proxy.figures() if self._proxy is not None else (0, 0)
        return "".join(
            f"# HELP {name} {about}\n# TYPE {name} {kind}\n{name} {value}\n"
            for name, kind, about, value in (
                ("visemesync_workers", "gauge", "Workers", len(self._members)),
                ("visemesync_workers_serving", "gauge", "Workers that take voices", sum(m.report.ready for m in self._members)),
                ("visemesync_worker_restarts_total", "counter", "Workers started again", sum(m.restarts for m in self._members)),
                ("visemesync_fleet_renewals_total", "counter", "Times that all workers were renewed", self._renewals),
                ("visemesync_door_connections", "gauge", "Connections to the address that the server listens on", connections),
                ("visemesync_door_refused_total", "counter", "Requests and connections that were refused there", refused),
            )
        )


def _has_terminal() -> bool:
    """Whether this process belongs to a terminal that is still there."""
    if sys.platform == "win32":
        raise OSError("HAProxy is not there for Windows")
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


async def _unless(event: asyncio.Event, work: Awaitable[object]) -> bool:
    """Do work, or leave it when an event comes first; whether it was done."""
    doing, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
            return True
        return False
    finally:
        for each in (doing, waiting):
            each.cancel()
        await asyncio.gather(doing, waiting, return_exceptions=True)
