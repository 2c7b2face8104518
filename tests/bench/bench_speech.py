"""The embedded voice: how soon it is heard and how fast it is."""

from __future__ import annotations

import time

import numpy as np

from app.audio.player import Player
from app.core.errors import DeviceError
from app.core.speech import joined
from app.speech.align import align
from app.speech.greeting import GREETING
from app.speech.hibari import HibariEngine

LONG = (
    "In the beginning of the long and winding story there was a small village by the sea, where nobody ever locked a door, "
    "and everyone knew the baker by name. He was a quiet man. Every morning at four he lit the oven, and by six the whole street "
    "smelled of bread."
)


def time_to_sound(engine: HibariEngine, text: str) -> float:
    """Milliseconds from asking for speech until its first sound is heard, through an open device.

    Raises:
        DeviceError: there is no sound device.
    """
    player = Player()
    if reason := player.open().silent_reason:
        raise DeviceError(reason)
    start = time.perf_counter()
    first = next(iter(engine.synthesize(text, "heart")))
    player.load(first.audio, streaming=True)
    player.play()
    onset_s = float(np.argmax(np.abs(first.audio.samples) > 0.02)) / first.audio.rate
    while player.clock.now() < onset_s:
        time.sleep(0.001)
    heard_ms = (time.perf_counter() - start) * 1e3
    player.close()
    return heard_ms


def run() -> list[dict]:
    """Rows of the benchmark."""
    start = time.perf_counter()
    engine = HibariEngine()
    engine.warm_up()
    rows = [{"name": "voice warm-up", "value": (time.perf_counter() - start) * 1e3, "unit": "ms"}]
    for name, text in (("greeting", GREETING), ("long first sentence", LONG)):
        ready = []
        for _ in range(5):
            start = time.perf_counter()
            first = next(iter(engine.synthesize(text, "heart")))
            ready.append((time.perf_counter() - start) * 1e3)
        onset = float(np.argmax(np.abs(first.audio.samples) > 0.02)) / first.audio.rate * 1e3
        rows.append({"name": f"first part ready, {name}", "value": float(np.median(ready)), "unit": "ms"})
        try:
            heard = [time_to_sound(engine, text) for _ in range(5)]
            rows.append({"name": f"first sound heard, {name}", "value": float(np.median(heard)), "unit": "ms"})
        except DeviceError as error:
            rows.append({"name": f"first sound heard, {name}", "value": float("nan"), "unit": f"ms ({error})"})
        rows.append({"name": f"silence before its first sound, {name}", "value": onset, "unit": "ms"})
    start = time.perf_counter()
    speech = joined(list(engine.synthesize(LONG, "heart")))
    rows.append({"name": "synthesis", "value": (time.perf_counter() - start) / speech.audio.duration_s, "unit": "s per s of speech"})
    start = time.perf_counter()
    align(speech.audio, LONG)
    rows.append({"name": "alignment", "value": (time.perf_counter() - start) / speech.audio.duration_s, "unit": "s per s of speech"})
    return rows
