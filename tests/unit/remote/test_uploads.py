"""Uploads are decoded while they are heard: no more of them than a piece is in memory, and what breaks in the middle is said."""

from __future__ import annotations

import io
import tracemalloc

import httpx
import numpy as np
import pytest
import soundfile

from app.core.errors import AudioError
from app.remote.server.uploads import UploadedSound, open_upload

RATE = 16000


def encoded(samples: np.ndarray, rate: int, kind: str) -> bytes:
    """A sound file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


def whole(sound: UploadedSound) -> np.ndarray:
    """All pieces."""
    pieces = []
    while len(piece := sound.read()):
        pieces.append(piece)
    return np.concatenate(pieces)


def test_half_an_hour_is_decoded_in_little_memory(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(1700 * RATE, np.int16), RATE)
    with path.open("rb") as file:
        tracemalloc.start()
        sound, count = open_upload(file, "audio/wav", 1800.0), 0
        while len(piece := sound.read()):
            count += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == sound.samples == 1700 * RATE and sound.duration_s == sound.most_s == 1700
    assert peak < 4 << 20


@pytest.mark.parametrize(("kind", "rate"), [("WAV", 16000), ("FLAC", 44100), ("OGG", 8000), ("pcm", 22050)])
def test_pieces_are_the_sound(kind, rate):
    t = np.arange(20 * rate) / rate
    samples = (0.4 * np.sin(2 * np.pi * 300 * t)).astype(np.float32)
    data = (samples * 32767).astype("<i2").tobytes() if kind == "pcm" else encoded(samples, rate, kind)
    sound = open_upload(io.BytesIO(data), f"audio/pcm;rate={rate}" if kind == "pcm" else "", 60.0)
    found = whole(sound)
    assert abs(len(found) - 20 * RATE) <= 1 and sound.most_s == pytest.approx(20.0)
    middle = np.arange(RATE, 19 * RATE)
    assert np.abs(found[middle] - 0.4 * np.sin(2 * np.pi * 300 * middle / RATE)).max() < 0.02


def test_what_breaks_in_the_middle_is_said_and_leaves_its_place(start_server, eventually):
    server = start_server()
    noise = np.random.default_rng(1).integers(-9000, 9000, 30 * RATE).astype(np.int16)
    data = bytearray(encoded(noise, RATE, "FLAC"))
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    with pytest.raises(AudioError, match="not readable sound"):
        whole(open_upload(io.BytesIO(bytes(data)), "", 60.0))
    answer = httpx.post(server.url + "/process", files={"audio": ("a.flac", bytes(data))})
    assert answer.status_code == 500 and answer.json()["detail"].startswith("The upload is not readable sound; send")
    eventually(lambda: server.state.engine.voices == 0)
