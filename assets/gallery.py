"""Draw a row of faces per avatar (neutral, smile, six visemes, blink) with the app's own renderer, for docs/.

``python assets/gallery.py docs/gallery.jpg assets/avatar.glb assets/avatar_man.glb ...``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import VISEME_INDEX, weights_from
from app.core.visemes import VISEME_RECIPES, projection_matrix
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas

TILE = 300
SMILE = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7, "cheekSquintLeft": 0.35, "cheekSquintRight": 0.35}
BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
SHOWN_VISEMES = ("PP", "FF", "TH", "aa", "O", "SS")


def poses() -> list[tuple[str, np.ndarray, np.ndarray | None]]:
    """Name, (52,) ARKit weights and (15,) viseme weights of every tile."""
    made: list[tuple[str, np.ndarray, np.ndarray | None]] = [("neutral", weights_from({}), None), ("smile", weights_from(SMILE), None)]
    matrix = projection_matrix(VISEME_RECIPES)
    for name in SHOWN_VISEMES:
        visemes = np.zeros(len(VISEME_INDEX), np.float32)
        visemes[VISEME_INDEX[name]] = 1.0
        made.append((name, visemes @ matrix, visemes))
    return [*made, ("blink", weights_from(BLINK), None)]


def row_of(path: Path) -> Image.Image:
    """One avatar in every pose, side by side."""
    avatar = load_avatar(path)
    rig = AvatarRig(avatar)
    camera = OrbitCamera()
    camera.frame(avatar, "face", 1.0)
    camera.distance *= 0.86
    camera.yaw += np.radians(12)
    tiles = poses()
    row = Image.new("RGB", (TILE * len(tiles), TILE))
    with OffscreenCanvas(TILE, TILE) as canvas:
        for column, (name, arkit, visemes) in enumerate(tiles):
            rig.pose(arkit, visemes)
            tile = Image.fromarray(canvas.render(rig, camera))
            ImageDraw.Draw(tile).text((8, 6), name, fill=(235, 220, 150))
            row.paste(tile, (column * TILE, 0))
    return row


def main() -> None:
    """Draw the gallery named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("avatars", type=Path, nargs="+")
    arguments = parser.parse_args()
    rows = [row_of(path) for path in arguments.avatars]
    sheet = Image.new("RGB", (rows[0].width, TILE * len(rows)))
    for number, row in enumerate(rows):
        sheet.paste(row, (0, number * TILE))
    arguments.picture.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(arguments.picture, quality=88)


if __name__ == "__main__":
    main()
