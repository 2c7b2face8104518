"""How the files of 3D programs are known by their content."""

from __future__ import annotations

GLB = b"glTF"


def is_gltf(data: bytes) -> bool:
    """Whether bytes are a GLB, or JSON with glTF's own words in it."""
    if data[:4] == GLB:
        return True
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and b'"asset"' in data and b'"version"' in data and (b'"nodes"' in data or b'"scenes"' in data)


def is_vrma(data: bytes) -> bool:
    """Whether bytes are a glTF file with VRM's extension of animations."""
    return is_gltf(data) and b'"VRMC_vrm_animation"' in data
