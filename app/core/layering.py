"""Laying the motions of layers over another one: exact where a layer acts alone, eased where it begins and ends, lips still closing.

What a layer moves is its motion at ``t - offset``, times its gain. It takes over from what is below and gives back to it, never to
a face at rest: at the ends of its stretch, and where its own motion begins later or ends earlier than the one below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES, angles_in_radians, with_angles, with_gaze_of_angles
from app.core.layers import HEAD_ANGLES, Layer
from app.core.lips import OPENING, lip_opening
from app.core.regions import REGIONS
from app.core.sampling import sampled
from app.core.side import SideChannels
from app.core.smoothing import smooth_step
from app.core.track import Animation, BlendshapeTrack

#: openings, in units of jawOpen, between which a frame counts more and more as a contact; as in core.tuning
_TOUCHING, _PARTED = 0.04, 0.12
#: motion that is so many frames shorter than the one below is as long: sources end within a frame of the sound
_SLACK_FRAMES = 2.0
_JAW_OPEN, _MOUTH_CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
_SHRUG = ARKIT_INDEX["mouthShrugLower"]
#: the most of mouthShrugLower that the lower lip meets the upper one with
_MOST_RAISED = np.float32(0.5)
#: shapes of the mouth other than the jaw that hold the lips apart, and by how much
_OPENERS = np.array([ARKIT_INDEX[name] for name, value in OPENING.items() if value > 0.09 and name in REGIONS["lips"]])
_OPENED_BY = np.array([OPENING[ARKIT_CHANNELS[i]] for i in _OPENERS], np.float32)
_EYES = frozenset(REGIONS["eyes"])
_WHOLE = frozenset(ARKIT_CHANNELS)


@dataclass(frozen=True)
class LaidMotion:
    """A layer with its motion, seen from the frames below.

    Attributes:
        layer: which part of what, how.
        motion: as its source made it, on the sound's time line.
        below: whose frames these are.
    """

    layer: Layer
    motion: Animation
    below: BlendshapeTrack

    @cached_property
    def places(self) -> np.ndarray:
        """(n,) where the frames below lie in the motion, in its frames."""
        track = self.motion.arkit
        return (self.below.times_s - self.layer.offset_s - track.start_s) * track.fps

    @cached_property
    def share(self) -> np.ndarray:
        """(n,) float32: how much of its part of the face is the layer's at every frame, 0 to 1; without a jump in speed."""
        layer, below, track = self.layer, self.below, self.motion.arkit
        if not len(track) or not len(below):
            return np.zeros(len(below), np.float32)
        times_s, slack_s = below.times_s, _SLACK_FRAMES / min(below.fps, track.fps)
        begin_s, end_s = track.start_s + layer.offset_s, float(track.times_s[-1]) + layer.offset_s
        begin_s = begin_s if begin_s > times_s[0] + slack_s else -np.inf
        end_s = end_s if end_s < times_s[-1] - slack_s else np.inf
        if layer.span_s is not None:
            begin_s = max(begin_s, layer.span_s[0]) if layer.span_s[0] > times_s[0] else begin_s
            end_s = min(end_s, layer.span_s[1]) if layer.span_s[1] < times_s[-1] else end_s
        fade_s = max(min(layer.fade_s, (end_s - begin_s) / 2), 1e-6)
        with np.errstate(invalid="ignore"):
            made: np.ndarray = smooth_step((times_s - begin_s) / fade_s) * smooth_step((end_s - times_s) / fade_s)
        return made.astype(np.float32)

    @cached_property
    def acts(self) -> bool:
        """Whether anything of it is seen."""
        return bool(self.share.any())

    @cached_property
    def is_whole(self) -> bool:
        """Whether nothing of its part of the face is left of what is below, from the first frame to the last."""
        return len(self.share) > 0 and bool((self.share >= 1.0).all())

    @cached_property
    def rows(self) -> np.ndarray:
        """(n, 52) float32: the motion at the frames below, before the gain."""
        arkit = self.motion.arkit
        track = with_gaze_of_angles(arkit) if set(self.layer.channels) >= _EYES else arkit
        return sampled(track.weights, self.places)

    @property
    def is_blind(self) -> bool:
        """Whether it is to turn the head, and no head rotation travels with its motion."""
        side = self.motion.arkit.side
        return bool(self.layer.angles) and set(self.layer.angles) & set(HEAD_ANGLES) != set() and (side is None or not _has_head(side))


def laid(base: Animation, layers: Sequence[tuple[Layer, Animation]]) -> tuple[LaidMotion, ...]:
    """Layers that are on, seen from the frames of a motion.

    Args:
        base: what they are laid over.
        layers: each with its motion, the lowest first.
    """
    return tuple(each for each in (LaidMotion(layer, motion, base.arkit) for layer, motion in layers if layer.on) if each.acts)


def layered(base: Animation, layers: Sequence[tuple[Layer, Animation]], solo: Layer | None = None) -> Animation:
    """A motion with layers over it.

    Args:
        base: what moves the rest of the face; its frames are the result's.
        layers: each with its motion, the lowest first; layers that are off are left out.
        solo: one of the layers that is to be seen alone: the rest of the face rests.

    Returns:
        ``base`` itself where no layer acts.
    """
    if solo is not None:
        base = _at_rest(base)
        layers = [each for each in layers if each[0] is solo]
    over = laid(base, layers)
    if not over:
        return base
    arkit = BlendshapeTrack.of_checked(
        _weights(base.arkit, over), base.arkit.fps, base.arkit.start_s, base.arkit.channels, _side(base.arkit, over)
    )
    label = layered_label(base.label, [(each.layer, each.motion.label) for each in over])
    if solo is not None:
        label = f"only {label.partition(';')[0]}"
    return Animation(
        arkit, _visemes(base, over), label, base.is_mock or any(each.motion.is_mock for each in over),
        _owns_eyes(base, over), (*base.notes, *_notes(over)), _owns_head(base, over),
    )  # fmt: skip


# -- shapes


def _gained(rows: np.ndarray, gain: float) -> np.ndarray:
    """Weights times a gain; what lies within 0 to 1 stays there."""
    if gain == 1.0:
        return rows
    made: np.ndarray = np.clip(rows * np.float32(gain), np.minimum(rows, 0), np.maximum(rows, 1))
    return made


def _weights(base: BlendshapeTrack, over: Sequence[LaidMotion]) -> np.ndarray:
    """(n, 52) float32, read-only: the shapes with all layers."""
    out = base.weights.copy()
    apart, touching = lip_opening(out), _contact(out)
    for each in over:
        columns = [ARKIT_INDEX[name] for name in each.layer.channels]
        if not columns:
            continue
        share = each.share
        rows = _gained(each.rows[:, columns], each.layer.gain)
        below = out[:, columns]
        out[:, columns] = rows if each.is_whole else below + (rows - below) * share[:, None]
        if each.layer.has_lips:
            apart = apart + (lip_opening(each.rows) - apart) * share
            touching = touching + (_contact(each.rows) - touching) * share
    _close(out, apart, touching)
    out.flags.writeable = False
    return out


def _contact(weights: np.ndarray) -> np.ndarray:
    """(n,) 0-1: 1 where the lips touch, 0 where they are clearly apart."""
    return smooth_step((_PARTED - lip_opening(weights)) / (_PARTED - _TOUCHING)).astype(np.float32)


def keep_contacts(weights: np.ndarray, before: np.ndarray, share: np.ndarray) -> None:
    """Let lips touch that touched before something was added to a face.

    Args:
        weights: (n, 52) with what was added; changed in place.
        before: (n, 52) without it.
        share: (n,) 0 to 1: how much that matters; 0 where nothing is spoken and lips may part.
    """
    _close(weights, lip_opening(before), _contact(before) * share.astype(np.float32))


def _close(weights: np.ndarray, apart: np.ndarray, touching: np.ndarray) -> None:
    """Take back what has parted lips that touch in the motion that they come from: a foreign jaw or nose, or a gain.

    mouthClose closes what the jaw leaves open, never beyond jawOpen; then the mouth's other shapes give way, and a lip that a
    foreign nose pulls clearly up is met by the lower one, as the chin's muscle does. Nothing outside of the mouth moves.

    Args:
        weights: (n, 52), changed in place.
        apart: (n,) the opening of the lips in their own motion.
        touching: (n,) how much they touch there.
    """
    excess = np.maximum(lip_opening(weights) - apart, 0.0) * touching
    rows = np.flatnonzero(excess > 1e-4)
    if not len(rows):
        return
    part, excess = weights[rows], excess[rows]
    room = np.maximum(part[:, _JAW_OPEN] - part[:, _MOUTH_CLOSE], 0.0)
    closed = np.minimum(excess / np.float32(-OPENING["mouthClose"]), room)
    part[:, _MOUTH_CLOSE] += closed
    excess = excess + closed * np.float32(OPENING["mouthClose"])
    opened = part[:, _OPENERS] @ _OPENED_BY
    given = np.minimum(np.maximum(excess, 0.0), opened)
    part[:, _OPENERS] *= (1.0 - given / np.maximum(opened, 1e-6))[:, None]
    parted = excess - given - np.maximum(_TOUCHING - apart[rows], 0.0)
    raised = np.clip(parted / np.float32(-OPENING["mouthShrugLower"]), 0.0, np.maximum(_MOST_RAISED - part[:, _SHRUG], 0.0))
    part[:, _SHRUG] += raised
    weights[rows] = part


# -- a face that comes in now


def over_live(weights: np.ndarray, layers: Sequence[Layer], face: FaceFrame, share: float = 1.0) -> np.ndarray:
    """One face with the live layers over it.

    Args:
        weights: (52,) of what is below.
        layers: that are on and live, the lowest first; offset, crossfade and stretch have no meaning for them.
        face: that came in.
        share: how much of it is shown, 0 to 1: a stream that is lost gives back to what is below.

    Returns:
        (52,) float32.
    """
    out, came = weights[None].astype(np.float32), face.weights[None].astype(np.float32)
    apart, touching = lip_opening(out), _contact(out)
    for layer in layers:
        columns = [ARKIT_INDEX[name] for name in layer.channels]
        out[:, columns] += (_gained(came[:, columns], layer.gain) - out[:, columns]) * np.float32(share)
        if layer.has_lips:
            apart = apart + (lip_opening(came) - apart) * share
            touching = touching + (_contact(came) - touching) * share
    _close(out, apart, touching)
    made: np.ndarray = out[0]
    return made


def angles_live(angles: np.ndarray | None, layers: Sequence[Layer], face: FaceFrame, share: float = 1.0) -> np.ndarray | None:
    """(9,) radians in the order of core.head.ANGLES with the live layers over them.

    Args:
        angles: of what is below, None where it has none.
        layers: see over_live.
        face: that came in.
        share: see over_live.
    """
    for layer in layers:
        if face.angles is None or not layer.angles:
            continue
        made = np.zeros(len(ANGLES), np.float32) if angles is None else angles.copy()
        columns = [ANGLES.index(name) for name in layer.angles]
        made[columns] += (face.angles[columns] * np.float32(layer.gain) - made[columns]) * np.float32(share)
        angles = made
    return angles


def turned_live(turn: np.ndarray | None, layers: Sequence[Layer], face: FaceFrame, share: float = 1.0) -> np.ndarray | None:
    """The head's rotation with the live layers over it.

    Args:
        turn: (3,) as ``AvatarRig.set_head_rotation`` takes it, None for a straight head.
        layers: see over_live.
        face: that came in.
        share: see over_live.
    """
    for layer in layers:
        if face.angles is None or not set(layer.angles) & set(HEAD_ANGLES):
            continue
        below = np.zeros(3) if turn is None else turn
        yaw, pitch, roll = (float(value) * layer.gain for value in face.angles[:3])
        turn = below + (np.array([pitch, -yaw, -roll]) - below) * share
    return turn


# -- what travels beside the shapes


def _visemes(base: Animation, over: Sequence[LaidMotion]) -> BlendshapeTrack | None:
    """The 15 visemes where all that moves the mouth has them; else None, so that an avatar with visemes follows the 52 shapes.

    Visemes stand for lips, jaw and tongue at once: a layer of a part of these has no counterpart in them.
    """
    made = base.visemes
    for each in over:
        layer, own = each.layer, each.motion.visemes
        if not set(layer.channels) & set(REGIONS["lower"]):
            continue
        if own is None or not layer.has_mouth or (made is None and not each.is_whole):
            made = None
            continue
        rows = sampled(own.weights, each.places)
        if layer.gain != 1.0:
            rows[:, 1:] = _gained(rows[:, 1:], layer.gain)
            rows[:, 0] = np.maximum(1.0 - rows[:, 1:].sum(axis=1), 0.0)
        if made is not None and not each.is_whole:
            rows = made.weights + (rows - made.weights) * each.share[:, None]
        made = BlendshapeTrack(rows, base.arkit.fps, base.arkit.start_s, own.channels)
    return made


def _has_head(side: SideChannels) -> bool:
    return any(side.find(name) is not None for name in HEAD_ANGLES)


def _side(base: BlendshapeTrack, over: Sequence[LaidMotion]) -> SideChannels | None:
    """What travels beside the shapes, with the layers' angles of head and eyes in radians."""
    turning = [each for each in over if each.layer.angles and not (each.is_blind and set(each.layer.angles) == set(HEAD_ANGLES))]
    if not turning:
        return base.side
    angles = angles_in_radians(base)
    for each in turning:
        names = [name for name in each.layer.angles if not (each.is_blind and name in HEAD_ANGLES)]
        columns = [ANGLES.index(name) for name in names]
        rows = sampled(angles_in_radians(each.motion.arkit), each.places)[:, columns] * each.layer.gain
        angles[:, columns] += (rows - angles[:, columns]) * each.share[:, None].astype(np.float64)
    return with_angles(base.side, angles)


def _owns_eyes(base: Animation, over: Sequence[LaidMotion]) -> bool:
    """Whether lids or gaze are a source's: of the one that has all of the eyes, else of any that has some."""
    owns = base.owns_eyes
    for each in over:
        channels = set(each.layer.channels) & _EYES
        if channels:
            owns = each.motion.owns_eyes if each.is_whole and channels == _EYES else owns or each.motion.owns_eyes
    return owns


def _owns_head(base: Animation, over: Sequence[LaidMotion]) -> bool:
    """Whether what turns the head at last was made for what is said."""
    owns = base.owns_head
    for each in over:
        if set(each.layer.angles) & set(HEAD_ANGLES) and not each.is_blind:
            owns = each.motion.owns_head or (owns and not each.is_whole)
    return owns


def layered_label(base: str, layers: Sequence[tuple[Layer, str]]) -> str:
    """Who moves which part: ``lips and jaw: Audio2Face; rest: take.csv``.

    Args:
        base: label of what is below.
        layers: those that act, each with the label of its motion, the lowest first.
    """
    parts = [f"{layer.title[0].lower()}{layer.title[1:]}: {label.removeprefix('File: ')}" for layer, label in reversed(layers)]
    if not {name for layer, _ in layers if layer.span_s is None for name in layer.channels} >= _WHOLE:
        parts.append(f"rest: {base.removeprefix('File: ')}")
    return "; ".join(parts)


def _notes(over: Sequence[LaidMotion]) -> tuple[str, ...]:
    """What the user should know about the layers."""
    found = [note for each in over for note in each.motion.notes]
    found += [f"{each.motion.label} turns no head, so the head stays as it is below." for each in over if each.is_blind]
    return tuple(dict.fromkeys(found))


def _at_rest(base: Animation) -> Animation:
    """A face that rests for as long as a motion lasts."""
    arkit = base.arkit
    still = BlendshapeTrack(np.zeros_like(arkit.weights), arkit.fps, arkit.start_s, arkit.channels)
    return replace(base, arkit=still, visemes=None, is_mock=False, owns_eyes=False, notes=())
