"""Eyeballs: spheres with a cornea bulge that really turn about their centres, poles at the pupils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: degrees that weight 1 turns an eye; (yaw towards +X, pitch upwards) of the avatar's left eye
GAZE_DEG = {"Down": (0.0, -26.0), "Up": (0.0, 22.0), "In": (-28.0, 0.0), "Out": (28.0, 0.0)}
#: radii as shares of the eyeball's (anatomy: 12 mm eyeball, 5.9 mm visible iris, 7.8 mm cornea curvature)
IRIS_SHARE = 0.46
CORNEA_BULGE = 0.055
RINGS, SECTORS = 26, 32
#: the texture gives the iris and its surroundings (LIMBUS_SPAN iris radii) the inner IRIS_UV of the disc's radius 0.5
IRIS_UV, LIMBUS_SPAN = 0.32, 1.25
BACK_ANGLE = np.pi * 0.72


@dataclass(frozen=True)
class Eyeball:
    """One eye.

    Attributes:
        side: ``Left`` or ``Right``.
        center: (3,) metres.
        radius: of the sclera, metres.
    """

    side: str
    center: np.ndarray
    radius: float


def eyeball_surface(eye: Eyeball) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The mesh of an eyeball at rest.

    The UV is a picture of the eye from the front, the iris enlarged: the pupil in the middle, the back of the eye on
    the rim of a disc; the left eye uses the texture as painted, the right eye mirrors it, so both have the nose on one side.

    Args:
        eye: the eyeball.

    Returns:
        positions (n, 3), normals (n, 3), uvs (n, 2; v = 0 at the top), triangles (m, 3).
    """
    polar = _ring_angles()
    angle = np.arange(SECTORS + 1) / SECTORS * 2 * np.pi
    theta, phi = np.meshgrid(polar, angle, indexing="ij")
    theta, phi = theta.ravel(), phi.ravel()
    radius = eye.radius * (1 + CORNEA_BULGE * _bulge(theta))
    direction = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    positions = eye.center + radius[:, None] * direction
    slope = np.gradient(1 + CORNEA_BULGE * _bulge(polar), polar).repeat(SECTORS + 1)
    outward = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)], axis=1)
    normals = direction * (radius / eye.radius)[:, None] - slope[:, None] * outward
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    flip = 1.0 if eye.side == "Left" else -1.0
    limbus = np.arcsin(IRIS_SHARE) * LIMBUS_SPAN
    reach = np.interp(theta, [0.0, limbus, BACK_ANGLE], [0.0, IRIS_UV, 0.5])
    uvs = np.stack([0.5 + flip * reach * np.cos(phi), 0.5 - reach * np.sin(phi)], axis=1)
    first = (np.arange(RINGS)[:, None] * (SECTORS + 1) + np.arange(SECTORS)[None, :]).ravel()
    second = first + SECTORS + 1
    triangles = np.concatenate([np.stack([first, second, second + 1], axis=1), np.stack([first, second + 1, first + 1], axis=1)])
    area = np.linalg.norm(
        np.cross(positions[triangles[:, 1]] - positions[triangles[:, 0]], positions[triangles[:, 2]] - positions[triangles[:, 0]]), axis=1
    )
    return positions, normals, uvs, triangles[area > 1e-12]


def gaze_turn(channel_end: str, side: str) -> np.ndarray:
    """The rotation of an eye for one look.

    Args:
        channel_end: ``Down``, ``Up``, ``In`` or ``Out``.
        side: ``Left`` or ``Right``.

    Returns:
        (3, 3) rotation matrix for weight 1.
    """
    yaw, pitch = GAZE_DEG[channel_end]
    yaw = np.radians(yaw if side == "Left" else -yaw)
    pitch = np.radians(pitch)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    return about_y @ about_x


def eye_targets(eyes: tuple[Eyeball, ...], positions: np.ndarray, normals: np.ndarray, owner: np.ndarray) -> dict:
    """Morph targets of both eyes in one mesh: exact rotations at weight 1.

    Args:
        eyes: the eyeballs.
        positions: (n, 3) of both.
        normals: (n, 3).
        owner: (n,) index into ``eyes``.

    Returns:
        target name -> (position deltas, normal deltas).
    """
    targets = {}
    both = {"eyesLookUp": "Up", "eyesLookDown": "Down"}
    looks = {f"eyeLook{end}{eye.side}": (end, (eye.side,)) for end in GAZE_DEG for eye in eyes}
    looks |= {name: (end, ("Left", "Right")) for name, end in both.items()}
    for name, (end, sides) in looks.items():
        delta, turn = np.zeros_like(positions), np.zeros_like(normals)
        for i, eye in enumerate(eyes):
            if eye.side in sides:
                mine = owner == i
                rotation = gaze_turn(end, eye.side) - np.eye(3)
                delta[mine] = (positions[mine] - eye.center) @ rotation.T
                turn[mine] = normals[mine] @ rotation.T
        targets[name] = (delta, turn)
    targets["eyesClosed"] = (np.zeros_like(positions), np.zeros_like(normals))
    return targets


def _ring_angles() -> np.ndarray:
    """Angles from the pupil: dense over iris and limbus, where shading and silhouettes are looked at."""
    limbus = np.arcsin(IRIS_SHARE)
    inner = np.linspace(0, limbus * LIMBUS_SPAN, 14)
    outer = limbus * LIMBUS_SPAN + (BACK_ANGLE - limbus * LIMBUS_SPAN) * np.linspace(0, 1, RINGS - 12) ** 1.2
    return np.concatenate([inner, outer[1:]])


def _bulge(theta: np.ndarray) -> np.ndarray:
    limbus = np.arcsin(IRIS_SHARE) * 1.08
    share = np.clip(theta / limbus, 0, 1)
    return (1 - share**2) ** 1.5
