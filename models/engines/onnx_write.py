"""Writes ONNX networks: the app's own out of their weights, and the made-up bundles of tests; no export tool is needed this way."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.nvidia.onnx_file import DTYPES
from models.nvidia.protobuf import BYTES, FIXED32, VARINT

_CODES = {np.dtype(kind): code for code, kind in DTYPES.items()}


class GraphWriter:
    """Builds a network node by node; every method that adds a node gives the name of its result.

    Args:
        opset: version of ONNX's own operations.
        name: of the network.
        domains: further operations, domain -> version.
    """

    def __init__(self, opset: int = 14, name: str = "network", domains: Mapping[str, int] | None = None):
        self._opset, self._name, self._domains = opset, name, dict(domains or {})
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._ports: list[bytes] = []
        self._count = 0

    def input(self, name: str, shape: Sequence[int | str], dtype: type = np.float32) -> str:
        """Declare an input; a str names a dynamic axis."""
        self._ports.append(encode(11, _port(name, shape, dtype)))
        return name

    def output(self, name: str, shape: Sequence[int | str], dtype: type = np.float32) -> str:
        """Declare an output that a node of this name produces."""
        self._ports.append(encode(12, _port(name, shape, dtype)))
        return name

    def constant(self, value: Any, dtype: type = np.float32) -> str:
        """Add an initializer."""
        name = self._fresh("c")
        self._constants.append(encode(5, tensor_bytes(np.asarray(value, dtype), name)))
        return name

    def shape(self, *values: int) -> str:
        """Add an int64 initializer."""
        return self.constant(np.array(values, np.int64), np.int64)

    def node(self, op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        return self.nodes(op, inputs, [out or self._fresh(op.lower())], **attributes)[0]

    def nodes(self, op: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Any) -> Sequence[str]:
        """Add a node with any number of outputs; "" among the inputs is one left out."""
        data = encode_all(1, inputs) + encode_all(2, outputs) + encode(4, op) + (encode(7, domain) if domain else b"")
        data += encode_all(5, [_attribute(name, value) for name, value in attributes.items()])
        self._nodes.append(encode(1, data))
        return outputs

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray | None = None) -> str:
        """x @ weight + bias on the last axis."""
        product = self.node("MatMul", x, self.constant(weight))
        return product if bias is None else self.node("Add", product, self.constant(bias))

    def bytes(self) -> bytes:
        """The file's content (IR version 7)."""
        graph = b"".join(self._nodes) + encode(2, self._name) + b"".join(self._constants) + b"".join(self._ports)
        opsets = encode_all(8, [encode(1, domain) + encode(2, version) for domain, version in {"": self._opset, **self._domains}.items()])
        return encode(1, 7) + encode(2, "visemesync-preview") + encode(7, graph) + opsets

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_bytes(self.bytes())


def tensor_bytes(array: np.ndarray, name: str = "") -> bytes:
    """A TensorProto with raw data."""
    little = np.ascontiguousarray(array)
    return encode_all(1, [int(n) for n in array.shape]) + encode(2, _CODES[array.dtype]) + encode(8, name) + encode(9, little.tobytes())


def _port(name: str, shape: Sequence[int | str], dtype: type) -> bytes:
    dims = b"".join(encode(1, encode(1, size) if isinstance(size, int) else encode(2, size)) for size in shape)
    tensor = encode(1, _CODES[np.dtype(dtype)]) + encode(2, dims)
    return encode(1, name) + encode(2, encode(1, tensor))


def _attribute(name: str, value: Any) -> bytes:
    head = encode(1, name)
    if isinstance(value, int):
        return head + encode(3, value) + encode(20, 2)
    if isinstance(value, float):
        return head + encode(2, value) + encode(20, 1)
    if isinstance(value, str):
        return head + encode(4, value) + encode(20, 3)
    if isinstance(value, np.ndarray):
        return head + encode(5, tensor_bytes(value)) + encode(20, 4)
    if all(isinstance(v, int) for v in value):
        return head + encode_all(8, value) + encode(20, 7)
    return head + encode_all(7, [float(v) for v in value]) + encode(20, 6)


def _varint(value: int) -> bytes:
    """A number as varint; negative ones as their 64-bit two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(number: int, value: int | float | str | bytes) -> bytes:
    """One field: int as varint, float as 4 bytes, str and bytes length-delimited."""
    if isinstance(value, int):
        return _varint(number << 3 | VARINT) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | FIXED32) + struct.pack("<f", value)
    data = value.encode("utf-8") if isinstance(value, str) else value
    return _varint(number << 3 | BYTES) + _varint(len(data)) + data


def encode_all(number: int, values: Iterable[int | float | str | bytes]) -> bytes:
    """A repeated field, one entry at a time (valid for readers of packed fields too)."""
    return b"".join(encode(number, value) for value in values)
