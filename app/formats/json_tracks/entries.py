"""The formats of JSON that hold weights frame by frame, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect
from app.formats.json_tracks import json_takes, omniverse

#: read in this order, the most particular first: any JSON looks like the last
DIALECTS: tuple[Dialect, ...] = (
    Dialect("omniverse", omniverse.NAME, "weights", omniverse.looks_like, omniverse.read, ".json", omniverse.write),
    Dialect("json", json_takes.NAME, "weights", json_takes.looks_like, json_takes.read, is_loose=True),
)
