"""KTX2 pictures (KHR_texture_basisu), decoded by the opengl-basisu wheel where it is installed."""

from __future__ import annotations

import numpy as np

from app.core.errors import AvatarError

KTX2_MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height from a KTX2 header, without decoding.

    Raises:
        AvatarError: the header is cut off.
    """
    if len(data) < 28:
        raise AvatarError("it is damaged; export it again.")
    return int.from_bytes(data[20:24], "little"), int.from_bytes(data[24:28], "little")


def decode_ktx2(data: bytes) -> np.ndarray:
    """Decode the largest level of a KTX2 picture.

    Args:
        data: the file.

    Returns:
        (h, w, 4) uint8 RGBA, top row first.

    Raises:
        AvatarError: the decoder is not installed, or the picture is damaged or no Basis Universal one.
    """
    try:
        import opengl_basisu  # heavy and rarely needed
    except ImportError as error:
        raise AvatarError("decoding KTX2 needs the package opengl-basisu; install it or export PNG textures.") from error
    try:
        texture = opengl_basisu.open(data)
        return np.array(texture.transcode(opengl_basisu.Target.RGBA8).data, np.uint8)
    except (ValueError, IndexError, MemoryError) as error:
        raise AvatarError("it is damaged or no Basis Universal picture; export it again.") from error
