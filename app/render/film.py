"""A film of an animation, frame by frame: the draw function of the preview with a clock that steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Self

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.head import head_rotations, with_gaze_of_angles
from app.core.sampling import sampled
from app.core.timecode import ClipCount, FrameCount, exact_rate
from app.core.track import Animation
from app.render.camera import Framing, OrbitCamera
from app.render.curves_strip import draw_curves_strip
from app.render.film_stage import FilmStage
from app.render.insets import InsetFilm, PlacedFilm, draw_inset
from app.render.labels import draw_label
from app.render.offscreen import OffscreenCanvas

#: share of the picture's height that the strip of curves takes
STRIP_SHARE = 0.22
#: pictures for which is found out together what stands still
STRETCH = 160


@dataclass(frozen=True)
class FilmSettings:
    """How a film looks.

    Attributes:
        width: pixels.
        height: pixels.
        fps: frames per second; 29.97 and its like are taken exactly.
        framing: one of the camera's FRAMINGS.
        curves: a strip of curves under the picture.
        burn_in: frame number, timecode, source and settings written into the picture.
        head: angles of head and eyes that travel with a track turn the avatar's.
        quality: ``studio`` or ``light``.
        background: linear-free display RGB in [0, 1]; VisemeSync's #1a1a1a.
        count: how the frames are counted that are burnt in, None for the film's own from 00:00:00:00.
        told: what is burnt in below the source of each side, such as its tuning; "" for nothing.
        beside: a film that stands beside the face in sync, None for none.
    """

    width: int = 1280
    height: int = 720
    fps: float = 30.0
    framing: Framing = "portrait"
    curves: bool = False
    burn_in: bool = False
    head: bool = False
    quality: Literal["studio", "light"] = "studio"
    background: tuple[float, float, float] = (0.102, 0.102, 0.102)
    count: ClipCount | None = None
    told: tuple[str, ...] = ()
    beside: PlacedFilm | None = None

    @property
    def counted(self) -> ClipCount:
        """How frames are counted."""
        return ClipCount(FrameCount(exact_rate(self.fps))) if self.count is None else self.count


def frame_count(duration_s: float, fps: float) -> int:
    """Frames that cover a duration, at least one."""
    return max(1, math.ceil(duration_s * float(exact_rate(fps)) - 1e-6))


def _with_head(animation: Animation, settings: FilmSettings) -> tuple[Animation, np.ndarray]:
    """An animation with its eye angles in its shapes, and (n_frames, 3) head rotations; still where none are wanted."""
    if not settings.head:
        return animation, np.zeros((1, 3))
    return replace(animation, arkit=with_gaze_of_angles(animation.arkit)), head_rotations(animation.arkit)


class FilmPainter:
    """Draws the sides of a film at any time; a context manager, in one thread.

    Args:
        rigs: the avatar of each side, or one for all; they are left in their last pose.
        animations: one, or several shown side by side from the left.
        settings: size and look.
        view: (width, height) of one side's picture, None for what the settings leave it.
    """

    def __init__(
        self, rigs: Sequence[AvatarRig], animations: Sequence[Animation], settings: FilmSettings, view: tuple[int, int] | None = None
    ) -> None:
        self.settings = settings
        self._strip = round(settings.height * STRIP_SHARE) if settings.curves else 0
        self.view = (settings.width // len(animations), settings.height - self._strip) if view is None else view
        self._rigs = list(rigs) if len(rigs) == len(animations) else [rigs[0]] * len(animations)
        self._shown = [_with_head(animation, settings) for animation in animations]
        self._cameras = []
        for rig in self._rigs:
            camera = OrbitCamera()
            camera.frame(rig.avatar, settings.framing, self.view[0] / self.view[1])
            self._cameras.append(camera)
        self._beside = None if settings.beside is None else InsetFilm(settings.beside.path)
        self._canvas = OffscreenCanvas(*self.view)
        self._stages: list[FilmStage] = []
        self._expected: frozenset[float] = frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stage in self._stages:
            stage.release()
        self._canvas.release()
        if self._beside is not None:
            self._beside.close()

    def face(self, side: int, t: float) -> np.ndarray:
        """One side at a time in seconds, without any words.

        Returns:
            (height, width, 3) uint8 of ``view``, a new array.
        """
        self._pose(side, t)
        if t in self._expected:
            return self._stages[side].picture()
        settings = self.settings
        return self._canvas.render(self._rigs[side], self._cameras[side], quality=settings.quality, background=settings.background)

    def expect(self, times: Sequence[float]) -> None:
        """Get ready for pictures of a stretch of the film: what does not move over it is drawn once.

        Args:
            times: in seconds, of the pictures that will be asked for next.
        """
        if not self._stages:
            look = (self.settings.quality, self.settings.background)
            pairs = zip(self._rigs, self._cameras, strict=True)
            self._stages = [FilmStage(self._canvas, rig, camera, *look) for rig, camera in pairs]
        for side, stage in enumerate(self._stages):
            stage.expect(partial(self._pose, side, t) for t in times)
        self._expected = frozenset(times)

    def _pose(self, side: int, t: float) -> None:
        """Move the rig of one side."""
        animation, turns = self._shown[side]
        rig = self._rigs[side]
        rig.set_head_rotation(sampled(turns, (t - animation.arkit.start_s) * animation.arkit.fps))
        visemes = None if animation.visemes is None else animation.visemes.sample(t)
        rig.pose(animation.arkit.sample(t), visemes)

    def picture(self, t: float) -> np.ndarray:
        """The whole picture at a time in seconds.

        Returns:
            (height, width, 3) uint8, a new array.
        """
        settings, (width, height) = self.settings, self.view
        if len(self._shown) == 1 and not self._strip and self._beside is None and self.view == (settings.width, settings.height):
            whole = self.face(0, t)
            self._write(whole, 0, t)
            return whole
        picture = np.zeros((settings.height, settings.width, 3), np.uint8)
        for side, (animation, _) in enumerate(self._shown):
            left = side * width
            view = self.face(side, t)
            self._write(view, side, t)
            picture[:height, left : left + width] = view
            if self._strip:
                picture[height : height + self._strip, left : left + width] = draw_curves_strip(animation.arkit, t, width, self._strip)
        if self._beside is not None and settings.beside is not None:
            draw_inset(picture[:height], self._beside.frame_at(t), settings.beside.corner, settings.beside.share)
        return picture

    def _write(self, view: np.ndarray, side: int, t: float) -> None:
        """The words on one side's picture."""
        animation, settings = self._shown[side][0], self.settings
        if animation.is_mock or settings.burn_in or len(self._shown) > 1:
            draw_label(view, animation.label, warning=animation.is_mock)
        if settings.burn_in:
            count = settings.counted
            if side < len(settings.told) and settings.told[side]:
                draw_label(view, settings.told[side], row=2 if animation.is_mock else 1)
            if side == 0:
                draw_label(view, f"{count.timecode(t)}   frame {count.count.frame_at(t)}", row=-1)


def film_frames(
    rig: AvatarRig | Sequence[AvatarRig], animations: Sequence[Animation], duration_s: float, settings: FilmSettings
) -> Iterator[np.ndarray]:
    """Draw every frame of a film.

    Args:
        rig: the avatar, or one per side; left in its last pose.
        animations: one, or several shown side by side from the left.
        duration_s: length of the film in seconds.
        settings: size, rate and look.

    Yields:
        (height, width, 3) uint8, a new array for each frame.
    """
    rate = float(exact_rate(settings.fps))
    with FilmPainter([rig] if isinstance(rig, AvatarRig) else rig, animations, settings) as painter:
        times = [frame / rate for frame in range(frame_count(duration_s, settings.fps))]
        n_stretches = math.ceil(len(times) / STRETCH)
        for i in range(n_stretches):
            stretch = times[i * len(times) // n_stretches : (i + 1) * len(times) // n_stretches]
            if len(stretch) > 1:
                painter.expect(stretch)
            for t in stretch:
                yield painter.picture(t)
