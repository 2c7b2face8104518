"""Readers of a bundle's parts: solver settings, blendshapes, model data, the emotion database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.nvidia.archive import Archive
from models.nvidia.errors import BundleError
from models.nvidia.fields import Fields, read_json
from models.nvidia.layout import Basis, PoseRig
from models.nvidia.names import shape_name
from models.nvidia.parameters import FACE_PARAMETERS, FaceParameters, SolverSettings

#: more poses, shapes or vertices than any face rig has are a damaged file
MAX_POSES, MAX_SHAPES, MAX_VERTICES = 1000, 5000, 2_000_000


@dataclass
class Notes:
    """Collects what is unusual but not wrong."""

    lines: list[str]

    def add(self, fields: Fields) -> None:
        """Note the keys of a file that nothing reads."""
        self.lines += [f"{key} is not known to this program and was ignored" for key in fields.unknown()]

    def missing(self, fields: Fields, names: Iterable[str], instead: str) -> None:
        """Note keys that a file should have."""
        self.lines += [f"{fields.source}: {name} is missing, {instead} is used" for name in names if name not in fields]

    def extras(self, archive: Archive, known: Iterable[str]) -> None:
        """Note the arrays of an archive that nothing reads."""
        extra = sorted(set(archive.names) - set(known))
        if extra:
            self.lines.append(f"{archive.name}: the arrays {', '.join(extra)} are not known to this program and were ignored")


def read_face(path: Path, notes: Notes) -> tuple[FaceParameters, Fields]:
    """``model_config.json``: the animator's numbers.

    Args:
        path: the file.
        notes: told which numbers are missing (the SDK's default stands in).

    Returns:
        The numbers, and the file's ``config`` for what else it holds.
    """
    file = read_json(path)
    config = file.section("config")
    in_file = [name for name in FACE_PARAMETERS if name != "blink_offset"]
    notes.missing(config, in_file, "the SDK's default")
    values = {name: config.number(name) for name in FACE_PARAMETERS if name in config}
    try:
        return FaceParameters().changed(values), config
    except BundleError as error:
        raise BundleError(f"{path.name}: {error}") from error


def read_settings(path: Path, notes: Notes) -> SolverSettings:
    """``bs_*_config.json``.

    Args:
        path: the file.
        notes: told about unknown keys.

    Raises:
        BundleError: a missing number, a list of another length than ``numPoses``, or a pair that is not a pair.
    """
    file = read_json(path)
    params = file.section("blendshape_params")
    count = params.integer("numPoses", 1, MAX_POSES)
    active = params.integers("bsSolveActivePoses", count)
    if any(value not in (0, 1) for value in active):
        raise params.refuse("bsSolveActivePoses", "a list of 0 and 1")
    cancel, symmetric = (_pair_ids(params, key, count) for key in ("bsSolveCancelPoses", "bsSolveSymmetryPoses"))
    numbers = {
        "l1": params.number("strengthL1regularization"),
        "l2": params.number("strengthL2regularization"),
        "temporal": params.number("strengthTemporalSmoothing"),
        "symmetry": params.number("strengthSymmetry"),
        "template_bb_size": params.number("templateBBSize", 54.7),
    }
    multipliers, offsets = params.numbers("bsWeightMultipliers", count), params.numbers("bsWeightOffsets", count)
    notes.add(file)
    try:
        return SolverSettings(tuple(map(bool, active)), cancel, symmetric, multipliers, offsets, **numbers)
    except BundleError as error:
        raise BundleError(f"{path.name}: {error}") from error


def _pair_ids(params: Fields, key: str, count: int) -> tuple[int, ...]:
    ids = params.integers(key, count)
    if any(i < -1 for i in ids) or any(n != 2 for i, n in Counter(ids).items() if i >= 0):
        raise params.refuse(key, "a list in which every id above -1 occurs exactly twice")
    return ids


def read_rig(data: Path, config: Path, vertices: int, notes: Notes) -> PoseRig:
    """``bs_*.npz`` and its configuration.

    Args:
        data: the archive.
        config: the solver settings.
        vertices: of the full mesh, as the network's file says.
        notes: told about unknown arrays.
    """
    settings = read_settings(config, notes)
    with Archive(data) as archive:
        names = archive.strings("poseNames")
        if not names or names[0] != "neutral":
            raise BundleError(f"{data.name}: the first pose must be 'neutral'; download the bundle again.")
        poses = names[1:]
        if len(set(names)) != len(names):
            raise BundleError(f"{data.name}: a pose name occurs twice; download the bundle again.")
        if len(poses) != len(settings.active):
            raise BundleError(
                f"{data.name} has {len(poses)} poses but {config.name} is made for {len(settings.active)}; "
                "the files belong to different bundles."
            )
        neutral = archive.array("neutral", "f", (vertices, 3))
        rows = _mask(archive, vertices)
        deltas = np.stack([archive.array(name, "f", (vertices, 3))[rows] for name in poses])
        notes.extras(archive, (*names, "poseNames", "frontalMask", "rig_version"))
    diagonal = float(np.linalg.norm(neutral.max(0) - neutral.min(0)))
    if diagonal == 0:
        raise BundleError(f"{data.name}: the neutral mesh has no size; download the bundle again.")
    return PoseRig(tuple(shape_name(n) for n in poses), rows, neutral[rows], deltas, diagonal, settings)


def _mask(archive: Archive, vertices: int) -> np.ndarray:
    if "frontalMask" not in archive:
        return np.arange(vertices)
    rows = archive.array("frontalMask", "iu", (None,))
    if not len(rows) or rows.min() < 0 or rows.max() >= vertices:
        raise BundleError(f"{archive.name}: frontalMask names vertices that the mesh does not have; the files belong to different bundles.")
    return rows


def read_basis(archive: Archive, part: str, vertices: int, shapes: int | None, rows: np.ndarray) -> Basis:
    """Neutral mesh and principal components of a part, on the rows that are needed.

    Args:
        archive: ``model_data.npz``.
        part: ``skin`` or ``tongue``.
        vertices: of the full mesh.
        shapes: number of components; None for a diffusion bundle, which has none.
        rows: (P,) vertices to keep.
    """
    neutral = archive.array(f"neutral_{part}" if shapes is None else f"shapes_mean_{part}", "f", (vertices, 3))
    matrix = None if shapes is None else archive.array(f"shapes_matrix_{part}", "f", (shapes, vertices, 3))[:, rows]
    low, high = float(neutral[:, 1].min()), float(neutral[:, 1].max())
    height = (neutral[rows, 1] - low) / max(high - low, 1e-9)
    return Basis(neutral[rows], height.astype(np.float32), matrix, rows)


def read_implicit(path: Path, shot: str, frame: int, length: int, notes: Notes) -> np.ndarray:
    """One row of the implicit emotion database.

    Args:
        path: ``implicit_emo_db.npz``.
        shot: name of the recording.
        frame: frame within it.
        length: of the vector.
        notes: told about unknown arrays.

    Returns:
        (length,) float32 = emo_db[start[shot] + frame].
    """
    with Archive(path) as archive:
        database = archive.array("emo_db", "f", (None, length))
        shots = archive.strings("emo_spec_names")
        start = archive.array("emo_spec_start", "iu", (len(shots),))
        size = archive.array("emo_spec_size", "iu", (len(shots),))
        notes.extras(archive, ("emo_db", "emo_spec_names", "emo_spec_start", "emo_spec_size"))
    if shot not in shots:
        raise BundleError(f"{path.name} has no shot {shot!r}, which model_config names as source_shot; correct source_shot.")
    at = shots.index(shot)
    if not 0 <= frame < size[at] or not 0 <= start[at] + frame < len(database):
        raise BundleError(f"{path.name}: the shot {shot!r} has no frame {frame}; correct source_frame in model_config.")
    row: np.ndarray = database[int(start[at]) + frame]
    return row
