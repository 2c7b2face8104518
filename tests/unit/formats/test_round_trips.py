"""The round-trip tables of docs/formats.md are measured, from made takes and from real files where the shared data is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trips import cues, scenes, timings, weights
from tests.trips.trip import Trips, check_or_update, table

#: one for each kind of format that has a table
TRIPS: tuple[Trips, ...] = (weights.TRIPS, cues.TRIPS, timings.TRIPS, scenes.TRIPS)


@pytest.mark.parametrize("trips", TRIPS, ids=lambda trips: trips.holds)
def test_the_docs_say_what_made_takes_lose(root: Path, trips: Trips):
    rows = table(trips, None)
    assert len(rows) > 1
    check_or_update(root / "docs" / "formats.md", trips.holds, rows)


@pytest.mark.shared
@pytest.mark.parametrize("trips", TRIPS, ids=lambda trips: trips.holds)
def test_the_docs_say_what_real_files_lose(root: Path, shared: Path, trips: Trips):
    rows = table(trips, shared)
    assert len(rows[0]) > 4
    check_or_update(root / "docs" / "formats.md", trips.holds, rows)
