"""One worker as its supervisor sees it: started, looked after, started again when it ends, exchanged for a new one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from app.core.errors import PreviewError, ServiceError
from app.remote.fleet.places import Place, Running
from app.remote.fleet.proxy import Proxy
from app.remote.fleet.reports import Report
from app.remote.server.logs import note
from app.remote.server.settings import ServerSettings

#: waits before a new start: doubled while workers do not last, up to the longest; lasting this long counts as well
FIRST_WAIT_S, LONGEST_WAIT_S, LASTED_S = 0.25, 30.0, 60.0
#: a worker that says nothing for so long hangs
SILENT_S = 20.0
#: loading a network from a slow disk
START_S = 180.0
#: a worker gets this much more than its streams, to close what is open
_LEAVE_S = 8.0


class NotServing(ServiceError):
    """A worker could not be started; carries the exit status that the worker's own error has."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Member:
    """A worker of the fleet.

    Args:
        name: ``w1``, ``w2``, ...
        number: counts them from 0.
        place: where it is started.
        settings: of the server.

    Attributes:
        report: the last that it said.
        address: where HAProxy finds it; "" before the first start.
        restarts: how often it was started again after it had ended by itself.
    """

    def __init__(self, name: str, number: int, place: Place, settings: ServerSettings) -> None:
        self.name = name
        self._number, self._place = number, place
        self._settings = replace(settings, worker=name, behind_proxy=True, tls_certificate=None, tls_key=None)
        self._drain_s = settings.drain_s
        self.report, self.address, self.restarts = Report(), "", 0
        self._running: Running | None = None
        self._caring: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._proxy: Proxy | None = None
        self._stopping = False
        self._wait_s = FIRST_WAIT_S

    async def start(self) -> None:
        """Start it and wait until it serves.

        Raises:
            PreviewError: it cannot.
        """
        self._take(*await self._begin())

    def behind(self, proxy: Proxy) -> None:
        """Tell this proxy from now on where the worker is."""
        self._proxy = proxy

    async def _begin(self) -> tuple[Running, Report]:
        running = await self._place.start(self._settings, self._number)
        try:
            return running, await self._first_report(running)
        except BaseException:
            leaving = asyncio.create_task(_put_away(running))
            self._leaving.add(leaving)  # it is waited for in any case, also by who gives everything up
            leaving.add_done_callback(self._leaving.discard)
            await asyncio.shield(leaving)
            raise

    async def _first_report(self, running: Running) -> Report:
        """Wait until it serves.

        Raises:
            NotServing: it cannot.
        """
        try:
            async with asyncio.timeout(START_S):
                while (report := await running.report()) is not None and not report.error and not report.ready:
                    continue
        except TimeoutError:
            raise NotServing(f"The worker {self.name} did not serve within {START_S:g} seconds; see its log.", 3) from None
        if report is None:
            raise NotServing(f"The worker {self.name} ended before it served; its last words stand in the log above.", 3)
        if report.error:
            raise NotServing(report.error, report.exit_code)
        return report

    def _take(self, running: Running, report: Report) -> None:
        """It is the worker of this name from now on."""
        self._running, self.report = running, report
        self.address = running.publish(self.name, report.address)
        caring = asyncio.create_task(self._care(running))
        self._caring.add(caring)
        caring.add_done_callback(self._caring.discard)

    async def _care(self, running: Running) -> None:
        """Listen to it until it ends; start another one if it should not have."""
        begun_s = asyncio.get_running_loop().time()
        while True:
            try:
                report = await asyncio.wait_for(running.report(), SILENT_S)
            except TimeoutError:
                note("worker hangs", worker=self.name, silent_s=SILENT_S)
                await running.kill()
                continue
            if report is None:
                break
            if running is self._running:
                self.report = report
        await running.wait()
        if running is not self._running or self._stopping:
            return
        self.report = Report()
        if asyncio.get_running_loop().time() - begun_s > LASTED_S:
            self._wait_s = FIRST_WAIT_S
        await self._start_again(running)

    async def _start_again(self, gone: Running) -> None:
        while not self._stopping and self._running is gone:
            note("worker died", worker=self.name, restart_in_s=self._wait_s)
            await asyncio.sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            try:
                begun = await self._begin()
            except PreviewError as error:
                note("worker not restarted", worker=self.name, reason=str(error))
                continue
            if self._stopping or self._running is not gone:
                await _put_away(begun[0])
                return
            self.restarts += 1
            self._take(*begun)
            await self._tell_proxy()
            note("worker restarted", worker=self.name)

    async def _tell_proxy(self) -> None:
        if self._proxy is not None:
            await self._proxy.send_to(self.name, self.address)

    async def renew(self) -> None:
        """Put a new worker in this one's place: the new one serves before the old one drains, and the old one has ended afterwards.

        Raises:
            PreviewError: the new one cannot serve; the old one goes on.
        """
        former = self._running
        self._take(*await self._begin())
        await self._tell_proxy()
        note("worker renewed", worker=self.name)
        if former is not None:
            await self._end(former)

    async def stop(self) -> None:
        """Drain and end it."""
        self._stopping = True
        if self._running is not None:
            await self._end(self._running)

    async def _end(self, running: Running) -> None:
        await running.stop()
        try:
            await asyncio.wait_for(running.wait(), self._drain_s + _LEAVE_S)
        except TimeoutError:
            note("worker did not leave", worker=self.name)
            await _put_away(running)

    async def abandon(self) -> None:
        """End whatever is there at once, and wait for it."""
        self._stopping = True
        caring = list(self._caring)
        for task in caring:
            task.cancel()
        await asyncio.gather(*caring, *self._leaving, return_exceptions=True)
        if self._running is not None:
            await _put_away(self._running)
        await asyncio.gather(*self._leaving, return_exceptions=True)


async def _put_away(running: Running) -> None:
    await running.kill()
    await running.wait()
