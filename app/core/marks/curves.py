"""What marks do to a motion: shapes, gaze and head over time, smoothly in and out, and lips that touch go on touching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, weights_from
from app.core.emotion import EMOTIONS, EmotionTimeline
from app.core.head import ANGLES, LOOK_PER_RADIAN, angles_in_radians, with_angles, with_gaze_of_angles
from app.core.layering import keep_contacts
from app.core.marks.felt import Felt, felt_of, with_felt
from app.core.marks.placing import PlacedMark
from app.core.marks.vocabulary import EMOTION_SHAPES, Known
from app.core.regions import REGIONS
from app.core.side import SideChannels
from app.core.smoothing import smooth_step
from app.core.speech import Phone, Word
from app.core.track import Animation, BlendshapeTrack

_LOOKS = np.array([i for name, i in ARKIT_INDEX.items() if name.startswith("eyeLook")])
_IS_LOOK = np.isin(np.arange(_LOOKS[0], _LOOKS[-1] + 1), _LOOKS)
_LOWER = np.array([ARKIT_INDEX[name] for name in (*REGIONS["lower"], "noseSneerLeft", "noseSneerRight")])
#: a rounded vowel narrows a smile: so much of what widens the mouth gives way to lips that are rounded fully
_GIVES_WAY = np.float32(0.65)
_ROUNDS = [ARKIT_INDEX["mouthPucker"], ARKIT_INDEX["mouthFunnel"]]
_WIDENS = [ARKIT_INDEX[f"mouth{name}{side}"] for name in ("Smile", "Stretch", "Dimple") for side in ("Left", "Right")]
_HEAD, _EYES = slice(0, 3), slice(3, 9)
#: a face goes over from one emotion to the next within this time, as the keys of the emotion lane do
_FADES_S = 0.5
#: lips let go of a contact so long around the sounds of a word
_EDGE_S = 0.04
#: the second half of a shake of the head is smaller than the first
_SHAKE_FADES = 0.5


def acts(marks: Sequence[PlacedMark], *, feels: bool) -> tuple[PlacedMark, ...]:
    """Those of some marks that change a motion after its source made it.

    Args:
        marks: in time.
        feels: whether the source feels by itself, so that emotions are its own.
    """
    return tuple(each for each in marks if each.mark.known.kind not in (("pause", "emotion") if feels else ("pause",)))


def with_marks(motion: Animation, marks: Sequence[PlacedMark], spoken: Sequence[Phone | Word] = (), *, feels: bool = False) -> Animation:
    """A motion with marks; see ``curves_of`` and ``laid_over``."""
    curves = curves_of(marks, spoken, (motion.arkit.fps, motion.arkit.start_s, len(motion.arkit)), feels=feels)
    return motion if curves is None else laid_over(motion, curves)


@dataclass(frozen=True, eq=False)
class MarkCurves:
    """What marks add to a motion, at the m frames that they touch; made once, laid over whatever a source makes.

    Attributes:
        fps: frames per second.
        start_s: of frame 0.
        index: (m,) numbers of the frames, rising.
        columns: (k,) those of the 52 shapes that are moved, but for gaze.
        added: (m, k) float32 of them.
        lookings: (m, 8) float32 of the eyeLook shapes.
        looks: (m,) float32 how much the gaze is a mark's.
        angles: (m, 9) float32 radians.
        contact: (p,) places among the m where lips that touch go on touching.
        contact_share: (p,) how much.
    """

    fps: float
    start_s: float
    index: np.ndarray
    columns: np.ndarray
    added: np.ndarray
    lookings: np.ndarray
    looks: np.ndarray
    angles: np.ndarray
    contact: np.ndarray
    contact_share: np.ndarray


def curves_of(
    marks: Sequence[PlacedMark], spoken: Sequence[Phone | Word], grid: tuple[float, float, int], *, feels: bool
) -> MarkCurves | None:
    """What marks add, or None where no mark acts.

    Args:
        marks: in time.
        spoken: phones, or words, on the same time line: lips that touch there go on touching.
        grid: frames per second, time of frame 0 in seconds, and how many frames there are.
        feels: whether the source feels by itself.
    """
    wanted = acts(marks, feels=feels)
    felt = () if feels else felt_of(wanted)
    laid = _Laid.over(grid, [*map(span_of, wanted), *((each.start_s, each.end_s + _FADES_S) for each in felt)])
    if not len(laid.index):
        return None
    for each in wanted:
        _lay(each, laid)
    _feel(felt, laid)
    moved: np.ndarray = np.asarray(laid.added.any(axis=0))
    contact = np.flatnonzero(laid.added[:, _LOWER[moved[_LOWER]]].any(axis=1))
    share = _spoken_at(laid.times_s[contact], spoken)
    lookings = laid.added[:, _LOOKS]
    moved[_LOOKS] = False
    columns = np.flatnonzero(moved)
    return MarkCurves(
        grid[0], grid[1], laid.index, columns, laid.added[:, columns], lookings, laid.looks.astype(np.float32),
        laid.angles.astype(np.float32), contact[share > 0], share[share > 0].astype(np.float32),
    )  # fmt: skip


def laid_over(motion: Animation, curves: MarkCurves, former: tuple[int, np.ndarray] | None = None) -> Animation:
    """A motion with what marks add.

    Args:
        motion: as its source made it, at the rate and start of the curves; its frames are the result's.
        curves: of its marks.
        former: how many of its first frames were laid over before, and the (n, 52) shapes that came out.
    """
    track = motion.arkit
    done, rows_done = (0, None) if former is None else former
    looking = with_gaze_of_angles(track).weights if track.side is not None and curves.looks.any() else track.weights
    rows = looking.copy()
    if rows_done is not None and done <= len(rows):
        rows[:done] = rows_done[:done]
    first, end = np.searchsorted(curves.index, (done, len(track)))
    part = slice(int(first), int(end))
    _lay_rows(rows, looking, curves, part)
    rows.flags.writeable = False
    side = _side(track, curves, slice(0, int(end)))
    return replace(motion, arkit=BlendshapeTrack.of_checked(rows, track.fps, track.start_s, track.channels, side))


def _lay_rows(rows: np.ndarray, looking: np.ndarray, curves: MarkCurves, part: slice) -> None:
    """Lay a part of what marks add over rows, in place: towards 1, never beyond it; lips that touch go on touching."""
    index = curves.index[part]
    if not len(index):
        return
    if len(curves.columns):
        where = np.ix_(index, curves.columns)
        before = np.take(_rows_of(looking, index), curves.columns, axis=1)
        added = curves.added[part]
        widens = np.isin(curves.columns, _WIDENS)
        if widens.any():
            rounded = np.clip(np.take(_rows_of(looking, index), _ROUNDS, axis=1).max(axis=1), 0.0, 1.0)
            added = added * (1.0 - _GIVES_WAY * rounded[:, None] * widens)
        made = before + added * (1.0 - np.clip(before, 0.0, 1.0))
        rows[where] = np.clip(made, np.minimum(before, 0.0), np.maximum(before, 1.0))
    gazing = curves.looks[part] > 0
    if gazing.any():
        where = np.ix_(index[gazing], _LOOKS)
        rows[where] = np.clip(looking[where] * (1.0 - curves.looks[part][gazing, None]) + curves.lookings[part][gazing], 0.0, 1.0)
    low, high = np.searchsorted(curves.contact, (part.start, part.stop))
    touching = curves.index[curves.contact[low:high]]
    if len(touching):
        spoken = _rows_of(rows, touching)
        keep_contacts(spoken, _rows_of(looking, touching), curves.contact_share[low:high])
        if not np.may_share_memory(spoken, rows):
            rows[touching] = spoken


def _rows_of(rows: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Some rows: those themselves where they follow each other, which costs nothing, else copies of them."""
    first, last = int(index[0]), int(index[-1])
    return rows[first : last + 1] if last - first + 1 == len(index) else rows[index]


def _side(track: BlendshapeTrack, curves: MarkCurves, part: slice) -> SideChannels | None:
    """What travels beside the track, with the turns of head and eyes."""
    if not curves.angles[part].any():
        return track.side
    own = np.zeros((len(track), len(ANGLES)), np.float32) if track.side is None else angles_in_radians(track)
    own[curves.index[part], _EYES] *= (1.0 - curves.looks[part])[:, None]
    own[curves.index[part]] += curves.angles[part]
    return with_angles(track.side, own)


@dataclass(frozen=True)
class _Laid:
    """What marks add to the frames that they touch, m of them; changed in place.

    Attributes:
        grid: frames per second, time of frame 0, and how many frames there are.
        spans: (first, end, place) of the stretches of frames, and where each begins among the m.
        index: (m,) their numbers.
        times_s: (m,) their times.
        added: (m, 52) shapes.
        angles: (m, 9) radians.
        looks: (m,) how much the gaze is a mark's.
    """

    grid: tuple[float, float, int]
    spans: tuple[tuple[int, int, int], ...]
    index: np.ndarray
    times_s: np.ndarray
    added: np.ndarray
    angles: np.ndarray
    looks: np.ndarray

    @classmethod
    def over(cls, grid: tuple[float, float, int], spans_s: Sequence[tuple[float, float]]) -> _Laid:
        """Nothing yet, for the frames in some stretches of time."""
        found = sorted((first, end) for first, end in (_frames(grid, *span) for span in spans_s) if end > first)
        merged: list[list[int]] = []
        for first, end in found:
            if merged and first <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([first, end])
        places = np.cumsum([0, *(end - first for first, end in merged)])
        index = np.concatenate([np.arange(first, end) for first, end in merged]) if merged else np.zeros(0, np.intp)
        spans = tuple((first, end, int(place)) for (first, end), place in zip(merged, places, strict=False))
        count = len(index)
        added = np.zeros((count, len(ARKIT_CHANNELS)), np.float32)
        return cls(grid, spans, index, grid[1] + index / grid[0], added, np.zeros((count, len(ANGLES))), np.zeros(count))

    def frames(self, start_s: float, end_s: float) -> slice:
        """Where a stretch of time lies among the m; nothing where it has no frame."""
        first, end = _frames(self.grid, start_s, end_s)
        for low, high, place in self.spans:
            if low <= first < high:
                return slice(place + first - low, place + min(end, high) - low)
        return slice(0, 0)


def span_of(each: PlacedMark) -> tuple[float, float]:
    """From when to when a mark is seen, in seconds."""
    known = each.mark.known
    if known.beats:
        return each.start_s, each.start_s + (each.mark.lasts_s or known.hold_s)
    lead_s = known.onset_s if known.before else known.onset_s / 2
    first = each.start_s if known.before or known.kind == "gesture" else max(each.start_s - lead_s, 0.0)
    hold_end = each.end_s + known.onset_s if known.kind == "gesture" else max(each.end_s, first + known.onset_s)
    return first, hold_end + known.release_s


def _lay(each: PlacedMark, laid: _Laid) -> None:
    """Add one mark, but for emotions."""
    known, strength = each.mark.known, each.mark.strength
    first_s, end_s = span_of(each)
    frames = laid.frames(first_s, end_s)
    times_s = laid.times_s[frames]
    if known.kind == "emotion" or not len(times_s):
        return
    if known.beats:
        share = _swing(known, times_s - first_s, end_s - first_s) * strength
    else:
        share = smooth_step((times_s - first_s) / known.onset_s) * smooth_step((end_s - times_s) / known.release_s) * strength
    shapes = _row(known.shapes)
    if known.kind == "gaze":
        # the eyes go over from one place to the next; two looks at once share them
        eyes = share / max(strength, 1e-6)
        laid.added[frames, _LOOKS[0] : _LOOKS[-1] + 1] *= (1.0 - eyes[:, None] * _IS_LOOK).astype(np.float32)
        laid.added[frames] += (share[:, None] * shapes).astype(np.float32)
        laid.looks[frames] = np.maximum(laid.looks[frames], eyes)
        laid.angles[frames, _EYES] = laid.angles[frames, _EYES] * (1.0 - eyes)[:, None] + share[:, None] * _eye_angles(shapes)
    elif known.shapes:
        np.maximum(laid.added[frames], (share[:, None] * shapes).astype(np.float32), out=laid.added[frames])
    if any(known.turn):
        slow = _follows(times_s, first_s, end_s) * strength if known.kind == "gaze" else share
        laid.angles[frames, _HEAD] += slow[:, None] * np.radians(known.turn)


def _feel(felt: Sequence[Felt], laid: _Laid) -> None:
    """Add what emotions look like."""
    if not felt:
        return
    line = with_felt(EmotionTimeline(transition_s=_FADES_S), felt)
    shapes = line.at(laid.times_s) @ _emotion_rows()
    np.minimum(shapes, np.float32(1.0), out=shapes)
    np.maximum(laid.added, shapes, out=laid.added)


def _swing(known: Known, since_s: np.ndarray, lasts_s: float) -> np.ndarray:
    """A gesture of the head: half a wave for a nod, two that fade for a shake; it starts and ends without a jerk."""
    x = np.clip(since_s / lasts_s, 0.0, 1.0)
    edges = smooth_step(np.minimum(x, 1.0 - x) * 4.0)
    fading = 1.0 - _SHAKE_FADES * x if known.beats > 1 else 1.0
    made: np.ndarray = np.sin(2 * np.pi * known.beats * x) * edges * fading
    return made


def _follows(times_s: np.ndarray, first_s: float, end_s: float) -> np.ndarray:
    """How far the head follows the eyes, which are there first."""
    slow_s = max(min(0.35, (end_s - first_s) / 2), 1e-3)
    made: np.ndarray = smooth_step((times_s - first_s) / slow_s) * smooth_step((end_s - times_s) / slow_s)
    return made


def _eye_angles(shapes: np.ndarray) -> np.ndarray:
    """(6,) yaw, pitch and roll of both eyes in radians for a row of shapes."""
    made = []
    for side, outward in (("Left", -1.0), ("Right", 1.0)):
        out, inward, down, up = (float(shapes[ARKIT_INDEX[f"eyeLook{way}{side}"]]) for way in ("Out", "In", "Down", "Up"))
        made += [outward * (out - inward) / LOOK_PER_RADIAN[0], (down - up) / LOOK_PER_RADIAN[1], 0.0]
    return np.array(made)


def _spoken_at(times_s: np.ndarray, spoken: Sequence[Phone | Word]) -> np.ndarray:
    """(m,) 1 where something is spoken, 0 in pauses, without a jump; 1 everywhere where that is not known."""
    if not spoken:
        return np.ones(len(times_s))
    sounding = [each for each in spoken if not (isinstance(each, Phone) and each.is_silence)]
    if not sounding:
        return np.zeros(len(times_s))
    starts_s = np.array([each.start_s for each in sounding])
    ends_s = np.maximum.accumulate([each.end_s for each in sounding])
    after = np.searchsorted(starts_s, times_s, side="right")
    since_s = np.where(after > 0, times_s - ends_s[np.maximum(after - 1, 0)], np.inf)
    until_s = np.where(after < len(starts_s), starts_s[np.minimum(after, len(starts_s) - 1)] - times_s, np.inf)
    away_s = np.maximum(np.minimum(since_s, until_s), 0.0)
    made: np.ndarray = smooth_step(1.0 - np.minimum(away_s / _EDGE_S, 1.0))
    return made


def _frames(grid: tuple[float, float, int], start_s: float, end_s: float) -> tuple[int, int]:
    fps, first_s, count = grid
    first = max(int(np.floor((start_s - first_s) * fps)), 0)
    end = min(int(np.ceil((end_s - first_s) * fps)) + 1, count)
    return min(first, count), max(end, 0)


@cache
def _row(shapes: tuple[tuple[str, float], ...]) -> np.ndarray:
    return weights_from(dict(shapes))


@cache
def _emotion_rows() -> np.ndarray:
    """(10, 52) float32 what each of EMOTIONS looks like."""
    return np.stack([weights_from(dict(EMOTION_SHAPES[name])) for name in EMOTIONS]).astype(np.float32)
