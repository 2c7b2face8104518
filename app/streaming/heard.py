"""Faces that were heard, and what is counted of who sends them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from app.core.face_frame import FaceFrame
from app.streaming.figures import NONE, RateMeter, Spread, spread_times

#: a sender that was silent for this long has paused: what it did not send meanwhile is not lost
_PAUSE_S = 1.0
#: faces that are kept of each sender
RECENT = 1200


@dataclass(frozen=True)
class Sender:
    """Who sends faces.

    Attributes:
        host: address of the machine.
        port: that it sends from.
        subject: whose face, as the sender calls it; "" where the wire has no name for it.
    """

    host: str
    port: int
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.subject} ({self.host})" if self.subject else f"{self.host} port {self.port}"


@dataclass(frozen=True)
class HeardFace:
    """A face that arrived.

    Attributes:
        face: as sent; ``time_s`` is the sender's clock.
        arrived_s: on ``time.perf_counter``.
        sender: who sent it.
    """

    face: FaceFrame
    arrived_s: float
    sender: Sender


@dataclass(frozen=True)
class SenderCounters:
    """One sender, at one moment.

    Attributes:
        sender: who it is.
        frames: faces that arrived, held ones too.
        held: faces of them in which the sender saw no face.
        rate_hz: faces a second, over the last second.
        fps: that the sender says.
        jitter: how much the time between two arrivals differs from the time between the faces; of the last ten seconds.
        lost: faces whose numbers were jumped over.
        jumps: how often that happened.
        out_of_order: faces that came after a later one, and were dropped.
        restarts: how often the sender's numbers began anew.
        silent_s: since the last face.
    """

    sender: Sender
    frames: int = 0
    held: int = 0
    rate_hz: float = 0.0
    fps: float = 0.0
    jitter: Spread = NONE
    lost: int = 0
    jumps: int = 0
    out_of_order: int = 0
    restarts: int = 0
    silent_s: float = 0.0


class HeardSender:
    """Puts the faces of one sender in order and counts; used under its listener's lock.

    Args:
        sender: who it is.
    """

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.recent: deque[HeardFace] = deque(maxlen=RECENT)
        self._rate, self._jitter = RateMeter(), spread_times()
        self._frames = self._held = self._lost = self._jumps = self._late = self._restarts = 0

    @property
    def newest(self) -> HeardFace | None:
        """The last face that was not dropped."""
        return self.recent[-1] if self.recent else None

    def take(self, face: FaceFrame, arrived_s: float) -> HeardFace | None:
        """A face arrived.

        Returns:
            It, or None when it is older than one that came before it.
        """
        before = self.newest
        heard = HeardFace(face, arrived_s, self.sender)
        if before is not None:
            step = face.index - before.face.index
            most = max(face.fps, 1.0) * _PAUSE_S
            if -most <= step < 0:
                self._late += 1
                return None
            if step < 0:
                self._restarts += 1
            else:
                self._compare(before, heard, step, most)
        self.recent.append(heard)
        self._rate.add(arrived_s)
        self._frames += 1
        self._held += face.is_held
        return heard

    def counters(self) -> SenderCounters:
        """What was counted up to now."""
        now_s, newest = time.perf_counter(), self.newest
        fps, silent_s = (0.0, 0.0) if newest is None else (newest.face.fps, now_s - newest.arrived_s)
        return SenderCounters(
            self.sender, self._frames, self._held, self._rate.rate(now_s), fps, Spread.of(self._jitter), self._lost, self._jumps,
            self._late, self._restarts, silent_s,
        )  # fmt: skip

    def _compare(self, before: HeardFace, heard: HeardFace, step: int, most: float) -> None:
        if 1 < step <= most:
            self._lost += step - 1
            self._jumps += 1
        between_s, apart_s = heard.arrived_s - before.arrived_s, heard.face.time_s - before.face.time_s
        if apart_s <= 0.0:  # no clock, or one that stands: what the sender says of its rate
            apart_s = 1.0 / heard.face.fps if heard.face.fps > 0 else between_s
        if between_s < _PAUSE_S:
            self._jitter.append(abs(between_s - apart_s))
