"""The outfit: a crew-neck sweater, trousers and shoes grown from the base mesh's body-suit helper."""

from __future__ import annotations

import numpy as np

from .figure import Figure, group_surface, surface_part
from .glb import Part
from .regions import face_centers
from .surface import normals

SUIT = "helper-tights"


def suit_faces(figure: Figure) -> np.ndarray:
    """Faces of the suit that the outfit keeps: everything but the neck above the collar and the hands.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the suit's faces.
    """
    centers = face_centers(figure, SUIT)
    neck = figure.joint("Neck")
    collar = neck[1] + 0.030 - 0.42 * (centers[:, 2] - neck[2])
    torso = np.abs(centers[:, 0]) < 0.14
    wrist = figure.joint("LeftHand")
    hand = (np.abs(centers[:, 0]) > wrist[0] - 0.06) & (centers[:, 1] < wrist[1] + 0.005)
    return ~(torso & (centers[:, 1] > collar)) & ~hand


def look_part(figure: Figure) -> Part:
    """The outfit as ``avaturn_look_0``.

    Args:
        figure: the person.

    Returns:
        The part.
    """
    surface = group_surface(figure, (SUIT,))
    surface = surface.subset(suit_faces(figure)[surface.faces])
    part = surface_part(figure, "avaturn_look_0", surface, "avaturn_look_0_material")
    positions = part.positions + 0.007 * part.normals
    return Part(
        part.name, positions, normals(positions, part.triangles), part.uvs, part.triangles, part.joints, part.weights, part.material
    )
