"""What a cluster is asked for, without one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from app.cli import build_parser, main
from app.remote.cluster.serving import ClusterSettings, deployment_options
from app.remote.server.settings import ServerSettings, SettingsError

SETTINGS = ServerSettings(source="mock", max_streams=40, drain_s=7.0)


def test_a_fixed_number_of_replicas_with_a_part_of_a_gpu_each():
    options = deployment_options(SETTINGS, ClusterSettings(replicas=4, gpu_share=0.25))
    assert options["num_replicas"] == 4 and "autoscaling_config" not in options
    assert options["ray_actor_options"] == {"num_cpus": 1.0, "num_gpus": 0.25}
    assert options["max_ongoing_requests"] > SETTINGS.max_streams and options["graceful_shutdown_timeout_s"] == 7.0


def test_streams_are_what_scales_replicas():
    options = deployment_options(SETTINGS, ClusterSettings(replicas=2, most_replicas=8))
    scaling = options["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"], scaling["target_ongoing_requests"]) == (2, 8, 30.0)
    assert "num_replicas" not in options and scaling["upscale_delay_s"] < scaling["downscale_delay_s"]


@pytest.mark.parametrize(
    "wrong", [{"replicas": 0}, {"replicas": 3, "most_replicas": 2}, {"gpu_share": 1.5}, {"gpu_share": -1.0}, {"cpus": 0.0}]
)
def test_what_cannot_be_is_said(wrong):
    with pytest.raises(SettingsError):
        ClusterSettings(**wrong)


def test_the_words_of_the_command_line(capsys):
    words = build_parser().parse_args(["serve", "--cluster", "--max-replicas", "4"])
    assert (words.cluster, words.replicas, words.max_replicas, words.gpu_share) == ("local", 2, 4, 0.0)
    assert build_parser().parse_args(["serve", "--cluster", "10.0.0.5:6379"]).cluster == "10.0.0.5:6379"
    assert main(["serve", "--cluster", "--replicas", "0", "--source", "mock", "--port", "0"]) == 2
    assert "Replicas are from 1" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_an_address_where_nobody_listens_is_said_at_once(root, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    command = [
        sys.executable,
        "-m",
        "app",
        "batch",
        str(tmp_path),
        "-o",
        str(tmp_path / "out"),
        "--source",
        "mock",
        "--cluster",
        "127.0.0.1:1",
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and done.stderr.startswith("No Ray cluster answers at '127.0.0.1:1'") and done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_ray_takes_the_options(root):
    code = """
from ray import serve
from app.remote.cluster.serving import ClusterSettings, application_builder, deployment_options
from app.remote.server.settings import ServerSettings
settings = ServerSettings(source="mock", max_streams=40)
options = deployment_options(settings, ClusterSettings(replicas=2, most_replicas=8, gpu_share=0.5))
made = serve.deployment(serve.ingress(application_builder(settings))(), **options)
print(made._deployment_config.autoscaling_config.max_replicas, made.ray_actor_options["num_gpus"], made.max_ongoing_requests)
"""
    environment = {**os.environ, "PYTHONPATH": str(root), "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["8", "0.5", "104"], done.stderr
