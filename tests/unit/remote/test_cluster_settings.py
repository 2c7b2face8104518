"""What a cluster is asked for, without one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from app.cli import build_parser, main
from app.remote.cluster.serving import ClusterSettings
from app.remote.server.settings import SettingsError


def test_a_worker_takes_a_processor_and_a_part_of_a_gpu():
    assert ClusterSettings("auto", workers=4, gpu_share=0.25).share == {"num_cpus": 1.0, "num_gpus": 0.25}
    assert ClusterSettings("auto", gpu_share=2.0).share["num_gpus"] == 2.0


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"workers": 257}, {"gpu_share": 1.5}, {"gpu_share": -1.0}, {"cpus": 0.0}])
def test_what_cannot_be_is_said(wrong):
    with pytest.raises(SettingsError):
        ClusterSettings("auto", **wrong)


def test_the_words_of_the_command_line(capsys):
    words = build_parser().parse_args(["serve", "--cluster", "10.0.0.5:6379", "--replicas", "4", "--gpu-share", "0.5"])
    assert (words.cluster, words.replicas, words.gpu_share) == ("10.0.0.5:6379", 4, 0.5)
    assert build_parser().parse_args(["serve", "--cluster"]).replicas == 2
    assert main(["serve", "--cluster", "auto", "--replicas", "0", "--source", "mock", "--port", "0"]) == 2
    assert "from 1 to 256 workers" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_an_address_where_nobody_listens_is_said_at_once(root, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    words = ["batch", str(tmp_path), "-o", str(tmp_path / "out"), "--source", "mock", "--cluster", "127.0.0.1:1"]
    command = [sys.executable, "-m", "app", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and done.stderr.startswith("No Ray cluster answers at '127.0.0.1:1'") and done.stderr.count("\n") == 1
