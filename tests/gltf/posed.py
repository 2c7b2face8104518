"""A file as a player shows it at one key: what the last animation moves is set, and read again as an avatar."""

from __future__ import annotations

from pathlib import Path

from app.avatar.accessors import read_floats
from app.avatar.container import split_container
from app.avatar.document import Document
from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar
from app.formats.scenes.gltf.copy import GlbCopy

_KINDS = {"rotation": ("VEC4",), "translation": ("VEC3",)}


def posed(data: bytes, key: int, folder: Path) -> Avatar:
    """The avatar with its nodes where one key puts them; weights are left out.

    Args:
        data: a GLB, its last animation with all frames.
        key: which.
        folder: takes a file.
    """
    root, blob = split_container(data)
    document = Document(root, blob)
    animation = root["animations"][-1]
    for channel in animation["channels"]:
        path = channel["target"]["path"]
        if path in _KINDS:
            values = read_floats(document, animation["samplers"][channel["sampler"]]["output"], _KINDS[path])
            root["nodes"][channel["target"]["node"]][path] = values[key].tolist()
    file = folder / "posed.glb"
    file.write_bytes(GlbCopy(root, blob or b"").to_bytes())
    return load_avatar(file)
