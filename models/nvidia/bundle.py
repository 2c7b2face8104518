"""Opens an Audio2Face-3D bundle: everything by ``model.json``, every size from the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.nvidia.archive import Archive
from models.nvidia.errors import BundleError
from models.nvidia.fields import Fields, read_json
from models.nvidia.layout import Bundle, DiffusionBundle, Identity, PoseRig, RegressionBundle, Widths
from models.nvidia.parts import MAX_SHAPES, MAX_VERTICES, Notes, read_basis, read_face, read_implicit, read_rig
from models.nvidia.paths import inside

#: anchor points of the jaw, and eyes (right x, y, left x, y): the animator's formulas need exactly these
JAW_POINTS, EYE_VALUES = 5, 4
MAX_SAMPLES = 10_000_000


def bundle_kind(model: Fields) -> str:
    """``regression``, ``diffusion`` or ``audio2emotion``, from the keys of ``model.json``.

    Raises:
        BundleError: it is none of them.
    """
    if "modelDataPaths" in model or "modelConfigPaths" in model:
        return "diffusion"
    if "modelDataPath" in model or "emotionDatabasePath" in model:
        return "regression"
    if "modelConfigPath" in model and "networkInfoPath" in model:
        return "audio2emotion"
    raise BundleError("model.json is not that of an Audio2Face-3D bundle; choose the folder that holds a bundle's model.json.")


def open_index(folder: Path) -> Fields:
    """``model.json`` of a bundle's folder (the file itself may be given, too)."""
    if folder.is_file() and folder.name == "model.json":
        folder = folder.parent
    if not folder.is_dir():
        raise BundleError(f"There is no folder {folder.name!r}; choose the folder of an Audio2Face-3D bundle.")
    return read_json(folder / "model.json")


def load_bundle(folder: str | Path) -> Bundle:
    """Open a bundle of version 2.3, 2.3.1 or 3.0.

    Args:
        folder: the folder with ``model.json``.

    Raises:
        BundleError: something is missing or wrong; one sentence says what and what to do.
    """
    path = Path(folder)
    model = open_index(path)
    path = path.parent if path.is_file() else path
    kind = bundle_kind(model)
    if kind == "audio2emotion":
        raise BundleError("This is an Audio2Emotion bundle, which has no face; choose an Audio2Face-3D bundle.")
    try:
        return _load_regression(path, model) if kind == "regression" else _load_diffusion(path, model)
    except MemoryError as error:
        raise BundleError("This bundle needs more memory than is free; close other programs and try again.") from error


def network_file(folder: Path, model: Fields) -> Path:
    """The ONNX network: ``networkPath``, or ``network.onnx`` beside it when that is a TensorRT engine or absent."""
    named = inside(folder, model.text("networkPath"), "the network")
    if named.suffix.lower() != ".trt" and named.is_file():
        return named
    fallback = inside(folder, named.relative_to(folder).with_name("network.onnx").as_posix(), "the network")
    if not fallback.is_file():
        raise BundleError(f"The bundle has no {fallback.name} in {fallback.parent.name!r}; download it from the bundle's page.")
    return fallback


@dataclass(frozen=True)
class IdentityFiles:
    """Where the parts of one identity lie; None for blendshapes that the bundle does not have."""

    name: str
    config: Path
    data: Path
    skin: tuple[Path, Path] | None
    tongue: tuple[Path, Path] | None


def _blendshape_files(folder: Path, entry: Any, part: str) -> tuple[Path, Path] | None:
    """Data and configuration of one part, when ``blendshapePaths`` names them."""
    if entry is None or entry == {}:
        return None
    if not isinstance(entry, Mapping):
        raise BundleError("model.json: blendshapePaths must hold objects with skin and tongue; download the bundle again.")
    paths = entry.get(part)
    if not paths:
        return None
    fields = Fields(paths if isinstance(paths, Mapping) else {}, f"model.json: blendshapePaths: {part}")
    return inside(folder, fields.text("data"), f"the {part} poses"), inside(folder, fields.text("config"), f"the {part} poses' settings")


def _identity_files(folder: Path, name: str, config: str, data: str, entry: Any) -> IdentityFiles:
    return IdentityFiles(
        name,
        inside(folder, config, "the model's settings"),
        inside(folder, data, "the model's data"),
        _blendshape_files(folder, entry, "skin"),
        _blendshape_files(folder, entry, "tongue"),
    )


@dataclass(frozen=True)
class MeshSizes:
    """Vertices of the meshes and components of their bases (None: the network gives vertices)."""

    skin: int
    tongue: int
    skin_shapes: int | None
    tongue_shapes: int | None


def _read_identity(files: IdentityFiles, sizes: MeshSizes, notes: Notes) -> tuple[Identity, Fields]:
    face, config = read_face(files.config, notes)
    skin_rig = _rig(files.skin, sizes.skin, notes)
    tongue_rig = _rig(files.tongue, sizes.tongue, notes)
    rows = np.arange(sizes.skin) if skin_rig is None else skin_rig.rows
    tongue_rows = np.arange(sizes.tongue) if tongue_rig is None else tongue_rig.rows
    with Archive(files.data) as data:
        identity = Identity(
            files.name,
            face,
            read_basis(data, "skin", sizes.skin, sizes.skin_shapes, rows),
            read_basis(data, "tongue", sizes.tongue, sizes.tongue_shapes, tongue_rows),
            skin_rig,
            tongue_rig,
            data.array("lip_open_pose_delta", "f", (sizes.skin, 3))[rows],
            data.array("eye_close_pose_delta", "f", (sizes.skin, 3))[rows],
            data.array("neutral_jaw", "f", (JAW_POINTS, 3)),
            data.array("saccade_rot_matrix", "f", (None, 2)),
        )
        prefix = "neutral" if sizes.skin_shapes is None else "shapes_mean"
        known = [f"{prefix}_skin", f"{prefix}_tongue", "shapes_matrix_skin", "shapes_matrix_tongue"]
        notes.extras(data, (*known, "lip_open_pose_delta", "eye_close_pose_delta", "neutral_jaw", "saccade_rot_matrix"))
    if not len(identity.saccades):
        raise BundleError(f"{files.data.name}: the table of eye movements is empty; download the bundle again.")
    return identity, config


def _rig(files: tuple[Path, Path] | None, vertices: int, notes: Notes) -> PoseRig | None:
    return None if files is None else read_rig(files[0], files[1], vertices, notes)


def _checked_info(folder: Path, model: Fields, kind: str) -> tuple[Fields, Fields]:
    info = read_json(inside(folder, model.text("networkInfoPath"), "the network's description"))
    about = info.section("id")
    if kind not in about.text("type").lower():
        raise about.refuse("type", repr(kind))
    if kind == "regression" or "output" in about:
        output = about.text("output")
        if output != "geometry":
            raise about.refuse("output", "'geometry'")
    return info, about


def _fixed_outputs(params: Fields, jaw_key: str, eyes_key: str) -> tuple[int, int]:
    jaw, eyes = params.integer(jaw_key, 1, 1000), params.integer(eyes_key, 1, 1000)
    if jaw != 3 * JAW_POINTS:
        raise params.refuse(jaw_key, f"{3 * JAW_POINTS}")
    if eyes != EYE_VALUES:
        raise params.refuse(eyes_key, f"{EYE_VALUES}")
    return jaw, eyes


def _load_regression(folder: Path, model: Fields) -> RegressionBundle:
    notes = Notes([])
    info, about = _checked_info(folder, model, "regression")
    params, audio = info.section("params"), info.section("audio_params")
    emotions = params.texts("explicit_emotions")
    default = params.numbers("default_emotion", len(emotions))
    implicit_len = params.integer("implicit_emotion_len", 0, 10_000)
    jaw, eyes = _fixed_outputs(params, "result_jaw_size", "result_eyes_size")
    sizes = MeshSizes(
        params.integer("num_verts_skin", 1, MAX_VERTICES),
        params.integer("num_verts_tongue", 1, MAX_VERTICES),
        params.integer("num_shapes_skin", 1, MAX_SHAPES),
        params.integer("num_shapes_tongue", 1, MAX_SHAPES),
    )
    params.get("identities")
    buffer_len = audio.integer("buffer_len", 1, MAX_SAMPLES)
    buffer_ofs = audio.integer("buffer_ofs", 0, buffer_len)
    actor, version = about.text("actor", "unknown"), str(about.get("version") or "unknown")
    entry = model.get("blendshapePaths")
    if isinstance(entry, list):
        if len(entry) > 1:
            raise model.refuse("blendshapePaths", "one object, because the bundle has one actor")
        entry = entry[0] if entry else None
    files = _identity_files(folder, actor, model.text("modelConfigPath"), model.text("modelDataPath"), entry)
    identity, config = _read_identity(files, sizes, notes)
    database = inside(folder, model.text("emotionDatabasePath"), "the emotion database")
    shot, frame = config.text("source_shot"), config.integer("source_frame", 0, 10**9)
    implicit = read_implicit(database, shot, frame, implicit_len, notes)
    widths = Widths(sizes.skin_shapes or 0, sizes.tongue_shapes or 0, jaw, eyes)
    rate, network = audio.integer("samplerate", 1000, 192_000), network_file(folder, model)
    for fields in (model, info, config):
        notes.add(fields)
    return RegressionBundle(
        folder, network, actor, version, rate, buffer_len, buffer_ofs, widths, emotions,
        np.array(default, np.float32), implicit, (identity,), tuple(notes.lines),
    )  # fmt: skip


def _load_diffusion(folder: Path, model: Fields) -> DiffusionBundle:
    notes = Notes([])
    info, about = _checked_info(folder, model, "diffusion")
    params, audio = info.section("params"), info.section("audio_params")
    names = params.texts("identities")
    emotions = params.texts("emotions")
    jaw, eyes = _fixed_outputs(params, "jaw_size", "eyes_size")
    widths = Widths(params.integer("skin_size", 3, 3 * MAX_VERTICES), params.integer("tongue_size", 3, 3 * MAX_VERTICES), jaw, eyes)
    for key, width in (("skin_size", widths.skin), ("tongue_size", widths.tongue)):
        if width % 3:
            raise params.refuse(key, "three times the number of vertices")
    sizes = MeshSizes(widths.skin // 3, widths.tongue // 3, None, None)
    identities = []
    for files in _diffusion_files(folder, model, names):
        identity, config = _read_identity(files, sizes, notes)
        notes.add(config)
        identities.append(identity)
    left, center, right = (params.integer(f"num_frames_{k}", 1 if k == "center" else 0, 10_000) for k in _KEPT)
    numbers = {k: params.integer(v, 1, 10_000) for k, v in _STATE.items()}
    buffer_len = audio.integer("buffer_len", 1, MAX_SAMPLES)
    pads = {key: audio.integer(key, 0, MAX_SAMPLES) for key in ("padding_left", "padding_right")}
    frames = left + center + right
    if buffer_len * center % frames or pads["padding_left"] * frames % buffer_len:
        raise audio.refuse("buffer_len", "such that windows and padding are whole numbers of frames and samples")
    default = np.array(params.numbers("default_emotion", len(emotions)), np.float32)
    rate, network = audio.integer("samplerate", 1000, 192_000), network_file(folder, model)
    actor, version = about.text("actor", "multi"), str(about.get("version") or "unknown")
    for fields in (model, info):
        notes.add(fields)
    return DiffusionBundle(
        folder=folder, network=network, actor=actor, version=version,
        samplerate=rate, buffer_len=buffer_len, **pads, widths=widths, **numbers, left=left, center=center, right=right, emotions=emotions,
        default_emotion=default, identities=tuple(identities), notes=tuple(notes.lines),
    )  # fmt: skip


_KEPT = ("left_truncate", "center", "right_truncate")
_STATE = {"steps": "num_diffusion_steps", "layers": "num_gru_layers", "latent": "gru_latent_dim"}


def _diffusion_files(folder: Path, model: Fields, names: tuple[str, ...]) -> list[IdentityFiles]:
    """One set of files per identity, in the order of ``identities``."""
    lists = {key: model.texts(key) for key in ("modelConfigPaths", "modelDataPaths")}
    entries = model.get("blendshapePaths") or [None] * len(names)
    if not names or not isinstance(entries, list) or any(len(v) != len(names) for v in (*lists.values(), entries)):
        raise BundleError(f"model.json must name one file of each kind for each of the {len(names)} identities; download the bundle again.")
    rows = zip(names, lists["modelConfigPaths"], lists["modelDataPaths"], entries, strict=True)
    return [_identity_files(folder, *row) for row in rows]
