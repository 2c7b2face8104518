"""Synthetic bundles, built once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.nvidia.model import NvidiaModel, open_model
from tests.nvidia_bundles import synthetic


@pytest.fixture(scope="session")
def bundles(tmp_path_factory) -> Path:
    """A folder with the bundles regression, joy, diffusion and emotion; read only."""
    root = tmp_path_factory.mktemp("bundles")
    synthetic.write_regression(root / "regression")
    synthetic.write_regression(root / "joy", source_shot="s2_joy")
    synthetic.write_diffusion(root / "diffusion")
    synthetic.write_audio2emotion(root / "emotion")
    return root


@pytest.fixture
def copy(bundles, tmp_path) -> Callable[[str], Path]:
    """Gives a copy of a bundle that a test may damage."""

    def make(name: str) -> Path:
        return Path(shutil.copytree(bundles / name, tmp_path / name))

    return make


@pytest.fixture(scope="session")
def regression(bundles) -> NvidiaModel:
    """The regression bundle in torch."""
    return open_model(bundles / "regression", "torch", "cpu")


@pytest.fixture(scope="session")
def diffusion(bundles) -> NvidiaModel:
    """The diffusion bundle in torch."""
    return open_model(bundles / "diffusion", "torch", "cpu")


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    """Two seconds of noise at 16 kHz."""
    return np.random.default_rng(5).normal(0, 0.2, 32000).astype(np.float32)
