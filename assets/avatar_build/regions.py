"""Where things are on the base mesh's body: head, hidden skin, scalp, the parts worth splitting."""

from __future__ import annotations

import numpy as np

from .figure import Figure, above_seam_m


def face_centers(figure: Figure, group: str = "body") -> np.ndarray:
    """Middle of every quad of a group.

    Args:
        figure: the person.
        group: of the base mesh.

    Returns:
        (m, 3) metres.
    """
    return figure.vertices[figure.source.base().faces[group]].mean(axis=1)


def head_faces(figure: Figure) -> np.ndarray:
    """Faces of the body that belong to ``Head_Mesh``: head and neck down to where the collar hides the seam.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the body's faces.
    """
    centers = face_centers(figure)
    return (above_seam_m(figure.joint("Neck"), centers) > 0) & (np.abs(centers[:, 0]) < 0.14)


def refined_faces(figure: Figure) -> np.ndarray:
    """Faces whose silhouettes and folds are looked at: the front of the head and the ears.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the body's faces.
    """
    centers = face_centers(figure)
    head = figure.joint("Head")
    eye = figure.eyes[0].center
    front = centers[:, 2] > head[2] + 0.015
    below_hairline = centers[:, 1] < eye[1] + 0.046
    above_throat = centers[:, 1] > head[1] - 0.072
    return head_faces(figure) & front & below_hairline & above_throat & ~inner_mouth_faces(figure) & ~hidden_faces(figure)


def inner_mouth_faces(figure: Figure) -> np.ndarray:
    """Faces of the mouth's lining, which is one island of the base mesh's UVs.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the body's faces.
    """
    base = figure.source.base()
    u, v = base.uvs[base.face_uvs["body"]].mean(axis=1).T
    return (u > 0.757) & (u < 0.925) & (v < 0.137)


def hidden_faces(figure: Figure) -> np.ndarray:
    """Faces that nobody can see: the sockets behind the eyeballs.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the body's faces.
    """
    centers = face_centers(figure)
    hidden = np.zeros(len(centers), bool)
    for eye in figure.eyes:
        offset = centers - eye.center
        hidden |= (np.linalg.norm(offset, axis=1) < 1.15 * eye.radius) & (offset[:, 2] < 0.25 * eye.radius)
    return hidden


def bare_faces(figure: Figure) -> np.ndarray:
    """Faces of the skin that clothes leave bare, with a margin below cuffs and collar.

    Args:
        figure: the person.

    Returns:
        (m,) bool over the body's faces.
    """
    centers = face_centers(figure)
    wrist, elbow, neck = figure.joint("LeftHand"), figure.joint("LeftForeArm"), figure.joint("Neck")
    hands = (centers[:, 1] < wrist[1] + 0.01) & (np.abs(centers[:, 0]) > elbow[0])
    collar = (centers[:, 1] > neck[1] - 0.06) & (np.abs(centers[:, 0]) < 0.13)
    return hands | collar
