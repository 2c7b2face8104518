"""Sounds: recordings and films of every kind, and uploads to the server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from app.audio.clips import peaks, read_clip, resample
from app.audio.decoding.containers import has_moving_picture
from app.core.errors import AudioError
from app.core.speech import MAX_CLIP_S
from app.remote.server.uploads import open_upload
from tests.fuzz import boxes, mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target
from tests.fuzz.targets import real
from tests.sounds.encoding import RATE, Kind, channels_of, voice, write
from tests.sounds.kinds import IN_PLACE

#: kind of file by the ending of its input
_KINDS: dict[str, tuple[Mutator, ...]] = {
    ".wav": (mutating.plain,), ".flac": (mutating.plain,), ".ogg": (boxes.ogg,), ".mp3": (mutating.plain,), ".opus": (boxes.ogg,),
    ".m4a": (mutating.plain,), ".mp4": (mutating.plain,), ".webm": (mutating.plain,), ".aiff": (mutating.plain,),
}  # fmt: skip


def targets() -> Iterator[Target]:
    """All of them."""
    for ending, mutators in _KINDS.items():
        yield Target(f"sound-{ending[1:]}", ending, _clip, partial(_files, ending), mutators, (AudioError,), 10.0, 700)
    yield Target("sound-others", ".dat", _clip, _others, (mutating.plain,), (AudioError,), 10.0, 700)
    yield Target("sound-upload", ".bin", _upload, _uploads, (mutating.plain,), (AudioError,), 10.0)


def _clip(place: Place) -> None:
    has_moving_picture(place.file)
    clip = read_clip(place.file)
    assert np.isfinite(clip.samples).all() and np.abs(clip.samples).max() <= 1.0 and clip.duration_s <= MAX_CLIP_S + 1
    if clip.duration_s < 60:
        peaks(resample(clip, 16000), 100)


def _written(folder: Path, kinds: list[Kind]) -> Iterator[bytes]:
    said = voice(0.2)
    for number, kind in enumerate(kinds):
        path = folder / f"{number} {kind.name}"
        try:
            write(path, kind, channels_of(kind, said))
        except Exception:  # noqa: BLE001 - an encoder that this machine does not have
            continue
        yield path.read_bytes()


def _files(ending: str, folder: Path) -> Iterator[bytes]:
    yield from real.files(f"cases/tracks/audio/*{ending}", 6, 100_000)
    yield from _written(folder, [kind for kind in IN_PLACE if kind.name.endswith(ending)])
    if ending in (".wav", ".flac"):
        for rate, channels, seconds in ((192_000, 1, 0.1), (1000, 1, 1.0), (8000, 8, 0.1)):
            stream = io.BytesIO()
            soundfile.write(stream, np.zeros((int(rate * seconds), channels), np.float32), rate, format=ending[1:].upper())
            yield stream.getvalue()


def _others(folder: Path) -> Iterator[bytes]:
    yield from _written(folder, [kind for kind in IN_PLACE if Path(kind.name).suffix not in _KINDS])


def _upload(place: Place) -> None:
    kinds = ("audio/wav", "audio/pcm", "audio/l16; rate=8000", "application/octet-stream")
    data = place.data
    sound = open_upload(io.BytesIO(data), kinds[len(data) % 4], 60.0)
    total = 0
    while len(piece := sound.read()):
        assert np.isfinite(piece).all() and np.abs(piece).max() <= 1.0
        total += len(piece)
    assert total <= 61 * 16000


def _uploads(folder: Path) -> Iterator[bytes]:
    said = voice(0.2)
    for container, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("WAV", "FLOAT")):
        stream = io.BytesIO()
        soundfile.write(stream, said, RATE, format=container, subtype=subtype)
        yield stream.getvalue()
    yield (said * 32767).astype("<i2").tobytes()
