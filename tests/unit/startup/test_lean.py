"""A start reads and keeps no more than it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STARTED = """
import linecache, sys
from app.core.allocation import give_back, hold_little
hold_little()
import PySide6.QtWidgets
from app.startup.imports import import_plainly
import_plainly()
import app.settings, app.core.track
kept = sum(len(entry[2]) for entry in linecache.cache.values() if len(entry) == 4)
from app.speech.lexicon.library import dsp
give_back()
print(kept, dsp.FFT_BACKEND, "scipy" in sys.modules)
"""


def test_sources_are_not_kept_and_scipy_is_not_imported_for_the_voice() -> None:
    """PySide's import reads the source of each module; hibari's takes SciPy where it is installed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", STARTED], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    lines, transforms, scipy = done.stdout.split()
    assert int(lines) < 5000 and transforms == "numpy" and scipy == "False"
