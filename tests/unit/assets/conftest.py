"""The built avatars, read by the app's own reader, with the landmarks that millimetres are measured from."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar, MeshPart

#: where the builder seats the upper incisors against the lips' contact: edge below it, front behind it
EDGE_BELOW_CONTACT_M, FRONT_BEHIND_CONTACT_M = 0.0012, 0.0062
FILES = {"woman": "avatar.glb", "man": "avatar_man.glb", "stylised": "avatar_stylised.glb"}


@dataclass(frozen=True)
class Subject:
    """One avatar in its file's pose."""

    avatar: Avatar

    def part(self, mesh: str) -> MeshPart:
        return next(part for part in self.avatar.parts if part.mesh == mesh)

    def delta(self, mesh: str, target: str) -> np.ndarray:
        part = self.part(mesh)
        return part.targets.positions[part.targets.names.index(target)]

    def posed(self, mesh: str, **weights: float) -> np.ndarray:
        """Positions with some targets on; targets that the mesh lacks do nothing."""
        part = self.part(mesh)
        points = part.positions.astype(np.float64)
        for name, weight in weights.items():
            if name in part.targets.names:
                points = points + weight * self.delta(mesh, name)
        return points

    def joint(self, name: str) -> np.ndarray:
        return next(joint for joint in self.avatar.joints if joint.name == name).world[:3, 3]

    @cached_property
    def upper_incisors(self) -> np.ndarray:
        """Rows of Teeth_Mesh that belong to the upper front teeth: they stay when the jaw drops."""
        points = self.part("Teeth_Mesh").positions
        still = np.linalg.norm(self.delta("Teeth_Mesh", "jawOpen"), axis=1) < 1e-5
        front = points[:, 2] > points[:, 2].max() - 0.004
        return np.flatnonzero(still & front & (np.abs(points[:, 0]) < 0.008))

    @cached_property
    def incisor_edge(self) -> np.ndarray:
        """The lowest point of the upper incisors, on the middle."""
        points = self.part("Teeth_Mesh").positions[self.upper_incisors]
        return np.array([0.0, points[:, 1].min(), points[:, 2].max()])

    @cached_property
    def lip_contact(self) -> np.ndarray:
        return self.incisor_edge + np.array([0.0, EDGE_BELOW_CONTACT_M, FRONT_BEHIND_CONTACT_M])

    @cached_property
    def lips(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of Head_Mesh on the touching sides of the upper and the lower lip, told apart by where they face."""
        head = self.part("Head_Mesh")
        offset = head.positions - self.lip_contact
        near = (np.abs(offset[:, 0]) < 0.022) & (np.abs(offset[:, 1]) < 0.007) & (offset[:, 2] < 0.006)
        near &= offset[:, 2] > -0.006 - 0.33 * np.abs(offset[:, 0])
        upper = np.flatnonzero(near & (head.normals[:, 1] < -0.5))
        lower = np.flatnonzero(near & (head.normals[:, 1] > 0.5))
        return upper, lower

    def lip_gaps_mm(self, **weights: float) -> np.ndarray:
        """Height of the opening in columns across the mouth; negative where the lips overlap."""
        points, rest = self.posed("Head_Mesh", **weights), self.part("Head_Mesh").positions[:, 0]
        upper, lower = self.lips
        gaps = []
        for column in np.linspace(-0.018, 0.018, 19):
            top = points[upper[np.abs(rest[upper] - column) < 0.0016], 1].min()
            bottom = points[lower[np.abs(rest[lower] - column) < 0.0016], 1].max()
            gaps.append(top - bottom)
        return np.array(gaps) * 1000

    def eye(self, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Rows of Eye_Mesh of one eye, and its centre (the joint)."""
        points = self.part("Eye_Mesh").positions
        return np.flatnonzero(points[:, 0] > 0 if side == "Left" else points[:, 0] < 0), self.joint(f"{side}Eye")


@pytest.fixture(scope="session", params=sorted(FILES))
def subject(request, root) -> Subject:
    """Each bundled avatar."""
    return Subject(load_avatar(root / "assets" / FILES[request.param], pose="file"))


@pytest.fixture(scope="session")
def builder(root):
    """A function that imports a module of the build package, which is not installed."""
    folder = root / "assets" / "avatar_build"
    if "avatar_build" not in sys.modules:
        spec = importlib.util.spec_from_file_location("avatar_build", folder / "__init__.py", submodule_search_locations=[str(folder)])
        package = importlib.util.module_from_spec(spec)
        sys.modules["avatar_build"] = package
        spec.loader.exec_module(package)
    return lambda name: importlib.import_module(f"avatar_build.{name}")
