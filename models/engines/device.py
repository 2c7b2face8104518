"""Which processors the networks can use here."""

from __future__ import annotations

import importlib.util


def describe_devices() -> list[str]:
    """Names of the devices that the networks can run on, the preferred one first; torch is loaded where it is installed."""
    from models.engines.onnx_engine import eight_bits_are_exact

    bits = "8 bits" if eight_bits_are_exact() else "32 bits"
    devices = [f"CPU (onnxruntime, {bits})"]
    if importlib.util.find_spec("torch") is not None:
        import torch

        devices = [f"CUDA {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())] + devices
    return devices
