"""Reads and writes the app's own weights: safetensors only, verified by checksum before they are used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch

from models.network import LightNet, QualityNet, make_network
from models.weights_file import SUMS, WEIGHTS, WeightsError, read_tensors, weights_path

#: larger tensors are stored in half precision; small ones (norms, biases) stay exact
_HALF_FROM = 4096


def save_network(network: LightNet | QualityNet, folder: Path = WEIGHTS, notes: dict[str, str] | None = None) -> Path:
    """Write a network's weights and bring the checksum file up to date.

    Args:
        network: trained.
        folder: where to.
        notes: kept in the file's header.

    Returns:
        The file.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, value in network.state_dict().items():
        big = value.is_floating_point() and value.numel() >= _HALF_FROM
        tensors[name] = (value.half() if big else value).contiguous().clone()
    data = save(tensors, {"mode": network.mode, **(notes or {})})
    path = weights_path(network.mode, folder)
    path.write_bytes(data)
    sums_path = folder / SUMS
    sums = json.loads(sums_path.read_text("utf-8")) if sums_path.exists() else {}
    sums[path.name] = hashlib.sha256(data).hexdigest()
    sums_path.write_text(json.dumps(sums, indent=1, sort_keys=True) + "\n", "utf-8")
    return path


def load_network(mode: str, folder: Path = WEIGHTS) -> LightNet | QualityNet:
    """Read a network, ready to run in float32 on the CPU.

    Args:
        mode: "light" or "quality".
        folder: of the weights.

    Returns:
        The network in evaluation mode.

    Raises:
        WeightsError: a file is missing, damaged or of another version.
    """
    network = make_network(mode)
    tensors = {name: torch.from_numpy(array.copy()) for name, array in read_tensors(mode, folder).items()}
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        name = weights_path(mode, folder).name
        raise WeightsError(f"The Audio2Face weights {name} are of another version; install the app again.") from error
    return network.train(False)
