"""NVIDIA's stylization files as parameters of a bundle, both ways. Part of the door to ``models``; needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.core.errors import PresetError, PreviewError
from app.core.native import NativeParameter
from app.core.tuning import Tuning
from app.formats import nvidia_yaml
from app.formats.nvidia_yaml import Stylization
from app.formats.track_file import write_beside
from app.lipsync.nvidia_tuning import MULTIPLIERS, OFFSETS, face_in_force, key_of, nvidia_tuning, without_defaults

#: what a stylization file of NVIDIA's holds of the face, in its order; the animator's other numbers follow behind
FACE_ORDER = (
    "eyelid_open_offset", "face_mask_level", "face_mask_softness", "input_strength", "lip_open_offset", "lower_face_smoothing",
    "lower_face_strength", "skin_strength", "upper_face_smoothing", "upper_face_strength",
)  # fmt: skip
_POST = ("emotion_strength", "emotion_contrast", "max_emotions", "live_blend_coef", "preferred_emotion_strength", "live_transition_time")


def read_stylization(path: Path, parameters: tuple[NativeParameter, ...] = ()) -> tuple[dict[str, float], tuple[str, ...]]:
    """NVIDIA's stylization YAML, or the sample client's configuration.

    Args:
        path: the file.
        parameters: of the bundle that it will tune.

    Returns:
        The parameters by key, and what of the file has no place among them.

    Raises:
        PresetError: it is no such file, an unknown name, or a value is out of range.
    """
    file = nvidia_yaml.read(path)
    return without_defaults(native_of(file, path.name), parameters), ("its emotion keys",) if file.keys else ()


def native_of(file: Stylization, name: str) -> dict[str, float]:
    """What a file says as keys; what is as the runtime's default is left out where a file cannot have named it.

    Args:
        file: as it was read.
        name: for messages.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    from models.nvidia.names import SKIN_POSES, TONGUE_POSES
    from models.nvidia.parameters import EmotionTuning

    native = {key_of("face", each): value for each, value in file.face.items()}
    active = {shape: float(value != 0) for shape, value in file.active.items()}
    by_shape = (("multiplier", file.multipliers), ("offset", file.offsets), ("active", active))
    for kind, values in (*by_shape, ("cancel", file.cancel), ("symmetric", file.symmetric)):
        unknown = [shape for shape in values if shape not in SKIN_POSES + TONGUE_POSES]
        if unknown:
            raise PresetError(f"{name}: there is no shape {unknown[0]!r}; correct the file.")
        native |= {key_of(kind, shape): float(value) for shape, value in values.items()}
    if file.clamped:
        native[key_of("clamp", "weights")] = 1.0
    feelings = {key_of("emotion", each): value for each, value in file.emotion.items()}
    feelings |= {} if file.prefers_emotion is None else {key_of("emotion", "enable_preferred_emotion"): float(file.prefers_emotion)}
    beginning = {key_of("beginning", each): value for each, value in file.beginning.items()}
    try:
        emotion = nvidia_tuning({**native, **feelings, **beginning}).emotion
    except PresetError as error:
        raise PresetError(f"{name}: {error}") from error
    plain = EmotionTuning()
    for key in feelings:
        each = key.rpartition("/")[2]
        if getattr(emotion, each) != getattr(plain, each):
            native[key] = float(getattr(emotion, each))
    return native | {key: value for key, value in beginning.items() if value}


def stylization_of(native: Mapping[str, float], parameters: tuple[NativeParameter, ...]) -> Stylization:
    """A stylization file with every number in force.

    Args:
        native: the user's parameters.
        parameters: of the bundle; their defaults hold where the user has none.
    """
    from models.nvidia.names import EMOTIONS
    from models.nvidia.parameters import FACE_PARAMETERS

    tuning, face = nvidia_tuning(native), face_in_force(native, parameters)
    shapes, emotion = tuning.blendshapes, tuning.emotion
    multipliers, offsets = ({p.name: p.default for p in parameters if p.group == group} for group in (MULTIPLIERS, OFFSETS))
    return Stylization(
        face={name: getattr(face, name) for name in (*FACE_ORDER, *(name for name in FACE_PARAMETERS if name not in FACE_ORDER))},
        multipliers={name: float(shapes.multipliers.get(name, value)) for name, value in multipliers.items()},
        offsets={name: float(shapes.offsets.get(name, offsets.get(name, 0.0))) for name in multipliers},
        clamped=shapes.clamp,
        active={name: int(value) for name, value in shapes.active.items()},
        cancel=shapes.cancel,
        symmetric=shapes.symmetric,
        emotion={name: getattr(emotion, name) for name in _POST},
        prefers_emotion=emotion.enable_preferred_emotion,
        beginning={name: float(emotion.beginning.get(name, 0.0)) for name in EMOTIONS},
    )


def write_stylization(path: Path, tuning: Tuning, parameters: tuple[NativeParameter, ...]) -> tuple[str, ...]:
    """Write a stylization file so that a failure leaves no half-written one.

    Args:
        path: ends in ``.yaml``.
        tuning: of the slot.
        parameters: of its bundle.

    Returns:
        What the file cannot hold.

    Raises:
        PresetError: the folder cannot be written to.
    """
    try:
        write_beside(path, nvidia_yaml.text_of(stylization_of(tuning.native, parameters)))
    except PreviewError as error:
        raise PresetError(str(error)) from error
    solver = any(key.startswith((key_of("skin", ""), key_of("tongue", ""))) for key in tuning.native)
    lost = {"this program's own adjustments": not tuning.is_neutral, "the solver's numbers": solver}
    return tuple(name for name, is_lost in lost.items() if is_lost)
