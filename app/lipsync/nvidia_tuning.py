"""NVIDIA's parameters as keys of a tuning. Part of the door to ``models``; needs no torch.

Keys are ``nvidia/GROUP/NAME``: face, skin and tongue (the solver of each), multiplier, offset, active, cancel, symmetric (by shape),
clamp/weights, emotion (of Audio2Emotion) and beginning (the emotion at the start).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.core.errors import PresetError
from app.core.native import NVIDIA, NativeParameter, of_family

if TYPE_CHECKING:
    from models.nvidia.layout import Identity
    from models.nvidia.parameters import BundleTuning, FaceParameters, Parameter

#: NVIDIA gives no upper end to these; a control needs one
_TOP = {"input_strength": 4.0, "l1": 10.0, "l2": 20.0, "temporal": 20.0, "symmetry": 500.0, "live_transition_time": 5.0}
_BOTTOM = {"template_bb_size": 1.0}
_TOP["template_bb_size"] = 200.0
_DECIMALS = {"eye_saccade_seed": 0, "max_emotions": 0, "symmetry": 0}
_DECIMALS |= dict.fromkeys(("upper_face_smoothing", "lower_face_smoothing", "face_mask_softness"), 4)
_UNITS = {"deg": "°", "": ""}
#: names by group of controls; the rest of the face is the first group
_MOUTH = ("tongue_", "lower_teeth_")
_EYES = ("eyeballs_", "saccade_", "right_eye_", "left_eye_", "eye_saccade_")
FACE, MOUTH, EYES = "NVIDIA face", "NVIDIA tongue and teeth", "NVIDIA eyes"
SOLVER, MULTIPLIERS, OFFSETS, EMOTION = "NVIDIA solver", "NVIDIA multipliers", "NVIDIA offsets", "NVIDIA Audio2Emotion"
#: the solver's numbers: short, and as NVIDIA's files spell them
_SOLVER = {
    "l1": ("L1", "strengthL1regularization"), "l2": ("L2", "strengthL2regularization"),
    "temporal": ("temporal", "strengthTemporalSmoothing"), "symmetry": ("symmetry", "strengthSymmetry"),
    "template_bb_size": ("templateBBSize", "templateBBSize"),
}  # fmt: skip
#: groups of BlendshapeTuning that go by shape, and how their numbers are held
_BY_SHAPE: dict[str, tuple[str, type]] = {
    "multiplier": ("multipliers", float), "offset": ("offsets", float), "active": ("active", bool), "cancel": ("cancel", int),
    "symmetric": ("symmetric", int),
}  # fmt: skip
CHOOSE = "correct the preset."
#: title -> name of the sets of defaults that exist
SETS = {"NVIDIA: as in the bundle": "bundle", "NVIDIA: as in the SDK": "sdk", "NVIDIA: as in the service (Claire)": "nim"}


def key_of(group: str, name: str) -> str:
    """The key of a parameter."""
    return f"{NVIDIA}/{group}/{name}"


def _group_of(name: str) -> str:
    return MOUTH if name.startswith(_MOUTH) else EYES if name.startswith(_EYES) else FACE


def _parameter(of: Parameter, names: tuple[str, str, str], default: float, about: str = "") -> NativeParameter:
    """One row; names are key, spelling and group."""
    again = " The network runs again." if of.name == "input_strength" else ""
    return NativeParameter(
        *names, f"{about or of.about}{again}", _BOTTOM.get(of.name, of.low), _TOP.get(of.name, of.high), default,
        _UNITS.get(of.unit, f" {of.unit}"), _DECIMALS.get(of.name, 2),
    )  # fmt: skip


def parameters_of(identity: Identity) -> tuple[NativeParameter, ...]:
    """Everything that can be tuned of a bundle's face, with the bundle's own numbers as defaults.

    Args:
        identity: of the loaded bundle.
    """
    from models.nvidia.parameters import FACE_PARAMETERS, preset

    sdk, nim = (preset(name, identity.face) for name in ("sdk", "nim"))
    made = []
    for name, of in FACE_PARAMETERS.items():
        own = float(getattr(identity.face, name))
        sets = f" Bundle {own:g}, SDK {getattr(sdk, name):g}"
        sets += "" if of.nim_claire is None else f", service (Claire) {getattr(nim, name):g}"
        made.append(_parameter(of, (key_of("face", name), of.camel, _group_of(name)), own, f"{of.about}{sets}."))
    made += _solver(identity)
    made += _by_shape(identity)
    return (*made, *emotion_parameters())


def _solver(identity: Identity) -> list[NativeParameter]:
    from models.nvidia.parameters import SOLVER_PARAMETERS

    made = []
    for part, rig in (("skin", identity.skin_rig), ("tongue", identity.tongue_rig)):
        if rig is None:
            continue
        for name, of in SOLVER_PARAMETERS.items():
            words, spelt = _SOLVER[name]
            own = float(getattr(rig.settings, name))
            made.append(_parameter(of, (key_of(part, name), words, f"{SOLVER}, {part}"), own, f"{of.about} NVIDIA: {spelt}"))
    return made


def _by_shape(identity: Identity) -> list[NativeParameter]:
    made = []
    rigs = [rig for rig in (identity.skin_rig, identity.tongue_rig) if rig is not None]
    for kind, group, low, high, about in (
        ("multiplier", MULTIPLIERS, 0.0, 4.0, "factor on the solved weight; NVIDIA: weight_multipliers"),
        ("offset", OFFSETS, -1.0, 1.0, "added after the multiplier; NVIDIA: weight_offsets"),
    ):
        for rig in rigs:
            settings = rig.settings
            for i, name in enumerate(rig.names):
                default = float(getattr(settings, f"{kind}s")[i])
                idle = "" if settings.active[i] or kind == "offset" else " The solver leaves this shape out."
                made.append(NativeParameter(key_of(kind, name), name, group, f"{name}: {about}.{idle}", low, high, default))
    return made


def emotion_parameters() -> tuple[NativeParameter, ...]:
    """The numbers with which Audio2Emotion's output becomes an expression; defaults of NVIDIA's service."""
    from models.nvidia.parameters import EMOTION_PARAMETERS, EmotionTuning

    plain = EmotionTuning()
    rows = [(of, (key_of("emotion", name), of.camel, EMOTION)) for name, of in EMOTION_PARAMETERS.items()]
    return tuple(_parameter(of, names, float(getattr(plain, of.name))) for of, names in rows if of.name != "preferred_emotion_strength")


def nvidia_tuning(native: Mapping[str, float]) -> BundleTuning:
    """Keys as the runtime wants them.

    Args:
        native: of any families; NVIDIA's are taken.

    Raises:
        PresetError: an unknown name, or a value out of range.
    """
    from models.nvidia.errors import BundleError
    from models.nvidia.parameters import SOLVER_PARAMETERS, BlendshapeTuning, BundleTuning, EmotionTuning, FaceParameters

    groups: dict[str, dict[str, float]] = {}
    for key, value in of_family(native, NVIDIA).items():
        _, group, name = key.split("/", 2)
        groups.setdefault(group, {})[name] = value
    face, emotion = groups.pop("face", {}), groups.pop("emotion", {})
    fields: dict[str, Any] = {part: groups.pop(part, {}) for part in ("skin", "tongue")}
    for kind, (field, form) in _BY_SHAPE.items():
        fields[field] = {name: form(value) for name, value in groups.pop(kind, {}).items()}
    clamp, beginning = groups.pop("clamp", {}), groups.pop("beginning", {})
    if groups:
        raise PresetError(f"There is no group of NVIDIA's parameters {next(iter(groups))!r}; {CHOOSE}")
    try:
        FaceParameters().changed(face)
        for name, value in (*fields["skin"].items(), *fields["tongue"].items()):
            if name not in SOLVER_PARAMETERS:
                raise PresetError(f"There is no solver parameter {name!r}; {CHOOSE}")
            SOLVER_PARAMETERS[name].check(value)
        shapes = BlendshapeTuning(clamp=clamp.get("weights", 0.0) > 0.5, **fields)
        return BundleTuning(None, face, shapes, EmotionTuning(**_emotion(emotion), beginning=beginning))
    except BundleError as error:
        raise PresetError(str(error)) from error


def _emotion(values: Mapping[str, float]) -> dict[str, Any]:
    from models.nvidia.parameters import EMOTION_PARAMETERS

    made: dict[str, Any] = {}
    for name, value in values.items():
        if name == "enable_preferred_emotion":
            made[name] = value > 0.5
        elif name in EMOTION_PARAMETERS:
            made[name] = round(value) if name == "max_emotions" else value
        else:
            raise PresetError(f"There is no emotion parameter {name!r}; {CHOOSE}")
    return made


def without_defaults(native: Mapping[str, float], parameters: tuple[NativeParameter, ...]) -> dict[str, float]:
    """The same without what the bundle has anyway, so that equal tunings compare equal.

    Args:
        native: the parameters.
        parameters: of the bundle.
    """
    own = {each.key: each.default for each in parameters}
    return {key: value for key, value in native.items() if key not in own or abs(value - own[key]) > 1e-9}


def default_sets(parameters: tuple[NativeParameter, ...]) -> dict[str, dict[str, float]]:
    """The three sets of defaults that exist for the face, which differ.

    Args:
        parameters: of the bundle.

    Returns:
        Title -> the parameters in which a set differs from the bundle's own.
    """
    from models.nvidia.parameters import preset

    own = face_in_force({}, parameters)
    sets = {}
    for title, name in SETS.items():
        face = preset(name, own)
        native = {p.key: float(getattr(face, p.key.rpartition("/")[2])) for p in parameters if p.key.startswith(key_of("face", ""))}
        sets[title] = without_defaults(native, parameters)
    return sets


def is_nvidia(parameters: tuple[NativeParameter, ...]) -> bool:
    """Whether parameters are those of a bundle."""
    return bool(of_family({each.key: each.default for each in parameters[:1]}, NVIDIA))


def face_in_force(native: Mapping[str, float], parameters: tuple[NativeParameter, ...]) -> FaceParameters:
    """The animator's numbers: the bundle's own, with the user's on top.

    Args:
        native: the user's parameters.
        parameters: of the bundle.
    """
    from models.nvidia.parameters import FaceParameters

    prefix = key_of("face", "")
    own = {p.key.removeprefix(prefix): p.default for p in parameters if p.key.startswith(prefix)}
    changed = {key.removeprefix(prefix): value for key, value in native.items() if key.startswith(prefix)}
    return FaceParameters().changed({**own, **changed})
