"""Eyes: rotations with saccades as NVIDIA computes them; blinks and ARKit's look channels, which are ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.nvidia.parameters import FaceParameters

#: rate of NVIDIA's table of eye movements
SACCADE_FPS = 30.0
#: rotation that an eyeLook weight of 1 stands for; ours (people look about 30 degrees to a side without turning the head)
FULL_LOOK_DEG = 30.0
#: one blink: closing is faster than opening (about 0.1 s and 0.2 s in people)
BLINK_CLOSE_S, BLINK_OPEN_S = 0.1, 0.2
#: mean time between blinks while speaking, and its spread
BLINK_EVERY_S, BLINK_SPREAD_S = 3.5, 1.5


def eye_rotations(raw: np.ndarray, saccades: np.ndarray, face: FaceParameters, start: int, fps: float) -> np.ndarray:
    """Both eyes' rotations.

    Args:
        raw: (frames, 4) network output: right x, y, left x, y in degrees.
        saccades: (n, 2) table of (x, y) degrees at 30 per second.
        face: strengths, offsets and seed.
        start: number of the first frame.
        fps: frames per second.

    Returns:
        (frames, 6) degrees: right x, y, z, left x, y, z; z is 0. Both eyes share the saccade of
        floor(seed + k * 30 / fps) modulo the table (SDK source).
    """
    k = np.arange(start, start + len(raw), dtype=np.float64)
    index = np.floor(np.mod(face.eye_saccade_seed + k * (SACCADE_FPS / fps), len(saccades))).astype(np.int64) % len(saccades)
    shared = face.saccade_strength * saccades[index].astype(np.float64)
    out = np.zeros((len(raw), 6))
    right = (face.right_eye_rot_x_offset, face.right_eye_rot_y_offset)
    left = (face.left_eye_rot_x_offset, face.left_eye_rot_y_offset)
    out[:, 0:2] = right + face.eyeballs_strength * raw[:, 0:2] + shared
    out[:, 3:5] = left + face.eyeballs_strength * raw[:, 2:4] + shared
    return out


@dataclass(frozen=True)
class EyeConvention:
    """What a positive angle means; to be confirmed on real weights.

    In a right-handed frame with y up and the face towards +z, a positive turn about x looks down and one about y looks to
    the character's left.
    """

    positive_x_is_down: bool = True
    positive_y_is_left: bool = True


def look_weights(rotations: np.ndarray, convention: EyeConvention | None = None) -> dict[str, np.ndarray]:
    """ARKit's eight look channels from eye rotations.

    Args:
        rotations: (frames, 6) degrees as from eye_rotations.
        convention: signs of the angles.

    Returns:
        Channel -> (frames,) in 0..1: angle / 30 degrees, split by sign.
    """
    signs = convention or EyeConvention()
    out: dict[str, np.ndarray] = {}
    for side, column in (("Right", 0), ("Left", 3)):
        down = rotations[:, column] / FULL_LOOK_DEG * (1 if signs.positive_x_is_down else -1)
        to_left = rotations[:, column + 1] / FULL_LOOK_DEG * (1 if signs.positive_y_is_left else -1)
        outwards = to_left if side == "Left" else -to_left
        parts = {"Down": down, "Up": -down, "Out": outwards, "In": -outwards}
        out.update({f"eyeLook{name}{side}": np.clip(value, 0.0, 1.0) for name, value in parts.items()})
    return out


def blink_times(duration_s: float, seed: int) -> np.ndarray:
    """When blinks start, in seconds; the same seed gives the same times whatever the duration."""
    generator = np.random.default_rng(seed)
    times: list[float] = []
    now = 0.0
    while True:
        now += max(generator.normal(BLINK_EVERY_S, BLINK_SPREAD_S), 1.0)
        if now >= duration_s:
            return np.array(times)
        times.append(now)


def blink_curve(times_s: np.ndarray, seed: int) -> np.ndarray:
    """How far blinks close the lids.

    NVIDIA leaves blinking to the host; a face that never blinks looks dead, so this makes seeded ones.

    Args:
        times_s: (frames,) seconds.
        seed: of the blink times.

    Returns:
        (frames,) 0..1.
    """
    out = np.zeros(len(times_s))
    if not len(times_s):
        return out
    for start in blink_times(float(times_s[-1]) + 1e-9, seed):
        phase = times_s - start
        closing, opening = phase / BLINK_CLOSE_S, 1 - (phase - BLINK_CLOSE_S) / BLINK_OPEN_S
        lid = np.clip(np.minimum(closing, opening), 0.0, 1.0)
        out = np.maximum(out, lid * lid * (3 - 2 * lid))
    return out
