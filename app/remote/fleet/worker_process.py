"""One worker: the very server that runs alone elsewhere, on a socket of its own behind HAProxy, told what to do by its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging.config
import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import uvicorn

from app.core.errors import PreviewError
from app.remote.fleet.handing_over import from_text
from app.remote.fleet.reports import Report
from app.remote.server.logs import LOG_CONFIG, note, on_every_line
from app.remote.server.serving import build_server
from app.remote.server.state import ServerState
from app.remote.server.talk_routes import Answering

#: a report is sent when something changed, looked at so often; and without a change so seldom
_LOOK_S, _BEAT_S = 0.1, 1.0
#: a worker whose supervisor is gone ends within this time, whatever it is at
_ORPHAN_S = 3.0


def run_worker(answering: Answering | None) -> int:
    """Serve until told to stop, or until the supervisor is gone.

    Args:
        answering: see app.remote.server.application.create_app.

    Returns:
        The exit status.
    """
    logging.config.dictConfig(LOG_CONFIG)
    heard, told = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints does not speak to the supervisor
    orders = json.loads(heard.readline() or b"{}")
    if not orders:
        return 0
    try:
        settings = from_text(orders["settings"])
        on_every_line(worker=settings.worker)
        listener, address = _listen(orders["listen"])
        server = build_server(settings, answering)
        server.config.forwarded_allow_ips = orders.get("trusted", "*")  # nobody but the proxy reaches a socket of this machine
    except PreviewError as error:
        told.write(Report(error=str(error), exit_code=error.exit_code).line())
        return error.exit_code
    threading.Thread(target=_end_with_supervisor, args=(server, heard, orders["listen"]), name="supervisor-watch", daemon=True).start()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listener, lambda report: told.write(report.line()), address))
    return 0


def _listen(where: str) -> tuple[socket.socket, str]:
    """A path listens there for its user alone; a host takes a free port."""
    if sys.platform == "win32":
        raise OSError("HAProxy is not there for Windows")
    if where.startswith("/"):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(where)
        finally:
            os.umask(before)
        return listener, f"unix@{where}"
    listener = socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((where, 0))
    return listener, f"{where}:{listener.getsockname()[1]}"


async def _serve(server: uvicorn.Server, listener: socket.socket, tell: Callable[[Report], object], address: str) -> None:
    beating = asyncio.create_task(_beat(server, tell, address))
    try:
        await server.serve([listener])
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(server: uvicorn.Server, tell: Callable[[Report], object], address: str) -> None:
    """Report from the event loop, so that one that hangs is noticed."""
    state: ServerState = server.config.app.state.server  # type: ignore[union-attr]
    loop = asyncio.get_running_loop()
    last, told_s = Report(), 0.0
    while True:
        report = _report(state, server.started, address)
        if report != last or loop.time() - told_s >= _BEAT_S:
            last, told_s = report, loop.time()
            with contextlib.suppress(OSError):  # the supervisor is gone; the thread that watches it ends this process
                tell(report)
        await asyncio.sleep(_LOOK_S)


def _report(state: ServerState, started: bool, address: str) -> Report:
    engine = state.engine
    if engine is None or not started:
        return Report()
    return Report(state.ready, engine.voices, engine.capacity, address)


def _end_with_supervisor(server: uvicorn.Server, heard: BinaryIO, listens: str) -> None:
    """Wait for the end of what the supervisor says; then nobody reaches this worker any more, and nobody else takes the folder away."""
    while heard.read(1):
        continue
    note("supervisor gone")
    if listens.startswith("/"):
        shutil.rmtree(Path(listens).parent, ignore_errors=True)
    server.should_exit = server.force_exit = True
    timer = threading.Timer(_ORPHAN_S, os._exit, (1,))
    timer.daemon = True
    timer.start()
