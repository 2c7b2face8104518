"""One known sound in every kind of file that FFmpeg and libsndfile write, and how late a clip is against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
import soxr

from app.core.speech import AudioClip

RATE = 48000
SECONDS = 1.5


def voice(seconds: float = SECONDS, rate: int = RATE, seed: int = 7) -> np.ndarray:
    """Syllables of a telephone's band with a click in front of each: (n,) float32, found in time to a fraction of a sample."""
    t = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal(len(t))
    spectrum, hz = np.fft.rfft(noise), np.fft.rfftfreq(len(t), 1 / rate)
    band = np.fft.irfft(spectrum * ((hz > 250) & (hz < 3300)), len(t))
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * t + 0.4), 0, 1)
    return (0.25 * band / np.abs(band).max() * syllables + 0.2 * band / np.abs(band).max() * (syllables > 0.98)).astype(np.float32)


def lag_ms(clip: AudioClip, reference: np.ndarray, rate: int = RATE) -> float:
    """How late a clip is against its source, in ms, by the peak of their correlation between samples."""
    heard = clip.samples if clip.rate == rate else soxr.resample(clip.samples, clip.rate, rate)
    size = 1 << int(np.ceil(np.log2(len(heard) + len(reference))))
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size)), size)
    best = int(np.argmax(match))
    before, at, after = match[best - 1], match[best], match[(best + 1) % size]
    between = 0.5 * (before - after) / (before - 2 * at + after)
    return float(1000 * ((best if best < size // 2 else best - size) + between) / rate)


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: of the file, with its ending.
        codec: FFmpeg's name; a subtype of libsndfile where ``container`` is one of its formats in capitals.
        container: FFmpeg's name.
        rate: samples per second.
        layout: of the channels, in FFmpeg's words.
        options: of the container.
        film: whether there is a picture, too.
        late_s: the sound of a film begins so much later than its picture.
        bit_rate: bits per second.
    """

    name: str
    codec: str
    container: str
    rate: int = RATE
    layout: str = "mono"
    options: Mapping[str, str] = field(default_factory=dict)
    film: bool = False
    late_s: float = 0.0
    bit_rate: int = 0
    codec_options: Mapping[str, str] = field(default_factory=dict)


class Pipe:
    """A file that cannot seek, so that its header is never completed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()


def counter_picture(number: int, width: int = 64, height: int = 64) -> np.ndarray:
    """A picture that says its number as ten black or white bars, the least bit on the right, so that it survives any codec."""
    bits = [(number >> bit) & 1 for bit in reversed(range(10))]
    row = np.repeat(np.array(bits, np.uint8) * 219 + 16, -(-width // 10))[:width]
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def counted_number(picture: np.ndarray) -> int:
    """The number that a picture says."""
    width = picture.shape[1]
    step = -(-width // 10)
    bars = [picture[picture.shape[0] // 2, min(step * bar + step // 2, width - 1)].mean() > 128 for bar in range(10)]
    return sum(int(bar) << (9 - place) for place, bar in enumerate(bars))


def _pictures(file: Any, stream: Any, count: int) -> Iterator[Any]:
    for index in range(count):
        picture = av.VideoFrame.from_ndarray(counter_picture(index, stream.width, stream.height), format="rgb24")
        picture.pts = index
        yield from stream.encode(picture)
    yield from stream.encode()


def write(path: Path, kind: Kind, samples: np.ndarray, *, fps: int = 25, size: tuple[int, int] = (80, 64)) -> Path:
    """Write (n,) or (channels, n) samples of RATE as a kind of file.

    Args:
        path: where to.
        kind: what.
        samples: the sound.
        fps: of the pictures of a film.
        size: of its pictures.
    """
    rows = np.atleast_2d(samples)
    rows = rows if kind.rate == RATE else np.stack([soxr.resample(row, RATE, kind.rate) for row in rows])
    if kind.container.isupper():
        soundfile.write(path, rows.T, kind.rate, format=kind.container, subtype=kind.codec)
        return path
    target: Any = Pipe(path) if "pipe" in kind.options else str(path)
    file = av.open(target, "w", format=kind.container, options={key: value for key, value in kind.options.items() if key != "pipe"})
    film = None
    if kind.film:
        film = file.add_stream({"webm": "libvpx", "avi": "mpeg4", "ogg": "theora"}.get(kind.container, "mpeg4"), rate=fps)
        film.width, film.height = size
        film.pix_fmt = "yuv420p"
    stream: Any = file.add_stream(kind.codec, rate=kind.rate, options=dict(kind.codec_options))
    stream.layout = kind.layout
    if kind.bit_rate:
        stream.bit_rate = kind.bit_rate
    packets = [] if film is None else list(_pictures(file, film, int((rows.shape[1] / kind.rate + kind.late_s) * fps)))
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows.T, np.float32).reshape(1, -1), format="flt", layout=kind.layout)
    frame.sample_rate, frame.pts = kind.rate, 0
    fit = av.AudioResampler(format=stream.format, layout=kind.layout, rate=kind.rate, frame_size=stream.frame_size or 1024)
    for piece in fit.resample(frame) + fit.resample(None):
        piece.time_base = Fraction(1, kind.rate)
        piece.pts = (piece.pts or 0) + round(kind.late_s * kind.rate)
        packets += stream.encode(piece)
    packets += stream.encode()
    file.mux(sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)))
    file.close()
    if isinstance(target, Pipe):
        target.close()
    return path


def channels_of(kind: Kind, said: np.ndarray) -> np.ndarray:
    """The sound on the channels of a kind; of six the centre speaks, and the others play something else."""
    if kind.layout == "mono":
        return said
    music = (0.1 * np.sin(np.arange(len(said)) * 0.05)).astype(np.float32)
    if kind.layout == "5.1":
        return np.stack([music, -music, said, 0.5 * music, 0.3 * music, 0.3 * music])
    return np.stack([said] * {"stereo": 2, "quad": 4}[kind.layout])


def measured(path: Path, kind: Kind, said: np.ndarray) -> float:
    """How late the program reads a kind of file, beyond what its film says, in ms; written at a path.

    Args:
        path: where to.
        kind: what.
        said: the known sound.
    """
    from app.audio.clips import read_clip

    clip = read_clip(write(path, kind, channels_of(kind, said)))
    note = next((note for note in clip.notes if note.kind == "unknown_delay"), None)
    if note is not None:
        clip = read_clip(path, encoder_delay_s=float(note.choices[1]) / 1000)
    return lag_ms(clip, said) - 1000 * kind.late_s
