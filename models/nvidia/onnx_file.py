"""ONNX files as plain data: read into a graph of nodes and numpy arrays.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (stable since IR version 3).
"""

from __future__ import annotations

import math
import mmap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.nvidia import protobuf as pb
from models.nvidia.errors import BundleError
from models.nvidia.paths import inside

#: ONNX TensorProto.DataType -> numpy
DTYPES: dict[int, type] = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip
#: where TensorProto keeps values that are not in raw_data: field -> numpy dtype of the packed bytes, None for varints
_TYPED_DATA: dict[int, Any] = {4: np.float32, 5: None, 7: None, 10: np.float64, 11: None}
_RAW, _EXTERNAL, _LOCATION = 9, 13, 14


@dataclass(frozen=True)
class Node:
    """One operation: ``outputs = op(inputs, **attributes)``; an empty input name is an input left out."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    domain: str = ""


@dataclass(frozen=True)
class Port:
    """A network input or output; a dynamic axis is named in ``shape`` by a str, or None when unnamed."""

    name: str
    dtype: int
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True)
class Graph:
    """A network file.

    Attributes:
        nodes: in order of execution.
        constants: initializer name -> array.
        inputs: without the initializers.
        outputs: named results.
        opset: version of the default operator set.
        ir_version: version of the file format.
    """

    nodes: tuple[Node, ...]
    constants: dict[str, np.ndarray]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: int
    ir_version: int

    @property
    def op_counts(self) -> Counter[str]:
        """How often each operator occurs."""
        return Counter(node.op for node in self.nodes)

    @property
    def parameter_count(self) -> int:
        """Number of floating-point weights."""
        return sum(a.size for a in self.constants.values() if a.dtype.kind == "f")


def read_onnx(path: Path) -> Graph:
    """Read a network.

    Args:
        path: ``network.onnx``; external data files beside it are followed.

    Raises:
        BundleError: missing, damaged, or with tensor types that no bundle uses.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise BundleError(f"The network {path.name} cannot be read; check that the file is there and readable.") from error
    graph: memoryview | None = None
    opset = ir_version = 0
    for number, value in pb.read_fields(data):
        if number == 1:
            ir_version = pb.integer(value)
        elif number == 7:
            graph = pb.view(value)
        elif number == 8:
            fields = dict(pb.read_fields(pb.view(value)))
            if not fields.get(1):
                opset = pb.integer(fields.get(2, 0))
    if graph is None or not opset:
        raise BundleError(pb.DAMAGED)
    return _read_graph(graph, path.parent, opset, ir_version)


def _read_graph(data: memoryview, folder: Path, opset: int, ir_version: int) -> Graph:
    nodes: list[Node] = []
    constants: dict[str, np.ndarray] = {}
    ports: dict[int, list[Port]] = {11: [], 12: []}
    for number, value in pb.read_fields(data):
        if number == 1:
            nodes.append(_read_node(pb.view(value), folder))
        elif number == 5:
            name, array = read_tensor(pb.view(value), folder)
            constants[name] = array
        elif number in ports:
            ports[number].append(_read_port(pb.view(value)))
    inputs = tuple(port for port in ports[11] if port.name not in constants)
    return Graph(tuple(nodes), constants, inputs, tuple(ports[12]), opset, ir_version)


def _read_node(data: memoryview, folder: Path) -> Node:
    names: dict[int, list[str]] = {1: [], 2: []}
    texts = {4: "", 7: ""}
    attributes: dict[str, Any] = {}
    for number, value in pb.read_fields(data):
        if number in names:
            names[number].append(pb.text(value))
        elif number in texts:
            texts[number] = pb.text(value)
        elif number == 5:
            name, content = _read_attribute(pb.view(value), folder)
            attributes[name] = content
    return Node(texts[4], tuple(names[1]), tuple(names[2]), attributes, texts[7])


def _read_attribute(data: memoryview, folder: Path) -> tuple[str, Any]:
    name, kind = "", 0
    single: dict[int, Any] = {}
    lists: dict[int, list[Any]] = {7: [], 8: [], 9: []}
    for number, value in pb.read_fields(data):
        if number == 1:
            name = pb.text(value)
        elif number == 20:
            kind = pb.integer(value)
        elif number == 2:
            single[1] = pb.float32(value)
        elif number == 3:
            single[2] = pb.signed(value)
        elif number == 4:
            single[3] = pb.text(value)
        elif number == 5:
            single[4] = read_tensor(pb.view(value), folder)[1]
        elif number == 9:
            lists[9].append(pb.text(value))
        elif number in (7, 8):
            lists[number] += pb.repeated(value, "f" if number == 7 else "i")
    listed = {6: 7, 7: 8, 8: 9}
    if kind in listed:
        return name, lists[listed[kind]]
    zero = {1: 0.0, 2: 0, 3: ""}
    return name, single.get(kind, zero.get(kind))


def _read_port(data: memoryview) -> Port:
    name, dtype = "", 0
    shape: list[int | str | None] = []
    for number, value in pb.read_fields(data):
        if number == 1:
            name = pb.text(value)
            continue
        if number != 2:
            continue
        tensor = dict(pb.read_fields(pb.view(value))).get(1, b"")
        for inner, content in pb.read_fields(pb.view(tensor)):
            if inner == 1:
                dtype = pb.integer(content)
            elif inner == 2:
                shape = [_read_dimension(pb.view(v)) for n, v in pb.read_fields(pb.view(content)) if n == 1]
    return Port(name, dtype, tuple(shape))


def _read_dimension(data: memoryview) -> int | str | None:
    fields = dict(pb.read_fields(data))
    if 1 in fields:
        return pb.signed(fields[1])
    return pb.text(fields[2]) if 2 in fields else None


def read_tensor(data: memoryview, folder: Path) -> tuple[str, np.ndarray]:
    """One TensorProto.

    Args:
        data: the message.
        folder: where external data may lie; a location that leaves it is refused.

    Returns:
        Name and a read-only array in the file's own dtype and shape.

    Raises:
        BundleError: unknown dtype, or as many values as the shape does not say.
    """
    dims: list[int] = []
    name, code = "", 1
    content: bytes | memoryview = b""
    typed: list[np.ndarray] = []
    external: dict[str, str] = {}
    for number, value in pb.read_fields(data):
        if number == 1:
            dims += [int(n) for n in pb.repeated(value, "i")]
        elif number == 2:
            code = pb.integer(value)
        elif number == 8:
            name = pb.text(value)
        elif number == _RAW:
            content = pb.view(value)
        elif number in _TYPED_DATA:
            typed.append(_typed_values(value, _TYPED_DATA[number]))
        elif number == _EXTERNAL:
            entry = dict(pb.read_fields(pb.view(value)))
            external[pb.text(entry.get(1, b""))] = pb.text(entry.get(2, b""))
    if code not in DTYPES or any(size < 0 for size in dims):
        raise BundleError(f"The network holds the tensor {name!r} of a kind that this program cannot read; use an fp32 network.onnx.")
    if external:
        content = _external_bytes(external, folder)
    return name, _shaped(name, np.dtype(DTYPES[code]), dims, content, typed)


def _typed_values(value: pb.Value, packed: Any) -> np.ndarray:
    if packed is None:
        return np.array(pb.repeated(value, "i"), np.int64)
    data = pb.view(value)
    if len(data) % np.dtype(packed).itemsize:
        raise BundleError(pb.DAMAGED)
    return np.frombuffer(data, packed)


def _shaped(name: str, dtype: np.dtype, dims: list[int], raw: bytes | memoryview, typed: list[np.ndarray]) -> np.ndarray:
    count = math.prod(dims)
    if typed and not len(raw):
        values = np.concatenate(typed)
        # float16 values are stored as their bit pattern in int32_data
        array = values.astype(np.uint16).view(np.float16) if dtype == np.float16 else values.astype(dtype)
    elif len(raw) == count * dtype.itemsize:
        array = np.frombuffer(raw, dtype)
    else:
        array = np.zeros(0, dtype)
    if array.size != count:
        raise BundleError(f"The network's tensor {name!r} does not hold the {count} values that its shape says; download the bundle again.")
    return array.reshape(dims)


def _external_bytes(entry: dict[str, str], folder: Path) -> memoryview:
    """The place of one tensor in a data file, which is mapped: the system reads what is used, when it is used."""
    path = inside(folder, entry.get("location", ""), "the network's external data")
    try:
        offset, length = int(entry.get("offset", "0")), int(entry.get("length", "-1"))
        with path.open("rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise BundleError(f"The network's data file {path.name} cannot be read; download the bundle again.") from error
    if offset < 0:
        raise BundleError(pb.DAMAGED)
    return content[offset:] if length < 0 else content[offset : offset + length]
