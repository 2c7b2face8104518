"""Sound that arrives in one piece: mp3, ogg, flac or wav of any rate, or raw PCM."""

from __future__ import annotations

import io

import numpy as np
import soundfile
import soxr

from app.audio.clips import resample
from app.core.errors import AudioError
from app.core.speech import AudioClip
from app.remote.server.voices.animators import RATE

#: samples a second that sound has
RATES = (8000, 192_000)
_BLOCK = 1 << 16
#: what libsndfile says when a file does not say how long it is
_UNKNOWN = 1 << 62
#: samples of all channels that are decoded per second of the longest clip, and the shortest for which that is reckoned
_MOST_VALUES_PER_S, _LEAST_WORK_S = 96_000, 60.0
#: bytes of what may be raw sound that are looked at
_LOOKED_AT = 1 << 20
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
        clip = _raw(data, _rate(parameters), max_clip_s)
    else:
        try:
            clip = _decoded(data, max_clip_s)
        except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
            if data.startswith(_CONTAINERS) or data.startswith(_NO_SOUND) or not _may_be_pcm(data):
                raise AudioError("The upload is not readable sound; send wav, mp3, ogg, flac, or 16-bit mono PCM at 16 kHz.") from error
            clip = _raw(data, RATE, max_clip_s)
    if not len(clip.samples):
        raise AudioError("The upload holds no sound; send a clip that is not empty.")
    return resample(clip, RATE)


def _too_long(max_clip_s: float) -> AudioError:
    return AudioError(f"The clip is longer than {max_clip_s:g} seconds; send it in shorter pieces, or as a stream.")


def _too_much(frames: int, rate: int, max_clip_s: float) -> AudioError:
    if frames > max_clip_s * rate:
        return _too_long(max_clip_s)
    return AudioError("The clip has too many samples to be decoded here; send one channel at 48000 samples a second or fewer.")


def _rate(parameters: list[str]) -> int:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "rate" and value.isdecimal() and len(value) <= 6 and RATES[0] <= int(value) <= RATES[1]:
            return int(value)
    return RATE


def _raw(data: bytes, rate: int, max_clip_s: float) -> AudioClip:
    if len(data) // 2 > max_clip_s * rate:
        raise _too_long(max_clip_s)
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
    return AudioClip(samples.astype(np.float32) / 32768, rate)


def _may_be_pcm(data: bytes) -> bool:
    samples = np.frombuffer(data[: min(len(data) // 2 * 2, _LOOKED_AT)], "<i2").astype(np.float64)
    centred = samples - samples.mean() if len(samples) else samples
    power = float(centred @ centred)
    return len(centred) > 1 and (power == 0 or float(centred[1:] @ centred[:-1]) / power > _LEAST_LIKENESS)


def _decoded(data: bytes, max_clip_s: float) -> AudioClip:
    """A container, decoded block by block to 16 kHz, so that a small file that is huge, or claims to be, costs little.

    Raises:
        AudioError: its rate is none of sound, or it is too long, by what it says of itself or by what comes.
    """
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        rate, channels = int(file.samplerate), int(file.channels)
        if not RATES[0] <= rate <= RATES[1]:
            raise AudioError(f"The sound has {rate} samples a second; send 8000 to 192000, best 16000.")
        # a clip of many channels, or of a high rate, may take as much to decode as the longest one in stereo at 48 kHz
        most = min(max_clip_s * rate, max(max_clip_s, _LEAST_WORK_S) * _MOST_VALUES_PER_S / channels)
        if _UNKNOWN > file.frames > most:
            raise _too_much(file.frames, rate, max_clip_s)
        convert = soxr.ResampleStream(rate, RATE, 1, "float32", "HQ") if rate != RATE else None
        parts: list[np.ndarray] = []
        total = 0
        for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
            total += len(block)
            if total > most:
                raise _too_much(total, rate, max_clip_s)
            mono = np.clip(np.nan_to_num(block.mean(axis=1, dtype=np.float32)), -1, 1).astype(np.float32, copy=False)
            parts.append(convert.resample_chunk(mono) if convert is not None else mono)
        if convert is not None and total:
            parts.append(convert.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return AudioClip(np.clip(samples, -1, 1, out=samples), RATE)
