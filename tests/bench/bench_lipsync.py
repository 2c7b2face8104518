"""How fast the sources are, on 30 s of speech-like phones."""

from __future__ import annotations

import threading
import time

import numpy as np

from app.core.speech import AudioClip, Phone, Speech
from app.lipsync.mock import MockSource
from app.lipsync.visemes import VisemeSource

DURATION_S = 30.0
PHONE_S = 0.08


def _speech() -> Speech:
    symbols = ("HH", "AH0", "L", "OW1", "M", "AY1", "F", "R", "EH1", "N", "D", "sil")
    phones = tuple(Phone(symbols[i % len(symbols)], i * PHONE_S, (i + 1) * PHONE_S) for i in range(int(DURATION_S / PHONE_S)))
    return Speech(AudioClip(np.zeros(int(DURATION_S * 16000), np.float32), 16000), phones=phones)


def run() -> list[dict]:
    """Time to the first chunk and to the whole clip, for every source that needs no model."""
    speech = _speech()
    rows = []
    for source in (VisemeSource(), VisemeSource("visemesync"), MockSource()):
        list(source.generate(speech, threading.Event()))
        started_s = time.perf_counter()
        chunks = source.generate(speech, threading.Event())
        next(chunks)
        first_s = time.perf_counter() - started_s
        for _ in chunks:
            pass
        whole_s = time.perf_counter() - started_s
        rows.append({"name": f"{source.name}: first chunk", "value": first_s * 1e3, "unit": "ms"})
        rows.append({"name": f"{source.name}: {DURATION_S:g} s of speech", "value": whole_s * 1e3, "unit": "ms"})
    return rows
