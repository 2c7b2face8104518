"""The face on show, as the thread that sends it asks for it."""

from __future__ import annotations

from app.avatar.liveliness import Liveliness
from app.core.face_frame import FaceFrame
from app.session.pose.shown import ShownFace


class FaceSampler:
    """Between two threads: one replaces what is shown as a whole, the other looks at it for moments of its own clock.

    Nothing is locked and nothing waits, so that the stream is steady while the window is busy.
    """

    def __init__(self) -> None:
        #: what is shown, as whose face, and whether with life
        self._published: tuple[ShownFace, str, bool] = (ShownFace(), "", False)
        #: of the thread that asks; blinks are drawn as far as they were asked for, so that two threads cannot share them
        self._liveliness = Liveliness()

    def publish(self, shown: ShownFace, subject: str, with_life: bool) -> None:
        """This is shown from now on.

        Args:
            shown: the face and how it goes on.
            subject: whose face it is, as receivers call it.
            with_life: idle life belongs to what is sent.
        """
        self._published = (shown, subject, with_life)

    def face(self, now_s: float) -> FaceFrame:
        """The face at a moment of ``time.perf_counter``; called by one thread."""
        shown, subject, with_life = self._published
        liveliness = None
        if with_life and shown.life is not None:
            if shown.life.settings != self._liveliness.settings:
                self._liveliness = Liveliness(0, shown.life.settings)
            liveliness = self._liveliness
        weights, angles = shown.at(now_s, liveliness)
        return FaceFrame(weights, angles, subject=subject, happened_s=shown.happened_s)
