"""Round trips of words and phones: each one's text and times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.core.speech import Phone, Word
from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions
from app.formats.timings.alignment import alignment_of
from tests.trips import cues
from tests.trips.trip import Material, Trips


def material(shared: Path | None) -> tuple[Material, ...]:
    """The lines whose mouth cues are sent through as well."""
    return cues.material(shared)


def loss(dialect: Dialect, performance: Performance) -> str:
    """Words and phones that are not the same afterwards."""
    assert dialect.write is not None
    found = alignment_of(dialect.write(performance, WriteOptions()).data.decode(), "trip")
    words = [("words", _spoken(performance.words), _spoken(found.words)), ("phones", _spoken(performance.phones), _spoken(found.phones))]
    said = [what for name, before, after in words if (what := _differ(name, before, after))]
    return "; ".join(said) or "lossless"


def _spoken(rows: Sequence[Word | Phone]) -> list[tuple[str, float, float]]:
    return [
        (row.text if isinstance(row, Word) else row.symbol, row.start_s, row.end_s)
        for row in rows
        if not (isinstance(row, Phone) and row.is_silence)
    ]


def _differ(name: str, before: list[tuple[str, float, float]], after: list[tuple[str, float, float]]) -> str:
    if not after:
        return f"no {name}"
    if [row[0] for row in before] != [row[0] for row in after]:
        return f"other {name}"
    off_ms = 1e3 * float(np.abs(np.array([row[1:] for row in before]) - np.array([row[1:] for row in after])).max())
    return f"{name} ±{off_ms:.2g} ms" if off_ms > 1e-3 else ""


TRIPS = Trips("timings", material, loss)
