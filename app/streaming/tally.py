"""What is counted of one receiver."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from app.streaming.address import Address
from app.streaming.figures import NONE, RateMeter, Spread, spread_times


@dataclass(frozen=True)
class ReceiverCounters:
    """One receiver, at one moment.

    Attributes:
        address: where it is.
        frames: faces that were sent to it.
        packets: datagrams, or messages of a WebSocket to all its clients.
        bytes: of those, without what the network adds.
        failed: faces that could not be sent.
        rate_hz: faces a second, over the last second.
        lateness: how much later than due faces were sent; of the last ten seconds.
        delay: from what a face shows (``FaceFrame.happened_s``) to its sending; None where that is not known.
        fault: one sentence about what is wrong now, "" when nothing is.
        clients: of a WebSocket, how many have joined.
        dropped: faces that slow clients of a WebSocket did not get, because newer ones had come.
    """

    address: Address
    frames: int = 0
    packets: int = 0
    bytes: int = 0
    failed: int = 0
    rate_hz: float = 0.0
    lateness: Spread = NONE
    delay: Spread | None = None
    fault: str = ""
    clients: int = 0
    dropped: int = 0


class Tally:
    """Counts what happens to one receiver; asked from any thread.

    Args:
        address: of the receiver.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._rate, self._lateness, self._delay = RateMeter(), spread_times(), spread_times()
        self._frames = self._packets = self._bytes = self._failed = self._dropped = self._clients = 0
        self._fault = ""

    def sent(self, packets: int, size: int, due_s: float, happened_s: float | None) -> None:
        """A face was sent.

        Args:
            packets: in so many datagrams.
            size: of all of them, in bytes.
            due_s: when it should have been.
            happened_s: see ``FaceFrame``.
        """
        now_s = time.perf_counter()
        with self._lock:
            self._frames += 1
            self._packets += packets
            self._bytes += size
            self._rate.add(now_s)
            self._lateness.append(max(now_s - due_s, 0.0))
            if happened_s is not None:
                self._delay.append(max(now_s - happened_s, 0.0))

    def reached(self, packets: int, size: int) -> None:
        """Messages went to a client of a WebSocket, whose face was counted before."""
        with self._lock:
            self._packets += packets
            self._bytes += size

    def failed(self, fault: str) -> None:
        """A face could not be sent; the sentence stands until it is taken back."""
        with self._lock:
            self._failed += 1
            self._fault = fault

    def say(self, fault: str) -> None:
        """What is wrong, "" for nothing any more."""
        with self._lock:
            self._fault = fault

    def dropped(self, n: int) -> None:
        """So many faces did not go to a slow client."""
        with self._lock:
            self._dropped += n

    def joined(self, clients: int) -> None:
        """How many clients there are now."""
        with self._lock:
            self._clients = clients

    def counters(self) -> ReceiverCounters:
        """What was counted up to now."""
        with self._lock:
            return ReceiverCounters(
                self._address, self._frames, self._packets, self._bytes, self._failed, self._rate.rate(time.perf_counter()),
                Spread.of(self._lateness), Spread.of(self._delay) if self._delay else None, self._fault, self._clients, self._dropped,
            )  # fmt: skip
