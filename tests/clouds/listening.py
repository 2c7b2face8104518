"""Listening for clients of aiohttp, and letting go of it without leaving one that has just come with an open socket."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web


async def listen(runner: web.AppRunner) -> asyncio.Server:
    """Listen on a free port of this machine; ``runner`` is set up."""
    assert runner.server is not None
    return await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)


def port_of(listening: asyncio.Server) -> int:
    """Where it listens."""
    return int(listening.sockets[0].getsockname()[1])


async def listen_no_more(listening: asyncio.Server) -> None:
    """Let nobody in any more.

    A client that was accepted in the very turn in which asyncio's server is closed gets a transport that is neither used nor closed
    (its constructor fails, as the server has no sockets), so nobody is accepted first, and the server is closed when all are in.
    """
    loop = asyncio.get_running_loop()
    for socket in listening.sockets:
        with contextlib.suppress(NotImplementedError):
            loop.remove_reader(socket.fileno())
    await asyncio.sleep(0.01)
    listening.close()


async def shut(listening: asyncio.Server, runner: web.AppRunner) -> None:
    """Let nobody in, and everybody go."""
    await listen_no_more(listening)
    await runner.cleanup()
