"""What the engine tells of its work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class RoundReport:
    """What one round did, for the metrics: voices in it, seconds of sound, seconds it took."""

    voices: int
    sound_s: float
    took_s: float
