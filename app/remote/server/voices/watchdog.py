"""Notices that the engine has died, says so, and starts another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.core.errors import PreviewError
from app.remote.server.logs import note
from app.remote.server.voices.engine import Engine, Worker
from app.remote.server.voices.process import ProcessWorker

#: how often the engine is looked at
LOOK_S = 0.25
#: waits before a new start: doubled while starts fail or do not last, up to the longest; lasting this long counts as well
FIRST_WAIT_S, LONGEST_WAIT_S, LASTED_S = 0.25, 30.0, 60.0


async def watch(engine: Engine, make: Callable[[], Worker]) -> None:
    """Keep an engine running until cancelled.

    Args:
        engine: was started.
        make: loads another worker; called on a thread of its own.
    """
    loop = asyncio.get_running_loop()
    wait_s, started_s = FIRST_WAIT_S, loop.time()
    while True:
        await asyncio.sleep(LOOK_S)
        if engine.running:
            continue
        if loop.time() - started_s > LASTED_S:
            wait_s = FIRST_WAIT_S
        note("engine died", voices=engine.voices, restart_in_s=wait_s)
        await asyncio.to_thread(engine.stop)
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        await _restart(engine, make)
        started_s = loop.time()


async def _restart(engine: Engine, make: Callable[[], Worker]) -> None:
    making = asyncio.create_task(asyncio.to_thread(make))
    try:
        worker = await asyncio.shield(making)
    except PreviewError as error:
        note("engine not restarted", reason=str(error))
        return
    except asyncio.CancelledError:  # the server stops while the source is loaded; no process is left behind
        (left,) = await asyncio.gather(making, return_exceptions=True)
        if isinstance(left, ProcessWorker):
            await asyncio.to_thread(left.discard)
        raise
    engine.replace(worker)
    note("engine restarted", source=engine.animator.name, device=engine.animator.device)
