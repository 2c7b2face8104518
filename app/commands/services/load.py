"""``load URL``: real-time voices at a server, and a table of what they saw."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from typing import Any

import numpy as np

from app.commands.progress import Progress
from app.core.errors import ServiceError
from app.core.installation import how_to_get


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
    url, token = _address(options)
    plan = LoadPlan(url, 1, options.seconds, options.fps, token, options.acks, _sound(options))
    progress = Progress(options.progress)
    rows: list[LoadRow] = []
    try:
        for number, voices in enumerate(options.voices):
            progress(f"{voices} voices", number / len(options.voices))
            before = server_figures(url, token)
            crowd = speak_together(replace(plan, voices=voices))
            rows.append(row_of(crowd, before, server_figures(url, token)))
            if crowd.stopped:
                break
        progress("done", 1.0)
    except KeyboardInterrupt:  # between two numbers: what is known is printed
        pass
    report: dict[str, Any] = {"url": url, "seconds": options.seconds, "fps": options.fps, "rows": [row_report(row) for row in rows]}
    print(json.dumps(report) if options.json else table_text(rows), flush=True)
    if rows and rows[-1].stopped:
        print("Stopped before the end; the last line holds what was known.", file=sys.stderr)
    clean = all(not row.refused and not row.broken and not row.lost and not row.doubled for row in rows)
    return 0 if clean else 1


def _address(options: Namespace) -> tuple[str, str]:
    """The server's address, and the token that was given, stands in it, or is kept for it."""
    from app.remote.link.addresses import server_url, split_token
    from app.remote.link.keys import KEYS

    url, in_address = split_token(server_url(options.url.removeprefix("remote:")))
    return url, options.token or in_address or KEYS.find(f"remote:{url}")


def _sound(options: Namespace) -> np.ndarray:
    """(n,) int16 samples at 16 kHz of the file; none without one."""
    if options.sound is None:
        return np.zeros(0, np.int16)
    from app.audio.clips import read_clip, resample
    from app.remote.load.voice import RATE

    samples = resample(read_clip(options.sound), RATE).samples
    pcm: np.ndarray = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    return pcm
