"""Head and eye angles that travel beside a track, as what turns an avatar's head and eyes.

Live Link Face writes radians. On real captures (four takes, two eyes) a positive eye yaw goes with looks to the avatar's right and a
positive pitch with looks down (r = -0.94 to -1.00 against the eyeLook shapes, one eye of one take aside); the app makes head angles the
same way as eye angles, so that the head's signs are taken to be the same.
"""

from __future__ import annotations

import math

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack

#: the nine angles of Live Link Face
ANGLES = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
#: eyeLook weight per radian, fitted on the same captures: sideways, and up or down
LOOK_PER_RADIAN = (1.55, 1.95)
_PLAIN_ANGLES = frozenset(name.lower() for name in ANGLES)
#: angles beyond this are degrees
_LARGEST_RADIANS = 3.3
_PARTS = ("Yaw", "Pitch", "Roll")
_EYES = ("Left", "Right")
_LOOKS = tuple(i for name, i in ARKIT_INDEX.items() if name.startswith("eyeLook"))


def _angles(track: BlendshapeTrack, what: str, parts: tuple[str, ...]) -> np.ndarray:
    """(n_frames, len(parts)) float64 radians; 0 where the track has no such column."""
    columns = [None if track.side is None else track.side.find(what + part) for part in parts]
    values = np.stack([np.zeros(len(track)) if column is None else column.astype(np.float64) for column in columns], axis=1)
    return np.radians(values) if np.abs(values).max(initial=0.0) > _LARGEST_RADIANS else values


def angles_in_radians(track: BlendshapeTrack) -> np.ndarray:
    """(n_frames, 9) float64: the track's ANGLES in radians, whatever its file has them in; 0 where it has none.

    Args:
        track: any.
    """
    parts = ("Yaw", "Pitch", "Roll")
    return np.concatenate([_angles(track, what, parts) for what in ("Head", "LeftEye", "RightEye")], axis=1)


def is_angle(name: str) -> bool:
    """Whether a column beside a track is one of ANGLES, in any spelling."""
    return name.lower().replace("_", "").replace(" ", "") in _PLAIN_ANGLES


def with_angles(side: SideChannels | None, angles: np.ndarray) -> SideChannels | None:
    """What travels beside a track, with other angles of head and eyes; those that never turn anything are left out.

    Args:
        side: as it was; its columns other than angles stay.
        angles: (n_frames, 9) radians in the order of ANGLES.
    """
    turned = SideChannels(ANGLES, angles.astype(np.float32)).without_still()
    kept = () if side is None else tuple(i for i, name in enumerate(side.names) if not is_angle(name))
    if side is None or not kept:
        return turned
    names, values = tuple(side.names[i] for i in kept), side.values[:, list(kept)]
    if turned is None:
        return SideChannels(names, values)
    return SideChannels((*names, *turned.names), np.concatenate([values, turned.values], axis=1))


def has_head(track: BlendshapeTrack) -> bool:
    """Whether a head rotation travels with the track that ever turns the head."""
    return bool(_angles(track, "Head", ("Yaw", "Pitch", "Roll")).any())


def head_rotations(track: BlendshapeTrack) -> np.ndarray:
    """(n_frames, 3) float64 radians as ``AvatarRig.set_head_rotation`` takes them: pitch, yaw, roll; zeros without columns.

    Args:
        track: any; between its frames interpolate with ``core.sampling.sampled`` at ``(t - start_s) * fps``.
    """
    pitch, yaw, roll = _angles(track, "Head", ("Pitch", "Yaw", "Roll")).T
    return np.stack([pitch, -yaw, -roll], axis=1)


def angles_of(track: BlendshapeTrack) -> np.ndarray | None:
    """(n_frames, 9) float32 radians in the order of ANGLES, 0 for columns that are not there; None where none ever turns anything."""
    angles = np.concatenate([_angles(track, "Head", _PARTS), *(_angles(track, f"{side}Eye", _PARTS) for side in _EYES)], axis=1)
    return angles.astype(np.float32) if angles.any() else None


def turn_of(angles: np.ndarray) -> np.ndarray:
    """(3,) float64 radians as ``AvatarRig.set_head_rotation`` takes them, of one face's (9,) angles."""
    yaw, pitch, roll = (float(angle) for angle in angles[:3])
    return np.array([pitch, -yaw, -roll])


def angles_of_turn(turn: np.ndarray) -> np.ndarray:
    """(9,) float32 radians in the order of ANGLES of a head's (3,) rotation; the eyes look straight on."""
    pitch, yaw, roll = (float(angle) for angle in turn)
    return np.array([-yaw, pitch, -roll, *[0.0] * 6], np.float32)


def with_gaze(weights: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """One face's (52,) weights with the gaze of its (9,) angles; see ``with_gaze_of_angles``."""
    track = BlendshapeTrack(weights[None], 60.0, side=SideChannels(ANGLES, angles[None]))
    looking: np.ndarray = with_gaze_of_angles(track).weights[0]
    return looking


def with_gaze_of_angles(track: BlendshapeTrack) -> BlendshapeTrack:
    """The track with its eye angles in the eyeLook shapes, where those are still: together they would turn the eyes twice.

    Args:
        track: the 52 channels.
    """
    if track.weights[:, _LOOKS].any():
        return track
    weights = track.weights.copy()
    for side, outward in (("Left", -1.0), ("Right", 1.0)):
        yaw, pitch = _angles(track, f"{side}Eye", ("Yaw", "Pitch")).T
        aside, down = outward * yaw * LOOK_PER_RADIAN[0], pitch * LOOK_PER_RADIAN[1]
        for name, amount in (("Out", aside), ("In", -aside), ("Down", down), ("Up", -down)):
            weights[:, ARKIT_INDEX[f"eyeLook{name}{side}"]] = np.clip(amount, 0.0, 1.0)
    return track.with_weights(weights) if weights[:, _LOOKS].any() else track


def faded_angles(names: tuple[str, ...], values: np.ndarray, fade: np.ndarray) -> np.ndarray:
    """Side values on the way to a straight head: angles are scaled, other columns stay.

    Args:
        names: of the columns.
        values: (n, len(names)).
        fade: (n,) from 1 to 0.
    """
    return np.where(np.array([is_angle(name) for name in names], bool), values * fade[:, None], values)


def turns_text(track: BlendshapeTrack) -> str:
    """What the angles beside a track would move, for a sentence: ``the head (yaw 14, pitch 6, roll 2 degrees) and the eyes``.

    Args:
        track: the 52 channels.

    Returns:
        "" where its angles move nothing: there are none, or the eyes are in its shapes already.
    """
    head = f"the head ({degrees_text(track)})" if has_head(track) else ""
    eyes = "" if with_gaze_of_angles(track) is track else "the eyes"
    return " and ".join(part for part in (head, eyes) if part)


def degrees_text(track: BlendshapeTrack) -> str:
    """The largest turns of the head, for a sentence: ``yaw 14, pitch 6, roll 2 degrees``."""
    pitch, yaw, roll = (math.degrees(value) for value in np.abs(head_rotations(track)).max(axis=0, initial=0.0))
    return f"yaw {yaw:.0f}, pitch {pitch:.0f}, roll {roll:.0f} degrees"
