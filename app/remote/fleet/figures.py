"""The figures of all workers in one answer.

The supervisor passes a request for ``/metrics`` on to every worker as it came, so that each of them asks for the token in its own way, and
joins what they say; every sample gets the label ``worker``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

_MOST_HEAD = 32 << 10
_ANSWER_S = 5.0
_HEAD_END = b"\r\n\r\n"


def joined(texts: Mapping[str, str]) -> str:
    """One text in Prometheus's form out of several.

    Args:
        texts: of the workers, by name.
    """
    comments: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for worker, text in texts.items():
        family = ""
        for line in text.splitlines():
            if line.startswith(("# HELP ", "# TYPE ")):
                family = line.split(maxsplit=3)[2]
                said = comments.setdefault(family, [])
                if line not in said and len(said) < 2:
                    said.append(line)
            elif line and not line.startswith("#"):
                samples.setdefault(family, []).append(_labelled(line, worker))
    return "".join(f"{line}\n" for family in samples for line in [*comments.get(family, ()), *samples[family]])


def _labelled(sample: str, worker: str) -> str:
    """A sample with the label of its worker in front of its own labels."""
    name, opened, rest = sample.partition("{")
    if opened:
        return f'{name}{{worker="{worker}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{worker}"}} {value}'


async def ask(address: str, head: bytes) -> tuple[bytes, bytes]:
    """Put a request to a worker.

    Args:
        address: of the worker, as HAProxy writes it.
        head: of the request, the empty line included.

    Returns:
        Head and body of the answer, both empty when none came.
    """
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await _connected(address)
            try:
                writer.write(head)
                await writer.drain()
                answer = await reader.readuntil(_HEAD_END)
                return answer, await reader.readexactly(_length(answer))
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b"", b""


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if sys.platform == "win32":
        raise OSError("HAProxy is not there for Windows")
    if address.startswith("unix@"):
        return await asyncio.open_unix_connection(Path(address.removeprefix("unix@")))
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


def _status(head: bytes) -> int:
    words = head.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


async def gathered(head: bytes, addresses: Mapping[str, str], own: str) -> bytes:
    """The answer to a request for figures: those of all workers, or the first refusal.

    Args:
        head: of the request.
        addresses: of the workers, by name.
        own: the supervisor's figures.
    """
    answers = dict(zip(addresses, await asyncio.gather(*(ask(address, head) for address in addresses.values())), strict=True))
    told = {name: body.decode("utf-8", "replace") for name, (answer, body) in answers.items() if _status(answer) == 200}
    if told:
        return _answer("200 OK", "text/plain; version=0.0.4; charset=utf-8", own + joined(told))
    refusals = [answer + body for answer, body in answers.values() if answer]
    return (
        refusals[0] if refusals else _answer("503 Service Unavailable", "application/json", '{"detail": "No worker answers; try again."}')
    )


def _answer(status: str, kind: str, text: str) -> bytes:
    body = text.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """A request's head, as HAProxy passes it on; empty when none comes."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            head = await reader.readuntil(_HEAD_END)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b""
    return head if len(head) <= _MOST_HEAD else b""
