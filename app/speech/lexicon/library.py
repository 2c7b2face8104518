"""The hibari package, imported without SciPy.

Where SciPy is installed, hibari takes its Fourier transforms from it: 3 ms a sentence quicker than NumPy's, for 60 MB and two tenths
of a second. So it is told that there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FOURIER = "scipy.fft"


@contextmanager
def _without_scipy() -> Iterator[None]:
    """Whoever asks for SciPy's transforms meanwhile is told that they cannot be had, unless they were imported before."""
    modules: dict[str, Any] = sys.modules
    if _FOURIER in modules or "hibari" in modules:
        yield
        return
    modules[_FOURIER] = None
    try:
        yield
    finally:
        del modules[_FOURIER]


with _without_scipy():
    from hibari import SAMPLE_RATE, dsp, g2p, voices
    from hibari.g2p import normalize

__all__ = ["SAMPLE_RATE", "dsp", "g2p", "normalize", "voices"]
