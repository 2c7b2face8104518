"""Both networks as ONNX graphs with a past of fixed size, written from their weights; one graph serves whole clips and live streams.

Rows are (streams, steps, channels) all the way. What the modules of ``models.network`` keep in a dictionary goes in and comes out here:
``new_NAME`` is the next call's ``NAME``. With ``ranges`` the big products run in 8 bits: weights by column, inputs by a range that was
measured beforehand (models.train.ranges), so that a stream gives what the whole clip gives, whatever else is in the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from models.dimensions import CHANNELS, DILATIONS, HEADS, LAYERS, PHONE_COUNT, SPAN, WIDTH
from models.engines.onnx_write import GraphWriter
from models.rig import PARAMETERS

MELS = 80
#: (low, high) of what goes into a product, by the product's name
Ranges = Mapping[str, tuple[float, float]]
_MICROSOFT = "com.microsoft"
_EPSILON = 1e-5


def state_shapes(mode: str) -> dict[str, tuple[int, ...]]:
    """Name -> shape of one stream's past."""
    reach = [2 * dilation for dilation in DILATIONS[mode]]
    shapes: dict[str, tuple[int, ...]] = {f"t{i}": (steps, CHANNELS[mode]) for i, steps in enumerate(reach)}
    if mode == "quality":
        shapes |= {"first": (2, MELS), "second": (1, WIDTH)}
        shapes |= {f"{kind}{i}": (HEADS, SPAN - 1, WIDTH // HEADS) for i in range(LAYERS) for kind in "kv"}
    return shapes


def graph_of(mode: str, tensors: Mapping[str, np.ndarray], ranges: Ranges | None = None, probes: bool = False) -> bytes:
    """The content of an ONNX file.

    Args:
        mode: "light" or "quality".
        tensors: the weights by the names of ``models.network``.
        ranges: of the inputs of the products that run in 8 bits; None for float32 throughout.
        probes: add outputs ``low_NAME`` and ``high_NAME``, the range of what goes into every product.

    Raises:
        KeyError: a weight is missing.
    """
    return _Graph(mode, tensors, ranges or {}, probes).written()


class _Attention(NamedTuple):
    """What every layer's attention uses: the mask, and ones."""

    mask: str
    ones: str


class _Graph(GraphWriter):
    """A network being written."""

    def __init__(self, mode: str, tensors: Mapping[str, np.ndarray], ranges: Ranges, probes: bool) -> None:
        super().__init__(20, mode, {_MICROSOFT: 1})
        self._mode, self._tensors, self._ranges, self._probes = mode, tensors, ranges, probes

    def written(self) -> bytes:
        """All of it."""
        mels = self.input("mels", ("b", "mels", MELS))
        pairs = self.node("Reshape", mels, self.shape(0, -1, 2 * MELS))
        for name, shape in state_shapes(self._mode).items():
            self.input(name, ("b", *shape))
            self.output(f"new_{name}", ("b", *shape))
        heard = pairs if self._mode == "light" else self.node("Concat", self._encoder(mels), pairs, axis=2)
        self._temporal(heard)
        self.output("logits", ("b", "steps", len(PARAMETERS) + PHONE_COUNT))
        return self.bytes()

    # -- parts

    def _product(self, name: str, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x @ weight + bias on the last axis; (n, m) weight."""
        if self._probes:
            for bound, op in (("low", "ReduceMin"), ("high", "ReduceMax")):
                self.output(self.node(op, x, out=f"{bound}_{name}", keepdims=0), ())
        if name not in self._ranges:
            return self.node("Add", self.node("MatMul", x, self.constant(weight)), self.constant(bias))
        low, high = min(self._ranges[name][0], 0.0), max(self._ranges[name][1], 0.0)
        scale = (high - low) / 255
        step, zero = self.constant(scale), self.constant(round(-low / scale), np.uint8)
        columns = np.maximum(np.abs(weight).max(0), 1e-9) / 127
        whole = self.constant(np.rint(weight / columns), np.int8)
        quantised = self.node("QuantizeLinear", x, step, zero)
        inputs = (quantised, whole, step, self.constant(columns), zero, "", self.constant(bias))
        return self.nodes("MatMulIntegerToFloat", inputs, [self._fresh("product")], domain=_MICROSOFT)[0]

    def _past(self, key: str, x: str, length: int, axis: int = 1) -> str:
        """Put a stream's past before new rows and keep the last ``length``."""
        joined = self.node("Concat", key, x, axis=axis)
        self._slice(joined, -length, _END, axis=axis, out=f"new_{key}")
        return joined

    def _slice(self, x: str, first: int, end: int, step: int = 1, *, axis: int = 1, out: str = "") -> str:
        return self.node("Slice", x, self.shape(first), self.shape(end), self.shape(axis), self.shape(step), out=out)

    def _temporal(self, x: str) -> None:
        """Temporal.forward; the norms are folded into the taps as ``fuse`` does."""
        get = self._tensors
        y = self._product("enter", x, get["temporal.enter.weight"][..., 0].T, get["temporal.enter.bias"])
        for i, dilation in enumerate(DILATIONS[self._mode]):
            at = f"temporal.blocks.{i}."
            scale = get[f"{at}norm.weight"] / np.sqrt(get[f"{at}norm.running_var"] + _EPSILON)
            taps = (get[f"{at}wide.weight"] * scale[:, None, None]).transpose(2, 1, 0).reshape(-1, len(scale))
            offset = (get[f"{at}wide.bias"] - get[f"{at}norm.running_mean"]) * scale + get[f"{at}norm.bias"]
            past = self._past(f"t{i}", y, 2 * dilation)
            three = (self._slice(past, 0, -2 * dilation), self._slice(past, dilation, -dilation), self._slice(past, 2 * dilation, _END))
            inside = self.node("Relu", self._product(f"wide{i}", self.node("Concat", *three, axis=2), taps, offset))
            y = self.node("Add", y, self._product(f"point{i}", inside, get[f"{at}point.weight"][..., 0].T, get[f"{at}point.bias"]))
        relu = self.node("Relu", y)
        last = self.node("MatMul", relu, self.constant(get["temporal.leave.weight"][..., 0].T))
        self.node("Add", last, self.constant(get["temporal.leave.bias"]), out="logits")

    def _encoder(self, mels: str) -> str:
        """StreamingEncoder.forward."""
        get = self._tensors
        places, mask = self.input("places", ("b", "steps", WIDTH)), self.input("mask", ("b", 1, "steps", "keys"))
        attention = _Attention(self._and_a_row(mask), self._ones(mask))

        def taps(name: str) -> tuple[np.ndarray, np.ndarray]:
            weight = get[f"encoder.{name}.weight"]
            return weight.transpose(2, 1, 0).reshape(-1, len(weight)), get[f"encoder.{name}.bias"]

        past = self._past("first", mels, 2)
        three = (self._slice(past, 0, -2), self._slice(past, 1, -1), self._slice(past, 2, _END))
        y = self.node("Gelu", self._product("first", self.node("Concat", *three, axis=2), *taps("first")))
        past = self._past("second", y, 1)
        three = (self._slice(past, 0, -2, 2), self._slice(past, 1, -1, 2), self._slice(past, 2, _END, 2))
        x = self.node("Gelu", self._product("second", self.node("Concat", *three, axis=2), *taps("second")))
        x = self.node("Add", x, places)
        for i in range(LAYERS):
            x = self._layer(i, x, attention)
        return self._norm("encoder.norm", x)

    def _norm(self, name: str, x: str) -> str:
        weight, bias = (self.constant(self._tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, weight, bias, epsilon=_EPSILON)

    def _named(self, name: str, x: str, at: str) -> str:
        """A linear layer of the encoder."""
        return self._product(name, x, self._tensors[f"{at}.weight"].T, self._tensors[f"{at}.bias"])

    def _and_a_row(self, x: str) -> str:
        """Queries and one more: products of a single row are summed in another order than those of several, see _layer."""
        return self.node("Pad", x, self.shape(0, 1), self.constant(0.0), self.shape(2))

    def _ones(self, mask: str) -> str:
        """(keys, 16) to sum shares with."""
        return self.node("Expand", self.constant(1.0), self.node("Concat", self.node("Shape", mask, start=3), self.shape(16), axis=0))

    def _layer(self, i: int, x: str, attention: _Attention) -> str:
        """EncoderLayer.forward.

        Whatever the number of steps in a call, sums are made in the same order, key by key: what goes into a product of 8 bits is rounded,
        and the last bit of a sum may decide where to. A softmax of whole rows would add up in an order that depends on where keys lie.
        """
        at = f"encoder.stack.{i}."
        qkv = self._named(f"qkv{i}", self._norm(f"{at}attention_norm", x), f"{at}attention.qkv")
        split = self.nodes("Split", [qkv, self.shape(WIDTH, WIDTH, WIDTH)], [self._fresh("part") for _ in range(3)], axis=2)
        heads = self.shape(0, 0, HEADS, WIDTH // HEADS)
        q, k, v = (self.node("Transpose", self.node("Reshape", part, heads), perm=(0, 2, 1, 3)) for part in split)
        keys, values = (self._past(f"{name}{i}", rows, SPAN - 1, axis=2) for name, rows in (("k", k), ("v", v)))
        near = self.node("MatMul", self._and_a_row(q), self.node("Transpose", keys, perm=(0, 1, 3, 2)))
        scaled = self.node("Add", self.node("Mul", near, self.constant((WIDTH // HEADS) ** -0.5)), attention.mask)
        shares = self.node("Exp", self.node("Sub", scaled, self.node("ReduceMax", scaled, self.shape(-1), keepdims=1)))
        whole = self._slice(self.node("MatMul", shares, attention.ones), 0, 1, axis=3)
        every = self.node("Div", self.node("MatMul", shares, values), whole)
        mixed = self.node("Transpose", self._slice(every, 0, -1, axis=2), perm=(0, 2, 1, 3))
        x = self.node("Add", x, self._named(f"out{i}", self.node("Reshape", mixed, self.shape(0, 0, WIDTH)), f"{at}attention.out"))
        wide = self.node("Gelu", self._named(f"widen{i}", self._norm(f"{at}mlp_norm", x), f"{at}widen"))
        return self.node("Add", x, self._named(f"narrow{i}", wide, f"{at}narrow"))


_END = 2**62
