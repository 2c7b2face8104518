"""Audio files in and out: any wav, flac, ogg or mp3 becomes one mono float32 clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr

from app.core.beside import written_beside
from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S, AudioClip

#: frames decoded at once, so that an hour of many channels never lies in memory unmixed
_BLOCK_FRAMES = 1 << 18


def read_clip(path: Path | str) -> AudioClip:
    """Read an audio file as one mono clip at its own sample rate.

    Args:
        path: a wav, flac, ogg or mp3 file (recognised by content) of any rate and channel count.

    Returns:
        The mean of all channels, limited to [-1, 1]; named after the file.

    Raises:
        AudioError: the file is missing, broken, empty, longer than MAX_CLIP_S (seen in the header, before
            decoding) or holds samples that are not numbers.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"There is no audio file at {path}; check the path.")
    try:
        with soundfile.SoundFile(str(path)) as file:
            _check_header(file.frames, file.samplerate, path)
            samples = _mono(file, path)
            rate = int(file.samplerate)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        raise AudioError(f"{path.name} is not a readable audio file; use a wav, flac, ogg or mp3 file.") from error
    if len(samples) == 0:
        raise AudioError(f"{path.name} holds no sound; choose a file that is not empty.")
    if not np.isfinite(samples).all():
        raise AudioError(f"{path.name} holds samples that are not numbers (NaN or infinite); export it again.")
    return AudioClip(np.clip(samples, -1.0, 1.0), rate, path.name)


def _check_header(frames: int, rate: int, path: Path) -> None:
    if rate <= 0:
        raise AudioError(f"{path.name} has no sample rate; export it again.")
    if frames / rate > MAX_CLIP_S:
        raise AudioError(f"{path.name} is longer than {MAX_CLIP_S / 60:.0f} minutes; cut it into shorter files.")


def _mono(file: soundfile.SoundFile, path: Path) -> np.ndarray:
    """Decode block by block; the header's length is a claim, so the limit is checked on what arrives too."""
    limit = int(MAX_CLIP_S * file.samplerate)
    parts: list[np.ndarray] = []
    total = 0
    for block in file.blocks(_BLOCK_FRAMES, dtype="float32", always_2d=True):
        parts.append(block.mean(axis=1, dtype=np.float32) if block.shape[1] > 1 else block[:, 0].copy())
        total += len(block)
        if total > limit:
            raise AudioError(f"{path.name} is longer than {MAX_CLIP_S / 60:.0f} minutes; cut it into shorter files.")
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def resample(clip: AudioClip, rate: int) -> AudioClip:
    """Convert a clip to another sample rate (soxr, high quality, no delay).

    Args:
        clip: any clip.
        rate: wanted samples per second, above 0.

    Returns:
        The same object if it has that rate already.
    """
    if rate == clip.rate:
        return clip
    if len(clip.samples) == 0:
        return AudioClip(clip.samples, rate, clip.name)
    samples = soxr.resample(clip.samples, clip.rate, rate, quality="HQ")
    return AudioClip(np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), rate, clip.name)


def write_wav(path: Path | str, clip: AudioClip) -> None:
    """Write a 16-bit mono WAV; the file appears complete or not at all.

    Args:
        path: where to; its folder must exist.
        clip: what.

    Raises:
        AudioError: the file cannot be written.
    """
    path = Path(path)
    try:
        with written_beside(path) as beside:
            soundfile.write(str(beside), clip.samples, clip.rate, format="WAV", subtype="PCM_16")
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path} cannot be written; choose a folder that exists and that you may write to.") from error


def peaks(sound: AudioClip | np.ndarray, n: int) -> np.ndarray:
    """Smallest and largest sample of n equal stretches, to draw a waveform.

    Args:
        sound: a clip, or (k,) samples.
        n: number of stretches (pixels), at least 1.

    Returns:
        (n, 2) float32: minimum, maximum. With fewer samples than stretches, neighbours share a sample;
        zeros for an empty sound.
    """
    samples = sound.samples if isinstance(sound, AudioClip) else np.asarray(sound, np.float32)
    if len(samples) == 0:
        return np.zeros((n, 2), np.float32)
    starts = (np.arange(n, dtype=np.int64) * len(samples)) // n
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
