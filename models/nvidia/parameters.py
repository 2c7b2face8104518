"""Every number that NVIDIA lets a user tune, with its name, range and defaults.

Ranges and defaults: the SDK's animator header; the NIM's Claire stylization; the Mark bundle's own file (three sets that differ).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from models.nvidia.errors import BundleError
from models.nvidia.names import EMOTIONS, camel


@dataclass(frozen=True)
class Parameter:
    """What a tuning panel needs to know of one number.

    Attributes:
        name: as in ``model_config.json``.
        low, high: NVIDIA's range; infinite where it gives none.
        sdk: default of the SDK's code.
        nim_claire: default of the NIM's Claire configuration, None where it has none.
        unit: ``s``, ``deg``, ``cm`` or "".
        about: one line for a tool tip.
    """

    name: str
    low: float
    high: float
    sdk: float
    nim_claire: float | None
    unit: str
    about: str

    @property
    def camel(self) -> str:
        """As the runtime's API spells it."""
        return camel(self.name)

    def check(self, value: float) -> float:
        """The value when it lies in range; BundleError with the range otherwise."""
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise BundleError(
                f"{self.name} must lie between {self.low:g} and {self.high:g}, not {value:g}; change it to a value in that range."
            )
        return value


_INF = math.inf
_FACE = (
    Parameter("input_strength", 0, _INF, 1.0, 1.0, "", "Gain on the sound before the network."),
    Parameter("upper_face_smoothing", 0, 0.1, 0.001, 0.001, "s", "Half-life per pole of the smoothing above the mask."),
    Parameter("lower_face_smoothing", 0, 0.1, 0.0023, 0.006, "s", "Half-life per pole of the smoothing below the mask."),
    Parameter("upper_face_strength", 0, 2, 1.0, 1.0, "", "Range of motion of the upper face."),
    Parameter("lower_face_strength", 0, 2, 1.3, 1.25, "", "Range of motion of the lower face."),
    Parameter("face_mask_level", 0, 1, 0.6, 0.6, "", "Height of the border between lower and upper face, 0 chin to 1 top."),
    Parameter("face_mask_softness", 0.001, 0.5, 0.0085, 0.0085, "", "Width of that border."),
    Parameter("skin_strength", 0, 2, 1.0, 1.0, "", "Range of motion of the whole skin."),
    Parameter("blink_strength", 0, 2, 1.0, None, "", "How far a blink closes the lids."),
    Parameter("blink_offset", 0, 1, 0.0, None, "", "Lids closed by this much all the time; blinks come on top."),
    Parameter("eyelid_open_offset", -1, 1, 0.06, 0.0, "", "Rest pose of the lids: above 0 opens them."),
    Parameter("lip_open_offset", -0.2, 0.2, -0.03, 0.0, "", "Rest pose of the lips: above 0 opens them."),
    Parameter("tongue_strength", 0, 3, 1.5, 1.3, "", "Range of motion of the tongue."),
    Parameter("tongue_height_offset", -3, 3, 0.2, 0.0, "cm", "Moves the tongue up."),
    Parameter("tongue_depth_offset", -3, 3, 0.13, 0.0, "cm", "Moves the tongue forward."),
    Parameter("lower_teeth_strength", 0, 2, 1.0, None, "", "Range of motion of the lower teeth."),
    Parameter("lower_teeth_height_offset", -3, 3, 0.0, None, "cm", "Moves the lower teeth up."),
    Parameter("lower_teeth_depth_offset", -3, 3, 0.0, None, "cm", "Moves the lower teeth forward."),
    Parameter("eyeballs_strength", 0, 2, 1.0, None, "", "Range of motion of the eyeballs."),
    Parameter("saccade_strength", 0, 2, 1.0, None, "", "Size of the small restless eye movements."),
    Parameter("right_eye_rot_x_offset", -10, 10, 0.0, None, "deg", "Turns the right eye about its left-right axis."),
    Parameter("right_eye_rot_y_offset", -10, 10, 0.0, None, "deg", "Turns the right eye about its vertical axis."),
    Parameter("left_eye_rot_x_offset", -10, 10, 0.0, None, "deg", "Turns the left eye about its left-right axis."),
    Parameter("left_eye_rot_y_offset", -10, 10, 0.0, None, "deg", "Turns the left eye about its vertical axis."),
    Parameter("eye_saccade_seed", 0, 4999, 0, None, "", "Where in the table of eye movements to start."),
)
#: name -> description of each face parameter, in NVIDIA's order
FACE_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({p.name: p for p in _FACE})


def _checked(table: Mapping[str, Parameter], values: object) -> None:
    for name, parameter in table.items():
        parameter.check(float(getattr(values, name)))


@dataclass(frozen=True)
class FaceParameters:
    """The animator's numbers; defaults are those of the SDK's code (a bundle's own file replaces them)."""

    input_strength: float = 1.0
    upper_face_smoothing: float = 0.001
    lower_face_smoothing: float = 0.0023
    upper_face_strength: float = 1.0
    lower_face_strength: float = 1.3
    face_mask_level: float = 0.6
    face_mask_softness: float = 0.0085
    skin_strength: float = 1.0
    blink_strength: float = 1.0
    blink_offset: float = 0.0
    eyelid_open_offset: float = 0.06
    lip_open_offset: float = -0.03
    tongue_strength: float = 1.5
    tongue_height_offset: float = 0.2
    tongue_depth_offset: float = 0.13
    lower_teeth_strength: float = 1.0
    lower_teeth_height_offset: float = 0.0
    lower_teeth_depth_offset: float = 0.0
    eyeballs_strength: float = 1.0
    saccade_strength: float = 1.0
    right_eye_rot_x_offset: float = 0.0
    right_eye_rot_y_offset: float = 0.0
    left_eye_rot_x_offset: float = 0.0
    left_eye_rot_y_offset: float = 0.0
    eye_saccade_seed: int = 0

    def __post_init__(self) -> None:
        _checked(FACE_PARAMETERS, self)

    def changed(self, values: Mapping[str, float]) -> FaceParameters:
        """A copy with some numbers replaced.

        Args:
            values: name (snake_case) -> number.

        Raises:
            BundleError: an unknown name or a value out of range.
        """
        unknown = [name for name in values if name not in FACE_PARAMETERS]
        if unknown:
            raise BundleError(f"There is no face parameter {unknown[0]!r}; the names are those of model_config.json.")
        numbers: dict[str, Any] = {k: round(v) if k == "eye_saccade_seed" else float(v) for k, v in values.items()}
        return replace(self, **numbers)


def preset(name: str, bundle: FaceParameters) -> FaceParameters:
    """One of the three sets of defaults that exist.

    Args:
        name: ``bundle`` (the file's own), ``sdk`` (the SDK's code) or ``nim`` (the service's Claire stylization).
        bundle: the file's numbers; what the service does not name stays as there.
    """
    sets = {"bundle": {}, "sdk": {p.name: p.sdk for p in _FACE}, "nim": {p.name: p.nim_claire for p in _FACE if p.nim_claire is not None}}
    if name not in sets:
        raise BundleError(f"There is no set of defaults {name!r}; choose from {', '.join(sets)}.")
    return bundle.changed(sets[name])


_SOLVER = (
    Parameter("l1", 0, _INF, 1.0, None, "", "Pulls the sum of all weights down (enters squared)."),
    Parameter("l2", 0, _INF, 3.5, None, "", "Pulls every weight down."),
    Parameter("temporal", 0, _INF, 0.0, None, "", "Pulls weights towards the frame before."),
    Parameter("symmetry", 0, _INF, 100.0, None, "", "Pulls left and right together."),
    Parameter("template_bb_size", 1e-6, _INF, 54.7, None, "cm", "Size of the mesh that the strengths were made for."),
)
#: name -> description of the solver's numbers; the bundle's file wins over these defaults of the SDK's header
SOLVER_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({p.name: p for p in _SOLVER})


@dataclass(frozen=True)
class SolverSettings:
    """One part's ``blendshape_params``; all tuples are aligned with the poses without neutral.

    Attributes:
        l1, l2, temporal, symmetry, template_bb_size: see SOLVER_PARAMETERS.
        active: whether the solver may use a pose.
        cancel, symmetric: pair ids; -1 for none, equal ids make a pair.
        multipliers, offsets: applied to the solution.
    """

    active: tuple[bool, ...]
    cancel: tuple[int, ...]
    symmetric: tuple[int, ...]
    multipliers: tuple[float, ...]
    offsets: tuple[float, ...]
    l1: float = 1.0
    l2: float = 3.5
    temporal: float = 0.0
    symmetry: float = 100.0
    template_bb_size: float = 54.7

    def __post_init__(self) -> None:
        _checked(SOLVER_PARAMETERS, self)
        lengths = {len(v) for v in (self.active, self.cancel, self.symmetric, self.multipliers, self.offsets)}
        if len(lengths) != 1:
            raise BundleError("The blendshape lists differ in length; give each one value per pose.")


@dataclass(frozen=True)
class BlendshapeTuning:
    """What a user changes of the solve, by shape name (``jawOpen``, ``tongueStretch``); a missing name keeps the bundle's value.

    Attributes:
        multipliers, offsets: out = weight * multiplier + offset.
        clamp: keep the result in 0..1 (NVIDIA's ``enable_clamping_bs_weight``, off by default).
        active, cancel, symmetric: replace the bundle's lists.
        skin, tongue: replace the solver's numbers of that part (names of SOLVER_PARAMETERS).
    """

    multipliers: Mapping[str, float] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
    clamp: bool = False
    active: Mapping[str, bool] = field(default_factory=dict)
    cancel: Mapping[str, int] = field(default_factory=dict)
    symmetric: Mapping[str, int] = field(default_factory=dict)
    skin: Mapping[str, float] = field(default_factory=dict)
    tongue: Mapping[str, float] = field(default_factory=dict)

    def applied(self, names: tuple[str, ...], settings: SolverSettings, part: str) -> SolverSettings:
        """The bundle's settings with this tuning on top.

        Args:
            names: the part's poses without neutral.
            settings: from the bundle.
            part: ``skin`` or ``tongue``.

        Raises:
            BundleError: a number out of range or an unknown solver name.
        """
        numbers: dict[str, Any] = dict(self.skin if part == "skin" else self.tongue)
        unknown = [name for name in numbers if name not in SOLVER_PARAMETERS]
        if unknown:
            raise BundleError(f"There is no solver parameter {unknown[0]!r}; choose from {', '.join(SOLVER_PARAMETERS)}.")
        lists: dict[str, Any] = {}
        for key in ("multipliers", "offsets", "active", "cancel", "symmetric"):
            mine, given = getattr(self, key), getattr(settings, key)
            lists[key] = tuple(mine.get(name, value) for name, value in zip(names, given, strict=True))
        return replace(settings, **lists, **numbers)


_EMOTION = (
    Parameter("emotion_strength", 0, 1, 0.6, 0.6, "", "Strength of recognised emotions against neutral."),
    Parameter("emotion_contrast", 0.3, 3, 1.0, 1.0, "", "Spreads recognised emotions apart."),
    Parameter("max_emotions", 1, 6, 6, 3, "", "How many recognised emotions may act at once."),
    Parameter("live_blend_coef", 0, 1, 0.7, 0.7, "", "Share of the frame before in the smoothing of emotions."),
    Parameter("preferred_emotion_strength", 0, 1, 0.5, 0.5, "", "Share of the preferred emotion in the mixture."),
    Parameter("live_transition_time", 0, _INF, 0.5, 0.5, "s", "How long one emotion takes to become another."),
)
#: name -> description of the numbers about emotion
EMOTION_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({p.name: p for p in _EMOTION})


@dataclass(frozen=True)
class EmotionTuning:
    """How emotions come and go; defaults of the NIM.

    Attributes:
        recognise: let an Audio2Emotion bundle listen (off by default; needs its licence, see audio2emotion).
        enable_preferred_emotion: mix ``preferred`` into recognised emotions.
        preferred, beginning: emotion name -> 0..1.
        keys: (time in seconds, emotion name -> 0..1) in order of time; when empty, the bundle's default emotion holds.
    """

    emotion_strength: float = 0.6
    emotion_contrast: float = 1.0
    max_emotions: int = 3
    live_blend_coef: float = 0.7
    preferred_emotion_strength: float = 0.5
    live_transition_time: float = 0.5
    recognise: bool = False
    enable_preferred_emotion: bool = True
    preferred: Mapping[str, float] = field(default_factory=dict)
    beginning: Mapping[str, float] = field(default_factory=dict)
    keys: tuple[tuple[float, Mapping[str, float]], ...] = ()

    def __post_init__(self) -> None:
        _checked(EMOTION_PARAMETERS, self)
        for values in (self.preferred, self.beginning, *(key[1] for key in self.keys)):
            check_emotions(values)
        times = [time_s for time_s, _ in self.keys]
        if any(not math.isfinite(t) or t < 0 for t in times) or times != sorted(times):
            raise BundleError("Emotion keys need times of 0 s or later in rising order; sort them.")


def check_emotions(values: Mapping[str, float]) -> None:
    """Refuse unknown emotion names and values outside 0..1."""
    for name, value in values.items():
        if name not in EMOTIONS:
            raise BundleError(f"There is no emotion {name!r}; choose from {', '.join(EMOTIONS)}.")
        if not 0 <= value <= 1:
            raise BundleError(f"The emotion {name} must lie between 0 and 1, not {value:g}.")


@dataclass(frozen=True)
class BundleTuning:
    """Everything that a user changes of a bundle.

    Attributes:
        face: None keeps the bundle's own numbers.
        face_changes: single numbers on top of ``face`` or the bundle's (snake_case names).
    """

    face: FaceParameters | None = None
    face_changes: Mapping[str, float] = field(default_factory=dict)
    blendshapes: BlendshapeTuning = field(default_factory=BlendshapeTuning)
    emotion: EmotionTuning = field(default_factory=EmotionTuning)

    def face_parameters(self, bundle: FaceParameters) -> FaceParameters:
        """The numbers in force for a bundle."""
        return (self.face or bundle).changed(self.face_changes)
