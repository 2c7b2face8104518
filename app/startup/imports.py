"""Imports without what PySide adds to each of them.

PySide looks for its own name in the source of every module that is imported, for the sake of a switch that nobody here uses
(``from __feature__ import``), and Python keeps the lines that were read: a sixth of a second of a start from source, and 22 MB.
A packed program has no sources, and nothing is looked at there.
"""

from __future__ import annotations

import builtins


def import_plainly() -> None:
    """Import as Python does from now on; once PySide is imported."""
    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain
