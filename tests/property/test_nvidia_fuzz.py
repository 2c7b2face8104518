"""Damaged bundles end in the documented error, whatever the damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.engines.onnx_write import GraphWriter
from models.nvidia.bundle import load_bundle
from models.nvidia.engines import TorchEngine
from models.nvidia.errors import BundleError
from models.nvidia.onnx_file import read_onnx
from tests.nvidia_bundles import synthetic

SIZES = synthetic.Sizes(20, 12, 3, 2, 640 + 320, 480, 4, 4)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    """A tiny regression bundle."""
    return synthetic.write_regression(tmp_path_factory.mktemp("fuzz") / "bundle", sizes=SIZES)


@pytest.fixture
def damaged(pristine, tmp_path) -> Path:
    """A place for damaged copies."""
    return Path(shutil.copytree(pristine, tmp_path / "bundle"))


def survive(folder: Path) -> None:
    """Load and run; only BundleError may come out."""
    try:
        bundle = load_bundle(folder)
        TorchEngine(bundle.network, "cpu")
    except BundleError as error:
        assert str(error).endswith(".")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@RELAXED
@given(data=st.data())
def test_any_value_anywhere_in_the_json(pristine, damaged, data):
    name = data.draw(st.sampled_from(sorted(p.name for p in pristine.glob("*.json") if p.name != "trt_info.json")))
    content = json.loads((pristine / name).read_text("utf-8"))
    node = content
    while True:
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(JSON_VALUES)
    (damaged / name).write_text(json.dumps(content), "utf-8")
    survive(damaged)
    shutil.copy(pristine / name, damaged / name)


@RELAXED
@given(data=st.data())
def test_any_byte_of_any_file(pristine, damaged, data):
    name = data.draw(st.sampled_from(sorted(p.name for p in pristine.iterdir())))
    content = bytearray((pristine / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, None, len(content) // 2, 1]))
    (damaged / name).write_bytes(content[:cut])
    survive(damaged)
    shutil.copy(pristine / name, damaged / name)


@RELAXED
@given(st.binary(max_size=300))
def test_any_bytes_as_a_network(tmp_path, content):
    path = tmp_path / "network.onnx"
    path.write_bytes(content)
    with pytest.raises(BundleError):
        read_onnx(path)


@RELAXED
@given(data=st.data())
def test_damaged_networks_load_or_say_so(tmp_path, data):
    graph = GraphWriter()
    graph.input("x", (1, 4))
    part = graph.node("Slice", "x", graph.shape(0), graph.shape(2), graph.shape(1))
    graph.node("Concat", part, graph.constant(np.ones((1, 2))), axis=1, out="y")
    graph.output("y", (1, 4))
    content = bytearray(graph.bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "network.onnx"
    path.write_bytes(content)
    try:
        TorchEngine(path, "cpu").run({"x": np.zeros((1, 4), np.float32)})
    except BundleError as error:
        assert str(error)
