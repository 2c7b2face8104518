"""Sound in a take: FLAC where that holds every sample exactly, else a WAV of floating-point numbers; what is read is what was heard."""

from __future__ import annotations

import io
import struct
from contextlib import suppress

import numpy as np

from app.core.errors import ProjectError
from app.core.speech import MAX_CLIP_S, AudioClip

FLAC, WAV = "sound.flac", "sound.wav"
#: of a sound in a take: an hour at 96 kHz
MAX_SAMPLES = 3600 * 96_000
MAX_RATE = 768_000
#: WAVE_FORMAT_IEEE_FLOAT
_FLOAT_FORMAT = 3


def packed_sound(clip: AudioClip) -> tuple[str, bytes]:
    """A clip as a file from which exactly the same samples are read again.

    Args:
        clip: any; recordings of up to 24 bit become FLAC.

    Returns:
        The name for it, and the content.
    """
    data = _flac(clip)
    return (WAV, _float_wav(clip)) if data is None else (FLAC, data)


def unpacked_sound(data: bytes, called: str, file: str) -> AudioClip:
    """The clip in such a file.

    Args:
        data: FLAC or WAV.
        called: the clip's name.
        file: of the take, for sentences.

    Raises:
        ProjectError: no sound, several channels, too long, or samples that are no numbers.
    """
    import soundfile

    parts: list[np.ndarray] = []
    refusal = ProjectError(f"The sound in {file} is damaged; open its backup or another copy of the take.")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            rate = int(sound.samplerate)
            if sound.format not in ("FLAC", "WAV", "WAVEX") or sound.channels != 1 or not 1 <= rate <= MAX_RATE:
                raise refusal
            most, total = min(int(MAX_CLIP_S * rate), MAX_SAMPLES), 0
            while len(block := sound.read(1 << 20, dtype="float32")):
                parts.append(block)
                total += len(block)
                if total > most:
                    raise ProjectError(f"The sound in {file} is longer than an hour; split the take.")
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise refusal from error
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if not np.isfinite(samples).all() or np.abs(samples).max(initial=0.0) > 1.0:
        raise refusal
    return AudioClip(samples, rate, called)


def _flac(clip: AudioClip) -> bytes | None:
    """FLAC of 16 or 24 bit, None where it would not be exactly this sound."""
    import soundfile

    wide = clip.samples.astype(np.float64) * 2.0**31
    if not len(wide) or wide.max() >= 2.0**31 or wide.min() < -(2.0**31) or (wide % 2.0**8).any():
        return None
    subtype = "PCM_24" if (wide % 2.0**16).any() else "PCM_16"
    buffer = io.BytesIO()
    with suppress(soundfile.SoundFileError, RuntimeError):
        soundfile.write(buffer, wide.astype(np.int32), clip.rate, format="FLAC", subtype=subtype)
        buffer.seek(0)
        again, rate = soundfile.read(buffer, dtype="float32")
        if rate == clip.rate and again.tobytes() == clip.samples.tobytes():
            return buffer.getvalue()
    return None


def _float_wav(clip: AudioClip) -> bytes:
    """A WAV of float32, without a date in it, so that the same sound gives the same file."""
    data = clip.samples.astype("<f4").tobytes()
    about = struct.pack("<HHIIHH", _FLOAT_FORMAT, 1, clip.rate, 4 * clip.rate, 4, 32)
    fact = struct.pack("<I", len(clip.samples))
    chunks = b"".join(name + struct.pack("<I", len(body)) + body for name, body in ((b"fmt ", about), (b"fact", fact), (b"data", data)))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
