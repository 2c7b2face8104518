"""Reading ONNX files and running them: our interpreter against onnxruntime, operator by operator and as a whole."""

from __future__ import annotations

import tracemalloc
import weakref

import numpy as np
import pytest

from models.engines.onnx_write import GraphWriter, encode, encode_all, tensor_bytes
from models.nvidia.engines import OrtEngine, TorchEngine, open_network
from models.nvidia.errors import BundleError
from models.nvidia.interpreter import TorchNetwork
from models.nvidia.onnx_file import read_onnx, read_tensor
from tests.nvidia_bundles.replica import TINY, ReplicaSizes, replica_network

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 6, 12)).astype(np.float32)


def both(tmp_path, graph: GraphWriter, feed: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outputs of torch and onnxruntime in pairs."""
    path = tmp_path / "network.onnx"
    graph.write(path)
    torch_out = TorchEngine(path, "cpu").run(feed)
    ort_out = OrtEngine(path, "cpu").run(feed)
    return [(value.numpy(), ort_out[name].numpy()) for name, value in torch_out.items()]


def agree(tmp_path, graph: GraphWriter, feed: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    """Assert that both engines give the same shape and values."""
    for ours, theirs in both(tmp_path, graph, feed):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=tolerance)


def one_node(op: str, *extra: np.ndarray, opset: int = 14, data: np.ndarray = X, **attributes) -> GraphWriter:
    """A graph of one node: op(x, constants)."""
    graph = GraphWriter(opset)
    graph.input("x", data.shape)
    names = [graph.constant(e, e.dtype.type) for e in extra]
    graph.node(op, "x", *names, out="y", **attributes)
    graph.output("y", tuple(f"d{i}" for i in range(3)))
    return graph


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


UNARY = [
    "Relu",
    "Erf",
    "Tanh",
    "Sigmoid",
    "Exp",
    "Neg",
    "Abs",
    "Floor",
    "Ceil",
    "Sin",
    "Cos",
    "Softplus",
    "Sign",
    "Round",
    "Identity",
    "Elu",
]


@pytest.mark.parametrize("op", UNARY)
def test_element_wise_operators(tmp_path, op):
    graph = GraphWriter()
    graph.input("x", X.shape)
    graph.node(op, "x", out="y")
    graph.output("y", X.shape)
    agree(tmp_path, graph, {"x": X})


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu"])
def test_two_operands_broadcast(tmp_path, op):
    agree(tmp_path, one_node(op, floats(6, 1)), {"x": X})


CASES = {
    "pow 2": ("Pow", (np.array(2.0, np.float32),), {}),
    "clip": ("Clip", (np.array(-0.5, np.float32), np.array(0.5, np.float32)), {}),
    "leaky": ("LeakyRelu", (), {"alpha": 0.2}),
    "hard sigmoid": ("HardSigmoid", (), {}),
    "softmax": ("Softmax", (), {"axis": -1}),
    "log softmax": ("LogSoftmax", (), {"axis": 1}),
    "mean": ("ReduceMean", (), {"axes": [1], "keepdims": 1}),
    "mean all": ("ReduceMean", (), {}),
    "sum": ("ReduceSum", (ints(-1),), {"keepdims": 1}),
    "max": ("ReduceMax", (), {"axes": [2]}),
    "l2": ("ReduceL2", (), {"axes": [0, 2]}),
    "product": ("ReduceProd", (), {"axes": [0, 1]}),
    "cumsum": ("CumSum", (np.array(2, np.int64),), {}),
    "reshape": ("Reshape", (ints(0, -1, 4),), {}),
    "transpose": ("Transpose", (), {"perm": [2, 0, 1]}),
    "reverse transpose": ("Transpose", (), {}),
    "slice": ("Slice", (ints(1), ints(-2), ints(2), ints(3)), {}),
    "slice backwards": ("Slice", (ints(-1), ints(-100), ints(1), ints(-2)), {}),
    "slice from before": ("Slice", (ints(1 - 2**63), ints(2**63 - 1), ints(2)), {}),
    "slice two": ("Slice", (ints(0, 2), ints(1, 5)), {}),
    "gather": ("Gather", (ints(0, -1, 2),), {"axis": 1}),
    "gather matrix": ("Gather", (np.array([[0, 1], [2, 3]], np.int64),), {"axis": 2}),
    "expand": ("Expand", (ints(3, 1, 1, 12),), {}),
    "tile": ("Tile", (ints(1, 2, 1),), {}),
    "unsqueeze": ("Unsqueeze", (ints(0, -1),), {}),
    "pad": ("Pad", (ints(0, 1, 2, 0, 0, 3),), {}),
    "pad edge": ("Pad", (ints(0, 0, 2, 0, 0, 1),), {"mode": "edge"}),
    "pad reflect": ("Pad", (ints(0, 0, 2, 0, 0, 1),), {"mode": "reflect"}),
    "matmul": ("MatMul", (floats(12, 5),), {}),
    "conv": ("Conv", (floats(4, 3, 3), floats(4)), {"group": 2, "pads": [1, 0], "strides": [2], "kernel_shape": [3]}),
    "conv dilated": ("Conv", (floats(4, 6, 3),), {"dilations": [2], "pads": [2, 2]}),
    "conv same": ("Conv", (floats(4, 6, 4),), {"auto_pad": "SAME_UPPER", "strides": [2], "kernel_shape": [4]}),
    "conv same lower": ("Conv", (floats(4, 6, 4),), {"auto_pad": "SAME_LOWER", "kernel_shape": [4]}),
    "instance norm": ("InstanceNormalization", (floats(6), floats(6)), {"epsilon": 1e-4}),
    "batch norm": ("BatchNormalization", (floats(6), floats(6), floats(6), floats(6) ** 2 + 0.1), {}),
    "average pool": ("AveragePool", (), {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}),
    "global pool": ("GlobalAveragePool", (), {}),
    "mod": ("Mod", (np.full(1, 0.7, np.float32),), {"fmod": 1}),
    "scatter": ("ScatterND", (np.array([[1, 2]], np.int64), floats(1, 12)), {}),
    "gather nd": ("GatherND", (np.array([[0, 1], [1, 5]], np.int64),), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_operators_match_onnxruntime(tmp_path, case):
    op, extra, attributes = CASES[case]
    agree(tmp_path, one_node(op, *extra, **attributes), {"x": X})


def test_newer_operators_match_onnxruntime(tmp_path):
    agree(tmp_path, one_node("LayerNormalization", floats(12), floats(12), opset=17, axis=-1), {"x": X})
    agree(tmp_path, one_node("ReduceMean", ints(1), opset=18, keepdims=0), {"x": X})
    agree(tmp_path, one_node("Gelu", opset=20), {"x": X}, 1e-4)
    agree(tmp_path, one_node("Mish", opset=18), {"x": X})


def test_linear_resize_matches_onnxruntime(tmp_path):
    graph = GraphWriter(13)
    graph.input("x", X.shape)
    graph.node("Resize", "x", "", "", graph.shape(2, 6, 15), out="y", mode="linear", coordinate_transformation_mode="half_pixel")
    graph.output("y", ("a", "b", "c"))
    agree(tmp_path, graph, {"x": X})


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_recurrence_matches_onnxruntime(tmp_path, after, direction):
    ways = 2 if direction == "bidirectional" else 1
    graph = GraphWriter()
    graph.input("x", X.shape)
    constants = [graph.constant(v) for v in (floats(ways, 15, 12) / 3, floats(ways, 15, 5) / 3, floats(ways, 30), floats(ways, 6, 5))]
    inputs = ("x", *constants[:3], "", constants[3])
    graph.nodes("GRU", inputs, ["y", "h"], hidden_size=5, direction=direction, linear_before_reset=after)
    graph.output("y", (2, ways, 6, 5))
    graph.output("h", (ways, 6, 5))
    agree(tmp_path, graph, {"x": X})


def test_shapes_flow_through_the_graph(tmp_path):
    graph = GraphWriter()
    graph.input("x", ("batch", 6, 12))
    size = graph.node("Shape", "x")
    batch = graph.node("Gather", size, graph.constant(0, np.int64), axis=0)
    one = graph.node("Unsqueeze", batch, graph.shape(0))
    wanted = graph.node("Concat", one, graph.shape(72), axis=0)
    flat = graph.node("Reshape", "x", wanted)
    ones = graph.node("ConstantOfShape", wanted, value=np.array([1.0], np.float32))
    same = graph.node("Equal", graph.node("Cast", one, to=1), graph.constant([2.0]))
    parts = graph.nodes("Split", [graph.node("Where", same, flat, ones)], ["a", "b"], axis=1)
    steps = graph.node("Range", graph.constant(0, np.int64), graph.constant(36, np.int64), graph.constant(1, np.int64))
    graph.node("Add", graph.node("Sub", *parts), graph.node("Cast", steps, to=1), out="y")
    graph.output("y", ("batch", 36))
    agree(tmp_path, graph, {"x": X})
    agree(tmp_path, graph, {"x": X[:1]})


def test_the_released_architecture_gives_the_same_in_both_engines(tmp_path):
    feed = {"input": RNG.normal(0, 0.2, (3, 1, 8320)).astype(np.float32), "emotion": RNG.random((3, 1, 26), np.float32)}
    [(ours, theirs)] = both(tmp_path, replica_network(TINY), feed)
    assert ours.shape == (3, 1, TINY.skin + TINY.tongue + 19)
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.ptp(ours) > 0.1
    alone = TorchEngine(tmp_path / "network.onnx", "cpu").run({k: v[1:2] for k, v in feed.items()})["result"].numpy()
    assert np.abs(alone - ours[1:2]).max() < 1e-5


def test_the_replica_has_the_released_number_of_parameters():
    """18.27 M with one transformer layer (model card: 1.86e7); only counted, not built."""
    s = ReplicaSizes()
    extractor = s.channels * 10 + s.channels * s.channels * (4 * 3 + 2 * 2)
    layer = 4 * (s.model**2 + s.model) + 2 * s.model * s.feed_forward + s.feed_forward + s.model + 4 * s.model
    position = s.model * (s.model // s.position_groups) * s.position_kernel
    assert 1.7e7 < extractor + layer + position + 2 * 256 * 512 * 3 + 3 * 256 * 280 * 3 + s.channels * s.model < 1.9e7


def test_constants_are_folded_and_values_freed(tmp_path):
    graph = GraphWriter()
    graph.input("x", (2,))
    folded = graph.node("Add", graph.constant([1.0, 2.0]), graph.constant([3.0, 4.0]))
    graph.node("Mul", "x", folded, out="unused")
    graph.node("Mul", "x", folded, out="y")
    graph.output("y", (2,))
    graph.write(tmp_path / "n.onnx")
    network = TorchNetwork(read_onnx(tmp_path / "n.onnx"))
    assert [step.op for step in network._steps] == ["Mul"]
    assert network.run({"x": np.array([1.0, 1.0], np.float32)})["y"].tolist() == [4.0, 6.0]


def test_an_unknown_operator_is_named(tmp_path):
    graph = GraphWriter()
    graph.input("x", (2,))
    graph.node("StringNormalizer", "x", out="y")
    graph.output("y", (2,))
    graph.write(tmp_path / "n.onnx")
    with pytest.raises(BundleError, match="StringNormalizer"):
        TorchEngine(tmp_path / "n.onnx", "cpu")


def test_a_missing_input_and_wrong_sizes_are_sentences(tmp_path):
    one_node("MatMul", floats(12, 5)).write(tmp_path / "n.onnx")
    for engine in ("torch", "onnxruntime"):
        network = open_network(tmp_path / "n.onnx", engine, "cpu")
        with pytest.raises(BundleError):
            network.run({"x": X[:, :, :3]})
    with pytest.raises(BundleError, match="inputs x"):
        TorchEngine(tmp_path / "n.onnx", "cpu").run({})


@pytest.mark.parametrize("choice", [{"engine": "tensorrt"}, {"device": "tpu"}])
def test_unknown_choices_are_refused(tmp_path, choice):
    with pytest.raises(BundleError, match="choose"):
        open_network(tmp_path / "n.onnx", **choice)


def test_external_data_is_read_and_stays_in_the_folder(tmp_path):
    values = np.arange(4, dtype=np.float32)
    (tmp_path / "weights.bin").write_bytes(b"\0" * 8 + values.tobytes())

    def tensor(location: str, offset: str = "8") -> memoryview:
        entries = {"location": location, "offset": offset, "length": "16"}
        data = b"".join(encode(13, encode(1, k) + encode(2, v)) for k, v in entries.items())
        return memoryview(encode(1, 4) + encode(2, 1) + encode(8, "w") + data + encode(14, 1))

    name, array = read_tensor(tensor("weights.bin"), tmp_path)
    assert (name, array.tolist()) == ("w", values.tolist())
    with pytest.raises(BundleError, match="leaves"):
        read_tensor(tensor("../weights.bin"), tmp_path)
    (tmp_path / "empty.bin").write_bytes(b"")
    for name in ("absent.bin", "empty.bin"):
        with pytest.raises(BundleError, match="cannot be read"):
            read_tensor(tensor(name), tmp_path)
    (tmp_path / "short.bin").write_bytes(b"\0" * 20)
    with pytest.raises(BundleError, match="does not hold the 4 values"):
        read_tensor(tensor("short.bin"), tmp_path)
    with pytest.raises(BundleError, match="not a complete ONNX file"):
        read_tensor(tensor("weights.bin", "-16"), tmp_path)


def test_external_data_is_not_read_before_it_is_used(tmp_path):
    with (tmp_path / "weights.bin").open("wb") as file:
        file.truncate(1 << 24)
    entry = encode(13, encode(1, "location") + encode(2, "weights.bin"))
    tracemalloc.start()
    try:
        _, array = read_tensor(memoryview(encode(1, 1 << 22) + encode(2, 1) + entry), tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert array.shape == (1 << 22,) and not array[-1] and peak < 1 << 20


def test_an_open_engine_holds_the_weights_once(tmp_path):
    one_node("MatMul", floats(12, 5)).write(tmp_path / "n.onnx")
    graph = read_onnx(tmp_path / "n.onnx")
    of_the_file = [weakref.ref(array) for array in graph.constants.values()]
    network = TorchNetwork(graph)
    del graph
    assert of_the_file and all(array() is None for array in of_the_file)
    assert network.run({"x": X})["y"].shape == (2, 6, 5)


def test_values_outside_raw_data_are_read(tmp_path):
    packed = encode(4, np.array([1.5, -2.0], np.float32).tobytes())
    assert read_tensor(memoryview(encode(1, 2) + encode(2, 1) + packed), tmp_path)[1].tolist() == [1.5, -2.0]
    whole = encode_all(7, [-1, 5])
    assert read_tensor(memoryview(encode(1, 2) + encode(2, 7) + whole), tmp_path)[1].tolist() == [-1, 5]
    half = encode_all(5, [int(np.array(0.5, np.float16).view(np.uint16))])
    assert read_tensor(memoryview(encode(1, 1) + encode(2, 10) + half), tmp_path)[1].tolist() == [0.5]


def test_a_tensor_of_the_wrong_size_is_refused(tmp_path):
    data = bytearray(tensor_bytes(np.zeros(3, np.float32), "w"))
    with pytest.raises(BundleError, match="does not hold the 3 values"):
        read_tensor(memoryview(bytes(data[:-6]).replace(b"\x4a\x0c", b"\x4a\x06")), tmp_path)
