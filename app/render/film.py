"""A film of an animation, frame by frame: the draw function of the preview with a clock that steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.head import head_rotations, with_gaze_of_angles
from app.core.sampling import sampled
from app.core.track import Animation
from app.render.camera import Framing, OrbitCamera
from app.render.curves_strip import draw_curves_strip
from app.render.labels import draw_label
from app.render.offscreen import OffscreenCanvas

#: share of the picture's height that the strip of curves takes
STRIP_SHARE = 0.22


@dataclass(frozen=True)
class FilmSettings:
    """How a film looks.

    Attributes:
        width: pixels.
        height: pixels.
        fps: frames per second.
        framing: ``portrait``, ``face``, ``bust`` or ``body``.
        curves: a strip of curves under the picture.
        burn_in: frame number, time and source written into the picture.
        head: angles of head and eyes that travel with a track turn the avatar's.
        quality: ``studio`` or ``light``.
        background: linear-free display RGB in [0, 1]; VisemeSync's #1a1a1a.
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


def frame_count(duration_s: float, fps: float) -> int:
    """Frames that cover a duration, at least one."""
    return max(1, math.ceil(duration_s * fps - 1e-6))


def _burn_in_text(animation: Animation, frame: int, t: float) -> str:
    minutes, seconds = divmod(t, 60)
    return f"{animation.label}   frame {frame}   {int(minutes):02d}:{seconds:06.3f}"


def _with_head(animation: Animation, settings: FilmSettings) -> tuple[Animation, np.ndarray]:
    """An animation with its eye angles in its shapes, and (n_frames, 3) head rotations; still where none are wanted."""
    if not settings.head:
        return animation, np.zeros((1, 3))
    return replace(animation, arkit=with_gaze_of_angles(animation.arkit)), head_rotations(animation.arkit)


def film_frames(rig: AvatarRig, animations: list[Animation], duration_s: float, settings: FilmSettings) -> Iterator[np.ndarray]:
    """Draw every frame of a film.

    Args:
        rig: the avatar; it is left in its last pose.
        animations: one, or several shown side by side from the left.
        duration_s: length of the film in seconds.
        settings: size, rate and look.

    Yields:
        (height, width, 3) uint8, a new array for each frame.
    """
    strip_height = round(settings.height * STRIP_SHARE) if settings.curves else 0
    height = settings.height - strip_height
    width = settings.width // len(animations)
    camera = OrbitCamera()
    camera.frame(rig.avatar, settings.framing, width / height)
    shown = [_with_head(animation, settings) for animation in animations]
    with OffscreenCanvas(width, height) as canvas:
        for frame in range(frame_count(duration_s, settings.fps)):
            t = frame / settings.fps
            picture = np.zeros((settings.height, settings.width, 3), np.uint8)
            for side, (animation, turns) in enumerate(shown):
                rig.set_head_rotation(sampled(turns, (t - animation.arkit.start_s) * animation.arkit.fps))
                visemes = None if animation.visemes is None else animation.visemes.sample(t)
                rig.pose(animation.arkit.sample(t), visemes)
                view = canvas.render(rig, camera, quality=settings.quality, background=settings.background).copy()
                if animation.is_mock or settings.burn_in or len(animations) > 1:
                    text = _burn_in_text(animation, frame, t) if settings.burn_in else animation.label
                    draw_label(view, text, warning=animation.is_mock)
                picture[:height, side * width : (side + 1) * width] = view
                if strip_height:
                    strip = draw_curves_strip(animation.arkit, t, width, strip_height)
                    picture[height:, side * width : (side + 1) * width] = strip
            yield picture
