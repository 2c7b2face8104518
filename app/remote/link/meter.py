"""What is known about the way to a server, for the link panel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

from app.lipsync.source import Listener
from app.remote.link.addresses import ServerKind
from app.remote.protocol.messages import Ready

LinkState = Literal["idle", "connecting", "streaming", "reconnecting", "done", "lost"]


@dataclass(frozen=True)
class LinkStatus:
    """A moment of a link.

    Attributes:
        state: what is going on.
        server: ``ours`` (streaming protocol), ``bridge`` (VisemeSync's contract), ``nim`` or "" before it is known.
        healthy: whether the server's last health report was good.
        source: what animates there, in its own words; mock: whether that ignores the sound.
        model: the model that it reports.
        round_trip_ms: of the last ping, jitter_ms: smoothed difference between pings (RFC 3550); 0 before the first.
        buffer_s: seconds of frames at hand beyond what plays now.
        received: frames received; late: of these, after their time; dropped: frames that never came and were replaced by rest.
        reconnects: how often the stream was taken up again.
        message: one sentence for people, "" when all is well.
    """

    state: LinkState = "idle"
    server: Literal["", "ours", "bridge", "nim"] = ""
    healthy: bool = False
    source: str = ""
    mock: bool = False
    model: str = ""
    round_trip_ms: float = 0.0
    jitter_ms: float = 0.0
    buffer_s: float = 0.0
    received: int = 0
    late: int = 0
    dropped: int = 0
    reconnects: int = 0
    message: str = ""


@runtime_checkable
class LinkedSource(Protocol):
    """A source at the other end of a wire."""

    @property
    def kind(self) -> ServerKind:
        """What is the same for all of its kind: whether it listens live, how often it may be asked, how it is called."""
        ...

    @property
    def status(self) -> LinkStatus:
        """The link as it is now."""
        ...

    def check(self) -> LinkStatus:
        """Ask the server what it is; raises ServiceError when it does not say so."""
        ...

    def watch(self, on_status: Callable[[LinkStatus], None] | None, playhead_s: Callable[[], float] | None, patient: bool) -> None:
        """Tell somebody about the link from now on, and say whether a lost server is waited for until the work is cancelled."""
        ...

    def close(self) -> None:
        """Let go of what is kept open between two sentences; the source can be used again."""
        ...


@runtime_checkable
class HearsFar(Protocol):
    """A linked source that a microphone can be sent to."""

    def live(self, meter: LinkMeter, on_ready: Callable[[Ready], None]) -> Listener:
        """Begin to listen; ``on_ready`` is told what the server says of itself, at every beginning."""
        ...


class LinkMeter:
    """Keeps the status of a link up to date and tells who wants to know.

    Args:
        on_status: called with every new status, on the thread that uses the link.
        playhead_s: where playback is; None counts wall time from the first frames on.
    """

    def __init__(self, on_status: Callable[[LinkStatus], None] | None = None, playhead_s: Callable[[], float] | None = None) -> None:
        self.status = LinkStatus()
        #: guards status and who is told: a link is used on one thread, watched and asked how it is on others
        self._lock = threading.RLock()
        self._on_status, self._playhead_s = on_status, playhead_s
        self._first_s: float | None = None
        self._pings: dict[int, float] = {}

    def watch(self, on_status: Callable[[LinkStatus], None] | None, playhead_s: Callable[[], float] | None) -> None:
        """Tell somebody else from now on; arguments as when made."""
        with self._lock:
            self._on_status, self._playhead_s = on_status, playhead_s

    def set(self, **changes: object) -> None:
        """Change fields of the status."""
        with self._lock:
            self.status = status = replace(self.status, **changes)  # type: ignore[arg-type]
            tell = self._on_status
        if tell is not None:
            tell(status)

    def begin(self) -> None:
        """A new generation counts from nothing."""
        self._first_s = None
        self._pings.clear()
        self.set(state="connecting", buffer_s=0.0, received=0, late=0, dropped=0, reconnects=0, message="")

    def pinged(self, number: int) -> None:
        """A ping went out."""
        self._pings[number] = time.perf_counter()

    def ponged(self, number: int) -> None:
        """Its answer came."""
        sent_s = self._pings.pop(number, None)
        if sent_s is not None:
            self.round_trip(1000 * (time.perf_counter() - sent_s))

    def round_trip(self, trip_ms: float) -> None:
        """Count a measured round trip."""
        with self._lock:
            before = self.status
            step = abs(trip_ms - before.round_trip_ms) - before.jitter_ms if before.round_trip_ms else 0.0
            self.set(round_trip_ms=trip_ms, jitter_ms=before.jitter_ms + step / 16)

    def frames_came(self, first_frame: int, count: int, fps: float) -> None:
        """Count frames: those before the playhead are late."""
        now_s = time.perf_counter()
        if self._first_s is None:
            self._first_s = now_s
        playhead_s = self._playhead_s() if self._playhead_s is not None else now_s - self._first_s
        late = sum(1 for i in range(first_frame, first_frame + count) if (i + 1) / fps < playhead_s)
        at_hand_s = max((first_frame + count) / fps - playhead_s, 0.0)
        self.set(received=self.status.received + count, late=self.status.late + late, buffer_s=at_hand_s)
