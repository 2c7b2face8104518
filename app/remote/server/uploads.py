"""Sound that arrives in one piece: mp3, ogg, flac or wav of any rate, or raw PCM."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from app.audio.clips import resample
from app.core.errors import AudioError
from app.core.speech import AudioClip
from app.remote.server.voices.animators import RATE

_BLOCK = 1 << 16
#: what known files that are no sound begin with; everything else may be raw PCM
_NO_SOUND = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"%PDF", b"<", b"{", b"[", b"\x7fELF", b"MZ", b"\x1f\x8b")
_CONTAINERS = (b"RIFF", b"RIFX", b"RF64", b"OggS", b"fLaC", b"ID3", b"FORM", b"\x1aE\xdf\xa3")
#: neighbouring samples of speech at 8 kHz and more are alike (0.7 and more); random bytes are not (0.0)
_LEAST_LIKENESS = 0.3


def decode_upload(data: bytes, content_type: str, max_clip_s: float) -> AudioClip:
    """Decode an upload to 16 kHz mono.

    Args:
        data: the file.
        content_type: of the upload; ``audio/pcm`` and ``audio/l16`` may carry ``rate=`` and mean 16-bit little-endian mono.
        max_clip_s: the longest clip that is taken.

    Returns:
        float32 samples at 16 kHz in [-1, 1].

    Raises:
        AudioError: it cannot be decoded, is empty or too long.
    """
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind in ("audio/pcm", "audio/l16", "audio/x-raw"):
        clip = _raw(data, _rate(parameters))
    else:
        try:
            clip = _decoded(data, max_clip_s)
        except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
            if data.startswith(_CONTAINERS) or data.startswith(_NO_SOUND) or not _may_be_pcm(data):
                raise AudioError("The upload is not readable sound; send wav, mp3, ogg, flac, or 16-bit mono PCM at 16 kHz.") from error
            clip = _raw(data, RATE)
    if clip.duration_s > max_clip_s:
        raise _too_long(max_clip_s)
    if not len(clip.samples):
        raise AudioError("The upload holds no sound; send a clip that is not empty.")
    return resample(clip, RATE)


def _too_long(max_clip_s: float) -> AudioError:
    return AudioError(f"The clip is longer than {max_clip_s:g} seconds; send it in shorter pieces, or as a stream.")


def _rate(parameters: list[str]) -> int:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "rate" and value.isdecimal() and len(value) <= 6 and 8000 <= int(value) <= 192_000:
            return int(value)
    return RATE


def _raw(data: bytes, rate: int) -> AudioClip:
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    return AudioClip(samples.astype(np.float32) / 32768, rate)


def _may_be_pcm(data: bytes) -> bool:
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float64)
    centred = samples - samples.mean() if len(samples) else samples
    power = float(centred @ centred)
    return len(centred) > 1 and (power == 0 or float(centred[1:] @ centred[:-1]) / power > _LEAST_LIKENESS)


def _decoded(data: bytes, max_clip_s: float) -> AudioClip:
    """A container, decoded block by block so that a small file that claims to be huge costs nothing."""
    parts: list[np.ndarray] = []
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        rate, total = int(file.samplerate), 0
        for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
            parts.append(block.mean(axis=1, dtype=np.float32))
            total += len(block)
            if total > max_clip_s * rate:
                raise _too_long(max_clip_s)
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return AudioClip(np.clip(np.nan_to_num(samples), -1, 1).astype(np.float32, copy=False), rate)
