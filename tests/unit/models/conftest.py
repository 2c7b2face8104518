"""Networks with random weights: streaming, batching and limits do not depend on what was learnt."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

#: as the program uses them: steps so small are quickest on one core, and on a busy machine two wait for each other ten times as long
torch.set_num_threads(1)

from models.engines.onnx_engine import OnnxEngine  # noqa: E402
from models.engines.torch_engine import TorchNet  # noqa: E402
from models.network import make_network  # noqa: E402
from models.runtime import FaceNet  # noqa: E402


def untrained(mode: str, kind: str, seed: int = 3, gain: float = 1.0) -> FaceNet:
    """A network with random weights in torch or in onnxruntime.

    Args:
        mode: "light" or "quality".
        kind: "torch" or "onnx".
        seed: of the weights; the same in both.
        gain: of the last layer's weights, so that gates move.
    """
    torch.manual_seed(seed)
    network = make_network(mode).train(False)
    with torch.no_grad():
        network.temporal.leave.weight *= gain
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    return FaceNet(TorchNet(network, torch.device("cpu")) if kind == "torch" else OnnxEngine(mode, tensors))


@pytest.fixture(scope="session", params=["light-torch", "light-onnx", "quality-torch", "quality-onnx"])
def net(request) -> FaceNet:
    """An untrained network of either mode on the CPU, run by either library."""
    return untrained(*request.param.split("-"))


@pytest.fixture(scope="session", params=["light-torch", "light-onnx", "quality-torch", "quality-onnx"])
def lively_net(request) -> FaceNet:
    """The same with weights that make every gate move."""
    return untrained(*request.param.split("-"), seed=4, gain=12)


@pytest.fixture(scope="session", params=["light", "quality"])
def both(request) -> tuple[FaceNet, FaceNet]:
    """One untrained network in torch and in onnxruntime."""
    return untrained(request.param, "torch", 4, 12), untrained(request.param, "onnx", 4, 12)


@pytest.fixture(scope="session")
def voice() -> np.ndarray:
    """3.3 s of something that changes like speech."""
    t = np.arange(52800) / 16000
    buzz = np.sign(np.sin(2 * np.pi * 120 * t)) * np.abs(np.sin(2 * np.pi * 3.1 * t))
    return (0.2 * buzz + 0.05 * np.random.default_rng(7).normal(size=len(t))).astype(np.float32)
