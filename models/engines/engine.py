"""What runs a network: onnxruntime everywhere, torch where there is a CUDA card; which one is decided by what is there."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from models.weights_file import WEIGHTS, read_tensors


class Memory(Protocol):
    """The past of many streams, a row each."""

    def grow(self, rows: int) -> None:
        """Have so many rows; the new ones have heard nothing."""
        ...

    def forget(self, row: int, first_step: int = 0) -> None:
        """Let a row have heard nothing; its next step is this one of its clip."""
        ...

    def step(self, mels: np.ndarray, rows: Sequence[int] | None = None) -> np.ndarray:
        """Let streams hear their next steps of 20 ms.

        Args:
            mels: (b, 2 t, 80) float32: frames 2s - 1 and 2s of every step s.
            rows: whose they are; None for all rows in order.

        Returns:
            (b, t, 52) float32 logits: 12 parameters, 40 phones; of step s - delay.
        """
        ...

    @property
    def bytes_per_row(self) -> int:
        """What a stream's past takes."""
        ...


class Engine(Protocol):
    """A network that is ready to run.

    Attributes:
        mode: "light" or "quality".
        label: where it runs, as shown: ``CPU (onnxruntime)``, ``CUDA <name>``.
    """

    mode: str
    label: str

    def memory(self, rows: int) -> Memory:
        """Begin streams."""
        ...


def has_nvidia_driver() -> bool:
    """Whether a driver of NVIDIA's is installed; asked without loading torch, which takes a second or more."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def make_engine(mode: str, device: str = "auto", folder: Path = WEIGHTS) -> Engine:
    """Load a network where it runs best.

    Args:
        mode: "light" or "quality".
        device: ``auto`` takes CUDA where a driver, a card and torch are there, else onnxruntime on the CPU; ``cpu`` is onnxruntime;
            ``cuda``, ``cuda:1`` and ``torch`` (torch on the CPU) need torch.
        folder: of the weights.

    Raises:
        WeightsError: the weights are missing or damaged.
        ImportError: torch is wanted and not installed.
        RuntimeError: there is no such device.
    """
    wanted = device
    if device == "auto":
        wanted = "cuda" if has_nvidia_driver() and importlib.util.find_spec("torch") is not None else "cpu"
    if wanted == "cpu":
        from models.engines.onnx_engine import OnnxEngine, eight_bits_are_exact, shipped_ranges

        return OnnxEngine(mode, read_tensors(mode, folder), shipped_ranges(mode) if eight_bits_are_exact() else None)
    from models.engines import torch_engine

    if device == "auto" and not torch_engine.has_cuda():
        return make_engine(mode, "cpu", folder)
    return torch_engine.TorchNet.load(mode, "cpu" if wanted == "torch" else wanted, folder)
