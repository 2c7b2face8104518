"""A load as a row of figures."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from app.remote.load.crowd import CrowdReport
from app.remote.load.figures import ServerFigures


@dataclass(frozen=True)
class LoadRow:
    """What one number of voices saw; times in milliseconds, nan or None where nothing is known.

    Attributes:
        voices: that were asked for.
        admitted: that were let in.
        refused: code -> how many.
        broken: code -> how many were let in and ended early.
        first_ms: first block to first frame, look-ahead included: median and 99th percentile.
        look_ahead_ms: of the network.
        late_ms: p50, p95, p99 and the latest frame.
        frames: that came.
        lost: that never came, and ``doubled`` that came twice.
        sent_bytes_s: of WebSocket, per admitted voice and second, to the server, and ``received_bytes_s`` from it.
        server_cpu: of a core, while the voices spoke.
        server_memory: bytes at their end.
        capacity: that the server offers at their end.
        own_cpu: of a core, the busiest process of this side.
        own_late_ms: how late this side was with its sound, 99th percentile.
        load: the machine's load average at the end, where it has one.
        stopped: ended before its time.
    """

    voices: int
    admitted: int
    refused: dict[str, int]
    broken: dict[str, int]
    first_ms: dict[str, float]
    look_ahead_ms: float
    late_ms: dict[str, float]
    frames: int
    lost: int
    doubled: int
    sent_bytes_s: float
    received_bytes_s: float
    server_cpu: float | None
    server_memory: float | None
    capacity: int | None
    own_cpu: float
    own_late_ms: float
    load: float | None = field(default=None)
    stopped: bool = False


def _percentile_ms(values: Iterable[float], percent: float) -> float:
    known = [value for value in values if not math.isnan(value)]
    return 1000 * float(np.percentile(known, percent)) if known else math.nan


def row_of(crowd: CrowdReport, before: ServerFigures, after: ServerFigures) -> LoadRow:
    """Sum up.

    Args:
        crowd: what the voices saw.
        before: the server's figures before they spoke.
        after: and after it.
    """
    inside = [voice for voice in crowd.voices if not voice.refusal]
    late = [late_s for voice in inside for late_s in voice.late_s]
    firsts = [voice.first_s for voice in inside]
    spoken_s = sum(len(voice.own_late_s) for voice in inside) / crowd.plan.fps or math.nan
    cpu = None if before.busy_s is None or after.busy_s is None else (after.busy_s - before.busy_s) / max(crowd.wall_s, 1e-6)
    return LoadRow(
        voices=crowd.plan.voices,
        admitted=len(inside),
        refused=dict(Counter(voice.refusal for voice in crowd.voices if voice.refusal)),
        broken=dict(Counter(voice.broken for voice in inside if voice.broken and voice.broken != "stopped")),
        first_ms={"p50": _percentile_ms(firsts, 50), "p99": _percentile_ms(firsts, 99)},
        look_ahead_ms=1000 * max((voice.look_ahead_s for voice in inside), default=0.0),
        late_ms={name: _percentile_ms(late, percent) for name, percent in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100))},
        frames=len(late),
        lost=sum(voice.lost for voice in inside),
        doubled=sum(voice.doubled for voice in inside),
        sent_bytes_s=sum(voice.sent for voice in inside) / spoken_s,
        received_bytes_s=sum(voice.received for voice in inside) / spoken_s,
        server_cpu=cpu,
        server_memory=after.memory,
        capacity=after.capacity,
        own_cpu=crowd.own_share,
        own_late_ms=_percentile_ms((late_s for voice in inside for late_s in voice.own_late_s), 99),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        stopped=crowd.stopped,
    )


def row_report(row: LoadRow) -> dict[str, Any]:
    """A row for JSON: what is not known is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, float):
            return None if math.isnan(value) else round(value, 4)
        return value

    return {name: plain(value) for name, value in asdict(row).items()}


_COLUMNS = (
    "voices", "admitted", "refused", "first p50", "first p99", "late p50", "late p95", "late p99", "late max", "lost", "doubled",
    "kB/s up", "kB/s down", "server CPU", "memory", "own CPU", "own late",
)  # fmt: skip


def _cells(row: LoadRow) -> list[str]:
    def ms(value: float) -> str:
        return "-" if math.isnan(value) else f"{value:.0f} ms"

    def kilobytes(value: float) -> str:
        return "-" if math.isnan(value) else f"{value / 1000:.1f}"

    away = {**row.refused, **{f"{code} later": count for code, count in row.broken.items()}}
    return [
        str(row.voices), str(row.admitted), ", ".join(f"{count} {code}" for code, count in away.items()) or "0",
        *(ms(row.first_ms[name]) for name in ("p50", "p99")), *(ms(row.late_ms[name]) for name in ("p50", "p95", "p99", "max")),
        str(row.lost), str(row.doubled), kilobytes(row.sent_bytes_s), kilobytes(row.received_bytes_s),
        "-" if row.server_cpu is None else f"{row.server_cpu:.0%}",
        "-" if row.server_memory is None else f"{row.server_memory / 1e6:.0f} MB",
        f"{row.own_cpu:.0%}", ms(row.own_late_ms),
    ]  # fmt: skip


def table_text(rows: list[LoadRow]) -> str:
    """All rows under one head."""
    lines = [list(_COLUMNS), *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
