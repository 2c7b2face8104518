"""A loaded bundle as plain data.

Parts with large arrays compare by identity, so that what is computed from them can be kept (see solver and animator).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.nvidia.parameters import FaceParameters, SolverSettings


@dataclass(frozen=True, eq=False)
class PoseRig:
    """Blendshapes of one part (skin or tongue), cut down to the vertices that the solver looks at.

    Attributes:
        names: poses without neutral, in file order, Apple's spelling.
        rows: (P,) int64, the ``frontalMask`` or all vertices.
        neutral: (P, 3) float32 absolute positions of those rows, cm.
        deltas: (poses, P, 3) float32.
        diagonal: length of the bounding box's diagonal of the full neutral mesh, cm.
        settings: the solver's numbers from the file.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    neutral: np.ndarray
    deltas: np.ndarray
    diagonal: float
    settings: SolverSettings


@dataclass(frozen=True, eq=False)
class Basis:
    """What the network's coefficients of one part mean.

    Attributes:
        neutral: (P, 3) float32 rest positions on the rig's rows, cm.
        height: (P,) float32, each row's y scaled to 0..1 between the lowest and highest vertex of the full mesh.
        shapes: (coefficients, P, 3) float32; None when the coefficients are the vertex deltas themselves (v3.0).
        rows: (P,) int64 rows of the full mesh.
    """

    neutral: np.ndarray
    height: np.ndarray
    shapes: np.ndarray | None
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Identity:
    """One face of a bundle.

    Attributes:
        name: actor.
        face: tuning from ``model_config``.
        skin, tongue: meaning of the coefficients.
        skin_rig, tongue_rig: blendshapes; None when the bundle has none.
        lip_open, eye_close: (P, 3) float32 pose deltas on the skin's rows.
        neutral_jaw: (5, 3) float32 anchor points.
        saccades: (n, 2) float32 degrees (x, y) at 30 per second.
    """

    name: str
    face: FaceParameters
    skin: Basis
    tongue: Basis
    skin_rig: PoseRig | None
    tongue_rig: PoseRig | None
    lip_open: np.ndarray
    eye_close: np.ndarray
    neutral_jaw: np.ndarray
    saccades: np.ndarray


@dataclass(frozen=True)
class Widths:
    """How many values of each part the network gives per frame."""

    skin: int
    tongue: int
    jaw: int
    eyes: int

    @property
    def total(self) -> int:
        """Width of one frame."""
        return self.skin + self.tongue + self.jaw + self.eyes


@dataclass(frozen=True)
class RegressionBundle:
    """Versions 2.3 and 2.3.1: one actor, random-access windows.

    Attributes:
        buffer_len, buffer_ofs: window length and its centre, in samples.
        implicit: (n,) float32 vector from the emotion database.
        default_emotion: (explicit emotions,) float32.
        notes: what was unusual, for the doctor.
    """

    folder: Path
    network: Path
    actor: str
    version: str
    samplerate: int
    buffer_len: int
    buffer_ofs: int
    widths: Widths
    emotions: tuple[str, ...]
    default_emotion: np.ndarray
    implicit: np.ndarray
    identities: tuple[Identity, ...]
    notes: tuple[str, ...]

    kind = "regression"


@dataclass(frozen=True)
class DiffusionBundle:
    """Version 3.0: several identities, sequential windows at a fixed frame rate.

    Attributes:
        buffer_len, padding_left, padding_right: in samples.
        steps, layers, latent: size of the recurrent state.
        left, center, right: frames of a window that are dropped, kept, dropped.
    """

    folder: Path
    network: Path
    actor: str
    version: str
    samplerate: int
    buffer_len: int
    padding_left: int
    padding_right: int
    widths: Widths
    steps: int
    layers: int
    latent: int
    left: int
    center: int
    right: int
    emotions: tuple[str, ...]
    default_emotion: np.ndarray
    identities: tuple[Identity, ...]
    notes: tuple[str, ...]

    kind = "diffusion"

    @property
    def frames(self) -> int:
        """Frames of one window."""
        return self.left + self.center + self.right

    @property
    def fps(self) -> Fraction:
        """The only frame rate that this network has."""
        return Fraction(self.frames * self.samplerate, self.buffer_len)

    @property
    def stride(self) -> int:
        """Samples from one window to the next."""
        return self.buffer_len * self.center // self.frames


Bundle = RegressionBundle | DiffusionBundle
