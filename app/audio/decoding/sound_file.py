"""A sound file that can be decoded, and the sentences of those that cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S, ClipNote

#: frames decoded at once, so that an hour of many channels never lies in memory unmixed
BLOCK_FRAMES = 1 << 18
#: sample rates that recordings have; a rate beyond them is a broken header, and resampling from it takes any amount of memory
LOWEST_RATE, HIGHEST_RATE = 1000, 384_000
MOST_CHANNELS = 64

#: told how far the decoding is, 0 to 1 or below 0 for unknown; it raises Cancelled to end it
Watch = Callable[[float], None]


@dataclass(frozen=True)
class SoundFile:
    """A sound file that can be decoded, any number of times.

    Attributes:
        rate: samples per second.
        channels: what each channel is for (``FL``, ``FC`` ...), "" where the file does not say.
        frames: how many there are by its header, 0 where it does not say; a claim, not a fact.
        blocks: starts decoding: float32 arrays of (frames, channels), none of them empty.
        notes: what was noticed; filled while ``blocks`` is read to its end, too.
    """

    rate: int
    channels: tuple[str, ...]
    frames: int
    blocks: Callable[[Watch], Iterator[np.ndarray]]
    notes: list[ClipNote]


def unreadable(path: Path) -> NoReturn:
    """Refuse what no decoder knows."""
    raise AudioError(f"{path.name} is not a readable audio file; use a wav, flac, ogg, mp3, m4a or mp4 file.")


def too_long(path: Path) -> AudioError:
    """The refusal of a file that is longer than a clip may be."""
    return AudioError(f"{path.name} is longer than {MAX_CLIP_S / 60:.0f} minutes; cut it into shorter files.")


def check_header(path: Path, rate: int, channels: int) -> None:
    """Refuse a header that no recording has.

    Raises:
        AudioError: the rate or the number of channels is absurd.
    """
    if rate <= 0:
        raise AudioError(f"{path.name} has no sample rate; export it again.")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(
            f"{path.name} says it has {rate:,} samples per second, which no recording has; export it again, at 16,000 to 48,000."
        )
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{path.name} says it has {channels} channels; at most {MOST_CHANNELS} can be read.")
