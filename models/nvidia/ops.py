"""The table of ONNX operators that the torch engine knows: element-wise arithmetic, comparison and reduction.

Each entry takes a node's attributes and its input tensors (None for an input left out) and gives one tensor or a tuple.
Semantics: https://onnx.ai/onnx/operators/ (opset 9 to 20; where a version moved an attribute to an input both are read).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.nvidia.errors import BundleError


@dataclass(frozen=True)
class Attributes:
    """A node's attributes and the opset that they are written in."""

    values: Mapping[str, Any]
    opset: int

    def get(self, name: str, default: Any = None) -> Any:
        """One attribute, or the operator's default."""
        return self.values.get(name, default)


Result = Tensor | tuple[Tensor, ...]
Operator = Callable[..., Any]  # (Attributes, *Tensor | None) -> Result
OPERATORS: dict[str, Operator] = {}


def op(*names: str) -> Callable[[Operator], Operator]:
    """Enter a function into the table under ONNX's names."""

    def enter(function: Operator) -> Operator:
        for name in names:
            OPERATORS[name] = function
        return function

    return enter


def together(*tensors: Tensor) -> list[Tensor]:
    """Move tensors to the accelerator when one of them is there; sizes and indices live on the CPU."""
    device = next((t.device for t in tensors if t.device.type != "cpu"), None)
    return list(tensors) if device is None else [t.to(device) for t in tensors]


def sizes(tensor: Tensor) -> list[int]:
    """A small integer tensor as Python numbers."""
    return [int(v) for v in tensor.reshape(-1).tolist()]


def axes_of(a: Attributes, given: Tensor | None) -> list[int] | None:
    """The axes of an operator that names them as attribute (old) or as input (new)."""
    return sizes(given) if given is not None else a.get("axes")


def _binary(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    def apply(_a: Attributes, x: Tensor, y: Tensor) -> Tensor:
        return function(*together(x, y))

    return apply


def _unary(function: Callable[[Tensor], Tensor]) -> Operator:
    def apply(_a: Attributes, x: Tensor) -> Tensor:
        return function(x)

    return apply


def _divide(x: Tensor, y: Tensor) -> Tensor:
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


_BINARY: dict[str, Any] = {
    "Add": operator.add, "Sub": operator.sub, "Mul": operator.mul, "Div": _divide, "Equal": torch.eq, "Less": torch.lt, "Greater": torch.gt,
    "LessOrEqual": torch.le, "GreaterOrEqual": torch.ge, "And": torch.logical_and, "Or": torch.logical_or,
}  # fmt: skip
_UNARY: dict[str, Any] = {
    "Sqrt": torch.sqrt, "Erf": torch.erf, "Relu": torch.relu, "Tanh": torch.tanh, "Sigmoid": torch.sigmoid, "Exp": torch.exp,
    "Log": torch.log, "Neg": torch.neg, "Abs": torch.abs, "Floor": torch.floor, "Ceil": torch.ceil, "Sin": torch.sin, "Cos": torch.cos,
    "Softplus": functional.softplus, "Reciprocal": torch.reciprocal, "Not": torch.logical_not, "Mish": functional.mish,
    "Round": torch.round, "Sign": torch.sign,
}  # fmt: skip
OPERATORS.update({name: _binary(function) for name, function in _BINARY.items()})
OPERATORS.update({name: _unary(function) for name, function in _UNARY.items()})


@op("Pow")
def _pow(_a: Attributes, x: Tensor, y: Tensor) -> Tensor:
    x, y = together(x, y)
    if y.numel() == 1 and float(y) == 2.0:
        return x * x
    return torch.pow(x, y).to(x.dtype)


@op("Mod")
def _mod(a: Attributes, x: Tensor, y: Tensor) -> Tensor:
    x, y = together(x, y)
    return torch.fmod(x, y) if a.get("fmod", 0) else torch.remainder(x, y)


@op("Min")
def _min(_a: Attributes, *inputs: Tensor) -> Tensor:
    return _folded(torch.minimum, inputs)


@op("Max")
def _max(_a: Attributes, *inputs: Tensor) -> Tensor:
    return _folded(torch.maximum, inputs)


@op("Sum")
def _sum(_a: Attributes, *inputs: Tensor) -> Tensor:
    return _folded(torch.add, inputs)


def _folded(function: Callable[[Tensor, Tensor], Tensor], inputs: tuple[Tensor, ...]) -> Tensor:
    first, *rest = together(*inputs)
    for other in rest:
        first = function(first, other)
    return first


@op("Clip")
def _clip(a: Attributes, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    bottom = a.get("min") if low is None else float(low)
    top = a.get("max") if high is None else float(high)
    return torch.clamp(x, bottom, top)


@op("LeakyRelu")
def _leaky_relu(a: Attributes, x: Tensor) -> Tensor:
    return functional.leaky_relu(x, a.get("alpha", 0.01))


@op("PRelu")
def _prelu(_a: Attributes, x: Tensor, slope: Tensor) -> Tensor:
    return torch.where(x < 0, x * slope, x)


@op("Elu")
def _elu(a: Attributes, x: Tensor) -> Tensor:
    return functional.elu(x, a.get("alpha", 1.0))


@op("Gelu")
def _gelu(a: Attributes, x: Tensor) -> Tensor:
    return functional.gelu(x, approximate=a.get("approximate", "none"))


@op("HardSigmoid")
def _hard_sigmoid(a: Attributes, x: Tensor) -> Tensor:
    return torch.clamp(x * a.get("alpha", 0.2) + a.get("beta", 0.5), 0, 1)


@op("Softmax")
def _softmax(a: Attributes, x: Tensor) -> Tensor:
    axis = a.get("axis", -1 if a.opset >= 13 else 1)
    if a.opset >= 13:
        return torch.softmax(x, axis)
    flat = x.reshape(math.prod(x.shape[:axis]), -1)
    return torch.softmax(flat, 1).reshape(x.shape)


@op("LogSoftmax")
def _log_softmax(a: Attributes, x: Tensor) -> Tensor:
    if a.opset < 13:
        return torch.log(_softmax(a, x))
    return torch.log_softmax(x, a.get("axis", -1))


@op("Identity", "Dropout")
def _identity(_a: Attributes, x: Tensor, *_rest: Tensor | None) -> Tensor:
    return x


@op("Where")
def _where(_a: Attributes, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    condition, x, y = together(condition, x, y)
    return torch.where(condition, x, y)


def _reduce(function: Callable[[Tensor, list[int], bool], Tensor]) -> Operator:
    def apply(a: Attributes, x: Tensor, given: Tensor | None = None) -> Tensor:
        axes = axes_of(a, given)
        if not axes:
            if a.get("noop_with_empty_axes", 0):
                return x
            axes = list(range(x.ndim))
        return function(x, axes, bool(a.get("keepdims", 1)))

    return apply


def _product(x: Tensor, axes: list[int], keep: bool) -> Tensor:
    for axis in sorted((axis % x.ndim for axis in axes), reverse=True):
        x = torch.prod(x, axis, keepdim=keep)
    return x


OPERATORS["ReduceMean"] = _reduce(torch.mean)
OPERATORS["ReduceSum"] = _reduce(torch.sum)
OPERATORS["ReduceMax"] = _reduce(torch.amax)
OPERATORS["ReduceMin"] = _reduce(torch.amin)
OPERATORS["ReduceL2"] = _reduce(lambda x, axes, keep: torch.sqrt(torch.sum(x * x, axes, keep)))
OPERATORS["ReduceProd"] = _reduce(_product)


@op("CumSum")
def _cumsum(a: Attributes, x: Tensor, axis: Tensor) -> Tensor:
    if a.get("exclusive", 0) or a.get("reverse", 0):
        raise BundleError("The network uses CumSum in a way that the torch engine does not know; choose the onnxruntime engine.")
    return torch.cumsum(x, int(axis))
