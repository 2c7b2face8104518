"""Draw every morph target of an avatar's head at weight 1 on one sheet, with the app's own renderer.

``python assets/contact_sheet.py assets/avatar.glb docs/contact_sheet_woman.jpg``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_INDEX, VISEME_INDEX
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas

TILE = 240
COLUMNS = 12
#: targets that are read better from the side (degrees)
YAW_DEG = {"jawForward": 55, "mouthRollLower": 35, "mouthRollUpper": 35, "tongueOut": 35, "mouthPucker": 30, "mouthFunnel": 30}


def main() -> None:
    """Draw the sheet named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("avatar", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    avatar = load_avatar(arguments.avatar)
    head = next(part for part in avatar.parts if part.mesh == "Head_Mesh")
    names = head.targets.names
    rig = AvatarRig(avatar)
    sheet = Image.new("RGB", (COLUMNS * TILE, -(-len(names) // COLUMNS) * TILE))
    with OffscreenCanvas(TILE, TILE) as canvas:
        camera = OrbitCamera()
        camera.frame(avatar, "face", 1.0)
        camera.distance *= 0.66
        camera.target = camera.target - np.array([0.0, 0.012, 0.0])
        straight = camera.yaw
        for number, name in enumerate(names):
            show(rig, name)
            camera.yaw = straight + np.radians(YAW_DEG.get(name, 15))
            tile = Image.fromarray(canvas.render(rig, camera))
            ImageDraw.Draw(tile).text((6, 4), name, fill=(235, 220, 150))
            sheet.paste(tile, (number % COLUMNS * TILE, number // COLUMNS * TILE))
    sheet.save(arguments.picture, quality=88)


def show(rig: AvatarRig, name: str) -> None:
    """Set one target to 1 and everything else to 0.

    Args:
        rig: the avatar.
        name: an ARKit channel, ``viseme_*`` or an extra target.
    """
    arkit = np.zeros(len(ARKIT_INDEX), np.float32)
    visemes = np.zeros(len(VISEME_INDEX), np.float32)
    extras = {}
    if name in ARKIT_INDEX:
        arkit[ARKIT_INDEX[name]] = 1.0
    elif name.startswith("viseme_"):
        visemes[VISEME_INDEX[name.removeprefix("viseme_")]] = 1.0
    else:
        extras[name] = 1.0
    rig.pose(arkit, visemes if name.startswith("viseme_") else None, extras)


if __name__ == "__main__":
    main()
