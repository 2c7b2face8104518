"""The formats of tables that hold weights frame by frame, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect, writing_track
from app.formats.tracks import a2f_csv, gesichter, livelink, neurosync

#: read in this order, the most particular first: any table looks like the last
DIALECTS: tuple[Dialect, ...] = (
    Dialect("gesichter", gesichter.NAME, "weights", gesichter.looks_like, gesichter.read, ".gesichter", gesichter.write),
    Dialect("a2f", a2f_csv.NAME, "weights", a2f_csv.looks_like, a2f_csv.read, ".a2f.csv", a2f_csv.write),
    Dialect("neurosync", neurosync.NAME, "weights", neurosync.looks_like, neurosync.read, ".neurosync.csv", neurosync.write),
    Dialect("livelink", livelink.NAME, "weights", livelink.looks_like, livelink.read, ".csv", writing_track(livelink.write), is_loose=True),
)
