"""Between drawing and encoding: pictures in the encoder's colours, converted where they changed, and handed to a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

#: pictures that may wait between the two threads
_WAITING = 4
#: pixels about what changed that are converted too, so that filtering at its edges sees what it would see in the whole picture
_MARGIN = 16
#: numbers of ITU-T H.273: what every player takes for a film of this size without being told, and is told
BT709 = 1


class PictureColours:
    """Turns pictures into an encoder's pixel format (BT.709, limited range), of 8-bit 4:2:0 only where the last one differed.

    Args:
        pix_fmt: what the encoder takes.
    """

    def __init__(self, pix_fmt: str) -> None:
        self._pix_fmt = pix_fmt
        self._last: np.ndarray | None = None
        self._planes: np.ndarray = np.zeros((0, 0), np.uint8)

    def frame(self, picture: np.ndarray) -> av.VideoFrame:
        """A picture for the encoder.

        Args:
            picture: (h, w, 3) uint8, contiguous, even in both directions, and left as it is from then on.
        """
        if self._pix_fmt != "yuv420p":
            return self._converted(picture)
        if self._last is None or self._last.shape != picture.shape:
            self._planes = np.asarray(self._converted(picture).to_ndarray(), np.uint8)
        elif (place := changed_place(self._last, picture)) is not None:
            self._convert(picture, place)
        self._last = picture
        frame = av.VideoFrame.from_ndarray(self._planes, format="yuv420p")
        frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
        return frame

    def _converted(self, picture: np.ndarray) -> av.VideoFrame:
        """All of it."""
        shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
        return shown.reformat(format=self._pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)

    def _convert(self, picture: np.ndarray, place: tuple[int, int, int, int]) -> None:
        """Only a place of it: top, bottom, left and right in pixels."""
        height, width = picture.shape[:2]
        top, bottom, left, right = _even(place, height, width, 2)
        y0, y1, x0, x1 = _even(place, height, width, _MARGIN)
        made = self._converted(np.ascontiguousarray(picture[y0:y1, x0:x1])).to_ndarray()
        rows, columns = slice(top - y0, bottom - y0), slice(left - x0, right - x0)
        self._planes[top:bottom, left:right] = made[: y1 - y0][rows, columns]
        half = (slice((top - y0) // 2, (bottom - y0) // 2), slice((left - x0) // 2, (right - x0) // 2))
        for whole, part in zip(_chroma(self._planes, height, width), _chroma(made, y1 - y0, x1 - x0), strict=True):
            whole[top // 2 : bottom // 2, left // 2 : right // 2] = part[half]


def _chroma(planes: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The two quarter-size planes of a picture, as views."""
    quarter = (height // 2) * (width // 2)
    flat = planes.reshape(-1)[height * width :]
    return flat[:quarter].reshape(height // 2, width // 2), flat[quarter:].reshape(height // 2, width // 2)


def _even(place: tuple[int, int, int, int], height: int, width: int, margin: int) -> tuple[int, int, int, int]:
    """A place and a margin about it, on even pixels."""
    top, bottom, left, right = place
    low = (max(0, (v - margin) // 2 * 2) for v in (top, left))
    high = (min(limit, -(-(v + margin) // 2) * 2) for v, limit in ((bottom, height), (right, width)))
    (y0, x0), (y1, x1) = low, high
    return y0, y1, x0, x1


def changed_place(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int] | None:
    """Where two pictures of one shape differ.

    Args:
        before: (h, w, 3) uint8, contiguous.
        after: the same.

    Returns:
        Top, bottom, left and right in pixels, of which bottom and right are past the end; None where they are equal.
    """
    height, width = after.shape[:2]
    step = next(size for size in (8, 4, 2, 1) if 3 * width % size == 0)
    words = np.dtype(f"u{step}")
    old, new = (picture.reshape(height, -1).view(words) for picture in (before, after))
    differ = old != new
    rows = np.flatnonzero(differ.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(differ[top:bottom].any(axis=0))
    return top, bottom, int(columns[0]) * step // 3, min(width, -(-(int(columns[-1]) + 1) * step // 3))


class _Ended(Exception):
    """The pictures broke off; who takes them gives up."""


def taken_beside(pictures: Iterator[np.ndarray], take: Callable[[Iterator[np.ndarray]], None]) -> None:
    """Make pictures in this thread while another one takes them, a few waiting between the two.

    Args:
        pictures: made here, one after the other.
        take: called in the other thread with the same pictures; it is over when this returns.

    Raises:
        BaseException: whatever ``pictures`` or ``take`` raises; the other side has given up by then.
    """
    waiting: queue.Queue[np.ndarray | None] = queue.Queue(_WAITING)
    broke_off, over = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def arriving() -> Iterator[np.ndarray]:
        while (picture := waiting.get()) is not None:
            yield picture
        if broke_off.is_set():
            raise _Ended

    def work() -> None:
        try:
            take(arriving())
        except _Ended:
            pass
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            failed.append(error)
        finally:
            over.set()
            _empty(waiting)

    thread = threading.Thread(target=work, name="film encoder", daemon=True)
    thread.start()
    try:
        for picture in pictures:
            waiting.put(picture)
            if over.is_set():
                break
    except BaseException:
        broke_off.set()
        raise
    finally:
        if over.is_set():
            _empty(waiting)
        waiting.put(None)
        thread.join()
    if failed:
        raise failed[0]


def _empty(waiting: queue.Queue[Any]) -> None:
    """Take out what nobody wants any more, so that nobody waits to put something in."""
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
