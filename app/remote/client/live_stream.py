"""One connection of a microphone's voice, and the sound that another one would have to hear first."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress

import numpy as np

from app.remote.client.opening import Opened, failed
from app.remote.client.outgoing import RATE, first_second
from app.remote.link.meter import LinkMeter
from app.remote.protocol.messages import Ack, Closing, Ended, Failed, Frames, Ping, Pong, Sound, Start
from app.remote.protocol.wire import FrameOrder, decode, encode

#: more than any server needs to hear again, and what is spoken while another one is looked for
_KEPT_S = 48
_PING_S, _ACK_FRAMES = 1.0, 60
#: of one message
_MOST_SAMPLES = 4 * RATE


def start_at(next_frame: int, fps: int, past: np.ndarray, first_sample: int) -> Start:
    """What to ask for so that a voice goes on in the middle.

    Args:
        next_frame: the first frame that is wanted.
        fps: frames per second.
        past: (n,) int16, what was spoken before.
        first_sample: number of its first sample.
    """
    oldest_s = -(-first_sample // RATE)
    second = oldest_s + first_second(past[oldest_s * RATE - first_sample :], max(next_frame / fps - oldest_s, 0))
    return Start(RATE, "s16le", fps, first_sample=second * RATE, first_frame=max(next_frame, second * fps))


class RecentSound:
    """The last seconds of what was spoken, and how much that was in all."""

    def __init__(self) -> None:
        self.position = 0
        self._blocks: deque[np.ndarray] = deque()
        self._kept = 0

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) float32 samples; returns them as they are sent."""
        pcm: np.ndarray = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
        if len(pcm):
            self._blocks.append(pcm)
            self._kept += len(pcm)
            self.position += len(pcm)
            while self._kept - len(self._blocks[0]) >= _KEPT_S * RATE:
                self._kept -= len(self._blocks.popleft())
        return pcm

    @property
    def first_sample(self) -> int:
        """The oldest that is still there."""
        return self.position - self._kept

    def since(self, sample: int) -> np.ndarray:
        """(n,) int16 samples from this one on, as far as they are still there."""
        kept = np.concatenate([np.zeros(0, "<i2"), *self._blocks])
        return kept[max(sample - self.first_sample, 0) :]


class LiveStream:
    """A stream that was opened: sound out, frames in; used by one thread at a time.

    Args:
        opened: the stream.
        fps: of its frames.
        meter: is told about the link.

    Attributes:
        closing: whether its server has said that it stops.
        sent: number of the next sample.
    """

    def __init__(self, opened: Opened, fps: int, meter: LinkMeter) -> None:
        self.opened, self.closing = opened, False
        self._socket, self._fps, self._meter = opened.way.socket, fps, meter
        self._order = FrameOrder(opened.start.first_frame)
        self._sequence, self._acked = 0, opened.start.first_frame
        self.sent = opened.start.first_sample
        self._next_ping_s = 0.0

    @property
    def next_frame(self) -> int:
        """The first frame that has not come."""
        return self._order.next_frame

    def say(self, pcm: np.ndarray) -> None:
        """Send (n,) int16 samples that follow those before."""
        for begin in range(0, len(pcm), _MOST_SAMPLES):
            piece = pcm[begin : begin + _MOST_SAMPLES]
            self._socket.send(encode(Sound(self._sequence, self.sent, self.sent / RATE, piece.tobytes())))
            self._sequence += 1
            self.sent += len(piece)

    def ping(self, number: int) -> int:
        """Measure the way, once a second.

        Args:
            number: of the ping before this one.

        Returns:
            The number of the last ping.
        """
        if time.monotonic() < self._next_ping_s:
            return number
        self._next_ping_s = time.monotonic() + _PING_S
        self._meter.pinged(number + 1)
        self._socket.send(encode(Ping(number + 1)))
        return number + 1

    def hear(self) -> tuple[int, np.ndarray]:
        """Everything that has come until now.

        Returns:
            Number of the first frame, and (k, 52) frames.

        Raises:
            ConnectionClosed, OSError, EOFError: it is lost.
            WireError: the server ends it.
        """
        first, rows = self.next_frame, [np.zeros((0, 52), np.float32)]
        with suppress(TimeoutError):  # nothing more for now
            while True:
                message = decode(self._socket.recv(timeout=0))
                if isinstance(message, Frames):
                    rows.append(self._order.accept(message))
                elif isinstance(message, Pong):
                    self._meter.ponged(message.id)
                elif isinstance(message, Closing):
                    self.closing = True
                elif isinstance(message, Failed):
                    raise failed(message)
                elif isinstance(message, Ended):
                    raise EOFError
        came = np.concatenate(rows)
        if self.next_frame - self._acked >= _ACK_FRAMES:
            self._acked = self.next_frame
            self._socket.send(encode(Ack(self._acked)))
        return first, came
