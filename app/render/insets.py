"""Pictures and films that are shown beside the face, decoded small; on any one thread at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import RenderError

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FILM_ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")
#: longest side in pixels: an inset is never larger
LARGEST_PX = 720
#: a film is decoded on to a frame that is so little later; for anything else it is sought anew
_AHEAD_S = 1.5


def read_inset(path: Path) -> np.ndarray:
    """A picture.

    Returns:
        (h, w, 3) uint8 RGB.

    Raises:
        RenderError: it cannot be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((LARGEST_PX, LARGEST_PX))
            return np.asarray(upright, np.uint8)
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise RenderError(f"{path.name} is no picture that can be shown; choose a PNG or JPEG.") from error


class InsetFilm:
    """A film that is asked for its picture at a time.

    Args:
        path: its file.

    Raises:
        RenderError: it has no pictures, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        import av

        self._path = path
        try:
            self._container: Any = av.open(str(path))
            self._stream: Any = self._container.streams.video[0]
        except (av.FFmpegError, OSError, IndexError, ValueError) as error:
            raise RenderError(f"{path.name} is no film that can be shown; choose an MP4, MOV or WebM.") from error
        self._stream.thread_type = "AUTO"
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate else 25.0
        self._frames: Any = None
        self._last: tuple[float, np.ndarray] | None = None
        self._next: tuple[float, Any] | None = None

    def frame_at(self, t: float) -> np.ndarray:
        """The picture that is on show at a time; before the film's start its first, after its end its last.

        Args:
            t: seconds after the film's start.

        Returns:
            (h, w, 3) uint8 RGB.

        Raises:
            RenderError: it cannot be decoded.
        """
        import av

        t = max(t, 0.0)
        try:
            if self._last is not None and self._last[0] <= t and self._next is not None and t < self._next[0]:
                return self._last[1]
            if self._last is None or not self._last[0] <= t <= self._last[0] + _AHEAD_S:
                self._seek(t)
            return self._decode_to(t)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RenderError(f"{self._path.name} cannot be shown on; save it again as MP4.") from error

    def close(self) -> None:
        """Give the file back."""
        self._frames = None
        self._container.close()

    def _seek(self, t: float) -> None:
        begin = self._stream.start_time or 0
        self._container.seek(begin + int(t / self._stream.time_base), stream=self._stream, backward=True)
        self._frames, self._last, self._next = self._container.decode(self._stream), None, None

    def _decode_to(self, t: float) -> np.ndarray:
        """Go on until the next picture would be later than ``t``; only what is shown is converted."""
        shown = None
        while self._next is None or self._next[0] <= t:
            if self._next is not None:
                shown = self._next
            frame = next(self._frames, None)
            if frame is None:
                break
            self._next = (float((frame.pts or 0) - (self._stream.start_time or 0)) * float(self._stream.time_base), frame)
        if shown is None and self._last is None:
            shown = self._next
        if shown is not None:
            self._last = (shown[0], _small(shown[1]))
        if self._last is None:
            raise ValueError("no pictures")
        return self._last[1]


def _small(frame: Any) -> np.ndarray:
    share = min(LARGEST_PX / max(frame.width, frame.height), 1.0)
    width, height = max(round(frame.width * share / 2) * 2, 2), max(round(frame.height * share / 2) * 2, 2)
    made: np.ndarray = frame.reformat(width, height, "rgb24").to_ndarray()
    return made
