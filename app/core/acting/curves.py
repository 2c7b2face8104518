"""A plan carried out: angles and shapes on a grid of frames, each way without a jump in speed or acceleration but for eyes and lids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.core.acting.eyes import BLINK_LASTS, BLINKS, HEAD_FOLLOW_S, HEAD_FOLLOWS, SQUINT, SQUINTS, blink_profile, saccade_s, sway
from app.core.acting.gestures import Plan
from app.core.acting.settings import ActingSettings
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.contacts import contact_envelope
from app.core.head import LOOK_PER_RADIAN
from app.core.smoothing import smooth_step
from app.core.speech import Phone
from app.core.track import BlendshapeTrack

#: what the eyes are moved by, what is raised, what breathing in shows
LOOKS = [ARKIT_INDEX[f"eyeLook{way}{side}"] for side in ("Left", "Right") for way in ("In", "Out", "Up", "Down")]
BROWS = [ARKIT_INDEX[name] for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")]
JAW = ARKIT_INDEX["jawOpen"]
NOSE = [ARKIT_INDEX[f"noseSneer{side}"] for side in ("Left", "Right")]
#: eyes turn no further in the head, in degrees aside and up or down
FURTHEST = (24.0, 16.0)
#: the move the other way before a nod: share, and seconds before its beginning
_FIRST, _FIRST_S = 0.14, 0.14
_RAISE_S, _KEPT_S, _LOWER_S = 0.16, 0.08, 0.32
#: outer brows against the inner ones
_OUTER = 0.75
#: weights and degrees of a full breath in: jaw, nostrils, inner brows, head back
_JAW, _NOSTRILS, _BREATH_BROWS, _HEAD_BACK = 0.085, 0.07, 0.07, 1.0
#: how much a head at rest sways while something is acted
_SWAY = 0.5


@dataclass(frozen=True)
class ActedCurves:
    """What is acted, frame by frame; all read-only.

    Attributes:
        fps: frames per second.
        start_s: time of the first frame.
        angles: (n, 9) float32 radians in the order of ``core.head.ANGLES``; zeros where head or eyes are left alone.
        shapes: (n, 52) float32 weights that a face has at least: lids, gaze, nostrils.
        brows: (n, 3) float32 to be added to ``BROWS``.
        jaw: (n,) float32 that the jaw opens at least, where no lips are held together.
        chest: (n,) float32, 0 breathed out to 1 breathed in.
    """

    fps: float
    start_s: float
    angles: np.ndarray
    shapes: np.ndarray
    brows: np.ndarray
    jaw: np.ndarray
    chest: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.angles, self.shapes, self.brows, self.jaw, self.chest):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.angles)


@dataclass(frozen=True)
class Frames:
    """Where curves are wanted, and of what.

    Attributes:
        fps: frames per second.
        start_s: time of the first frame, in seconds of the sound.
        count: how many.
        head: False where the source itself moves the head.
        eyes: the same for gaze, lids and brows.
    """

    fps: float
    start_s: float
    count: int
    head: bool = True
    eyes: bool = True


def carried_out(plan: Plan, settings: ActingSettings, frames: Frames, phones: Sequence[Phone] = ()) -> ActedCurves:
    """Carry out a plan.

    Args:
        plan: what is done.
        settings: how strongly.
        frames: of what.
        phones: on the same time line; their lip contacts stay.
    """
    grid = _Grid(frames)
    head_share, eye_share = settings.head * frames.head, settings.eyes * frames.eyes
    gaze, following = _gaze(plan, grid)
    drawn, chest = _breathed(plan, grid)
    head = np.zeros((frames.count, 3))
    if head_share > 0:
        head = head_share * (_held(plan, grid) + _nodded(plan, grid) + _SWAY * sway(grid.times_s, np.array(plan.phases)))
        head[:, :2] += head_share * eye_share * np.stack([-following[:, 1], following[:, 0]], axis=1)
        head[:, 0] -= settings.breath * _HEAD_BACK * drawn
    shapes, brows, eyes = (
        np.zeros((frames.count, len(ARKIT_CHANNELS)), np.float32),
        np.zeros((frames.count, 3)),
        np.zeros((frames.count, 2)),
    )
    if eye_share > 0:
        # who is looked at stays in the eye while the head moves
        eyes = np.radians(np.clip(eye_share * gaze - np.stack([head[:, 1], -head[:, 0]], axis=1), -np.array(FURTHEST), FURTHEST))
        _close_lids(shapes, plan, grid)
        shapes[:, LOOKS] = np.clip(_looks(eyes), 0.0, 1.0)
        brows = eye_share * _raised(plan, grid) + settings.breath * _BREATH_BROWS * drawn[:, None] * np.array([1.0, 0.0, 0.0])
    shapes[:, NOSE] = np.minimum(settings.breath * _NOSTRILS * drawn, 1.0)[:, None]
    jaw = settings.breath * _JAW * drawn
    if phones and jaw.any():
        jaw *= 1.0 - contact_envelope(BlendshapeTrack(shapes, frames.fps, frames.start_s), phones)
    made = (_angles(np.radians(head), eyes), shapes, brows, jaw, settings.breath * chest)
    return ActedCurves(frames.fps, frames.start_s, *(np.ascontiguousarray(each, np.float32) for each in made))


def spliced(former: ActedCurves | None, made: ActedCurves, span_s: tuple[float, float]) -> ActedCurves:
    """Curves that are new in a stretch and as before elsewhere.

    Args:
        former: curves of the same frames, or None.
        made: the new ones.
        span_s: first and last moment of the stretch, in seconds.
    """
    if former is None or len(former) != len(made):
        return made
    first, end = (int(np.clip(round((at_s - made.start_s) * made.fps), 0, len(made))) for at_s in span_s)
    arrays = []
    for name in ("angles", "shapes", "brows", "jaw", "chest"):
        rows = getattr(former, name).copy()
        rows[first:end] = getattr(made, name)[first:end]
        arrays.append(rows)
    return ActedCurves(made.fps, made.start_s, *arrays)


def _angles(head: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(n, 9) under Live Link Face's signs, of (n, 3) pitch, yaw and roll and (n, 2) eyes to the own left and up."""
    made = np.zeros((len(head), 9))
    made[:, 0], made[:, 1], made[:, 2] = -head[:, 1], head[:, 0], -head[:, 2]
    made[:, (3, 6)], made[:, (4, 7)] = -eyes[:, :1], -eyes[:, 1:]
    return made


class _Grid:
    """The frames."""

    def __init__(self, frames: Frames) -> None:
        self.fps, self.start_s, self.n_frames = frames.fps, frames.start_s, frames.count
        self.times_s = frames.start_s + np.arange(frames.count) / frames.fps

    def since(self, start_s: float, end_s: float) -> tuple[slice, np.ndarray]:
        """The frames from one time to another, and how long after the former each is."""
        first, end = (int(np.clip(np.ceil((at_s - self.start_s) * self.fps), 0, self.n_frames)) for at_s in (start_s, end_s))
        return slice(first, end), self.times_s[first:end] - start_s

    def stepped(self, steps: Iterable[tuple[float, float, np.ndarray]], width: int) -> np.ndarray:
        """(n, width): the sum of smooth steps, each given by its start and length in seconds and its height."""
        made, settled = np.zeros((self.n_frames, width)), np.zeros((self.n_frames + 1, width))
        for start_s, lasts_s, height in steps:
            span, since = self.since(start_s, start_s + lasts_s)
            made[span] += smooth_step(since / lasts_s)[:, None] * height
            settled[span.stop] += height
        return made + np.cumsum(settled[:-1], axis=0)


def _nodded(plan: Plan, grid: _Grid) -> np.ndarray:
    """(n, 3) degrees of all nods: a little the other way, there, and back."""
    made = np.zeros((grid.n_frames, 3))
    for nod in plan.nods:
        span, since = grid.since(nod.time_s - nod.rise_s - _FIRST_S, nod.time_s + nod.fall_s)
        there = smooth_step((since - _FIRST_S) / nod.rise_s) - smooth_step((since - _FIRST_S - nod.rise_s) / nod.fall_s)
        first_s = _FIRST_S + 0.75 * nod.rise_s
        first = smooth_step(since / (0.45 * first_s)) - smooth_step((since - 0.45 * first_s) / (0.55 * first_s))
        made[span] += (there - _FIRST * first)[:, None] * np.array(nod.turn)
    return made


def _held(plan: Plan, grid: _Grid) -> np.ndarray:
    """(n, 3) degrees of the ways in which the head is held."""
    turns = np.array([(0.0, 0.0, 0.0), *(hold.turn for hold in plan.holds)])
    return grid.stepped(((hold.start_s, hold.lasts_s, by) for hold, by in zip(plan.holds, np.diff(turns, axis=0), strict=True)), 3)


def _gaze(plan: Plan, grid: _Grid) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) degrees to the own left and up: where the eyes look, and the part of it that the head follows."""
    places = np.array([(0.0, 0.0), *((look.aside, look.up) for look in plan.looks)])
    shifts = np.diff(places, axis=0)
    starts = [look.start_s for look in plan.looks]
    gaze = grid.stepped(((at_s, saccade_s(float(np.hypot(*by))), by) for at_s, by in zip(starts, shifts, strict=True)), 2)
    follows = grid.stepped(((at_s, HEAD_FOLLOW_S, HEAD_FOLLOWS * by) for at_s, by in zip(starts, shifts, strict=True)), 2)
    return gaze, follows


def _looks(eyes: np.ndarray) -> np.ndarray:
    """(n, 8) weights of ``LOOKS`` of eyes that are turned by (n, 2) radians."""
    left, up = (eyes * LOOK_PER_RADIAN).T
    return np.stack([-left, left, up, -up, left, -left, up, -up], axis=1)


def _close_lids(shapes: np.ndarray, plan: Plan, grid: _Grid) -> None:
    for blink in plan.blinks:
        span, since = grid.since(blink.start_s, blink.start_s + BLINK_LASTS)
        closed = (blink.depth * blink_profile(since))[:, None]
        shapes[span, BLINKS] = np.maximum(shapes[span, BLINKS], closed)
        shapes[span, SQUINT] = np.maximum(shapes[span, SQUINT], SQUINTS * closed)


def _raised(plan: Plan, grid: _Grid) -> np.ndarray:
    """(n, 3) weights of ``BROWS``."""
    made = np.zeros((grid.n_frames, 3))
    for raised in plan.raises:
        span, since = grid.since(raised.time_s - _RAISE_S, raised.time_s + _KEPT_S + _LOWER_S)
        share = smooth_step(since / _RAISE_S) - smooth_step((since - _RAISE_S - _KEPT_S) / _LOWER_S)
        made[span] += raised.height * share[:, None] * np.array([1.0, _OUTER, _OUTER])
    return made


def _breathed(plan: Plan, grid: _Grid) -> tuple[np.ndarray, np.ndarray]:
    """(n,) how much a breath in is drawn now, and how full the chest is; 0 to 1."""
    drawn = np.zeros(grid.n_frames)
    steps = []
    for breath in plan.breaths:
        span, since = grid.since(breath.start_s, breath.end_s)
        share = since / (breath.end_s - breath.start_s)
        drawn[span] += breath.depth * (smooth_step(share / 0.55) - smooth_step((share - 0.55) / 0.45))
        steps.append((breath.start_s, breath.end_s - breath.start_s, np.array([breath.depth])))
        steps.append((breath.end_s, max(breath.until_s - breath.end_s, 0.5), np.array([-breath.depth])))
    return drawn, grid.stepped(steps, 1)[:, 0]
