"""The frame rate behind a column of times: a fit through all rows, the usual rate that it means, gaps, and a second reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from app.core.errors import TrackError
from app.formats.track_file import MAX_DURATION_S, MAX_FPS

#: what is assumed where nothing tells the rate: the default of Live Link Face
ASSUMED_FPS = 60.0
#: rates of television, 0.1 % below the round ones
NTSC = tuple(base * 1000 / 1001 for base in (24, 30, 48, 60, 120))
#: rates that people use
USUAL = (8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 75, 90, 100, 120, 144, 200, 240, *NTSC)
#: two readings that end further apart than this are worth a sentence: beyond it a voice is seen to be off
_APART_S = 0.02
#: a fit this near to the times, in steps of their resolution, is what the times mean
_FITS = 0.76


@dataclass(frozen=True)
class Rate:
    """What a column of times says.

    Attributes:
        fps: frames per second.
        places: (n,) the frame that each row is, from 0; with holes where rows are missing.
        even: every row is where its place says, to half a frame.
        other_fps: another rate that the times fit equally well and that ends audibly elsewhere, or None.
    """

    fps: float
    places: np.ndarray
    even: bool
    other_fps: float | None = None

    @property
    def is_whole(self) -> bool:
        """No rows are missing."""
        return bool(self.places[-1] == len(self.places) - 1) if len(self.places) else True


#: what lies nearer together is no clock's doing
SHORTEST_S = 1e-9


def number_text(fps: float) -> str:
    """A rate as people write it: 29.97, 60."""
    return f"{fps:.5g}"


def check_rising(times: np.ndarray, line_of: Callable[[int], int], name: str) -> None:
    """Refuse a clock that runs backwards or stands still.

    Args:
        times: (n,) in any unit.
        line_of: the file's line of a row, for the message.
        name: for the message.

    Raises:
        TrackError: it does; the sentence names the line.
    """
    late = np.flatnonzero(np.diff(times) < 0)
    if len(late):
        raise TrackError(f"{name}, line {line_of(int(late[0]) + 1)}: the time goes backwards; sort the rows or export the take again.")
    if len(times) > 1 and times[-1] <= times[0]:
        raise TrackError(f"{name}: the time stands still in all rows; export the take again.")


def fit_rate(times_s: np.ndarray, resolution_s: float, name: str) -> Rate:
    """Fit a rate through all rows.

    Args:
        times_s: (n,) seconds, never falling, n > 1 and not all the same.
        resolution_s: the last digit of a time.
        name: for messages.

    Raises:
        TrackError: more than an hour, or all of it in less than no time.
    """
    n, span_s = len(times_s), float(times_s[-1] - times_s[0])
    if span_s < SHORTEST_S:
        raise TrackError(f"{name}: the time stands still in all rows; export the take again.")
    if span_s > MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    places = np.arange(n)
    mean_s = span_s / (n - 1)
    off_s = float(np.abs(times_s - times_s[0] - places * mean_s).max())
    if off_s < max(1.5 * resolution_s, 0.5 * mean_s):
        step_s, even = _slope(places, times_s), True
    else:
        places, step_s = _places(times_s)
        even = float(np.abs(_residual(times_s, places, step_s)).max()) < 0.5 * step_s
    fps = _meant(times_s, places, 1 / step_s, resolution_s)
    return Rate(fps, places, even, _other(times_s, places, fps, resolution_s))


def _slope(places: np.ndarray, times_s: np.ndarray) -> float:
    """Seconds per place: the line of least squares."""
    centred = places - places.mean()
    return float(centred @ (times_s - times_s.mean()) / (centred @ centred))


def _residual(times_s: np.ndarray, places: np.ndarray, step_s: float) -> np.ndarray:
    off = times_s - places * step_s
    centred: np.ndarray = off - (off.max() + off.min()) / 2
    return centred


def _places(times_s: np.ndarray) -> tuple[np.ndarray, float]:
    """Whole frame numbers of rows with gaps or jitter, and the seconds between two frames."""
    steps = np.diff(times_s)
    step_s = float(np.median(steps[steps > 0]))
    for _ in range(3):
        counts = np.rint(steps / step_s)
        places = np.concatenate([[0], np.cumsum(counts)])
        if places[-1] < 1:
            break
        refined = _slope(places, times_s)
        if not refined > 0 or abs(refined - step_s) < 1e-9:
            break
        step_s = refined
    return places, step_s


def _meant(times_s: np.ndarray, places: np.ndarray, fps: float, resolution_s: float) -> float:
    """The plainest rate that all rows fit to their last digit, or the fitted one."""
    near = [rate for rate in NTSC if abs(rate / fps - 1) < 2e-3]
    for plain in (float(round(fps)), *near, round(fps, 2), round(fps, 3)):
        if plain > 0 and _fits(times_s, places, plain, resolution_s):
            return plain
    return fps


def as_said(rate: Rate, times_s: np.ndarray, resolution_s: float, said_fps: float | None) -> Rate:
    """The rate that a file states beside its times, where they agree to their last digit; it has more digits than they have.

    Args:
        rate: as fitted.
        times_s: (n,) seconds.
        resolution_s: the last digit of a time.
        said_fps: as stated, or None.
    """
    fits = said_fps is not None and 1 / MAX_DURATION_S < said_fps <= MAX_FPS and _fits(times_s, rate.places, said_fps, resolution_s)
    return replace(rate, fps=said_fps, other_fps=None) if said_fps is not None and fits else rate


def _fits(times_s: np.ndarray, places: np.ndarray, fps: float, resolution_s: float) -> bool:
    return bool(np.abs(_residual(times_s, places, 1 / fps)).max() <= _FITS * resolution_s)


def sibling(fps: float) -> float | None:
    """The rate 0.1 % beside a round one or one of television's: 30 and 29.97."""
    for rate in NTSC:
        round_rate = rate * 1.001
        if abs(fps / rate - 1) < 1e-5:
            return float(round(round_rate))
        if abs(fps / round_rate - 1) < 1e-5:
            return rate
    return None


def _other(times_s: np.ndarray, places: np.ndarray, fps: float, resolution_s: float) -> float | None:
    other = sibling(fps)
    if other is None or not _fits(times_s, places, other, resolution_s) or not apart(len(times_s), fps, other):
        return None
    return other


def apart(n_frames: int, fps: float, other_fps: float) -> bool:
    """Whether two rates end so far apart that it is heard."""
    return abs(n_frames / fps - n_frames / other_fps) > _APART_S


def length_sentence(n_frames: int, fps: float, other_fps: float | None, sound_s: float) -> str:
    """A rate at which a take would fit its sound, when it does not at its own, or "".

    Args:
        n_frames: of the take.
        fps: as read.
        other_fps: another reading of the file, or None.
        sound_s: length of the sound.
    """
    own_s = n_frames / fps
    off_s = own_s - sound_s
    candidates = ([other_fps] if other_fps is not None else []) + [rate for rate in USUAL if abs(rate / fps - 1) > 0.02]
    best = min(candidates, key=lambda rate: abs(n_frames / rate - sound_s))
    near_s = abs(n_frames / best - sound_s)
    allowed_s = max(1.5 / best, 0.03) if best != other_fps else _APART_S
    if n_frames < 2 or near_s > allowed_s or abs(off_s) < (max(3 / fps, 0.1) if best != other_fps else _APART_S):
        return ""
    how = f"{abs(off_s) * 1000:.0f} ms {'longer' if off_s > 0 else 'shorter'} than the sound"
    return f"The take is {how}; at {number_text(best)} fps it would fit: state it with --in-fps {number_text(best)}."


def gap_sentence(places: np.ndarray, fps: float) -> str:
    """What is missing and where, or "".

    Args:
        places: (n,) the frame that each row is, from 0.
        fps: frames per second.
    """
    lacking = np.diff(places) - 1
    holes = np.flatnonzero(lacking >= 1)
    if not len(holes):
        return ""
    longest = holes[np.argmax(lacking[holes])]
    total, where_s = int(lacking[holes].sum()), (places[longest] + 1) / fps
    what = f"{total:,} frame{'s are' if total > 1 else ' is'} missing"
    if len(holes) == 1:
        where = f"at {where_s:.2f} s (a gap of {total / fps:.2f} s)"
    else:
        where = f"in {len(holes):,} gaps, the longest {lacking[longest] / fps:.2f} s at {where_s:.2f} s"
    return f"{what} {where}; the values in between were interpolated."
