"""Pictures of lines without a window: a thumbnail at the widest open mouth, and a film; avatars are read once a process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.core.lips import lip_opening
from app.core.track import Animation
from app.render.platform import prepare_gl

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.render.offscreen import OffscreenCanvas

THUMB_PX = 256
#: avatars of a table that are kept loaded
MOST_AVATARS = 4
FILM_FPS = 30.0


class BatchStudio:
    """Avatars and a canvas for the thumbnails of many lines; used and closed in one thread."""

    def __init__(self) -> None:
        self._rigs: dict[Path, AvatarRig] = {}
        self._canvas: OffscreenCanvas | None = None

    def rig(self, avatar: Path) -> AvatarRig:
        """An avatar, posed as it was left.

        Raises:
            AvatarError: it cannot be read.
        """
        from app.avatar.gltf import load_avatar
        from app.avatar.rig import AvatarRig

        if avatar not in self._rigs:
            if len(self._rigs) >= MOST_AVATARS:
                self.close()
            self._rigs[avatar] = AvatarRig(load_avatar(avatar))
        return self._rigs[avatar]

    def thumbnail(self, avatar: Path, animation: Animation) -> bytes:
        """PNG of a line's face where its mouth is open widest; a mock's says so.

        Args:
            avatar: its file.
            animation: as tuned.

        Raises:
            AvatarError: it cannot be read.
            RenderError: nothing can be drawn here.
        """
        prepare_gl(None)
        from PIL import Image

        from app.render.camera import OrbitCamera
        from app.render.labels import draw_label
        from app.render.offscreen import OffscreenCanvas

        rig = self.rig(avatar)
        if self._canvas is None:
            self._canvas = OffscreenCanvas(THUMB_PX, THUMB_PX)
        t = widest_s(animation)
        rig.set_head_rotation(np.zeros(3))
        rig.pose(animation.arkit.sample(t), None if animation.visemes is None else animation.visemes.sample(t))
        camera = OrbitCamera()
        camera.frame(rig.avatar, "face", 1.0)
        picture = self._canvas.render(rig, camera)
        if animation.is_mock:
            draw_label(picture, animation.label, warning=True)
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG")
        return out.getvalue()

    def film(self, avatar: Path, animation: Animation, duration_s: float, size: tuple[int, int]) -> Iterator[np.ndarray]:
        """The frames of a line's film, at ``FILM_FPS``.

        Args:
            avatar: its file.
            animation: as tuned.
            duration_s: of the sound.
            size: width and height in pixels.
        """
        prepare_gl(None)
        from app.render.film import FilmSettings, film_frames

        return film_frames(self.rig(avatar), [animation], duration_s, FilmSettings(*size, FILM_FPS, "portrait"))

    def close(self) -> None:
        """Let the canvas and the avatars go."""
        if self._canvas is not None:
            self._canvas.release()
        self._canvas = None
        self._rigs.clear()


def widest_s(animation: Animation) -> float:
    """The moment at which the mouth is open widest, in seconds."""
    track = animation.arkit
    return float(track.times_s[int(np.argmax(lip_opening(track.weights)))]) if len(track) else 0.0
