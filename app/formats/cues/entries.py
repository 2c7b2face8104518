"""The formats that hold mouth shapes, phones or words with times, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect

#: read in this order, and before the formats of weights
DIALECTS: tuple[Dialect, ...] = ()
