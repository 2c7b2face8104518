"""Draw the classes that a lip-reader tells apart, small: ``python assets/reader_sheet.py docs/lip_reader.jpg assets/avatar.glb ...``

One row an avatar, one column a class, 128 pixels each, with the app's own renderer.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from contact_sheet import show
from PIL import Image, ImageDraw

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas

TILE = 128
#: class -> viseme that shows it
CLASSES = {"P": "PP", "F": "FF", "TH": "TH", "W": "U", "S": "SS", "EE": "I", "AH": "aa", "OH": "O"}


def main() -> None:
    """Draw the sheet named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("avatars", type=Path, nargs="+")
    arguments = parser.parse_args()
    sheet = Image.new("RGB", (TILE * len(CLASSES), TILE * len(arguments.avatars)))
    for row, file in enumerate(arguments.avatars):
        avatar = load_avatar(file)
        rig = AvatarRig(avatar)
        with OffscreenCanvas(TILE, TILE) as canvas:
            camera = OrbitCamera()
            camera.frame(avatar, "face", 1.0)
            camera.distance *= 0.60
            camera.target = camera.target - np.array([0.0, 0.03, 0.0])
            for column, (name, viseme) in enumerate(CLASSES.items()):
                show(rig, f"viseme_{viseme}")
                tile = Image.fromarray(canvas.render(rig, camera))
                ImageDraw.Draw(tile).text((3, 2), name, fill=(235, 220, 150))
                sheet.paste(tile, (column * TILE, row * TILE))
    sheet.save(arguments.picture, quality=92)


if __name__ == "__main__":
    main()
