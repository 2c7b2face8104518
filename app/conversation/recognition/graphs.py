"""The few parts of ONNX's file format that a conversion of weights touches; whatever else a model holds is passed through unread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

#: message -> (field, number, type, repeated) as in onnx.proto; protobuf keeps the fields that are not named here
_FIELDS: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "Tensor": (("dims", 1, "int64", True), ("data_type", 2, "int32", False), ("name", 8, "string", False), ("raw_data", 9, "bytes", False)),
    "Attribute": (("name", 1, "string", False), ("g", 6, "Graph", False), ("i", 3, "int64", False), ("type", 20, "int32", False)),
    "Node": (
        ("input", 1, "string", True), ("output", 2, "string", True), ("name", 3, "string", False), ("op_type", 4, "string", False),
        ("attribute", 5, "Attribute", True), ("domain", 7, "string", False),
    ),
    "Graph": (("node", 1, "Node", True), ("name", 2, "string", False), ("initializer", 5, "Tensor", True)),
    "Model": (("graph", 7, "Graph", False),),
}  # fmt: skip
#: TensorProto.DataType -> numpy, of what is read and written here
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8}
_NUMBERS = {np.dtype(kind): number for number, kind in _TYPES.items()}
#: TensorProto.FLOAT and AttributeProto.INT
_FLOAT, _INT = 1, 2
MICROSOFT = "com.microsoft"


@lru_cache(1)
def _messages() -> dict[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]

    field_kinds = descriptor_pb2.FieldDescriptorProto
    scalars = {"int64": field_kinds.TYPE_INT64, "int32": field_kinds.TYPE_INT32, "string": field_kinds.TYPE_STRING}
    scalars["bytes"] = field_kinds.TYPE_BYTES
    file = descriptor_pb2.FileDescriptorProto(name="visemesync/onnx_part.proto", syntax="proto2", package="onnx_part")
    for message, fields in _FIELDS.items():
        made = file.message_type.add(name=message)
        for name, number, kind, repeated in fields:
            field = made.field.add(name=name, number=number)
            field.label = field_kinds.LABEL_REPEATED if repeated else field_kinds.LABEL_OPTIONAL
            if kind in scalars:
                field.type = scalars[kind]
            else:
                field.type, field.type_name = field_kinds.TYPE_MESSAGE, f".onnx_part.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"onnx_part.{name}")) for name in _FIELDS}


def read_model(data: bytes) -> Any:
    """An ONNX model; its graph and the graphs inside it have names afterwards, without which onnxruntime refuses them."""
    model = _messages()["Model"].FromString(data)
    for number, graph in enumerate(graphs_of(model.graph)):
        graph.name = graph.name or f"graph_{number}"
    return model


def graphs_of(graph: Any) -> Iterator[Any]:
    """A graph and the branches inside it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs_of(attribute.g)


def array_of(tensor: Any) -> np.ndarray:
    """The numbers of a tensor of float32, uint8 or int8 that keeps them as raw bytes."""
    return np.frombuffer(tensor.raw_data, _TYPES[tensor.data_type]).reshape(tuple(tensor.dims))


def add_tensor(graph: Any, name: str, values: np.ndarray) -> None:
    """Give a graph a constant of float32, uint8 or int8."""
    graph.initializer.add(name=name, dims=values.shape, data_type=_NUMBERS[values.dtype], raw_data=values.tobytes())


class PackedWeights:
    """Weights that are kept as bytes and expanded by three nodes: Cast, times a scale, plus an offset.

    Args:
        graph: the one that holds bytes and nodes; its branches may use the result.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        makers = {output: node for node in graph.node for output in node.output}
        self._chains: dict[str, tuple[Any, Any, Any]] = {}
        for add in graph.node:
            scaled = makers.get(add.input[0]) if add.op_type == "Add" else None
            cast = makers.get(scaled.input[0]) if scaled is not None and scaled.op_type == "Mul" else None
            if cast is not None and scaled is not None and cast.op_type == "Cast" and cast.input[0] in self._tensors:
                self._chains[add.output[0]] = (cast, scaled, add)

    def __iter__(self) -> Iterator[str]:
        """The names of the expanded weights."""
        return iter(tuple(self._chains))

    def parts(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bytes, scale and offset of a weight."""
        cast, scaled, add = self._chains[name]
        packed, scale, offset = (array_of(self._tensors[each]) for each in (cast.input[0], scaled.input[1], add.input[1]))
        return packed, scale, offset

    def remove(self) -> None:
        """Take bytes and nodes out of the graph; whoever used them must have been given something else."""
        gone = {id(node) for chain in self._chains.values() for node in chain}
        names = {chain[0].input[0] for chain in self._chains.values()}
        nodes = [node for node in self._graph.node if id(node) not in gone]
        tensors = [tensor for tensor in self._graph.initializer if tensor.name not in names]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(tensors)


def expand(model: Any) -> None:
    """Put float weights in the place of packed ones, so that they are not expanded at every run; for a network that runs once a clip."""
    weights = PackedWeights(model.graph)
    made = {}
    for name in weights:
        packed, scale, offset = weights.parts(name)
        made[name] = (packed.astype(np.float32) * scale + offset).astype(np.float32)
    weights.remove()
    for name, values in made.items():
        add_tensor(model.graph, name, values)


def multiply_packed(model: Any) -> None:
    """Multiply by packed weights as they are: ``MatMul`` becomes ``DynamicQuantizeMatMul``; for a network that runs once a word.

    A weight is ``scale * (byte - zero)`` with a whole ``zero``, which is the form that the node takes, so that nothing is rounded
    anew. Bytes become unsigned: the product of two unsigned bytes saturates on no processor. Rows that are looked up (``Gather``) are
    expanded after they were chosen.

    Raises:
        ValueError: the weights are packed in another way.
    """
    weights = PackedWeights(model.graph)
    users = _users_of(model.graph)
    for name in weights:
        packed, scale, zero = _unsigned(*weights.parts(name))
        parts = {"bytes": packed, "scale": scale, "zero": zero, "offset": -scale * zero.astype(np.float32)}
        for graph, node in users[name]:
            if node.op_type == "MatMul":
                _multiply(node, f"{name}_bytes", name)
            elif node.op_type == "Gather":
                _look_up(graph, node, name)
            elif node.op_type == "Transpose":
                parts["turned"] = np.ascontiguousarray(packed.T)
                for _graph, user in users[node.output[0]]:
                    _multiply(user, f"{name}_turned", name)
                graph.node.remove(node)
        for suffix, values in parts.items():
            add_tensor(model.graph, f"{name}_{suffix}", values)
    weights.remove()


def _users_of(graph: Any) -> dict[str, list[tuple[Any, Any]]]:
    """For every name the nodes that take it in, each with its graph."""
    users: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for each in graphs_of(graph):
        for node in each.node:
            for name in node.input:
                users[name].append((each, node))
    return users


def _unsigned(packed: np.ndarray, scale: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bytes, scale and zero, such that a weight is ``scale * (byte - zero)``."""
    shift = 128 if packed.dtype == np.int8 else 0
    zero = np.round(-offset / scale) + shift
    if scale.size != 1 or np.abs(-offset / scale + shift - zero).max() > 1e-2 or not 0 <= zero.min() <= zero.max() <= 255:
        raise ValueError("the weights are packed in another way than expected")
    return (packed.astype(np.int16) + shift).astype(np.uint8), scale.reshape(1), zero.astype(np.uint8).reshape(1)


def _multiply(node: Any, packed: str, name: str) -> None:
    node.op_type, node.domain = "DynamicQuantizeMatMul", MICROSOFT
    node.input[:] = [node.input[0], packed, f"{name}_scale", f"{name}_zero"]


def _look_up(graph: Any, node: Any, name: str) -> None:
    rows, expanded = node.output[0], [f"{node.output[0]}_{step}" for step in ("bytes", "float", "scaled")]
    node.input[0], node.output[0] = f"{name}_bytes", expanded[0]
    at = next(place for place, each in enumerate(graph.node) if each.output[0] == expanded[0]) + 1
    node_of = _messages()["Node"]
    cast = node_of(op_type="Cast", input=[expanded[0]], output=[expanded[1]])
    cast.attribute.add(name="to", i=_FLOAT, type=_INT)
    graph.node.insert(at, cast)
    graph.node.insert(at + 1, node_of(op_type="Mul", input=[expanded[1], f"{name}_scale"], output=[expanded[2]]))
    graph.node.insert(at + 2, node_of(op_type="Add", input=[expanded[2], f"{name}_offset"], output=[rows]))
