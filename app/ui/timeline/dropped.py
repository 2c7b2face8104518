"""Which frames of a clip were never on the picture while it played."""

from __future__ import annotations


class DroppedFrames:
    """Follows the frames that are shown; those passed over are dropped until a later pass shows them.

    Attributes:
        frames: the numbers of those that were dropped.
    """

    def __init__(self) -> None:
        self.frames: set[int] = set()
        self._last: int | None = None

    def reset(self) -> None:
        """Another clip, or another way of counting."""
        self.frames.clear()
        self._last = None

    def rest(self) -> None:
        """It stands still, or jumped: what comes next follows nothing."""
        self._last = None

    def note(self, frame: int, speed: float, most: int) -> bool:
        """A frame is on the picture.

        Args:
            frame: its number.
            speed: media seconds per second; faster than 1 frames are passed over by intent.
            most: frames of a gap that is a jump, usually those of half a second.

        Returns:
            Whether the set changed.
        """
        before, last, self._last = len(self.frames), self._last, frame
        was_there = frame in self.frames
        self.frames.discard(frame)
        if last is not None and abs(speed) <= 1.0:
            step = 1 if speed > 0 else -1
            passed = range(last + step, frame, step)
            if len(passed) <= most:
                self.frames.update(passed)
        return was_there or len(self.frames) != before
