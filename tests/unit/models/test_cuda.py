"""The shipped networks on a GPU: the same faces as on the CPU, whole, in chunks and in a pool. Skipped where there is no CUDA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
soundfile = pytest.importorskip("soundfile")

from models.batching import FacePool, Piece  # noqa: E402
from models.runtime import FaceNet  # noqa: E402

pytestmark = pytest.mark.cuda
#: what one frame may differ by, in weights
CLOSE = 1e-3


@pytest.fixture(scope="module", params=["light", "quality"])
def pair(request) -> tuple[FaceNet, FaceNet]:
    """The shipped network of either mode on the CPU and on the first CUDA device."""
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    return FaceNet.load(request.param, "cpu"), FaceNet.load(request.param, "cuda")


@pytest.fixture(scope="module")
def sentence(root: Path) -> np.ndarray:
    """A bundled voice that none of the networks was trained on."""
    samples, rate = soundfile.read(root / "assets" / "eval" / "bf_emma.flac", dtype="float32")
    assert rate == 16000
    return samples


def test_whole_clips_are_the_same(pair, sentence):
    on_cpu, on_cuda = pair
    assert on_cuda.device_label.startswith("CUDA ")
    wanted = on_cpu.infer(sentence)
    assert wanted.max() > 0.2
    assert np.abs(on_cuda.infer(sentence) - wanted).max() < CLOSE


def test_a_batch_is_the_same(pair, sentence):
    on_cpu, on_cuda = pair
    voices = np.stack([sentence, sentence[::-1], 0.1 * sentence])
    assert np.abs(on_cuda.infer(voices) - on_cpu.infer(voices)).max() < CLOSE


def test_live_chunks_are_the_same(pair, sentence):
    on_cpu, on_cuda = pair
    stream = on_cuda.stream()
    made = [stream.push(sentence[i : i + 700]) for i in range(0, len(sentence), 700)]
    assert np.abs(np.concatenate([*made, stream.finish()]) - on_cpu.infer(sentence)).max() < CLOSE


def test_a_pool_of_streams_is_the_same(pair, sentence):
    on_cpu, on_cuda = pair
    pool = FacePool(on_cuda)
    early, late = pool.add(60), pool.add(60)
    made = pool.run([Piece(early, sentence[:5000])])
    rest = pool.run([Piece(early, sentence[5000:], last=True), Piece(late, sentence[5000:], last=True)])
    assert np.abs(np.concatenate([made[0], rest[0]]) - on_cpu.infer(sentence)).max() < CLOSE
    assert np.abs(rest[1] - on_cpu.infer(sentence[5000:])).max() < CLOSE
