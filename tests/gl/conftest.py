"""A hand-made avatar that uses every feature of the renderer, and canvases to draw it on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar, Material, MeshPart, MorphTargets, Texture
from app.avatar.rig import AvatarRig
from app.render.platform import prepare_gl

prepare_gl("xcb" if os.environ.get("DISPLAY") else None)

from app.render.camera import OrbitCamera  # noqa: E402
from app.render.offscreen import OffscreenCanvas  # noqa: E402


def sphere(center, radius, rings: int = 24, scale=(1.0, 1.0, 1.0)) -> tuple[np.ndarray, ...]:
    """Positions, normals, UVs and triangles of an ellipsoid with its seam at the back."""
    v, u = (a.reshape(-1) for a in np.meshgrid(np.linspace(0, 1, rings + 1), np.linspace(0, 1, 2 * rings + 1), indexing="ij"))
    theta, phi = np.pi * v, 2 * np.pi * u
    unit = np.stack([-np.sin(theta) * np.sin(phi), np.cos(theta), -np.sin(theta) * np.cos(phi)], axis=1)
    normals = unit / np.asarray(scale)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    n = 2 * rings + 1
    row, column = (a.reshape(-1) for a in np.meshgrid(np.arange(rings), np.arange(n - 1), indexing="ij"))
    a = row * n + column
    triangles = np.concatenate([np.stack([a, a + n, a + 1], axis=1), np.stack([a + 1, a + n, a + n + 1], axis=1)])
    positions = np.asarray(center) + unit * radius * np.asarray(scale)
    return (
        positions.astype(np.float32),
        normals.astype(np.float32),
        np.stack([u, v], axis=1).astype(np.float32),
        triangles.astype(np.uint32),
    )


def card(low, high, z: float) -> tuple[np.ndarray, ...]:
    """Positions, normals, UVs and triangles of an upright rectangle that faces +Z."""
    (x0, y0), (x1, y1) = low, high
    positions = np.array([[x0, y1, z], [x1, y1, z], [x0, y0, z], [x1, y0, z]], np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (4, 1))
    return positions, normals, np.float32([[0, 0], [1, 0], [0, 1], [1, 1]]), np.array([[0, 2, 1], [1, 2, 3]], np.uint32)


def checker(a, b, alpha=(255, 255), cells: int = 8) -> Texture:
    """A chequered picture of two colours."""
    y, x = np.mgrid[0:64, 0:64] * cells // 64
    pixels = np.where(((x + y) % 2 == 0)[..., None], np.uint8([*a, alpha[0]]), np.uint8([*b, alpha[1]]))
    return Texture(np.ascontiguousarray(pixels))


def ripples() -> Texture:
    """A normal map of vertical ripples."""
    slope = 0.5 * np.sin(np.arange(64) / 64 * 2 * np.pi * 6)
    normal = np.stack([slope, np.zeros(64), np.sqrt(1 - slope**2)], axis=1)
    row = np.concatenate([np.round((normal + 1) * 127.5), np.full((64, 1), 255)], axis=1).astype(np.uint8)
    return Texture(np.repeat(row[None], 64, axis=0))


def puppet() -> Avatar:
    """A head with skin, eyes, hair cards, glasses, teeth in a mouth, a rippled collar and a coloured hat."""
    head = sphere((0.0, 1.6, 0.0), 0.1, scale=(0.85, 1.15, 1.0))
    pull = np.zeros((1, len(head[0]), 3), np.float32)
    pull[0, :, 1] = -0.03 * np.clip((1.6 - head[0][:, 1]) / 0.1, 0, 1) ** 2
    open_jaw = MorphTargets(("jawOpen",), pull, np.zeros_like(pull), np.zeros(1, np.float32))
    skin = Material("skin", base_color_texture=checker((224, 172, 140), (214, 158, 128)), roughness=0.6, metallic=0.0)
    hat = sphere((0.0, 1.71, -0.02), 0.075, 12, (1.0, 0.7, 1.0))
    rainbow = np.concatenate([(hat[1] + 1) / 2, np.ones((len(hat[0]), 1))], axis=1).astype(np.float32)
    frame = Material("lens", base_color=(0.1, 0.15, 0.2, 0.45), alpha_mode="BLEND", roughness=0.2, metallic=0.0, double_sided=True)
    cards = Material("hair", base_color_texture=checker((60, 36, 20), (255, 255, 255), (255, 0)), alpha_mode="MASK", double_sided=True)
    soft = Material("hair", base_color_texture=checker((90, 50, 30), (0, 255, 0), (255, 40), 4), alpha_mode="BLEND", double_sided=True)
    collar = Material("cloth", base_color=(0.1, 0.16, 0.35, 1.0), metallic=0.0, roughness=0.8, normal_texture=ripples())
    chain = Material("chain", base_color=(1.0, 0.77, 0.34, 1.0), metallic=1.0, roughness=0.3, double_sided=True)
    parts = [
        MeshPart("Head_Mesh", *head, skin, targets=open_jaw),
        MeshPart("collar", *sphere((0.0, 1.42, 0.0), 0.12, 16, (1.4, 0.6, 1.0)), collar),
        MeshPart("chain", *sphere((0.0, 1.47, 0.0), 0.075, 16, (1.2, 0.14, 1.3)), chain),
        MeshPart("Teeth_Mesh", *card((-0.03, 1.535), (0.03, 1.55), 0.105), Material("Teeth", metallic=0.0)),
        MeshPart("hat", *hat, Material("hat", metallic=0.0, roughness=0.9), colors=rainbow),
        MeshPart("avaturn_hair_0", *card((-0.11, 1.5), (-0.06, 1.68), 0.06), cards),
        MeshPart("avaturn_hair_1", *card((0.06, 1.5), (0.11, 1.68), 0.06), soft),
        MeshPart("lens", *card((-0.06, 1.59), (0.06, 1.65), 0.125), frame),
    ]
    for x in (-0.032, 0.032):
        eye = checker((245, 245, 245), (245, 245, 245))
        parts.append(MeshPart("Eye_Mesh", *sphere((x, 1.615, 0.083), 0.018, 12), Material("Eyes", base_color_texture=eye, metallic=0.0)))
    return Avatar("puppet", tuple(parts))


@pytest.fixture(scope="session")
def puppet_avatar() -> Avatar:
    """The hand-made head."""
    return puppet()


@pytest.fixture
def rig(puppet_avatar) -> AvatarRig:
    """The hand-made head, neutral."""
    return AvatarRig(puppet_avatar)


@pytest.fixture
def camera(puppet_avatar) -> OrbitCamera:
    """A portrait of the hand-made head."""
    camera = OrbitCamera()
    camera.frame(puppet_avatar, "portrait", 1.0)
    return camera


@pytest.fixture
def make_part() -> Callable[..., MeshPart]:
    """Builds an upright rectangle with a material and any name."""

    def build(material: Material, mesh: str = "thing", low=(-1.0, -1.0), high=(1.0, 1.0), z: float = 0.0) -> MeshPart:
        return MeshPart(mesh, *card(low, high, z), material)

    return build


@pytest.fixture(scope="session")
def canvas():
    """A square canvas, shared by the tests that only draw."""
    with OffscreenCanvas(192, 192) as canvas:
        yield canvas


@pytest.fixture(scope="session")
def on_llvmpipe(canvas) -> bool:
    """Whether pixels may be compared with the stored ones."""
    return "llvmpipe" in canvas.gl_renderer


@pytest.fixture
def portrait(canvas, rig, camera) -> Callable[..., np.ndarray]:
    """Draws the hand-made head."""
    return lambda quality="studio", **options: canvas.render(rig, camera, quality, **options)


@pytest.fixture(scope="session")
def brunette(shared: Path) -> AvatarRig:
    """A real full-body avatar, in the pose of its file as the reference pictures have it."""
    return AvatarRig(load_avatar(shared / "data/avatars/rpm_talkinghead_brunette-t.glb", pose="file"))
