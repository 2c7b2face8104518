"""ONNX operators that move, cut and count values (entered into the table of models.nvidia.ops)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.nvidia.errors import BundleError
from models.nvidia.onnx_file import DTYPES
from models.nvidia.ops import Attributes, axes_of, op, sizes, together

Optional = Tensor | None


def torch_dtype(code: int) -> torch.dtype:
    """The torch dtype of an ONNX TensorProto.DataType."""
    if code not in DTYPES:
        raise BundleError(f"The network converts to the data type {code}, which the torch engine does not know; choose onnxruntime.")
    return torch.from_numpy(np.zeros(0, DTYPES[code])).dtype


@op("Constant")
def _constant(a: Attributes) -> Tensor:
    for name, dtype in (
        ("value_float", torch.float32),
        ("value_int", torch.int64),
        ("value_floats", torch.float32),
        ("value_ints", torch.int64),
    ):
        if name in a.values:
            return torch.tensor(a.values[name], dtype=dtype)
    return torch.from_numpy(np.array(a.values["value"]))


@op("ConstantOfShape")
def _constant_of_shape(a: Attributes, shape: Tensor) -> Tensor:
    value = a.get("value")
    if value is None:
        return torch.zeros(sizes(shape))
    filled = torch.from_numpy(np.array(value)).reshape(())
    return torch.full(sizes(shape), filled.item(), dtype=filled.dtype)


@op("Shape")
def _shape(a: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(list(x.shape)[slice(a.get("start", 0), a.get("end"))], dtype=torch.int64)


@op("Size")
def _size(_a: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(x.numel(), dtype=torch.int64)


@op("Cast")
def _cast(a: Attributes, x: Tensor) -> Tensor:
    return x.to(torch_dtype(a.get("to")))


@op("CastLike")
def _cast_like(_a: Attributes, x: Tensor, like: Tensor) -> Tensor:
    return x.to(like.dtype)


@op("Reshape")
def _reshape(a: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    wanted = sizes(shape)
    if not a.get("allowzero", 0):
        wanted = [x.shape[i] if size == 0 else size for i, size in enumerate(wanted)]
    return x.reshape(wanted)


@op("Flatten")
def _flatten(a: Attributes, x: Tensor) -> Tensor:
    axis = a.get("axis", 1)
    return x.reshape(math.prod(x.shape[: axis % (x.ndim + 1) if axis < 0 else axis]), -1)


@op("Transpose")
def _transpose(a: Attributes, x: Tensor) -> Tensor:
    return x.permute(a.get("perm", list(range(x.ndim))[::-1]))


@op("Squeeze")
def _squeeze(a: Attributes, x: Tensor, given: Optional = None) -> Tensor:
    axes = axes_of(a, given)
    return x.squeeze() if axes is None else x.squeeze(tuple(axes))


@op("Unsqueeze")
def _unsqueeze(a: Attributes, x: Tensor, given: Optional = None) -> Tensor:
    axes = axes_of(a, given) or []
    rank = x.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


@op("Concat")
def _concat(a: Attributes, *inputs: Tensor) -> Tensor:
    return torch.cat(together(*inputs), a.get("axis"))


@op("Split")
def _split(a: Attributes, x: Tensor, given: Optional = None) -> tuple[Tensor, ...]:
    axis = a.get("axis", 0)
    lengths = sizes(given) if given is not None else a.get("split")
    if lengths is None:
        count = a.get("num_outputs", a.get("_outputs"))
        return torch.split(x, math.ceil(x.shape[axis] / count), axis)
    return torch.split(x, lengths, axis)


@op("Slice")
def _slice(  # noqa: PLR0917
    a: Attributes, x: Tensor, starts: Optional = None, ends: Optional = None, axes: Optional = None, steps: Optional = None
) -> Tensor:
    first = sizes(starts) if starts is not None else a.get("starts")
    last = sizes(ends) if ends is not None else a.get("ends")
    where = axes_of(a, axes) or list(range(len(first)))
    strides = sizes(steps) if steps is not None else [1] * len(first)
    for begin, end, axis, step in zip(first, last, where, strides, strict=True):
        if step > 0:
            index = [slice(None)] * x.ndim
            index[axis] = slice(*slice(begin, end, step).indices(x.shape[axis]))  # torch warns of ends that no axis has
            x = x[tuple(index)]
        else:
            places = range(x.shape[axis])[slice(begin, None if end < -x.shape[axis] else end, step)]
            x = x.index_select(axis, torch.tensor(list(places), dtype=torch.int64, device=x.device))
    return x


@op("Gather")
def _gather(a: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    axis = a.get("axis", 0) % x.ndim
    index = torch.where(indices < 0, indices + x.shape[axis], indices).to(x.device)
    if index.ndim == 0:
        return x.select(axis, int(index))
    picked = x.index_select(axis, index.reshape(-1))
    return picked.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


@op("GatherElements")
def _gather_elements(a: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    axis = a.get("axis", 0)
    index = torch.where(indices < 0, indices + x.shape[axis], indices)
    return torch.gather(x, axis, index.to(x.device))


@op("GatherND")
def _gather_nd(a: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    if a.get("batch_dims", 0):
        raise BundleError("The network uses GatherND with batches, which the torch engine does not know; choose onnxruntime.")
    return x[tuple(indices.to(x.device).unbind(-1))]


@op("ScatterND")
def _scatter_nd(_a: Attributes, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    x, indices, updates = together(x, indices, updates)
    out = x.clone()
    out[tuple(indices.unbind(-1))] = updates
    return out


@op("Expand")
def _expand(_a: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.expand(np.broadcast_shapes(tuple(x.shape), tuple(sizes(shape))))


@op("Tile")
def _tile(_a: Attributes, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(sizes(repeats))


@op("Range")
def _range(_a: Attributes, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    return torch.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype)


@op("Pad")
def _pad(a: Attributes, x: Tensor, pads: Optional = None, value: Optional = None, axes: Optional = None) -> Tensor:
    amounts = sizes(pads) if pads is not None else a.get("pads")
    where = sizes(axes) if axes is not None else list(range(x.ndim))
    half = len(amounts) // 2
    per_axis = [(0, 0)] * x.ndim
    for i, axis in enumerate(where):
        per_axis[axis] = (amounts[i], amounts[half + i])
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}[a.get("mode", "constant")]
    if mode == "constant":
        flat = list(itertools.chain(*reversed(per_axis)))
        return functional.pad(x, flat, value=a.get("value", 0.0) if value is None else value.item())
    used = max((i for i in range(x.ndim) if per_axis[i] == (0, 0)), default=-1) + 1
    if any(pair != (0, 0) for pair in per_axis[:used]):
        raise BundleError("The network pads in a way that the torch engine does not know; choose the onnxruntime engine.")
    return functional.pad(x, list(itertools.chain(*reversed(per_axis[used:]))), mode=mode)


@op("Resize")
def _resize(
    a: Attributes, x: Tensor, _roi: Optional = None, scales: Optional = None, wanted: Optional = None
) -> Tensor:  # linear along the last axis: how v3.0 takes 50 features per second to 60 frames
    mode, corner = a.get("mode", "nearest"), a.get("coordinate_transformation_mode", "half_pixel")
    if wanted is not None and wanted.numel():
        length = sizes(wanted)[-1]
    else:
        length = 0 if scales is None else math.floor(x.shape[-1] * float(scales[-1]))
    plain = x.ndim == 3 and length > 0 and (wanted is None or not wanted.numel() or sizes(wanted)[:-1] == list(x.shape[:-1]))
    if mode != "linear" or corner not in ("half_pixel", "align_corners", "pytorch_half_pixel") or not plain:
        raise BundleError("The network resizes in a way that the torch engine does not know; choose the onnxruntime engine.")
    return functional.interpolate(x, size=length, mode="linear", align_corners=corner == "align_corners")
