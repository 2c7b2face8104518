"""NVIDIA's tuning files: the service's stylization YAML and the sample client's configuration, read and written.

The two spell the same numbers differently: the stylization uses snake_case and calls the lip and lid offsets
``lip_close_offset`` and ``eyelid_offset`` (same sign as the animator's open offsets: Mark's files hold -0.03 and 0.06 in
both), the client uses camelCase.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from models.nvidia.errors import BundleError
from models.nvidia.fields import is_number
from models.nvidia.names import EMOTIONS, SKIN_POSES, TONGUE_POSES, camel, shape_name
from models.nvidia.parameters import EMOTION_PARAMETERS, FACE_PARAMETERS, BlendshapeTuning, EmotionTuning, FaceParameters, Tuning

MAX_YAML_BYTES = 4_000_000
SHAPES = SKIN_POSES + TONGUE_POSES
#: stylization spelling -> this package's
_STYLIZED = {"eyelid_offset": "eyelid_open_offset", "lip_close_offset": "lip_open_offset"}
_WRITTEN = {ours: theirs for theirs, ours in _STYLIZED.items()}
_FROM_CAMEL = {camel(name): name for name in FACE_PARAMETERS}
#: what a stylization file of NVIDIA's holds, in its order
STYLIZED_FACE = (
    "eyelid_open_offset", "face_mask_level", "face_mask_softness", "input_strength", "lip_open_offset", "lower_face_smoothing",
    "lower_face_strength", "skin_strength", "upper_face_smoothing", "upper_face_strength",
)  # fmt: skip
_CLIENT_FACE = (
    "upper_face_strength", "upper_face_smoothing", "lower_face_strength", "lower_face_smoothing", "face_mask_level", "face_mask_softness",
    "skin_strength", "eyelid_open_offset", "lip_open_offset", "tongue_strength", "tongue_height_offset", "tongue_depth_offset",
)  # fmt: skip
_POST = ("emotion_contrast", "emotion_strength", "live_blend_coef", "max_emotions", "preferred_emotion_strength")


def read_tuning(path: Path) -> Tuning:
    """Open either kind of file.

    Args:
        path: a YAML file.

    Returns:
        What it says; numbers that it does not name stay as the bundle has them.

    Raises:
        BundleError: not such a file, an unknown name, or a value out of range.
    """
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise BundleError(f"{path.name} is too large for a tuning file; choose NVIDIA's stylization YAML.")
        return parse_tuning(path.read_text("utf-8-sig"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path.name} cannot be read; choose NVIDIA's stylization YAML.") from error


def parse_tuning(text: str, name: str = "The tuning file") -> Tuning:
    """The same from the file's text."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BundleError(f"{name} is not valid YAML; choose NVIDIA's stylization YAML.") from error
    root = _mapping(data, name)
    if "a2f" in root:
        return _stylization(root, name)
    if "face_parameters" in root or "blendshape_parameters" in root:
        return _client(root, name)
    raise BundleError(f"{name} has neither a2f nor face_parameters; choose NVIDIA's stylization YAML.")


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BundleError(f"{name} must hold names with values; choose NVIDIA's stylization YAML.")
    return value


def _numbers(value: Any, name: str) -> dict[str, float]:
    found = _mapping(value, name)
    for key, number in found.items():
        if not is_number(number):
            raise BundleError(f"{name}: {key} must be a number, not {number!r}; correct the file.")
    return {key: float(number) for key, number in found.items()}


def _shapes(value: Any, name: str) -> dict[str, float]:
    found = {shape_name(key): number for key, number in _numbers(value, name).items()}
    unknown = [key for key in found if key not in SHAPES]
    if unknown:
        raise BundleError(f"{name}: there is no shape {unknown[0]!r}; correct the file.")
    return found


def _pairs(value: Any, name: str) -> dict[str, int]:
    found = _shapes(value, name)
    if any(not v.is_integer() or v < -1 for v in found.values()):
        raise BundleError(f"{name}: pair ids must be whole numbers from -1; correct the file.")
    return {key: int(number) for key, number in found.items()}


def _flag(value: Any, default: bool, name: str) -> bool:
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BundleError(f"{name} must be true or false, not {value!r}; correct the file.")
    return value


def _stylization(root: Mapping[str, Any], name: str) -> Tuning:
    a2f = _mapping(root["a2f"], f"{name}: a2f")
    face = {_STYLIZED.get(key, key): v for key, v in _numbers(a2f.get("face_params"), f"{name}: face_params").items()}
    shapes = _mapping(a2f.get("blendshape_params"), f"{name}: blendshape_params")
    blendshapes = BlendshapeTuning(
        multipliers=_shapes(shapes.get("weight_multipliers"), f"{name}: weight_multipliers"),
        offsets=_shapes(shapes.get("weight_offsets"), f"{name}: weight_offsets"),
        clamp=_flag(shapes.get("enable_clamping_bs_weight"), False, f"{name}: enable_clamping_bs_weight"),
        active={key: bool(v) for key, v in _pairs(shapes.get("active_poses"), f"{name}: active_poses").items()},
        cancel=_pairs(shapes.get("cancel_poses"), f"{name}: cancel_poses"),
        symmetric=_pairs(shapes.get("symmetry_poses"), f"{name}: symmetry_poses"),
    )
    a2e = _mapping(root.get("a2e"), f"{name}: a2e")
    numbers, flags = _post_processing(a2e.get("post_processing_params"), name)
    if "live_transition_time" in a2e:
        numbers["live_transition_time"] = a2e["live_transition_time"]
    beginning = _numbers(root.get("default_beginning_emotions"), f"{name}: default_beginning_emotions")
    return _tuning(name, face, blendshapes, numbers, {**flags, "beginning": beginning})


def _post_processing(value: Any, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = _mapping(value, f"{name}: post-processing")
    numbers = {key: found[key] for key in _POST if key in found}
    preferred = _flag(found.get("enable_preferred_emotion"), True, f"{name}: enable_preferred_emotion")
    return numbers, {"enable_preferred_emotion": preferred}


def _client(root: Mapping[str, Any], name: str) -> Tuning:
    face = {_FROM_CAMEL.get(key, key): v for key, v in _numbers(root.get("face_parameters"), f"{name}: face_parameters").items()}
    shapes = _mapping(root.get("blendshape_parameters"), f"{name}: blendshape_parameters")
    blendshapes = BlendshapeTuning(
        multipliers=_shapes(shapes.get("multipliers"), f"{name}: multipliers"),
        offsets=_shapes(shapes.get("offsets"), f"{name}: offsets"),
        clamp=_flag(shapes.get("enable_clamping_bs_weight"), False, f"{name}: enable_clamping_bs_weight"),
    )
    numbers, flags = _post_processing(root.get("post_processing_parameters"), name)
    if "live_transition_time" in root:
        numbers["live_transition_time"] = root["live_transition_time"]
    beginning = _numbers(root.get("beginning_emotion"), f"{name}: beginning_emotion")
    keys = []
    for entry in _mapping(root.get("emotion_with_timecode_list"), f"{name}: emotion_with_timecode_list").values():
        fields = _mapping(entry, f"{name}: emotion_with_timecode_list")
        if not is_number(fields.get("time_code")):
            raise BundleError(f"{name}: an emotion has no time_code; correct the file.")
        keys.append((float(fields["time_code"]), _numbers(fields.get("emotions"), f"{name}: emotions")))
    keys.sort(key=lambda key: key[0])
    return _tuning(name, face, blendshapes, numbers, {**flags, "beginning": beginning, "keys": tuple(keys)})


def _tuning(
    name: str, face: Mapping[str, float], blendshapes: BlendshapeTuning, numbers: Mapping[str, Any], other: dict[str, Any]
) -> Tuning:
    checked: dict[str, Any] = _numbers(numbers, f"{name}: emotion")
    if "max_emotions" in checked:
        checked["max_emotions"] = round(checked["max_emotions"])
    try:
        FaceParameters().changed(face)
        emotion = EmotionTuning(**checked, **other)
    except BundleError as error:
        raise BundleError(f"{name}: {error}") from error
    return Tuning(None, dict(face), blendshapes, emotion)


def stylization_yaml(tuning: Tuning, face: FaceParameters, names: tuple[str, ...], model_id: str = "custom") -> str:
    """A stylization file in NVIDIA's layout.

    Args:
        tuning: the user's.
        face: the numbers in force (``tuning.face_parameters(bundle)``).
        names: shapes to list, usually the bundle's skin and tongue poses.
        model_id: for ``inference_model_id``.

    Returns:
        YAML text; numbers that NVIDIA's file does not have (tongue, teeth, eyes) follow behind its own under face_params.
    """
    ordered = (*STYLIZED_FACE, *(name for name in FACE_PARAMETERS if name not in STYLIZED_FACE))
    shapes, emotion = tuning.blendshapes, tuning.emotion
    lists: dict[str, Any] = {
        "weight_multipliers": _listed(names, shapes.multipliers, 1.0),
        "weight_offsets": _listed(names, shapes.offsets, 0.0),
    }
    for key, values in (("active_poses", shapes.active), ("cancel_poses", shapes.cancel), ("symmetry_poses", shapes.symmetric)):
        if values:
            lists[key] = {camel(name, upper=True): int(v) for name, v in values.items()}
    data = {
        "default_beginning_emotions": {name: float(emotion.beginning.get(name, 0.0)) for name in EMOTIONS},
        "a2e": {
            "enabled": emotion.recognise,
            "live_transition_time": emotion.live_transition_time,
            "post_processing_params": _post_written(emotion),
        },
        "a2f": {
            "inference_model_id": model_id,
            "enable_tongue_blendshapes": any(name in TONGUE_POSES for name in names),
            "face_params": {_WRITTEN.get(name, name): getattr(face, name) for name in ordered},
            "blendshape_params": {"enable_clamping_bs_weight": shapes.clamp, **lists},
        },
    }
    return yaml.safe_dump(data, sort_keys=False)


def client_yaml(tuning: Tuning, face: FaceParameters, names: tuple[str, ...]) -> str:
    """A configuration for NVIDIA's sample client; arguments as of stylization_yaml."""
    emotion = tuning.emotion
    data: dict[str, Any] = {
        "face_parameters": {camel(name): getattr(face, name) for name in _CLIENT_FACE},
        "blendshape_parameters": {
            "enable_clamping_bs_weight": tuning.blendshapes.clamp,
            "multipliers": _listed(names, tuning.blendshapes.multipliers, 1.0),
            "offsets": _listed(names, tuning.blendshapes.offsets, 0.0),
        },
        "live_transition_time": emotion.live_transition_time,
        "beginning_emotion": {name: float(emotion.beginning.get(name, 0.0)) for name in EMOTIONS},
        "post_processing_parameters": _post_written(emotion),
    }
    if emotion.keys:
        rows = ({"time_code": t, "emotions": {name: float(v.get(name, 0.0)) for name in EMOTIONS}} for t, v in emotion.keys)
        data["emotion_with_timecode_list"] = {f"emotion_with_timecode{i}": row for i, row in enumerate(rows, 1)}
    return yaml.safe_dump(data, sort_keys=False)


def _listed(names: tuple[str, ...], values: Mapping[str, float], default: float) -> dict[str, float]:
    return {camel(name, upper=True): float(values.get(name, default)) for name in names}


def _post_written(emotion: EmotionTuning) -> dict[str, Any]:
    numbers = {name: getattr(emotion, name) for name in EMOTION_PARAMETERS if name in _POST}
    return {**numbers, "enable_preferred_emotion": emotion.enable_preferred_emotion}
