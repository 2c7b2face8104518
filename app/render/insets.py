"""Pictures and films that are shown beside the face, decoded small; on any one thread at a time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.decoding.containers import film_start_s, open_container, picture_of
from app.core.errors import RenderError

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
FILM_ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp", ".flv", ".wmv", ".ogv")
#: longest side in pixels: an inset is never larger
LARGEST_PX = 720
#: a film is decoded on to a frame that is so little later; for anything else it is sought anew
_AHEAD_S = 1.5
#: who goes backwards gets so much of what was decoded on the way, from memory, up to so many bytes
_BACK_S, _BEHIND_BYTES = 1.5, 96 * 2**20
#: times of films are rounded to milliseconds; a time that is meant to be a frame's is not the frame before it
_ROUNDED_S = 0.0006
#: of an inset to the edges, as a share of the height; display RGB of its own edge
_MARGIN, _EDGE = 0.02, (52, 58, 64)


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
            self._container: Any = open_container(path)
            self._stream: Any = picture_of(self._container)
            start_s = film_start_s(self._container)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RenderError(f"{path.name} is no film that can be shown; choose an MP4, MOV or WebM.") from error
        if self._stream is None or start_s is None:
            self._container.close()
            raise RenderError(f"{path.name} has no moving picture to show; choose an MP4, MOV or WebM with one.")
        self._start_s = start_s
        self._stream.thread_type = "AUTO"
        for stream in self._container.streams:
            if stream.index != self._stream.index:
                stream.discard = av.stream.Discard.all
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps = float(rate) if rate else 25.0
        self._frames: Any = None
        self._last: tuple[float, np.ndarray] | None = None
        self._next: tuple[float, Any] | None = None
        #: pictures behind the present one, by time, for whoever goes backwards
        self._behind: list[tuple[float, np.ndarray]] = []
        self._asked_s = 0.0

    def frame_at(self, t: float) -> np.ndarray:
        """The picture that is on show at a time; before the film's first its first, after its end its last.

        Args:
            t: seconds after the film's start, which is that of its sound where it was opened as one.

        Returns:
            (h, w, 3) uint8 RGB.

        Raises:
            RenderError: it cannot be decoded.
        """
        import av

        t = max(t, 0.0) + _ROUNDED_S
        try:
            if self._last is not None and self._last[0] <= t and self._next is not None and t < self._next[0]:
                return self._last[1]
            former_s, self._asked_s = self._asked_s, t
            behind = self._kept(t)
            if behind is not None:
                return behind
            if self._last is not None and self._last[0] <= t <= self._last[0] + _AHEAD_S:
                return self._decode_to(t)
            self._seek(t)
            return self._decode_to(t, keeps=former_s - _BACK_S <= t < former_s)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RenderError(f"{self._path.name} cannot be shown on; save it again as MP4.") from error

    def close(self) -> None:
        """Give the file back."""
        self._frames = None
        self._behind.clear()
        self._container.close()

    def _kept(self, t: float) -> np.ndarray | None:
        """What was passed on the way to a later picture, while somebody goes backwards through it."""
        if not self._behind or not self._behind[0][0] <= t < self._behind[-1][0]:
            return None
        place = bisect_right(self._behind, t, key=lambda each: each[0])
        return self._behind[place - 1][1]

    def _seek(self, t: float) -> None:
        self._container.seek(int((self._start_s + t) / self._stream.time_base), stream=self._stream, backward=True)
        self._frames, self._last, self._next, self._behind = self._container.decode(self._stream), None, None, []

    def _decode_to(self, t: float, keeps: bool = False) -> np.ndarray:
        """Go on until the next picture would be later than ``t``; only what is shown or kept is converted."""
        shown = None
        while self._next is None or self._next[0] <= t:
            if self._next is not None:
                shown = self._next
                if keeps and t - shown[0] <= _BACK_S:
                    self._keep(shown)
            frame = next(self._frames, None)
            if frame is None:
                break
            self._next = (float((frame.pts or 0) * self._stream.time_base) - self._start_s, frame)
        if shown is None and self._last is None:
            shown = self._next
        if shown is not None:
            is_kept = bool(self._behind) and self._behind[-1][0] == shown[0]
            self._last = (shown[0], self._behind[-1][1] if is_kept else self._small(shown[1]))
        if self._last is None:
            raise ValueError("no pictures")
        return self._last[1]

    def _keep(self, shown: tuple[float, Any]) -> None:
        self._behind.append((shown[0], self._small(shown[1])))
        if len(self._behind) * self._behind[0][1].nbytes > _BEHIND_BYTES:
            self._behind.pop(0)

    def _small(self, frame: Any) -> np.ndarray:
        """A frame upright, in square pixels, no larger than an inset."""
        wide = frame.width * float(self._stream.sample_aspect_ratio or 1)
        share = min(LARGEST_PX / max(wide, frame.height), 1.0)
        width, height = max(round(wide * share / 2) * 2, 2), max(round(frame.height * share / 2) * 2, 2)
        made: np.ndarray = frame.reformat(width, height, "rgb24").to_ndarray()
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(made, turns)) if turns else made


# -- in films that the program writes


@dataclass(frozen=True)
class PlacedFilm:
    """A film beside the face.

    Attributes:
        path: its file.
        corner: ``top left`` and the like.
        share: of the picture's width.
    """

    path: Path
    corner: str = "bottom right"
    share: float = 0.3


def draw_inset(picture: np.ndarray, inset: np.ndarray, corner: str, share: float) -> None:
    """Put a picture into the corner of another one, with a thin edge, as the window shows it.

    Args:
        picture: (h, w, 3) uint8, is drawn into.
        inset: (h, w, 3) uint8.
        corner: ``top left`` and the like.
        share: of the picture's width.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    made_wide = min(share, 0.9) * width
    made_high = made_wide * inset.shape[0] / inset.shape[1]
    shrink = min(1.0, 0.8 * height / made_high)
    size = max(round(made_wide * shrink), 1), max(round(made_high * shrink), 1)
    margin = round(_MARGIN * height)
    left = margin if "left" in corner else width - margin - size[0]
    top = margin if "top" in corner else height - margin - size[1]
    area = picture[max(top - 1, 0) : top + size[1] + 1, max(left - 1, 0) : left + size[0] + 1]
    area[:] = _EDGE
    picture[top : top + size[1], left : left + size[0]] = np.asarray(Image.fromarray(inset).resize(size, Image.Resampling.LANCZOS))
