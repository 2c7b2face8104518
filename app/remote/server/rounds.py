"""What the engine tells of its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class RoundTimes(NamedTuple):
    """When a round that a voice took part in ran, for traces.

    Attributes:
        begun_s: on time.perf_counter's clock, which all processes of a machine share.
        took_s: seconds.
        voices: that took part.
    """

    begun_s: float
    took_s: float
    voices: int


@dataclass
class RoundReport:
    """What one round did, for the metrics: voices in it, seconds of sound, seconds it took."""

    voices: int
    sound_s: float
    took_s: float
