"""Networks with random weights: streaming, batching and limits do not depend on what was learnt."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

#: as the program uses them: steps so small are quickest on one core, and on a busy machine two wait for each other ten times as long
torch.set_num_threads(1)

from models.network import make_network  # noqa: E402
from models.runtime import FaceNet  # noqa: E402


@pytest.fixture(scope="session", params=["light", "quality"])
def net(request) -> FaceNet:
    """An untrained network of either mode on the CPU."""
    torch.manual_seed(3)
    return FaceNet(make_network(request.param).train(False), torch.device("cpu"))


@pytest.fixture(scope="session")
def voice() -> np.ndarray:
    """3.3 s of something that changes like speech."""
    t = np.arange(52800) / 16000
    buzz = np.sign(np.sin(2 * np.pi * 120 * t)) * np.abs(np.sin(2 * np.pi * 3.1 * t))
    return (0.2 * buzz + 0.05 * np.random.default_rng(7).normal(size=len(t))).astype(np.float32)
