"""Pictures and films that are shown beside the face, decoded small; on any one thread at a time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.decoding.containers import film_start_s, open_container, picture_of
from app.core.errors import RenderError

#: longest side in pixels: an inset is never larger
LARGEST_PX = 720
#: a film is decoded on to a frame that is so little later; for anything else it is sought anew
_AHEAD_S = 1.5
#: times of films are rounded to milliseconds
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


@dataclass(frozen=True)
class FilmStretch:
    """Pictures of a film that follow each other.

    Attributes:
        since_s: the first one is on show from here, in seconds after the film's start.
        until_s: the last one is on show up to here.
        starts_s: when each picture begins.
        pictures: (h, w, 3) uint8 RGB each.
    """

    since_s: float
    until_s: float
    starts_s: tuple[float, ...]
    pictures: tuple[np.ndarray, ...]

    def covers(self, t: float) -> bool:
        """Whether it is known what is on show at a time."""
        return self.since_s <= t < self.until_s

    def at(self, t: float) -> np.ndarray:
        """The picture on show at a time that is covered."""
        return self.pictures[max(bisect_right(self.starts_s, t) - 1, 0)]

    def joined(self, following: FilmStretch) -> FilmStretch:
        """This stretch and the one that begins where it ends; where they do not meet, the following alone."""
        if self.until_s != following.since_s:
            return following
        starts_s, pictures = self.starts_s + following.starts_s, self.pictures + following.pictures
        return FilmStretch(self.since_s, following.until_s, starts_s, pictures)

    def within(self, first_s: float, last_s: float) -> FilmStretch:
        """What of it is on show between two times; at least one picture."""
        low = max(bisect_right(self.starts_s, first_s) - 1, 0)
        high = max(bisect_right(self.starts_s, last_s), low + 1)
        since_s = self.since_s if low == 0 else self.starts_s[low]
        until_s = self.until_s if high >= len(self.starts_s) else self.starts_s[high]
        return FilmStretch(since_s, until_s, self.starts_s[low:high], self.pictures[low:high])


class InsetFilm:
    """A film that is asked for its pictures.

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
        #: start of the picture that was decoded last and is on show, and the one after it
        self._now: tuple[float, Any] | None = None
        self._next: tuple[float, Any] | None = None
        self._last: tuple[float, np.ndarray] | None = None

    def frame_at(self, t: float) -> np.ndarray:
        """The picture that is on show at a time; before the film's first its first, after its end its last.

        Args:
            t: seconds after the film's start, which is that of its sound where it was opened as one.

        Returns:
            (h, w, 3) uint8 RGB.

        Raises:
            RenderError: it cannot be decoded.
        """
        return self.stretch(t, t).pictures[0]

    def stretch(self, first_s: float, last_s: float, goes_on: Callable[[], bool] = lambda: True) -> FilmStretch:
        """The pictures from one time to another, both included.

        Args:
            first_s: seconds after the film's start.
            last_s: not before that.
            goes_on: asked after each picture; False ends it early.

        Raises:
            RenderError: it cannot be decoded.
        """
        import av

        # a time that is meant to be a frame's is not the frame before it
        first_s, last_s = max(first_s, 0.0) + _ROUNDED_S, max(last_s, 0.0) + _ROUNDED_S
        try:
            if self._now is None or not self._now[0] <= first_s <= self._now[0] + _AHEAD_S:
                self._seek(first_s)
            while self._next is not None and self._next[0] <= first_s:
                self._step()
            starts, pictures = [], []
            while self._now is not None:
                starts.append(self._now[0] - _ROUNDED_S)
                pictures.append(self._small(*self._now))
                if self._next is None or self._next[0] > last_s or not goes_on():
                    break
                self._step()
            if not pictures:
                raise ValueError("no pictures")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RenderError(f"{self._path.name} cannot be shown on; save it again as MP4.") from error
        until_s = math.inf if self._next is None else self._next[0] - _ROUNDED_S
        # what is asked for before the film's first picture, or in a gap of it, is this picture, too
        since_s = min(starts[0], first_s - _ROUNDED_S) if first_s <= _ROUNDED_S or starts[0] > first_s else starts[0]
        return FilmStretch(since_s, until_s, tuple(starts), tuple(pictures))

    def close(self) -> None:
        """Give the file back."""
        self._frames = None
        self._container.close()

    def _seek(self, t: float) -> None:
        self._container.seek(int((self._start_s + t) / self._stream.time_base), stream=self._stream, backward=True)
        self._frames, self._now = self._container.decode(self._stream), None
        self._next = self._decoded()
        self._step()

    def _step(self) -> None:
        """Go on by a picture; only what is shown is converted."""
        if self._next is not None:
            self._now, self._next = self._next, self._decoded()

    def _decoded(self) -> tuple[float, Any] | None:
        frame = next(self._frames, None)
        return None if frame is None else (float((frame.pts or 0) * self._stream.time_base) - self._start_s, frame)

    def _small(self, start_s: float, frame: Any) -> np.ndarray:
        """A frame upright, in square pixels, no larger than an inset."""
        if self._last is not None and self._last[0] == start_s:
            return self._last[1]
        wide = frame.width * float(self._stream.sample_aspect_ratio or 1)
        share = min(LARGEST_PX / max(wide, frame.height), 1.0)
        width, height = max(round(wide * share / 2) * 2, 2), max(round(frame.height * share / 2) * 2, 2)
        made: np.ndarray = frame.reformat(width, height, "rgb24").to_ndarray()
        turns = round(frame.rotation / 90) % 4
        self._last = (start_s, np.ascontiguousarray(np.rot90(made, turns)) if turns else made)
        return self._last[1]


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
    corner: str = "top right"
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
