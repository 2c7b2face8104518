"""Which decoder reads a file: libsndfile plain ones, FFmpeg all others."""

from __future__ import annotations

from pathlib import Path

from app.audio.decoding.ffmpeg import open_with_ffmpeg
from app.audio.decoding.plain import open_plain
from app.audio.decoding.sound_file import SoundFile, too_long, unreadable
from app.core.speech import MAX_CLIP_S


def open_sound(path: Path) -> SoundFile:
    """Find out how a file is decoded.

    Args:
        path: an existing file.

    Raises:
        AudioError: neither decoder knows it, or its header is absurd.
    """
    plain, is_right = open_plain(path)
    if plain is not None and is_right and plain.frames > MAX_CLIP_S * plain.rate:
        # a claim; FFmpeg looks at the packets, which tell the truth without being decoded
        by_packets = open_with_ffmpeg(path)
        if by_packets is None:
            raise too_long(path)
        return by_packets
    if plain is not None and is_right and len(plain.channels) <= 2:
        return plain
    # FFmpeg knows what each of many channels is for
    return open_with_ffmpeg(path) or plain or unreadable(path)
