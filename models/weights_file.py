"""The app's own weights as arrays: safetensors, verified by checksum before they are used. Needs numpy only."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).parent / "weights"
SUMS = "checksums.json"
_DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


class WeightsError(Exception):
    """The weights are missing or damaged; the text says what to do."""


def weights_path(mode: str, folder: Path = WEIGHTS) -> Path:
    """The file of a mode."""
    return folder / f"face_{mode}.safetensors"


def read_tensors(mode: str, folder: Path = WEIGHTS) -> dict[str, np.ndarray]:
    """The weights of a network.

    Args:
        mode: "light" or "quality".
        folder: of the weights.

    Returns:
        Name -> array, in float32 where it is a float.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    path = weights_path(mode, folder)
    try:
        data = path.read_bytes()
        expected = json.loads((folder / SUMS).read_text("utf-8"))[path.name]
    except (OSError, KeyError, ValueError) as error:
        raise WeightsError(
            f"The Audio2Face weights {path.name} are missing; install the app again or rebuild them with models/train."
        ) from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise WeightsError(f"The Audio2Face weights {path.name} are damaged (their checksum is wrong); install the app again.")
    try:
        return _tensors(data)
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The Audio2Face weights {path.name} are of another version; install the app again.") from error


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file: 8 bytes of the header's length, the header in JSON, the values."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__":
            first, end = (8 + length + int(offset) for offset in about["data_offsets"])
            array = np.frombuffer(data[first:end], _DTYPES[about["dtype"]]).reshape(about["shape"])
            tensors[name] = array.astype(np.float32) if array.dtype == np.float16 else array
    return tensors
