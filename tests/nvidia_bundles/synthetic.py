"""Small bundles of the real layout with made-up weights: for tests, and to try the program without NVIDIA's files.

Nothing in them comes from NVIDIA; the faces that they drive move with the sound but mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.engines.onnx_write import GraphWriter
from models.nvidia.names import EMOTIONS, SKIN_POSES, SYMMETRIC_PAIRS, TONGUE_POSES

IDENTITIES = ("Claire", "James", "Mark")
#: the released Mark bundle's numbers
MARK_CONFIG = {
    "input_strength": 1.3, "upper_face_smoothing": 0.001, "lower_face_smoothing": 0.0023, "upper_face_strength": 1.0,
    "lower_face_strength": 1.4, "face_mask_level": 0.6, "face_mask_softness": 0.0085, "skin_strength": 1.1, "blink_strength": 1.0,
    "eyelid_open_offset": 0.06, "lip_open_offset": -0.03, "tongue_strength": 1.5, "tongue_height_offset": 0.2, "tongue_depth_offset": 0.13,
    "lower_teeth_strength": 1.3, "lower_teeth_height_offset": -0.1, "lower_teeth_depth_offset": 0.0, "eyeballs_strength": 1.0,
    "saccade_strength": 0.9, "right_eye_rot_x_offset": 0.0, "right_eye_rot_y_offset": -2.0, "left_eye_rot_x_offset": 0.0,
    "left_eye_rot_y_offset": 2.0, "eye_saccade_seed": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """What a synthetic bundle is made of."""

    skin_vertices: int = 400
    tongue_vertices: int = 120
    skin_shapes: int = 12
    tongue_shapes: int = 10
    buffer_len: int = 8320
    buffer_ofs: int = 4160
    implicit: int = 16
    latent: int = 32


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(data, indent=1), "utf-8")


def _box(rng: np.random.Generator, count: int, size: Sequence[float], centre: Sequence[float]) -> np.ndarray:
    return (rng.uniform(-0.5, 0.5, (count, 3)) * size + centre).astype(np.float32)


def _poses(rng: np.random.Generator, mesh: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """A bump per name: one random vertex and its neighbours move in one random direction."""
    out = {}
    for name in names:
        distance = ((mesh - mesh[rng.integers(len(mesh))]) ** 2).sum(1)
        direction = 3 * rng.normal(size=3)
        if name in ("tongueStretch", "tongueIn"):
            distance, direction = np.zeros(len(mesh)), np.array([0.0, 0.0, 3.0 if name == "tongueStretch" else -1.0])
        out[name] = (np.exp(-distance / 8)[:, None] * direction).astype(np.float32)
    return out


def _components(rng: np.random.Generator, poses: dict[str, np.ndarray], count: int) -> np.ndarray:
    """Orthonormal mixtures of the poses, so that the solver can explain them; the first is the opening of the jaw."""
    stack = np.stack(list(poses.values())).reshape(len(poses), -1)
    mixed = rng.normal(size=(count, len(poses))) @ stack
    if "jawOpen" in poses:
        mixed[0] = poses["jawOpen"].reshape(-1)
    rows = np.linalg.qr(mixed.T)[0].T
    rows = rows * np.sign((rows * mixed).sum(1))[:, None]
    return rows.reshape(count, -1, 3).astype(np.float32)


def solver_config(names: Sequence[str], mesh: np.ndarray, strengths: Sequence[float], tongue: bool) -> dict[str, Any]:
    """A ``bs_*_config.json`` with the released symmetry groups and inactive poses."""
    ids = [-1] * len(names)
    for i, stem in enumerate(SYMMETRIC_PAIRS):
        for side in ("Left", "Right"):
            if f"{stem}{side}" in names:
                ids[names.index(f"{stem}{side}")] = i
    active = [int(tongue or not (name.startswith("eyeLook") or name == "tongueOut")) for name in names]
    l1, l2, temporal, symmetry = strengths
    return {"blendshape_params": {
        "strengthL1regularization": l1, "strengthL2regularization": l2, "strengthTemporalSmoothing": temporal, "strengthSymmetry": symmetry,
        "templateBBSize": float(np.linalg.norm(mesh.max(0) - mesh.min(0))), "numPoses": len(names), "bsSolveActivePoses": active,
        "bsSolveCancelPoses": [-1] * len(names), "bsSolveSymmetryPoses": ids, "bsWeightMultipliers": [1.0] * len(names),
        "bsWeightOffsets": [0.0] * len(names),
    }}  # fmt: skip


@dataclass(frozen=True)
class _Face:
    """Meshes and poses of one made-up actor."""

    skin: np.ndarray
    tongue: np.ndarray
    skin_poses: dict[str, np.ndarray]
    tongue_poses: dict[str, np.ndarray]
    mask: np.ndarray
    common: dict[str, Any]


def _face(rng: np.random.Generator, sizes: Sizes) -> _Face:
    skin = _box(rng, sizes.skin_vertices, (18, 30, 24), (0, 150, 0))
    tongue = _box(rng, sizes.tongue_vertices, (3, 3, 6), (0, 145, 4))
    poses = _poses(rng, skin, SKIN_POSES)
    mask = np.sort(rng.permutation(sizes.skin_vertices)[: sizes.skin_vertices // 2]).astype(np.int32)
    common = {
        "lip_open_pose_delta": poses["jawOpen"],
        "eye_close_pose_delta": poses["eyeBlinkLeft"] + poses["eyeBlinkRight"],
        "neutral_jaw": _box(rng, 5, (6, 2, 6), (0, 142, 2)),
        "saccade_rot_matrix": rng.normal(size=(5000, 2)).astype(np.float32),
    }
    return _Face(skin, tongue, poses, _poses(rng, tongue, TONGUE_POSES), mask, common)


def _write_blendshapes(folder: Path, face: _Face, suffix: str = "") -> dict[str, Any]:
    """The four blendshape files; gives their entry for ``model.json``."""
    parts = {
        "skin": (face.skin, face.skin_poses, (0.5, 0.5, 0.3, 100.0), {"frontalMask": face.mask}),
        "tongue": (face.tongue, face.tongue_poses, (1.0, 3.5, 5.0, 100.0), {}),
    }
    entry = {}
    for part, (mesh, poses, strengths, extra) in parts.items():
        data, config = f"bs_{part}{suffix}.npz", f"bs_{part}_config{suffix}.json"
        names = np.array([b"neutral", *(name.encode() for name in poses)])
        arrays: dict[str, Any] = {"poseNames": names, "neutral": mesh, "rig_version": np.array(["1.0"]), **extra, **poses}
        np.savez(folder / data, **arrays)
        write_json(folder / config, solver_config(list(poses), mesh, strengths, part == "tongue"))
        entry[part] = {"config": config, "data": data}
    return entry


def write_regression(folder: Path, seed: int = 1, sizes: Sizes | None = None, source_shot: str = "s1_neutral") -> Path:
    """A version 2.3 bundle.

    Args:
        folder: created; must be empty or new.
        seed: of everything made up.
        sizes: of meshes and bases.
        source_shot: ``s1_neutral`` (rows from 0) or ``s2_joy`` (rows from 40).

    Returns:
        ``folder``.
    """
    size, rng = sizes or Sizes(), np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    face = _face(rng, size)
    matrices: dict[str, Any] = {
        "shapes_matrix_skin": _components(rng, face.skin_poses, size.skin_shapes), "shapes_mean_skin": face.skin,
        "shapes_matrix_tongue": _components(rng, face.tongue_poses, size.tongue_shapes), "shapes_mean_tongue": face.tongue,
    }  # fmt: skip
    np.savez(folder / "model_data.npz", **matrices, **face.common)
    database: dict[str, Any] = {
        "emo_db": rng.normal(0, 0.05, (60, size.implicit)).astype(np.float32), "emo_spec_names": np.array([b"s1_neutral", b"s2_joy"]),
        "emo_spec_start": np.array([0, 40], np.int32), "emo_spec_size": np.array([40, 20], np.int32),
    }  # fmt: skip
    np.savez(folder / "implicit_emo_db.npz", **database)
    frame = 33 if source_shot == "s1_neutral" else 5
    write_json(folder / "model_config.json", {"config": {**MARK_CONFIG, "source_shot": source_shot, "source_frame": frame}})
    _write_regression_index(folder, size, _write_blendshapes(folder, face))
    regression_network(rng, size).write(folder / "network.onnx")
    return folder


def _write_regression_index(folder: Path, size: Sizes, blendshapes: dict[str, Any]) -> None:
    write_json(folder / "model.json", {
        "networkInfoPath": "network_info.json", "networkPath": "network.trt", "emotionDatabasePath": "implicit_emo_db.npz",
        "modelConfigPath": "model_config.json", "modelDataPath": "model_data.npz", "blendshapePaths": blendshapes,
    })  # fmt: skip
    write_json(folder / "network_info.json", {
        "id": {"type": "regression", "actor": "Synthetic", "version": "2.3.1", "output": "geometry"},
        "params": {
            "implicit_emotion_len": size.implicit, "explicit_emotions": list(EMOTIONS), "default_emotion": [0.0] * len(EMOTIONS),
            "num_shapes_skin": size.skin_shapes, "num_verts_skin": size.skin_vertices, "num_shapes_tongue": size.tongue_shapes,
            "num_verts_tongue": size.tongue_vertices, "result_jaw_size": 15, "result_eyes_size": 4,
        },
        "audio_params": {"buffer_len": size.buffer_len, "buffer_ofs": size.buffer_ofs, "samplerate": 16000},
    })  # fmt: skip
    flags = [f"--{kind}Shapes=input:{{{name}_BATCH_SIZE}}x1x{size.buffer_len}" for kind, name in (("max", "MAX"), ("opt", "OPT"))]
    build = {
        "trt_build_param": {"batch": ["--minShapes=input:1x1x8320", *flags]},
        "defaults": {"MAX_BATCH_SIZE": 128, "OPT_BATCH_SIZE": 10},
    }
    write_json(folder / "trt_info.json", build)


def regression_network(rng: np.random.Generator, size: Sizes) -> GraphWriter:
    """A network with the real names and shapes: Conv, Relu, Linear over sound and emotion."""
    graph = GraphWriter()
    frames = (size.buffer_len - 640) // 320 + 1
    width = size.skin_shapes + size.tongue_shapes + 15 + 4
    emotions = size.implicit + len(EMOTIONS)
    graph.input("input", ("batch", 1, size.buffer_len))
    graph.input("emotion", ("batch", 1, emotions))
    kernel = graph.constant(rng.normal(0, 0.3, (16, 1, 640)))
    sound = graph.node("Relu", graph.node("Conv", "input", kernel, graph.constant(np.zeros(16)), strides=[320], kernel_shape=[640]))
    joined = graph.node("Concat", graph.node("Flatten", sound, axis=1), graph.node("Flatten", "emotion", axis=1), axis=1)
    weight = rng.normal(0, 0.06, (16 * frames + emotions, width))
    weight[:, -19:] *= 0.3
    weight[: 16 * frames, 0] = 0.05  # louder opens the jaw
    flat = graph.node("Gemm", joined, graph.constant(weight), graph.constant(np.zeros(width)))
    graph.node("Unsqueeze", flat, graph.shape(1), out="result")
    graph.output("result", ("batch", 1, width))
    return graph


DIFFUSION_SIZES = Sizes(skin_vertices=200, tongue_vertices=60)


def write_diffusion(folder: Path, seed: int = 2, sizes: Sizes = DIFFUSION_SIZES) -> Path:
    """A version 3.0 bundle with three identities; arguments as of write_regression."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    blendshapes, jaws = [], []
    for name in IDENTITIES:
        face = _face(rng, sizes)
        neutral: dict[str, Any] = {"neutral_skin": face.skin, "neutral_tongue": face.tongue}
        np.savez(folder / f"model_data_{name}.npz", **neutral, **face.common)
        write_json(folder / f"model_config_{name}.json", {"config": {**MARK_CONFIG, "input_strength": 1.0}})
        blendshapes.append(_write_blendshapes(folder, face, f"_{name}"))
        jaws.append(face.skin_poses["jawOpen"].reshape(-1))
    write_json(folder / "model.json", {
        "networkInfoPath": "network_info.json", "networkPath": "network.trt", "blendshapePaths": blendshapes,
        "modelConfigPaths": [f"model_config_{name}.json" for name in IDENTITIES],
        "modelDataPaths": [f"model_data_{name}.npz" for name in IDENTITIES],
    })  # fmt: skip
    write_json(folder / "network_info.json", {
        "id": {"type": "diffusion", "actor": "multi", "version": "3.0", "output": "geometry"},
        "params": {
            "emotions": list(EMOTIONS), "default_emotion": [0.0] * len(EMOTIONS), "identities": list(IDENTITIES),
            "skin_size": 3 * sizes.skin_vertices, "tongue_size": 3 * sizes.tongue_vertices, "jaw_size": 15, "eyes_size": 4,
            "num_diffusion_steps": 2, "num_gru_layers": 2, "gru_latent_dim": sizes.latent, "num_frames_left_truncate": 15,
            "num_frames_right_truncate": 15, "num_frames_center": 30,
        },
        "audio_params": {"buffer_len": 16000, "padding_left": 16000, "padding_right": 16000, "samplerate": 16000},
    })  # fmt: skip
    diffusion_network(rng, sizes, np.mean(jaws, axis=0)).write(folder / "network.onnx")
    return folder


def diffusion_network(rng: np.random.Generator, sizes: Sizes, jaw: np.ndarray) -> GraphWriter:
    """A network with the real names and shapes: 60 slices of sound, 30 kept frames, a state that is handed on; loudness moves ``jaw``."""
    graph, latent, emotions = GraphWriter(), sizes.latent, len(EMOTIONS)
    width = 3 * sizes.skin_vertices + 3 * sizes.tongue_vertices + 19
    graph.input("window", ("batch", 16000))
    graph.input("identity", ("batch", len(IDENTITIES)))
    graph.input("emotion", ("batch", 30, emotions))
    graph.input("input_latents", (2, 2, "batch", latent))
    graph.input("noise", ("batch", 3, 60, width))
    cut = graph.node("Slice", "window", graph.shape(0), graph.shape(15960), graph.shape(1))
    slices = graph.node("Abs", graph.linear(graph.node("Reshape", cut, graph.shape(0, 60, 266)), rng.normal(0, 0.2, (266, 8))))
    middle = graph.node("Slice", slices, graph.shape(15), graph.shape(45), graph.shape(1))
    memory = graph.node(
        "Gather", graph.node("Gather", "input_latents", graph.constant(1, np.int64), axis=0), graph.constant(1, np.int64), axis=0
    )
    batch = graph.node("Slice", graph.node("Shape", "window"), graph.shape(0), graph.shape(1))
    spread = []
    for name, size in (("identity", len(IDENTITIES)), (memory, latent)):
        wanted = graph.node("Concat", batch, graph.shape(30, size), axis=0)
        spread.append(graph.node("Expand", graph.node("Unsqueeze", name, graph.shape(1)), wanted))
    features = graph.node("Concat", middle, spread[0], "emotion", spread[1], axis=2)
    weight = rng.normal(0, 0.05, (8 + len(IDENTITIES) + emotions + latent, width))
    weight[:8, : len(jaw)] += 0.2 * jaw
    noise = graph.node(
        "Slice", graph.node("Gather", "noise", graph.constant(0, np.int64), axis=1), graph.shape(15), graph.shape(45), graph.shape(1)
    )
    kept = graph.node("Add", graph.linear(features, weight), graph.node("Mul", noise, graph.constant(1e-3)))
    graph.node("Pad", kept, graph.shape(0, 15, 0, 0, 15, 0), out="prediction")
    mean = graph.node("ReduceMean", middle, axes=[1], keepdims=0)
    state = graph.node("Reshape", graph.linear(mean, rng.normal(0, 0.5, (8, 4 * latent))), graph.shape(0, 2, 2, latent))
    update = graph.node("Tanh", graph.node("Transpose", state, perm=[1, 2, 0, 3]))
    graph.node("Add", graph.node("Mul", "input_latents", graph.constant(0.5)), update, out="output_latents")
    graph.output("prediction", ("batch", 60, width))
    graph.output("output_latents", (2, 2, "batch", latent))
    return graph


def write_audio2emotion(folder: Path, seed: int = 3) -> Path:
    """An Audio2Emotion bundle; arguments as of write_regression."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    emotions = {"angry": 1, "disgust": 3, "fear": 4, "happy": 6, "neutral": -1, "sad": 9}
    write_json(folder / "model.json", {
        "networkInfoPath": "network_info.json", "networkPath": "network.trt", "modelConfigPath": "model_config.json",
    })  # fmt: skip
    write_json(folder / "network_info.json", {"emotions": list(emotions), "audio_params": {"samplerate": 16000}})
    write_json(folder / "model_config.json", {"post_processing_config": {
        "output_emotion_length": 10, "emotion_contrast": 1.0, "max_emotions": 6, "live_blend_coef": 0.7, "enable_preferred_emotion": False,
        "preferred_emotion_strength": 0.5, "preferred_emotion": [0.0] * 10, "transition_smoothing": 0.5, "fixed_dt": 0.033,
        "emotion_strength": 0.6, "emotion_correspondence": emotions,
    }})  # fmt: skip
    graph = GraphWriter()
    graph.input("input_values", ("batch", "samples"))
    sound = graph.node("Unsqueeze", "input_values", graph.shape(1))
    layer = graph.node("Conv", sound, graph.constant(rng.normal(0, 0.3, (8, 1, 400))), strides=[320], kernel_shape=[400])
    mean = graph.node("ReduceMean", graph.node("Relu", layer), axes=[2], keepdims=0)
    graph.node("Gemm", mean, graph.constant(rng.normal(0, 1, (8, 6))), graph.constant(np.zeros(6)), out="output")
    graph.output("output", ("batch", 6))
    graph.write(folder / "network.onnx")
    return folder
