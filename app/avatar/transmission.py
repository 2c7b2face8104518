"""KHR_materials_transmission as transparency: what a clear surface lets through is left out of its alpha.

The extension refracts and tints what lies behind (three.js draws the opaque scene first and samples it). For corneas, lenses and
glasses the share of light that gets through is what matters: alpha 1 - transmission * luminance, highlights on top.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from app.avatar.model import Material, Texture

#: a surface that lets less through is drawn as if it let nothing through: skin and cloth with a trace of it must not be sorted
CLEAR_ENOUGH = 0.5
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def made_clear(material: Material, transmission: float, mask: Texture | None) -> Material:
    """A material with its transmission as alpha.

    Args:
        material: as read without the extension.
        transmission: ``transmissionFactor``, 0 to 1.
        mask: ``transmissionTexture``, whose red says where, or None for everywhere.

    Returns:
        The material, blended where it is clear all over, cut out where only a part of its picture is.
    """
    if transmission < CLEAR_ENOUGH:
        return material
    picture = material.base_color_texture
    tint = np.array(material.base_color[:3])
    if picture is None and mask is None:
        red, green, blue, alpha = material.base_color
        kept = alpha * (1 - transmission * float(tint @ _LUMINANCE))
        return replace(material, base_color=(red, green, blue, kept), alpha_mode="BLEND", transmission=transmission)
    pixels = picture.pixels if picture is not None else np.full_like(mask.pixels if mask else np.zeros((1, 1, 4), np.uint8), 255)
    through = transmission * ((pixels[..., :3] / 255.0) ** 2.2 * tint) @ _LUMINANCE
    if mask is not None:
        size = (pixels.shape[1], pixels.shape[0])
        through = through * (np.asarray(Image.fromarray(mask.pixels[..., 0]).resize(size, Image.Resampling.BILINEAR)) / 255.0)
    clear = np.ascontiguousarray(pixels).copy()
    clear[..., 3] = np.round(pixels[..., 3] * (1 - through))
    own = picture or mask
    assert own is not None
    everywhere = float(through.mean()) >= CLEAR_ENOUGH / 2
    return replace(
        material,
        base_color_texture=replace(own, pixels=clear),
        alpha_mode="BLEND" if everywhere else "MASK",
        alpha_cutoff=material.alpha_cutoff if everywhere else 0.5,
        transmission=transmission if everywhere else 0.0,
    )
