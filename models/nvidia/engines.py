"""The two ways to run a bundle's network: our torch interpreter, and onnxruntime when it is installed."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from models.nvidia.errors import BundleError
from models.nvidia.interpreter import TorchNetwork
from models.nvidia.onnx_file import Graph, read_onnx

ENGINES = ("auto", "torch", "onnxruntime")


class NetworkEngine(Protocol):
    """What a runner needs of an engine.

    Attributes:
        name: ``torch (cuda)``, ``onnxruntime (CPU)``, ... as shown to the user.
        device: where results lie.
        inputs: names in file order.
        shapes: input and output name -> shape; a dynamic axis is a str or None.
    """

    name: str
    device: torch.device
    inputs: tuple[str, ...]
    shapes: dict[str, tuple[int | str | None, ...]]

    def run(self, inputs: Mapping[str, np.ndarray | Tensor]) -> dict[str, Tensor]:
        """Compute all outputs by name."""
        ...


def graph_shapes(graph: Graph) -> dict[str, tuple[int | str | None, ...]]:
    """Declared shapes of a network's inputs and outputs."""
    return {port.name: port.shape for port in (*graph.inputs, *graph.outputs)}


class TorchEngine:
    """The torch interpreter on one device."""

    def __init__(self, path: Path, device: str):
        graph = read_onnx(path)
        try:
            self._network = TorchNetwork(graph, device)
        except torch.OutOfMemoryError as error:
            raise BundleError(
                "The graphics card has too little memory for this network; close other programs or choose the CPU."
            ) from error
        self.device = self._network.device
        self.name = f"torch ({self.device.type})"
        self.inputs = tuple(port.name for port in graph.inputs)
        self.shapes = graph_shapes(graph)

    def run(self, inputs: Mapping[str, np.ndarray | Tensor]) -> dict[str, Tensor]:
        """Compute all outputs by name."""
        return self._network.run(inputs)


class OrtEngine:
    """onnxruntime with the best provider that is installed (CUDA, DirectML, CPU)."""

    PROVIDERS = (("CUDAExecutionProvider", "CUDA"), ("DmlExecutionProvider", "DirectML"), ("CPUExecutionProvider", "CPU"))

    def __init__(self, path: Path, device: str = "auto"):
        import onnxruntime

        available = onnxruntime.get_available_providers()
        chosen = [p for p in self.PROVIDERS if p[0] in available and (device != "cpu" or p[1] == "CPU")]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # as torch does; 0 is all cores
        options.intra_op_num_threads = int(asked) if (asked := os.environ.get("OMP_NUM_THREADS", "")).isdecimal() else 0
        self._failures = _ort_failures()
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=[p[0] for p in chosen])
        except self._failures as error:
            raise BundleError(f"onnxruntime cannot open {path.name}; download the bundle again or choose the torch engine.") from error
        names = dict(self.PROVIDERS)
        self.name = f"onnxruntime ({names[self._session.get_providers()[0]]})"
        self.device = torch.device("cpu")
        self.inputs = tuple(v.name for v in self._session.get_inputs())
        self._outputs = [v.name for v in self._session.get_outputs()]
        self.shapes = {v.name: tuple(v.shape) for v in (*self._session.get_inputs(), *self._session.get_outputs())}

    def run(self, inputs: Mapping[str, np.ndarray | Tensor]) -> dict[str, Tensor]:
        """Compute all outputs by name."""
        feed = {name: np.asarray(value) for name, value in inputs.items()}
        try:
            results: Sequence[Any] = self._session.run(self._outputs, feed)
        except self._failures as error:
            raise BundleError("onnxruntime cannot run this network on the audio; choose the torch engine.") from error
        return {name: torch.from_numpy(value) for name, value in zip(self._outputs, results, strict=True)}


def _ort_failures() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: a dozen classes without a common base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = [value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)]
    return (RuntimeError, ValueError, *kinds)


def best_device() -> str:
    """``cuda`` when torch sees a usable card, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def open_network(path: Path, engine: str = "auto", device: str = "auto") -> NetworkEngine:
    """Load a network.

    Args:
        path: ``network.onnx``.
        engine: ``torch``, ``onnxruntime``, or ``auto``: torch on a CUDA card; on the CPU onnxruntime, when installed.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        BundleError: the file is wrong, or the engine or device is not there.
    """
    if engine not in ENGINES:
        raise BundleError(f"There is no engine {engine!r}; choose auto, torch or onnxruntime.")
    if device not in ("auto", "cpu", "cuda"):
        raise BundleError(f"There is no device {device!r}; choose auto, cpu or cuda.")
    place = best_device() if device == "auto" else device
    if place == "cuda" and not torch.cuda.is_available():
        raise BundleError("No CUDA graphics card is usable here; choose the device cpu.")
    installed = importlib.util.find_spec("onnxruntime") is not None
    if engine == "onnxruntime" and not installed:
        raise BundleError("onnxruntime is not installed; install it with pip install onnxruntime or choose the torch engine.")
    if engine == "onnxruntime" or (engine == "auto" and installed and place == "cpu"):
        return OrtEngine(path, device)
    return TorchEngine(path, place)
