"""Uploads that are small on the way and large when they are opened."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import numpy as np
import soundfile

from tests.attacks import wire
from tests.attacks.victim import Victim


@cache
def flac(rate: int = 655_350, duration_s: float = 1795.0, channels: int = 1) -> bytes:
    """Silence that claims a rate."""
    file = io.BytesIO()
    block = np.zeros((1 << 20, channels), np.int16)
    left = round(rate * duration_s)
    with soundfile.SoundFile(file, "w", rate, channels, "PCM_16", format="FLAC") as sound:
        while left > 0:
            sound.write(block[:left])
            left -= len(block)
    return file.getvalue()


def wav(rate: int, samples: int, channels: int = 1) -> bytes:
    """A 16-bit WAV of any rate, 2³¹ - 1 too."""
    data = b"\0\1" * samples * channels
    about: tuple[Any, ...] = (b"fmt ", 16, 1, channels, rate, min(rate * 2 * channels, 0xFFFFFFFF), 2 * channels, 16)
    chunk = struct.pack("<4sIHHIIHH", *about)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk) + 8 + len(data)) + b"WAVE" + chunk + b"data" + struct.pack("<I", len(data)) + data


def _sent(victim: Victim, sound: bytes, patience_s: float = 120.0) -> str:
    answer = wire.exchanged(victim.port, wire.posted("/process-sync", sound, token=victim.token), patience_s)
    head, _, body = answer.partition(b"\r\n\r\n")
    return f"{len(sound) / 1000:.1f} KB sent, status {wire.status_of(head)}, {len(body) / 1e6:.2f} MB came back"


def flac_bomb(victim: Victim, _: float) -> str:
    """Half an hour of silence at 655,350 Hz."""
    return _sent(victim, flac())


def wide_bomb(victim: Victim, _: float) -> str:
    """Eight channels at 192 kHz."""
    return _sent(victim, flac(192_000, 1500.0, 8))


def slow_wav(victim: Victim, _: float) -> str:
    """Half an hour in 3.6 KB: a rate of one sample a second."""
    return _sent(victim, wav(1, 1790))
