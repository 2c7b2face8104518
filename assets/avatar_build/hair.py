"""Hair as a mesh: a cap over the scalp."""

from __future__ import annotations

import numpy as np

from .figure import Figure, group_surface, surface_part
from .glb import Part
from .regions import face_centers, head_faces


def scalp_faces(figure: Figure) -> np.ndarray:
    """Faces of the body that hair grows from.

    Args:
        figure: the person.

    Returns:
        (m,) bool.
    """
    centers = face_centers(figure)
    eye = figure.eyes[0].center
    head = figure.joint("Head")
    hairline = eye[1] + 0.062 - 0.75 * np.clip(eye[2] - centers[:, 2] - 0.02, 0, 0.13)
    ears = (np.abs(centers[:, 0]) > 0.068) & (centers[:, 2] > head[2] - 0.045) & (centers[:, 1] < eye[1] + 0.025)
    return head_faces(figure) & (centers[:, 1] > hairline) & ~ears


def hair_part(figure: Figure) -> Part:
    """The hair as ``avaturn_hair_0``.

    Args:
        figure: the person.

    Returns:
        The part.
    """
    whole = group_surface(figure, ("body",))
    part = surface_part(figure, "avaturn_hair_0", whole.subset(scalp_faces(figure)[whole.faces]), "avaturn_hair_0_material")
    return Part(
        part.name, part.positions + 0.008 * part.normals, part.normals, part.uvs, part.triangles, part.joints, part.weights, part.material
    )
