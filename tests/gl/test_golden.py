"""Stored pictures: always drawn and never empty; compared pixel by pixel on llvmpipe only.

Set UPDATE_GOLDEN=1 to store new ones, then look at them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.arkit import weights_from

pytestmark = pytest.mark.gl
FOLDER = Path(__file__).parent / "golden"
#: different LLVM versions round differently; a wrong shader differs by far more
MEAN_TOLERANCE, PIXEL_TOLERANCE, PIXELS_BEYOND = 0.6, 24, 0.004


def check(name: str, picture: np.ndarray, compare: bool, shots: Path) -> None:
    """Assert that a picture shows something and, on llvmpipe, that it is the stored one."""
    background = np.abs(picture.astype(int) - 26).max(axis=2) <= 1
    assert 0.1 < 1.0 - background.mean() < 0.95
    assert picture[~background].std() > 20
    path = FOLDER / f"{name}.png"
    if os.environ.get("UPDATE_GOLDEN"):
        Image.fromarray(picture).save(path, optimize=True)
    if not compare:
        return
    stored = np.asarray(Image.open(path).convert("RGB"))
    difference = np.abs(stored.astype(int) - picture)
    if difference.mean() > MEAN_TOLERANCE or (difference.max(axis=2) > PIXEL_TOLERANCE).mean() > PIXELS_BEYOND:
        strip = np.concatenate([stored, picture, np.clip(difference * 8, 0, 255).astype(np.uint8)], axis=1)
        shown = shots / f"golden_{name}.png"
        Image.fromarray(strip).resize((strip.shape[1] * 2, strip.shape[0] * 2), Image.Resampling.NEAREST).save(shown)
        pytest.fail(f"{name} differs by {difference.mean():.2f} on average; stored, drawn, difference x8: {shown}")


def test_continuous_integration_draws_with_llvmpipe(on_llvmpipe):
    if os.environ.get("CI"):
        assert on_llvmpipe, "the stored pictures are compared on llvmpipe only, and CI must compare them"


@pytest.mark.parametrize("quality", ["studio", "light"])
def test_the_puppet_looks_as_stored(portrait, on_llvmpipe, shots, quality):
    check(f"puppet_{quality}", portrait(quality), on_llvmpipe, shots)


def test_the_open_mouth_looks_as_stored(portrait, rig, on_llvmpipe, shots):
    rig.pose(weights_from({"jawOpen": 1.0}))
    check("puppet_open", portrait(), on_llvmpipe, shots)


def test_the_shadowed_side_view_looks_as_stored(portrait, camera, on_llvmpipe, shots):
    camera.orbit(-0.25, 0.05)
    check("puppet_shadow", portrait(shadows=True), on_llvmpipe, shots)
