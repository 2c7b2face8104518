"""Pictures of an avatar: PNG, JPEG and WebP by Pillow, KTX2 by its wheel; a picture that fails costs only itself."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
from PIL import Image

from app.avatar.basis import KTX2_MAGIC, decode_ktx2, picture_size
from app.avatar.document import Document
from app.avatar.fields import integer, optional_integer, record, text
from app.avatar.model import Texture, Wrap
from app.core.errors import AvatarError

#: larger pictures are reduced: a face fills a 4K screen at this size
MAX_TEXTURE_SIDE = 4096
#: pictures beyond this are not even decoded
MAX_PIXELS = 100_000_000

_GL_NEAREST = (9728, 9984, 9986)
_GL_REPEAT = 10497
_WRAPS: dict[int, Wrap] = {_GL_REPEAT: "repeat", 33071: "clamp", 33648: "mirror"}


class TextureReader:
    """Decodes the textures of a document once each.

    Args:
        document: the file; its problem list receives a sentence for every picture that cannot be used.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._textures: dict[int, Texture | None] = {}
        self._pictures: dict[int, np.ndarray | None] = {}

    def read(self, index: int) -> Texture | None:
        """A texture of the file.

        Args:
            index: into ``textures``.

        Returns:
            The decoded texture, or None when its picture is missing or cannot be decoded.

        Raises:
            AvatarError: the index or its sampler is invalid.
        """
        if index not in self._textures:
            self._textures[index] = self._read(index)
        return self._textures[index]

    def _read(self, index: int) -> Texture | None:
        document = self._document
        texture = document.item("textures", index)
        source = self._source(index)
        if source is None:
            return None
        if source not in self._pictures:
            self._pictures[source] = self._decode(source)
        pixels = self._pictures[source]
        if pixels is None:
            return None
        sampler_index = optional_integer(texture, "sampler")
        sampler = {} if sampler_index is None else document.item("samplers", sampler_index)
        linear = integer(sampler, "magFilter", 9729) not in _GL_NEAREST
        along_u, along_v = (_WRAPS.get(integer(sampler, key, _GL_REPEAT), "repeat") for key in ("wrapS", "wrapT"))
        name = text(document.item("images", source), "name") or text(texture, "name") or f"image {source}"
        return Texture(pixels, name, linear, (along_u, along_v))

    def _source(self, index: int) -> int | None:
        texture = self._document.item("textures", index)
        extensions = record(texture, "extensions")
        for name in ("EXT_texture_webp", "KHR_texture_basisu"):
            source = optional_integer(record(extensions, name), "source")
            if source is not None:
                return source
        return optional_integer(texture, "source")

    def _decode(self, source: int) -> np.ndarray | None:
        name = text(self._document.item("images", source), "name") or f"number {source}"
        try:
            data = self._document.image_bytes(source)
            if data[:12] == KTX2_MAGIC:
                width, height = picture_size(data)
                admit_size(width, height, self._document)
                return decode_ktx2(data)
            return decode_picture(data, self._document)
        except AvatarError as error:
            self._document.note(f"The picture {name} cannot be used, so a flat colour stands in for it: {error}")
            return None


def admit_size(width: int, height: int, document: Document) -> None:
    """Count a picture on the memory budget before it is decoded.

    Raises:
        AvatarError: it is empty or far too large.
    """
    if not 0 < width * height <= MAX_PIXELS:
        raise AvatarError(f"it is {width} x {height} pixels; export it in a usual size.")
    document.claim(width * height * 4)


def _reduced(picture: Image.Image) -> Image.Image:
    """A picture of at most MAX_TEXTURE_SIDE as RGB or RGBA, with little more in memory than the larger of both on the way."""
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    image = picture
    if picture.mode != mode:
        image = picture.convert(mode)
        picture.close()
    image.thumbnail((MAX_TEXTURE_SIDE, MAX_TEXTURE_SIDE))
    return image


def decode_picture(data: bytes, document: Document) -> np.ndarray:
    """Decode a PNG, JPEG or WebP.

    Args:
        data: the encoded file.
        document: whose memory budget it counts on.

    Returns:
        (h, w, 4) uint8 RGBA, top row first, at most MAX_TEXTURE_SIDE on a side.

    Raises:
        AvatarError: it is none of these, damaged or far too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                admit_size(*picture.size, document)
                picture.draft("RGB", (MAX_TEXTURE_SIDE, MAX_TEXTURE_SIDE))
                return np.asarray(_reduced(picture).convert("RGBA"), np.uint8)
    except (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, OverflowError, struct.error) as error:
        raise AvatarError("it is damaged or of an unknown kind; export it as PNG or JPEG.") from error
