"""A layer's text without the package usd-core: what this program writes, and what is written as plainly."""

from __future__ import annotations

import re

from app.core.errors import TrackError
from app.formats.scenes.usd.motion import SIDE, SIDE_NAMES
from app.formats.scenes.usd.reading import FoundAnimation, Layer, Samples, samples_of
from app.formats.track_file import decode_text

_PRIM = re.compile(r'^[ \t]*(?:def|over|class)\b[ \t]*(\w*)[ \t]*"([^"\n]*)"', re.MULTILINE)
_SAID = re.compile(r"^[ \t]*(timeCodesPerSecond|framesPerSecond)[ \t]*=[ \t]*([0-9.eE+-]+)[ \t]*$", re.MULTILINE)
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_SAMPLE = re.compile(r"([0-9.eE+-]+)\s*:\s*\[([^\]]*)\]")
_SOUND = re.compile(r"\basset filePath = @{1,3}([^@\n]*)@")


def read_plain(data: bytes, name: str) -> Layer:
    """All animations of shapes in a text.

    Args:
        data: the file's bytes.
        name: for messages.

    Raises:
        TrackError: it is broken.
    """
    text = decode_text(data, name)
    prims = list(_PRIM.finditer(text))
    animations = []
    for at, prim in enumerate(prims):
        if prim[1] == "SkelAnimation":
            block = text[prim.end() : prims[at + 1].start() if at + 1 < len(prims) else len(text)]
            weights = _samples(block, "blendShapes", "blendShapeWeights", name)
            if weights is not None:
                animations.append(FoundAnimation(f"/{prim[2]}", weights, _samples(block, SIDE_NAMES, SIDE, name)))
    said = {key: value for key, value in _SAID.findall(text[: prims[0].start()] if prims else "")}
    sound = _SOUND.search(text)
    rate = _number(said.get("timeCodesPerSecond") or said.get("framesPerSecond") or "0", name)
    return Layer(rate if 0 < rate < 1e6 else 0.0, tuple(animations), sound[1] if sound else "")


def _samples(block: str, names: str, values: str, name: str) -> Samples | None:
    listed = re.search(rf"\btoken\[\] {re.escape(names)} = \[(.*?)\]\s*$", block, re.MULTILINE | re.DOTALL)
    sampled = re.search(rf"\bfloat\[\] {re.escape(values)}\.timeSamples = \{{(.*?)\}}", block, re.DOTALL)
    if listed is None or sampled is None:
        return None
    known = [re.sub(r"\\(.)", r"\1", each) for each in _TEXT.findall(listed[1])]
    found = sorted((_number(code, name), row) for code, row in _SAMPLE.findall(sampled[1]))
    rows = [[_number(cell, name) for cell in row.split(",")] if row.strip() else [] for _, row in found]
    return samples_of(known, [code for code, _ in found], rows, name)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TrackError(f"{name} holds a value that is no number; export it again.") from None
