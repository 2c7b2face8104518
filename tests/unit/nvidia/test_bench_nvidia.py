"""The benchmark of NVIDIA's networks is found by its command, with what it shares with the tests, wherever the program was started."""

from __future__ import annotations

import sys

from app.commands import bench
from models.nvidia.onnx_file import read_onnx


def test_the_command_loads_it_without_the_checkout_on_the_path(root, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place not in ("", ".", str(root))])
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name == "tests" or name.startswith("tests.")}
    try:
        loaded = bench._load("bench_nvidia")
        loaded.replica_network(sys.modules["tests.nvidia_bundles.replica"].TINY).write(tmp_path / "tiny.onnx")
    finally:
        sys.modules.update(kept)
    assert read_onnx(tmp_path / "tiny.onnx").parameter_count > 1000
    assert "frames/s" in loaded.text([{"name": "x", "value": 1.0, "unit": "frames/s"}])
