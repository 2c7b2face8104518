"""What listens to the microphone: the app's own network, or a server."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.core.source_spec import SourceSpec
from app.lipsync.registry import abilities_of, make_source
from app.lipsync.source import Expression, Listener, ListeningFace, ListensLive
from app.remote.link.meter import HearsFar, LinkMeter, LinkStatus
from app.remote.protocol.messages import Ready

RATE = 16000


class Strengths:
    """(10,) float32 strengths of the emotions set by hand, between two threads: one sets, the other reads the newest.

    Args:
        first: before anything is set; None for no emotion.
    """

    def __init__(self, first: np.ndarray | None = None) -> None:
        self.now = np.zeros(10, np.float32) if first is None else first

    def set(self, strengths: np.ndarray) -> None:
        """Put another array in the place of the one before, which itself never changes."""
        self.now = strengths


class NearListener:
    """The app's own network.

    Args:
        face: listens.
        felt: strengths of the emotions set by hand.
    """

    far = False

    def __init__(self, face: ListeningFace, felt: Strengths) -> None:
        self._face, self._felt = face, felt
        self._pushed = self._made = 0

    @property
    def look_ahead_ms(self) -> float:
        """See Listener; all that a frame is behind is waiting for sound."""
        return 1e3 * self.behind_s

    @property
    def behind_s(self) -> float:
        """See Listener."""
        return self._pushed / RATE - (self._made - 1) / self._face.fps

    def push(self, samples: np.ndarray) -> np.ndarray:
        """See Listener."""
        self._face.set_emotion(self._felt.now)
        frames = self._face.push(samples)
        self._pushed, self._made = self._pushed + len(samples), self._made + len(frames)
        return frames

    def close(self) -> None:
        """Nothing is kept open."""


def open_listener(
    spec: SourceSpec,
    fps: float,
    expression: Expression,
    felt: Strengths,
    tell: tuple[Callable[[LinkStatus], None], Callable[[Ready], None]],
) -> Listener:
    """Make a listener; call it on the thread that uses it.

    Args:
        spec: one whose abilities say ``listens_live``.
        fps: frames per second.
        expression: how the face feels at first; a server keeps to its own.
        felt: strengths of the emotions set by hand.
        tell: called with every status of the link, and with what a server says of itself.

    Raises:
        SourceError, ServiceError: it cannot listen.
    """
    source = make_source(spec, fps)
    if abilities_of(spec).is_linked:
        assert isinstance(source, HearsFar)
        return source.live(LinkMeter(tell[0]), tell[1])
    assert isinstance(source, ListensLive)
    source.expression = expression
    return NearListener(source.live(RATE), felt)
