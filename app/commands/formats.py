"""``formats``: every format of motion that is read or written."""

from __future__ import annotations

import json
from argparse import Namespace

from app.formats.dialect import Dialect
from app.formats.registry import DIALECTS

#: what a format is about, in words
HOLDS = {"weights": "weights", "cues": "mouth cues", "timings": "words and phones", "scene": "3D programs"}


def run(options: Namespace) -> int:
    """List the formats: the key for ``--as``, the ending that means it, whether it is read and written, and its name."""
    if options.json:
        print(json.dumps({"formats": [_facts(dialect) for dialect in DIALECTS]}))
        return 0
    for kind, title in HOLDS.items():
        listed = [dialect for dialect in DIALECTS if dialect.holds == kind]
        if listed:
            print(f"{title}:")
        for dialect in listed:
            ways = " and ".join(way for way, can in (("read", dialect.read), ("written", dialect.write)) if can is not None)
            print(f"  {dialect.key:18} {dialect.ending or '-':24} {ways:17} {dialect.name}")
    return 0


def _facts(dialect: Dialect) -> dict[str, object]:
    return {
        "key": dialect.key, "name": dialect.name, "holds": dialect.holds,
        "reads": dialect.read is not None, "writes": dialect.write is not None, "ending": dialect.ending,
    }  # fmt: skip
