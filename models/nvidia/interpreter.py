"""Runs an ONNX graph in torch, on a CUDA card where there is one, else on the CPU.

What onnxruntime cannot: the package that the embedded voice needs computes on the CPU alone (its providers are Azure and CPU);
its CUDA build is another package of 256 MB with the same folder ``onnxruntime``, so that the two overwrite each other. torch,
which is here for this program's own networks, takes a bundle to the card with nothing further.
On the CPU onnxruntime is the faster of the two: 37 windows per second of one core against 25 here, with a network of Mark's
size in batches of 16. Therefore ``auto`` takes it there (models.nvidia.engines).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.nvidia import ops_layers, ops_shape
from models.nvidia.errors import BundleError
from models.nvidia.onnx_file import Graph, Node
from models.nvidia.ops import OPERATORS, Attributes, Operator
from models.nvidia.protobuf import DAMAGED

#: the modules that fill OPERATORS when they are imported
OPERATOR_MODULES = (ops_layers, ops_shape)


@dataclass(frozen=True)
class PreparedNode:
    """One node made ready: what to call, with which values, and which values nobody needs afterwards."""

    function: Operator
    attributes: Attributes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    finished: tuple[str, ...]
    op: str


def unknown_operators(graph: Graph) -> list[str]:
    """Operators of a network that this engine does not have."""
    return sorted({n.op for n in graph.nodes if n.op not in OPERATORS or n.domain not in ("", "ai.onnx")})


def check_names(graph: Graph) -> None:
    """Refuse a graph whose nodes or outputs want values that nothing gives.

    Raises:
        BundleError: such a value exists.
    """
    known = {"", *graph.constants, *(port.name for port in graph.inputs)}
    for node in graph.nodes:
        if not known.issuperset(node.inputs):
            raise BundleError(DAMAGED)
        known.update(node.outputs)
    if not graph.outputs or not known.issuperset(port.name for port in graph.outputs):
        raise BundleError(DAMAGED)


def _full_precision(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Convolutions on a card in real float32: its default of fewer digits differs from other engines by more than 1e-4."""
    if device.type != "cuda":
        return contextlib.nullcontext()
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, allow_tf32=False)


class TorchNetwork:
    """A network ready to run.

    Weights lie on ``device``; integers (shapes, indices) stay on the CPU, where reading them costs nothing.
    Everything that depends on constants alone is computed once, here.
    """

    def __init__(self, graph: Graph, device: str | torch.device = "cpu"):
        missing = unknown_operators(graph)
        if missing:
            raise BundleError(
                f"The torch engine does not know the network's {', '.join(missing)}; install onnxruntime and choose that engine."
            )
        check_names(graph)
        self._inputs = tuple(port.name for port in graph.inputs)
        self.device = torch.device(device)
        self._constants = {name: self._placed(np.array(array)) for name, array in graph.constants.items()}
        self._wanted = tuple(port.name for port in graph.outputs)
        self._steps = self._prepared(graph)

    def _placed(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor.to(self.device) if tensor.is_floating_point() else tensor

    def _prepared(self, graph: Graph) -> tuple[PreparedNode, ...]:
        """Fold constants, drop nodes without use, and note where each value is used last."""
        left: list[tuple[Node, Operator, Attributes]] = []
        with torch.inference_mode():
            for node in graph.nodes:
                function = OPERATORS[node.op]
                attributes = Attributes({**node.attributes, "_outputs": len(node.outputs)}, graph.opset)
                if all(not name or name in self._constants for name in node.inputs):
                    values = self._call(function, attributes, node.op, [self._constants.get(name) for name in node.inputs])
                    folded = zip(node.outputs, values, strict=False)
                    self._constants.update({n: v.to(self.device) if v.is_floating_point() else v for n, v in folded})
                else:
                    left.append((node, function, attributes))
        steps: list[PreparedNode] = []
        needed = set(self._wanted)
        for node, function, attributes in reversed(left):
            if not needed.intersection(node.outputs):
                continue
            finished = tuple(name for name in dict.fromkeys(node.inputs) if name and name not in needed and name not in self._constants)
            needed.update(node.inputs)
            steps.append(PreparedNode(function, attributes, node.inputs, node.outputs, finished, node.op))
        self._constants = {name: value for name, value in self._constants.items() if name in needed}
        return tuple(reversed(steps))

    @staticmethod
    def _call(function: Operator, attributes: Attributes, name: str, inputs: list[Tensor | None]) -> tuple[Tensor, ...]:
        while inputs and inputs[-1] is None:
            inputs.pop()
        try:
            result = function(attributes, *inputs)
        except BundleError:
            raise
        except torch.OutOfMemoryError as error:
            raise BundleError(
                "The graphics card has too little memory for this network; close other programs or choose the CPU."
            ) from error
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError, AttributeError, AssertionError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BundleError(f"The network's {name} cannot be computed ({reason}); download the bundle again.") from error
        return result if isinstance(result, tuple) else (result,)

    def run(self, inputs: Mapping[str, np.ndarray | Tensor]) -> dict[str, Tensor]:
        """Compute the outputs.

        Args:
            inputs: name -> values; every input of the graph.

        Returns:
            Output name -> tensor on the engine's device.

        Raises:
            BundleError: an input is missing or a node refuses its values.
        """
        missing = [name for name in self._inputs if name not in inputs]
        if missing:
            raise BundleError(
                f"The network wants the inputs {', '.join(missing)}, which this kind of bundle does not have; check the folder."
            )
        values = dict(self._constants)
        for name, value in inputs.items():
            values[name] = torch.as_tensor(value).to(self.device)
        with torch.inference_mode(), _full_precision(self.device):
            for step in self._steps:
                if not all(name in values for name in step.inputs if name):
                    raise BundleError(DAMAGED)  # a name that a damaged file gives twice is gone with its first use
                results = self._call(step.function, step.attributes, step.op, [values[n] if n else None for n in step.inputs])
                for name, result in zip(step.outputs, results, strict=False):
                    values[name] = result
                for name in step.finished:
                    values.pop(name, None)
        if not all(name in values for name in self._wanted):
            raise BundleError(DAMAGED)
        return {name: values[name] for name in self._wanted}
