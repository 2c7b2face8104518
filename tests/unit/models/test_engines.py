"""The networks without torch give what they give in torch; which library runs them is decided by what is there."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from models.engines import engine, onnx_engine
from models.engines.engine import make_engine
from models.engines.onnx_engine import OnnxEngine, shipped_ranges
from models.runtime import FaceNet
from models.weights_file import WeightsError, read_tensors

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def sentence(root) -> np.ndarray:
    """A bundled voice that none of the networks was trained on."""
    return soundfile.read(root / "assets" / "eval" / "bf_emma.flac", dtype="float32")[0]


def test_both_libraries_give_the_same_face(both, voice):
    in_torch, in_onnx = (net.infer(voice) for net in both)
    assert np.abs(in_torch - in_onnx).max() < 1e-5 and np.ptp(in_onnx, axis=0).max() > 0.1


@pytest.mark.parametrize("mode", ["light", "quality"])
def test_the_shipped_weights_in_eight_bits_stay_close(mode, sentence):
    """What the score of real voices allows: no frame's lips are elsewhere, and hardly any weight is off at all."""
    exact = FaceNet(OnnxEngine(mode, read_tensors(mode))).infer(sentence)
    small = FaceNet(OnnxEngine(mode, read_tensors(mode), shipped_ranges(mode))).infer(sentence)
    difference = np.abs(exact - small)
    assert 0 < difference.max() < 0.2 and np.sqrt(np.square(difference).mean()) < 0.003
    assert np.abs(FaceNet.load(mode, "torch").infer(sentence) - exact).max() < 1e-4


@pytest.mark.parametrize("mode", ["light", "quality"])
def test_eight_bits_give_a_stream_what_the_whole_clip_gives(mode, sentence):
    net = FaceNet(OnnxEngine(mode, read_tensors(mode), shipped_ranges(mode)))
    stream = net.stream()
    pieces = [stream.push(sentence[i : i + 1777]) for i in range(0, len(sentence), 1777)]
    difference = np.abs(np.concatenate([*pieces, stream.finish()]) - net.infer(sentence))
    # sums of floats of another length now and then fall on the other side of a whole number
    assert np.sqrt(np.square(difference).mean()) < 2e-4 and difference.max() < 0.03


def test_every_product_has_a_range():
    for mode in ("light", "quality"):
        graph = OnnxEngine(mode, read_tensors(mode), probes=True)
        assert {name[4:] for name in graph.names if name.startswith("low_")} == set(shipped_ranges(mode))


def test_without_a_driver_of_nvidias_nobody_asks_torch(monkeypatch):
    monkeypatch.setattr(engine, "has_nvidia_driver", lambda: False)
    assert isinstance(make_engine("light"), OnnxEngine)


def test_with_a_driver_and_no_card_the_cpu_is_taken(monkeypatch):
    monkeypatch.setattr(engine, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert make_engine("light").label.startswith("CPU (onnxruntime")


def test_a_processor_that_runs_over_gets_floats(monkeypatch):
    monkeypatch.setattr(onnx_engine, "eight_bits_are_exact", lambda: False)
    assert make_engine("light").label == "CPU (onnxruntime)"


def test_weights_of_another_network_are_refused():
    with pytest.raises(WeightsError, match="another version"):
        OnnxEngine("quality", read_tensors("light"))


def test_torch_is_not_loaded_and_not_needed(root):
    """In a process of its own, where an import of torch would be an error."""
    script = (
        "import sys, numpy as np\n"
        "sys.modules['torch'] = None\n"
        "import threading\n"
        "from app.core.speech import AudioClip, Speech\n"
        "from app.lipsync.registry import make_source\n"
        "t = np.arange(16000) / 16000\n"
        "sound = (0.3 * np.sin(2 * np.pi * 200 * t) * (t % 0.3 > 0.1)).astype(np.float32)\n"
        "made = list(make_source('a2f').generate(Speech(AudioClip(sound, 16000)), threading.Event()))\n"
        "print(sum(len(chunk.arkit) for chunk in made))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "60", done.stderr
