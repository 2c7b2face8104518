"""Words burnt into pictures: who made the motion, and a large MOCK where it has nothing to do with the sound."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONTS = ("DejaVuSans-Bold.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", "arialbd.ttf", "Arial Bold.ttf")
_TEXT, _PLATE = (236, 236, 236), (0, 0, 0)
_WARNING_TEXT, _WARNING_PLATE = (20, 16, 0), (255, 196, 0)


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A bold sans serif of a pixel height; Pillow's own where the system has none."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


@lru_cache(maxsize=64)
def plate(text: str, size: int, warning: bool) -> np.ndarray:
    """A line of text on a plate.

    Args:
        text: what to write.
        size: font height in pixels.
        warning: black on yellow instead of white on a dark veil.

    Returns:
        (h, w, 4) uint8 RGBA, read-only.
    """
    face = font(size)
    left, top, right, bottom = face.getbbox(text)
    pad = max(3, size // 2)
    ground = (*_WARNING_PLATE, 235) if warning else (*_PLATE, 140)
    picture = Image.new("RGBA", (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad), ground)
    ImageDraw.Draw(picture).text((pad - left, pad - top), text, font=face, fill=_WARNING_TEXT if warning else _TEXT)
    pixels = np.array(picture)
    pixels.flags.writeable = False
    return pixels


def draw_label(picture: np.ndarray, text: str, warning: bool = False, *, row: int = 0) -> None:
    """Write a label into the upper left corner of a picture, in place.

    Args:
        picture: (h, w, 3) uint8, writable.
        text: the label; cut at the right edge where it is too long. A warning that names no mock gains the word.
        warning: large, black on yellow: the motion is a mock.
        row: lines below the top, or with -1 the last one above the bottom.
    """
    height, width = picture.shape[:2]
    if not text or height < 16 or width < 16:
        return
    size = max(9, height // (18 if warning else 32))
    shown = text if not warning or "MOCK" in text.upper() else f"MOCK  {text}"
    label = plate(shown, size, warning)
    margin = max(2, size // 2)
    top = margin + row * (size + 2 * max(3, size // 2) + 2) if row >= 0 else max(margin, height - margin - label.shape[0])
    if top >= height - margin:
        return
    h, w = min(label.shape[0], height - top), min(label.shape[1], width - margin)
    area = picture[top : top + h, margin : margin + w]
    alpha = label[:h, :w, 3:].astype(np.float32) / 255.0
    area[:] = (label[:h, :w, :3] * alpha + area * (1.0 - alpha) + 0.5).astype(np.uint8)
