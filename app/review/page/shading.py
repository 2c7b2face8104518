"""The app's own shaders as WebGL 2 takes them, so that the page's picture is the app's."""

from __future__ import annotations

import re
from typing import Any

from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.render.blocks import frame_block

_BLOCK = re.compile(r"layout\(std140\) uniform \w+ \{(.*?)\};", re.DOTALL)
_PLACE = re.compile(r"^layout\(location = \d+\) in ", re.MULTILINE)
_PRECISION = "precision highp float;\nprecision highp int;\nprecision highp sampler2D;\nprecision highp sampler2DShadow;\n"


def web_shader(name: str) -> str:
    """A shader of ``app/render/shaders`` in GLSL ES 3.00, without its version line.

    Args:
        name: of the file.

    Returns:
        The same words, with the numbers of the uniform blocks as uniforms of their own.
    """
    from app.render.programs import source

    text = source(name, frozenset()).split("\n", 1)[1]
    text = _BLOCK.sub(lambda found: re.sub(r"^(\s*)(\w+ \w+(\[\d+\])?;)", r"\1uniform \2", found[1], flags=re.MULTILINE), text)
    if name.endswith(".vert"):
        text = _PLACE.sub("in ", text)
    return _PRECISION + text


def scene() -> dict[str, Any]:
    """Shaders, light and background of the app's scene."""
    block = frame_block()
    names = ("lamp_direction", "lamp_radiance", "sky", "ground")
    return {
        "shaders": {f"{kind}.{stage}": web_shader(f"{kind}.{stage}") for kind in ("studio", "light") for stage in ("vert", "frag")},
        "light": {name: block[name].tolist() for name in names},
        "exposure": float(block["eye"][3]),
        "background": list(BACKGROUNDS[DEFAULT_BACKGROUND]),
    }
