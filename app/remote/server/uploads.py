"""Sound that arrives in one piece: mp3, ogg, flac or wav of any rate, or raw PCM."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from app.core.errors import AudioError
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
_NOTHING = np.zeros(0, np.float32)
_UNREADABLE = "The upload is not readable sound; send wav, mp3, ogg, flac, or 16-bit mono PCM at 16 kHz."


class UploadedSound:
    """An upload while it is decoded, piece by piece, so that half an hour of sound is never in memory.

    Args:
        pieces: (k,) float32 samples at 16 kHz.
        most_s: how long it says that it is, at most.

    Attributes:
        samples: how many came so far.
    """

    def __init__(self, pieces: Iterator[np.ndarray], most_s: float) -> None:
        self._pieces, self.most_s, self.samples = pieces, most_s, 0

    @property
    def duration_s(self) -> float:
        """Of what came so far."""
        return self.samples / RATE

    def read(self) -> np.ndarray:
        """The next (k,) float32 samples in [-1, 1] at 16 kHz; none at the end. Takes milliseconds: call it on a thread.

        Raises:
            AudioError: it cannot be decoded, is empty, too long, or of a rate that no sound has.
        """
        try:
            piece = next((part for part in self._pieces if len(part)), _NOTHING)
        except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
            raise AudioError(_UNREADABLE) from error
        self.samples += len(piece)
        if not self.samples:
            raise AudioError("The upload holds no sound; send a clip that is not empty.")
        return piece


def open_upload(file: BinaryIO, content_type: str, max_clip_s: float) -> UploadedSound:
    """Begin to decode an upload to 16 kHz mono.

    Args:
        file: at its beginning; it is read while the sound is.
        content_type: of the upload; ``audio/pcm`` and ``audio/l16`` may carry ``rate=`` and mean 16-bit little-endian mono.
        max_clip_s: the longest clip that is taken.

    Raises:
        AudioError: it is no sound, too long, or of a rate that no sound has.
    """
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind in ("audio/pcm", "audio/l16", "audio/x-raw"):
        return _raw(file, _rate(parameters), max_clip_s)
    try:
        container = soundfile.SoundFile(file)
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        file.seek(0)
        head = file.read(_LOOKED_AT)
        if head.startswith(_CONTAINERS) or head.startswith(_NO_SOUND) or not _may_be_pcm(head):
            raise AudioError(_UNREADABLE) from error
        return _raw(file, RATE, max_clip_s)
    return _decoded(container, max_clip_s)


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


def _raw(file: BinaryIO, rate: int, max_clip_s: float) -> UploadedSound:
    duration_s = file.seek(0, io.SEEK_END) / 2 / rate
    if duration_s > max_clip_s:
        raise _too_long(max_clip_s)
    file.seek(0)
    blocks = iter(lambda: file.read(2 * _BLOCK), b"")
    return UploadedSound(_at_our_rate((_as_floats(block) for block in blocks), rate), duration_s)


def _as_floats(data: bytes) -> np.ndarray:
    """16-bit samples; half of one at the end is none."""
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768


def _at_our_rate(blocks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Mono samples of any rate -> pieces at 16 kHz."""
    convert = soxr.ResampleStream(rate, RATE, 1, "float32", "HQ") if rate != RATE else None
    for block in blocks:
        yield block if convert is None else np.clip(convert.resample_chunk(block), -1, 1)
    if convert is not None:
        yield np.clip(convert.resample_chunk(_NOTHING, last=True), -1, 1)


def _may_be_pcm(data: bytes) -> bool:
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float64)
    centred = samples - samples.mean() if len(samples) else samples
    power = float(centred @ centred)
    return len(centred) > 1 and (power == 0 or float(centred[1:] @ centred[:-1]) / power > _LEAST_LIKENESS)


def _decoded(file: soundfile.SoundFile, max_clip_s: float) -> UploadedSound:
    """A container; a small file that is huge, or claims to be, costs little.

    Raises:
        AudioError: its rate is none of sound, or it is too long, by what it says of itself; later also by what comes.
    """
    rate, channels = int(file.samplerate), int(file.channels)
    if not RATES[0] <= rate <= RATES[1]:
        raise AudioError(f"The sound has {rate} samples a second; send 8000 to 192000, best 16000.")
    # a clip of many channels, or of a high rate, may take as much to decode as the longest one in stereo at 48 kHz
    most = min(max_clip_s * rate, max(max_clip_s, _LEAST_WORK_S) * _MOST_VALUES_PER_S / channels)
    known = file.frames < _UNKNOWN
    if known and file.frames > most:
        raise _too_much(file.frames, rate, max_clip_s)

    def blocks() -> Iterator[np.ndarray]:
        total = 0
        with file:
            for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
                total += len(block)
                if total > most:
                    raise _too_much(total, rate, max_clip_s)
                with np.errstate(invalid="ignore", over="ignore"):
                    mixed = np.nan_to_num(block.mean(axis=1, dtype=np.float32))
                yield np.clip(mixed, -1, 1).astype(np.float32, copy=False)

    return UploadedSound(_at_our_rate(blocks(), rate), (file.frames if known else most) / rate)
