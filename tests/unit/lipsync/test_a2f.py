"""Audio2Face as a source: the shipped weights, their manners in silence and speech, emotions, live use, and what can go wrong."""

from __future__ import annotations

import json
import sys
import threading

import numpy as np
import pytest

pytest.importorskip("torch")

from app.audio.clips import read_clip, resample
from app.core.arkit import ARKIT_INDEX
from app.core.errors import SourceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync import a2f
from app.lipsync.a2f import A2FSource
from app.lipsync.source import Expression
from models.feelings import emotion_vector
from models.measure import mean_measures, measures


@pytest.fixture(scope="module", params=["quality", "light"])
def mode(request) -> str:
    """Either mode."""
    return request.param


def weights_of(source: A2FSource, clip: AudioClip) -> np.ndarray:
    """All frames of a clip."""
    return concatenate(list(source.generate(Speech(clip), threading.Event()))).arkit.weights


def test_the_mouth_says_what_the_voice_says(mode, root):
    results = []
    for path in sorted((root / "assets" / "eval").glob("*.flac")):
        rows = json.loads(path.with_suffix(".json").read_text())["phones"]
        weights = weights_of(A2FSource(mode, expression=Expression(blinks=False)), read_clip(path))
        results.append(measures(weights, [(r["phone"], r["start"], r["end"]) for r in rows], 60.0))
    mean = mean_measures(results)
    assert mean["closure"] > {"quality": 0.9, "light": 0.75}[mode]
    assert mean["rest"] < 0.1 and mean["spurious"] < 0.08


@pytest.mark.parametrize("kind", ["silence", "hiss", "fan", "hum"])
def test_what_is_no_speech_leaves_the_mouth_at_rest(mode, kind, rng):
    t = np.arange(4 * 16000) / 16000
    sounds = {
        "silence": np.zeros(len(t)),
        "hiss": 0.003 * rng.normal(size=len(t)),
        "fan": 0.05 * np.convolve(rng.normal(size=len(t)), np.ones(40) / 40, "same"),
        "hum": 0.1 * np.sin(2 * np.pi * 100 * t),
    }
    weights = weights_of(A2FSource(mode, expression=Expression(blinks=False)), AudioClip(sounds[kind].astype(np.float32), 16000))
    assert weights[:, ARKIT_INDEX["jawOpen"]].mean() < 0.02
    assert weights.mean(0).max() < 0.05


def test_any_rate_gives_the_same_face(mode, root):
    clip = read_clip(root / "assets" / "eval" / "awb.flac")

    source = A2FSource(mode)
    plain, dense = weights_of(source, clip), weights_of(source, resample(clip, 48000))
    assert len(plain) == len(dense)
    assert np.abs(plain - dense).mean() < 0.02


def test_the_first_chunk_comes_before_the_clip_is_done(mode, root, monkeypatch):
    clip = read_clip(root / "assets" / "eval" / "hibari.flac")
    heard = []
    net = a2f.load_net(mode)
    stream = net.stream
    monkeypatch.setattr(net, "stream", lambda *args: Listening(stream(*args), heard))
    next(A2FSource(mode).generate(Speech(clip), threading.Event()))
    assert sum(heard) < 0.5 * len(clip.samples)


class Listening:
    """A stream that notes how much it was given."""

    def __init__(self, stream, heard: list[int]) -> None:
        self.__dict__.update(_stream=stream, _heard=heard)

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def push(self, block: np.ndarray) -> np.ndarray:
        """Note and pass on."""
        self._heard.append(len(block))
        return self._stream.push(block)


def test_blinks_are_switchable_and_belong_to_the_source(mode):
    clip = AudioClip(np.zeros(20 * 16000, np.float32), 16000)
    for blinks in (True, False):
        chunks = list(A2FSource(mode, expression=Expression(blinks=blinks)).generate(Speech(clip), threading.Event()))
        lids = concatenate(chunks).arkit.column("eyeBlinkLeft")
        assert chunks[0].owns_eyes == blinks
        assert (lids.max() > 0.8) == blinks


def test_emotions_follow_their_keys(root):
    clip = read_clip(root / "assets" / "eval" / "awb.flac")
    keys = [(1.0, np.zeros(10, np.float32)), (2.0, emotion_vector({"anger": 1.0}))]
    brow = weights_of(A2FSource("light", expression=Expression(keys, blinks=False)), clip)[:, ARKIT_INDEX["browDownLeft"]]
    assert brow[:55].max() < 0.05 and brow[130:].min() > 0.6


def test_detection_adds_what_the_voice_sounds_like(root):
    clip = read_clip(root / "assets" / "eval" / "hibari.flac")
    plain = weights_of(A2FSource("light", expression=Expression(blinks=False)), clip)
    felt = weights_of(A2FSource("light", expression=Expression(detect=1.0, blinks=False)), clip)
    assert np.abs(felt - plain)[:30].max() < 0.02
    assert np.abs(felt - plain).max() > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_a_microphone_gives_frames_as_it_goes(mode, root, rate):

    clip = resample(read_clip(root / "assets" / "eval" / "awb.flac"), rate)
    live = A2FSource(mode, expression=Expression(blinks=False)).live(rate)
    step = rate // 50
    counts = [len(live.push(clip.samples[i : i + step])) for i in range(0, len(clip.samples), step)]
    late_s = len(clip.samples) / rate - sum(counts) / 60
    assert 0 < late_s < live.delay_ms / 1000 + 0.08
    assert max(counts[20:]) <= 5


def test_a_card_without_torch_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "models.engines.torch_engine", raising=False)
    monkeypatch.delattr("models.engines.torch_engine", raising=False)
    with pytest.raises(SourceError, match=r"PyTorch: start once with: python3 run\.py --with-torch"):
        A2FSource("light", device="cuda:7").live(16000)


def test_damaged_weights_say_so(monkeypatch):
    from models import weights_file

    a2f._loaded.cache_clear()
    monkeypatch.setattr(weights_file, "SUMS", "README.md")
    with pytest.raises(SourceError, match="install the app again"):
        A2FSource("light").live(16000)


def test_unknown_modes_and_devices_are_refused():
    with pytest.raises(SourceError, match="quality and light"):
        A2FSource("huge")  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="choose the device 'cpu'"):
        A2FSource("light", device="cuda:99").live(16000)
