"""An avatar's pictures as a browser takes them: small enough to travel, with nothing bled away at the edges of hair."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.avatar.model import Texture
from app.review.page.store import Store


@dataclass(frozen=True)
class Sharpness:
    """How much of the pictures is kept.

    Attributes:
        colour_px: longest side of colours; details count most here.
        detail_px: longest side of normals, roughness and occlusion.
        quality: of JPEG and WebP, 1 to 100.
    """

    colour_px: int
    detail_px: int
    quality: int


#: tried one after the other until the page is small enough
SHARPNESSES = (
    Sharpness(2048, 1024, 90),
    Sharpness(2048, 1024, 82),
    Sharpness(1024, 1024, 82),
    Sharpness(1024, 512, 75),
    Sharpness(512, 256, 70),
)


class Album:
    """Encodes every picture once, whatever number of parts and bodies shows it.

    Args:
        store: takes the files.
        sharpness: how much of them is kept.
    """

    def __init__(self, store: Store, sharpness: Sharpness) -> None:
        self._store, self._sharpness = store, sharpness
        self._places: dict[tuple[int, bool], int] = {}
        #: keeps what the places go by
        self._held: list[Texture] = []
        self.pictures: list[dict[str, Any]] = []

    def get(self, texture: Texture, *, colour: bool, cut_out: bool) -> int:
        """The number of a picture among those of the page.

        Args:
            texture: as decoded.
            colour: it is looked at, rather than reckoned with.
            cut_out: its alpha is used.
        """
        key = (id(texture), cut_out)
        if key not in self._places:
            pixels = self._small(texture.pixels, self._sharpness.colour_px if colour else self._sharpness.detail_px)
            if cut_out:
                from app.render.texels import bleed

                pixels = bleed(pixels)
            data, mime = encoded(pixels, self._sharpness.quality, keep_alpha=cut_out)
            self._places[key] = len(self.pictures)
            self._held.append(texture)
            self.pictures.append({"at": self._store.add(data), "mime": mime, "linear": texture.linear, "wrap": list(texture.wrap)})
        return self._places[key]

    @staticmethod
    def _small(pixels: np.ndarray, longest: int) -> np.ndarray:
        """Halved until it fits; colour and alpha apart, so that what is transparent does not darken what is not."""
        while max(pixels.shape[:2]) > longest and min(pixels.shape[:2]) > 1:
            even = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2].astype(np.uint16)
            summed = even[0::2, 0::2] + even[1::2, 0::2] + even[0::2, 1::2] + even[1::2, 1::2]
            pixels = ((summed + 2) // 4).astype(np.uint8)
        return pixels


def encoded(pixels: np.ndarray, quality: int, *, keep_alpha: bool) -> tuple[bytes, str]:
    """A picture as a file.

    Args:
        pixels: (h, w, 4) uint8.
        quality: 1 to 100.
        keep_alpha: its alpha is used; the colours below transparent texels are kept then, because filtering mixes them in.

    Returns:
        The file, and its MIME type: JPEG at full colour resolution, or WebP (PNG where Pillow has none) with alpha.
    """
    from PIL import Image, features

    made = io.BytesIO()
    if not keep_alpha or int(pixels[..., 3].min(initial=255)) == 255:
        Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(made, "JPEG", quality=quality, subsampling=0, optimize=True)
        return made.getvalue(), "image/jpeg"
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if features.check("webp"):
        picture.save(made, "WEBP", quality=quality, alpha_quality=100, exact=True, method=4)
        return made.getvalue(), "image/webp"
    picture.save(made, "PNG", optimize=True)
    return made.getvalue(), "image/png"
