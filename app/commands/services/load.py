"""``load URL``: real-time voices at a server, and a table of what they saw."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from app.commands.progress import Progress
from app.core.errors import ServiceError
from app.core.installation import how_to_get

if TYPE_CHECKING:
    from app.remote.client.known_server import KnownServer


def run(options: Namespace) -> int:
    """Let the voices speak, one number of them after the other.

    Returns:
        0, or 1 when voices were refused or broke off, or frames were lost or doubled.

    Raises:
        ServiceError: the server cannot be reached, or refuses.
    """
    try:
        from app.remote.load.crowd import speak_together
        from app.remote.load.figures import server_figures
        from app.remote.load.table import LoadRow, row_of, row_report, table_text
        from app.remote.load.voice import LoadPlan
    except ModuleNotFoundError as error:
        raise ServiceError(f"What speaks to servers is not installed; {how_to_get('client', 'remote')}.") from error
    server = _server(options)
    plan = LoadPlan(server.url, 1, options.seconds, options.fps, server.key, server.fingerprint, options.acks, _sound(options))
    progress = Progress(options.progress)
    rows: list[LoadRow] = []
    try:
        for number, voices in enumerate(options.voices):
            progress(f"{voices} voices", number / len(options.voices))
            before = server_figures(server)
            crowd = speak_together(replace(plan, voices=voices))
            rows.append(row_of(crowd, before, server_figures(server)))
            if crowd.stopped:
                break
        progress("done", 1.0)
    except KeyboardInterrupt:  # between two numbers: what is known is printed
        pass
    report: dict[str, Any] = {"url": server.url, "seconds": options.seconds, "fps": options.fps, "rows": [row_report(row) for row in rows]}
    print(json.dumps(report) if options.json else table_text(rows), flush=True)
    if rows and rows[-1].stopped:
        print("Stopped before the end; the last line holds what was known.", file=sys.stderr)
    clean = all(not row.refused and not row.broken and not row.lost and not row.doubled for row in rows)
    return 0 if clean else 1


def _server(options: Namespace) -> KnownServer:
    """The server; its token and its certificate are given, stand in its address, or are kept for it."""
    from app.remote.client.known_server import known_server
    from app.remote.link.addresses import server_url, split_token
    from app.remote.link.keys import KEYS
    from app.remote.link.trust import TRUSTED, split_fingerprint

    address, fingerprint = split_fingerprint(options.url.removeprefix("remote:"))
    url, in_address = split_token(server_url(address))
    name = f"remote:{url}"
    return known_server(url, options.token or in_address or KEYS.find(name), fingerprint or TRUSTED.find(name))


def _sound(options: Namespace) -> np.ndarray:
    """(n,) int16 samples at 16 kHz of the file; none without one."""
    if options.sound is None:
        return np.zeros(0, np.int16)
    from app.audio.clips import read_clip, resample
    from app.remote.load.voice import RATE

    samples = resample(read_clip(options.sound), RATE).samples
    pcm: np.ndarray = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    return pcm
