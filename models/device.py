"""Which processors torch can use here."""

from __future__ import annotations

import torch


def describe_devices() -> list[str]:
    """Names of the devices that the networks can run on, the preferred one first."""
    cards = [f"CUDA {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return [*cards, f"CPU, {torch.get_num_threads()} threads"]
