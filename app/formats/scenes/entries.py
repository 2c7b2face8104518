"""The formats of 3D programs, as the registry knows them."""

from __future__ import annotations

from app.formats.dialect import Dialect

#: read in this order, and before the formats of weights
DIALECTS: tuple[Dialect, ...] = ()
