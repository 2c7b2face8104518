"""The formats that hold weights frame by frame, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect, writing_track
from app.formats.tracks import a2f_csv, json_takes, livelink, omniverse_json

#: read in this order, the most particular first: any table looks like the last
DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "omniverse", omniverse_json.NAME, "weights", omniverse_json.looks_like, omniverse_json.read, ".json",
        writing_track(omniverse_json.write),
    ),
    Dialect("json", json_takes.NAME, "weights", json_takes.looks_like, json_takes.read),
    Dialect("a2f", a2f_csv.NAME, "weights", a2f_csv.looks_like, a2f_csv.read, ".a2f.csv", writing_track(a2f_csv.write, a2f_csv.NAME)),
    Dialect("livelink", livelink.NAME, "weights", livelink.looks_like, livelink.read, ".csv", writing_track(livelink.write)),
)  # fmt: skip
