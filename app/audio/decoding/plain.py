"""Plain files by libsndfile: it hands out only what it decoded, as a header's length is a claim."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from app.audio.decoding.sound_file import BLOCK_FRAMES, SoundFile, Watch, check_header, unreadable

#: the first bytes of an MPEG frame
_MPEG_STARTS = frozenset(bytes([0xFF, second]) for second in range(0xE0, 0x100))


def open_plain(path: Path) -> tuple[SoundFile | None, bool]:
    """The file as libsndfile knows it, and whether it reads it to its true end: not GSM, a cut FLAC, or without a stated length.

    Raises:
        AudioError: its header is absurd.
    """
    with path.open("rb") as opened:
        start = opened.read(3)
    if start == b"ID3" or start[:2] in _MPEG_STARTS:
        return None, False  # MP3 and AAC are FFmpeg's
    try:
        with soundfile.SoundFile(str(path)) as file:
            rate, channels, frames = int(file.samplerate), int(file.channels), int(file.frames)
            is_right = file.format != "FLAC" and file.subtype not in ("GSM610", "MPEG_LAYER_III") and (frames > 0 or _is_empty_wav(path))
    except (soundfile.SoundFileError, OSError, TypeError, ValueError):
        return None, False
    check_header(path, rate, channels)
    return SoundFile(rate, ("",) * channels, max(frames, 0), partial(_blocks, path, frames), []), is_right


def _is_empty_wav(path: Path) -> bool:
    """Whether a WAV that states no sound holds none: whole chunks follow, or nothing, but no sound of a writer that never came back."""
    end, place, seen_sound = path.stat().st_size, 12, False
    with path.open("rb") as file:
        while place + 8 <= end:
            file.seek(place)
            name, size = file.read(4), int.from_bytes(file.read(4), "little")
            if not all(32 <= letter < 127 for letter in name):
                return False
            seen_sound |= name == b"data"
            place += 8 + size + size % 2
    return seen_sound and place in (end, end + 1)


def _blocks(path: Path, frames: int, watch: Watch) -> Iterator[np.ndarray]:
    done = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            # not ``blocks``, which hands out its buffer whole however little was decoded into it
            while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
                yield block
                done += len(block)
                watch(min(done / frames, 1.0) if frames > 0 else -1.0)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError):
        unreadable(path)
