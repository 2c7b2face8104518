"""Raw network frames to weights: animator, solver, eyes, jaw and the ARKit mapping of one identity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.nvidia.animator import SkinAnimator, TongueAnimator, fit_jaw
from models.nvidia.arkit import ArkitMapper, close_holds_jaw
from models.nvidia.errors import BundleError
from models.nvidia.eyes import EyeConvention, blink_curve, eye_rotations, look_weights
from models.nvidia.layout import Identity
from models.nvidia.parameters import BlendshapeTuning, BundleTuning, SolverSettings
from models.nvidia.solver import BlendshapeSolver, SolverMode
from models.nvidia.streams import RawFrames


@dataclass(frozen=True)
class FaceOptions:
    """Choices of this program beyond NVIDIA's tuning.

    Attributes:
        solver: how weights are found.
        blinks: close the lids now and then (NVIDIA's animator does not).
        look: derive the eyeLook channels from the eyeballs' rotation.
        close_includes_jaw: see ArkitMapper; None to look at how the bundle's mouthClose is drawn.
        eyes: signs of the eyeballs' angles.
        seed: of the blinks.
    """

    solver: SolverMode = field(default_factory=SolverMode)
    blinks: bool = True
    look: bool = True
    close_includes_jaw: bool | None = None
    eyes: EyeConvention = field(default_factory=EyeConvention)
    seed: int = 0


@dataclass(frozen=True)
class FaceFrames:
    """Finished frames.

    Attributes:
        start: number of the first frame.
        weights: (frames, skin + tongue poses) float64 as NVIDIA gives them.
        arkit: (frames, 52) float64 in the order of names.SKIN_POSES.
        jaw: (frames, 4, 4) motion of the lower teeth, cm.
        eyes: (frames, 6) degrees, right x y z, left x y z.
    """

    start: int
    weights: np.ndarray
    arkit: np.ndarray
    jaw: np.ndarray
    eyes: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)


class FaceSolver:
    """Turns consecutive raw frames of one clip into weights; a clip starts with a new one."""

    def __init__(self, identity: Identity, tuning: BundleTuning, fps: float, options: FaceOptions | None = None):
        if identity.skin_rig is None:
            raise BundleError("This bundle has no blendshapes (bs_skin), so it cannot drive an ARKit face; use a bundle that has them.")
        self._identity, self._fps = identity, fps
        self._options = options or FaceOptions()
        self._face = tuning.face_parameters(identity.face)
        self._tuning: BlendshapeTuning = tuning.blendshapes
        mode = self._options.solver
        self._skin_solver = BlendshapeSolver(identity.skin_rig, self._settings("skin"), mode)
        self._skin = SkinAnimator(identity, self._skin_solver, self._face, fps)
        self._tongue_solver: BlendshapeSolver | None = None
        if identity.tongue_rig is not None:
            self._tongue_solver = BlendshapeSolver(identity.tongue_rig, self._settings("tongue"), mode)
            self._tongue = TongueAnimator(identity, self._tongue_solver, self._face)
        wanted = self._options.close_includes_jaw
        includes_jaw = close_holds_jaw(identity.skin_rig) if wanted is None else wanted
        self._mapper = ArkitMapper(identity.skin_rig.names, identity.tongue_rig, includes_jaw)
        self.names = identity.skin_rig.names + (identity.tongue_rig.names if identity.tongue_rig else ())

    def _settings(self, part: str) -> SolverSettings:
        rig = self._identity.skin_rig if part == "skin" else self._identity.tongue_rig
        assert rig is not None
        return self._tuning.applied(rig.names, rig.settings, part)

    def process(self, raw: RawFrames) -> FaceFrames:
        """Weights of the next frames.

        Args:
            raw: frames that follow those of the call before.
        """
        skin = self._skin_solver.solve(self._skin.project(raw.skin, self._blink(raw)))
        tongue = None
        if self._tongue_solver is not None:
            tongue = self._tongue_solver.solve(self._tongue.project(raw.tongue))
        if self._tuning.clamp:
            skin = np.clip(skin, 0.0, 1.0)
            tongue = None if tongue is None else np.clip(tongue, 0.0, 1.0)
        rotations = eye_rotations(raw.eyes, self._identity.saccades, self._face, raw.start, self._fps)
        look = look_weights(rotations, self._options.eyes) if self._options.look else {}
        arkit = self._mapper.map(skin, tongue, look)
        weights = skin if tongue is None else np.concatenate([skin, tongue], axis=1)
        return FaceFrames(raw.start, weights, arkit, fit_jaw(self._identity.neutral_jaw, raw.jaw, self._face), rotations)

    def _blink(self, raw: RawFrames) -> np.ndarray:
        times_s = (raw.start + np.arange(len(raw))) / self._fps
        curve = blink_curve(times_s, self._options.seed) if self._options.blinks else np.zeros(len(raw))
        return np.clip(curve + self._face.blink_offset, 0.0, 1.0)
