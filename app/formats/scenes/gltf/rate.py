"""At which rate a glTF animation is read, whose keys stand at any times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.avatar.fields import Json
from app.core.arkit import VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.scenes.gltf.curves import Curve
from app.formats.track_file import MAX_DURATION_S, MAX_FPS, TrackFile, check_rate
from app.formats.tracks.rate import ASSUMED_FPS, USUAL, fit_rate, number_text

#: times that exporters round are rounded to milliseconds
_ROUNDED_S = 6e-4
#: keys at fewer frames than these are reduced ones, between which more frames are needed
_DENSE = 0.5
#: keys at a slower rate than films have were set by hand
_SLOWEST_SAMPLED = 23.0
#: so many keys tell an unusual rate, which they must follow to this share of a frame
_ENOUGH, _NEARLY = 10, 0.05


@dataclass(frozen=True)
class Sampling:
    """How curves become frames.

    Attributes:
        fps: frames per second.
        start_s: of frame 0.
        n_frames: how many.
        grid_fps: a rate on whose frames all keys stand, or None.
        fps_from: as TrackFile says it.
        evidence: the same in words.
        warnings: sentences for the user.
    """

    fps: float
    start_s: float
    n_frames: int
    grid_fps: float | None
    fps_from: str
    evidence: str
    warnings: tuple[str, ...] = ()

    @property
    def times_s(self) -> np.ndarray:
        """(n_frames,) float64."""
        made: np.ndarray = self.start_s + np.arange(self.n_frames) / self.fps
        return made

    def of(self, curve: Curve) -> np.ndarray:
        """(n_frames, width) values of a curve."""
        return (curve.snapped(self.grid_fps, self.start_s) if self.grid_fps else curve).at(self.times_s)

    def track_file(
        self, weights: np.ndarray, columns: Mapping[str, np.ndarray], warnings: tuple[str, ...], dialect: str,
        *, visemes: np.ndarray | None = None,
    ) -> TrackFile:  # fmt: skip
        """What was sampled as a file's content.

        Args:
            weights: (n_frames, 52).
            columns: what travels beside them.
            warnings: sentences for the user, beside those about the rate.
            dialect: as shown.
            visemes: (n_frames, 15) that move the mouth, or None.
        """
        side = SideChannels(tuple(columns), np.stack(list(columns.values()), axis=1)) if columns else None
        track = BlendshapeTrack(weights, self.fps, self.start_s, side=side)
        mouth = None if visemes is None else BlendshapeTrack(visemes, self.fps, self.start_s, VISEME_CHANNELS)
        told = (*self.warnings, *warnings)
        return TrackFile(track, dialect, self.start_s, self.fps_from, self.evidence, told, visemes=mouth)


def stated(animation: Json, key: str) -> float | None:
    """A number between 0 and 1000 that this program states in an animation's extras, or None.

    Args:
        animation: of the file.
        key: ``fps``, or ``maxError``, by which its keys may be off.
    """
    extras = animation.get("extras")
    said = extras.get(key) if isinstance(extras, dict) else None
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) and 0 < said <= MAX_FPS else None


def sampling_of(curves: Sequence[Curve], name: str, fps: float | None, said_fps: float | None) -> Sampling:
    """The frames at which an animation is read.

    Args:
        curves: all that are read, at least one.
        name: for messages.
        fps: that the user states, or None.
        said_fps: that the file states, or None.

    Raises:
        TrackError: more than an hour, or an impossible rate.
    """
    keys = np.unique(np.concatenate([curve.times_s for curve in curves]))
    if not (np.abs(keys) <= MAX_DURATION_S + 1).all():
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    grid = _grid(keys, said_fps)
    cubic = any(curve.mode == "CUBICSPLINE" for curve in curves)
    warnings: list[str] = []
    if fps is not None:
        used, origin, words = fps, "stated", f"sampled at {number_text(fps)} fps as stated"
    elif said_fps is not None and grid == said_fps:
        used, origin, words = grid, "header", f"{number_text(grid)} fps as the file states"
    elif grid is not None and len(keys) > 1:
        dense = grid > _SLOWEST_SAMPLED and len(keys) > _DENSE * ((keys[-1] - keys[0]) * grid + 1)
        used = grid if dense else _fine(keys, grid)
        words = f"{number_text(used)} fps from {len(keys):,} key times"
        words += "" if dense else f", which follow {number_text(grid)} fps" if used != grid else ", some of them left out"
        origin = "times"
    else:
        used, origin, words = ASSUMED_FPS, "assumed", f"assumed {number_text(ASSUMED_FPS)} fps"
        if len(keys) > 1:
            warnings.append(
                f"Its {len(keys):,} keys follow no frame rate, so the curves were sampled at {number_text(ASSUMED_FPS)} fps;"
                " state another with --in-fps."
            )
    grid = grid if grid is not None and not (cubic and origin == "assumed") else None
    start_s = float(keys[0])
    end_s = start_s + float(np.rint((keys[-1] - start_s) * grid) / grid) if grid else float(keys[-1])
    check_rate(used, 1, name)
    n_frames = int(np.ceil((end_s - start_s) * used - 1e-4)) + 1
    check_rate(used, n_frames - 1, name)
    return Sampling(used, start_s, n_frames, grid, origin, words, tuple(warnings))


def _stands_on(keys: np.ndarray, fps: float, allowed_s: float) -> bool:
    """Whether all keys are whole frames behind the first, wherever that is."""
    since = keys - keys[0]
    return bool(np.abs(since - np.rint(since * fps) / fps).max() <= allowed_s)


def _grid(keys: np.ndarray, said_fps: float | None) -> float | None:
    """A rate on whose frames all keys stand: what the file states, else the slowest that people use, else one that fits evenly."""
    exact_s = max(2e-6, 1.5 * float(np.spacing(np.float32(np.abs(keys).max()))))
    if said_fps is not None and 0 < said_fps <= MAX_FPS and _stands_on(keys, said_fps, max(exact_s, 1e-2 / said_fps)):
        return said_fps
    if len(keys) < 2:
        return None
    step_s = float(np.diff(keys).min())
    is_rounded = bool(np.abs(keys - np.rint(keys * 1000) / 1000).max() <= exact_s)
    for allowed_s in (exact_s, _ROUNDED_S) if is_rounded else (exact_s,):
        for rate in sorted(USUAL):
            if 1 / rate <= step_s + 2 * allowed_s and _stands_on(keys, rate, allowed_s):
                return float(rate)
    if len(keys) < _ENOUGH:
        return None
    fit = fit_rate(keys, exact_s, "The animation")
    return fit.fps if fit.is_whole and fit.fps <= MAX_FPS and _stands_on(keys, fit.fps, _NEARLY / fit.fps) else None


def _fine(keys: np.ndarray, grid: float) -> float:
    """A multiple of a rate that is fine enough for motion whose keys were thinned out."""
    exact_s = max(2e-6, 1.5 * float(np.spacing(np.float32(np.abs(keys).max()))))
    if _stands_on(keys, ASSUMED_FPS, exact_s):
        return ASSUMED_FPS
    return float(grid * np.ceil(ASSUMED_FPS / grid))
