"""ONNX operators with weights: products, convolutions, normalisation and recurrence (entered into the same table)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.nvidia.errors import BundleError
from models.nvidia.ops import Attributes, op, together

Optional = Tensor | None


@op("MatMul")
def _matmul(_a: Attributes, x: Tensor, y: Tensor) -> Tensor:
    return torch.matmul(*together(x, y))


@op("Gemm")
def _gemm(a: Attributes, x: Tensor, y: Tensor, bias: Optional = None) -> Tensor:
    x = x.mT if a.get("transA", 0) else x
    y = y.mT if a.get("transB", 0) else y
    out = (x @ y) * a.get("alpha", 1.0)
    biased: Tensor = out if bias is None else out + bias * a.get("beta", 1.0)
    return biased


@op("Conv")
def _conv(a: Attributes, x: Tensor, weight: Tensor, bias: Optional = None) -> Tensor:
    rank = x.ndim - 2
    stride = a.get("strides") or [1] * rank
    dilation = a.get("dilations") or [1] * rank
    before, after = _padding(a, x, weight, stride, dilation)
    if before != after:
        flat = [amount for pair in zip(reversed(before), reversed(after), strict=True) for amount in pair]
        x, before = functional.pad(x, flat), [0] * rank
    convolve = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[rank]
    return convolve(x, weight, bias, stride, before, dilation, a.get("group", 1))


def _padding(a: Attributes, x: Tensor, weight: Tensor, stride: list[int], dilation: list[int]) -> tuple[list[int], list[int]]:
    """Zeros before and after each spatial axis, also for the ``SAME_*`` modes."""
    rank = x.ndim - 2
    mode = a.get("auto_pad", "NOTSET")
    if mode == "VALID":
        return [0] * rank, [0] * rank
    if mode == "NOTSET":
        pads = a.get("pads") or [0] * (2 * rank)
        return list(pads[:rank]), list(pads[rank:])
    before, after = [], []
    for size, kernel, step, spread in zip(x.shape[2:], weight.shape[2:], stride, dilation, strict=True):
        total = max((-(-size // step) - 1) * step + (kernel - 1) * spread + 1 - size, 0)
        small, large = total // 2, total - total // 2
        before.append(small if mode == "SAME_UPPER" else large)
        after.append(large if mode == "SAME_UPPER" else small)
    return before, after


@op("InstanceNormalization")
def _instance_norm(a: Attributes, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return functional.instance_norm(x, weight=scale, bias=bias, eps=a.get("epsilon", 1e-5))


@op("LayerNormalization")
def _layer_norm(a: Attributes, x: Tensor, scale: Tensor, bias: Optional = None) -> Tensor:
    axis = a.get("axis", -1) % x.ndim
    return functional.layer_norm(x, list(x.shape[axis:]), scale, bias, a.get("epsilon", 1e-5))


@op("BatchNormalization")
def _batch_norm(  # noqa: PLR0917
    a: Attributes, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    return functional.batch_norm(x, mean, variance, scale, bias, eps=a.get("epsilon", 1e-5))


@op("AveragePool")
def _average_pool(a: Attributes, x: Tensor) -> Tensor:
    pads = a.get("pads") or [0, 0]
    if x.ndim != 3 or pads[0] != pads[1]:
        raise BundleError("The network pools in a way that the torch engine does not know; choose the onnxruntime engine.")
    stride = (a.get("strides") or [1])[0]
    return functional.avg_pool1d(x, a.get("kernel_shape")[0], stride, pads[0], count_include_pad=bool(a.get("count_include_pad", 0)))


@op("GlobalAveragePool")
def _global_average_pool(_a: Attributes, x: Tensor) -> Tensor:
    return x.mean(tuple(range(2, x.ndim)), keepdim=True)


@op("GRU")
def _gru(  # noqa: PLR0917
    a: Attributes, x: Tensor, weight: Tensor, recurrent: Tensor, bias: Optional = None, lengths: Optional = None, start: Optional = None
) -> tuple[Tensor, ...]:
    """Gated recurrence; ONNX keeps the gates in the order update, reset, hidden.

    Shapes: x (T, B, in), weight (D, 3H, in), recurrent (D, 3H, H), bias (D, 6H), start (D, B, H);
    gives Y (T, D, B, H) and the last state (D, B, H).
    """
    if lengths is not None or a.get("layout", 0):
        raise BundleError("The network's GRU has a form that the torch engine does not know; choose the onnxruntime engine.")
    hidden, direction = a.get("hidden_size"), a.get("direction", "forward")
    start = x.new_zeros(weight.shape[0], x.shape[1], hidden) if start is None else start
    biases = x.new_zeros(weight.shape[0], 6 * hidden) if bias is None else bias
    outputs, last = [], []
    for d in range(weight.shape[0]):
        backwards = direction == "reverse" or d == 1
        steps = x.flip(0) if backwards else x
        out = _gru_direction(steps, weight[d], recurrent[d], biases[d], start[d], bool(a.get("linear_before_reset", 0)))
        last.append(out[-1])
        outputs.append(out.flip(0) if backwards else out)
    return torch.stack(outputs, 1), torch.stack(last)


def _gru_direction(  # noqa: PLR0917
    x: Tensor, weight: Tensor, recurrent: Tensor, bias: Tensor, state: Tensor, reset_after: bool
) -> Tensor:
    h = state.shape[-1]
    inputs = x @ weight.mT + bias[: 3 * h]
    recurrent_bias = bias[3 * h :]
    states = []
    for step in inputs:
        gates = torch.sigmoid(step[:, : 2 * h] + state @ recurrent[: 2 * h].mT + recurrent_bias[: 2 * h])
        update, reset = gates[:, :h], gates[:, h:]
        if reset_after:
            memory = reset * (state @ recurrent[2 * h :].mT + recurrent_bias[2 * h :])
        else:
            memory = (reset * state) @ recurrent[2 * h :].mT + recurrent_bias[2 * h :]
        state = (1 - update) * torch.tanh(step[:, 2 * h :] + memory) + update * state
        states.append(state)
    return torch.stack(states)
