"""Sessions of VisemeSync's bridge contract: a clip's frames wait under a short name until a socket plays them."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.core.arkit import ARKIT_CHANNELS
from app.remote.server.streams.neighbouring import LeftClips

#: sessions of one client, and bytes of frames of all
MOST_OF_ONE, MOST_BYTES = 64, 256 << 20


@dataclass
class BridgeSession:
    """One uploaded clip.

    Attributes:
        frames: (n, 52) weights.
        fps: frames per second.
        name: 8 characters, after the worker's name and a dash where there is one.
        expires_s: on the monotonic clock.
        playing: streams that play it now.
        client: address of who uploaded it.
    """

    frames: np.ndarray
    fps: int
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    expires_s: float = 0.0
    playing: int = 0
    client: str = ""


def frame_message(session_frames: np.ndarray, i: int, fps: int) -> dict[str, object]:
    """A frame as VisemeSync's client reads it: number, seconds from the start, weights by ARKit name."""
    weights = dict(zip(ARKIT_CHANNELS, np.round(session_frames[i].astype(float), 4).tolist(), strict=True))
    return {"frame": i, "timestamp": round(i / fps, 6), "blendshapes": weights}


class BridgeSessions:
    """All sessions of a server.

    Args:
        keep_s: after its stream ended; before its first stream ten times as long.
        worker: where several servers stand behind one address, names begin with this one's, so that sockets find it.
        folder: that these servers share on one machine; None for none.
    """

    def __init__(self, keep_s: float, worker: str = "", folder: Path | None = None) -> None:
        self._keep_s, self._prefix = keep_s, f"{worker}-" if worker else ""
        self._left = None if folder is None else LeftClips(folder, 10 * keep_s)
        self._by_name: dict[str, BridgeSession] = {}
        self._added = asyncio.Event()

    def __len__(self) -> int:
        return len(self._by_name)

    async def add(self, frames: np.ndarray, fps: int, name: str = "", *, client: str = "") -> BridgeSession:
        """Keep the frames of a clip; where one client has many, or all together are large, the oldest that nobody plays go.

        Args:
            frames: (n, 52) weights.
            fps: frames per second.
            name: of the session; a new one when empty.
            client: address of who uploaded it.
        """
        name = name or self._prefix + secrets.token_hex(4)
        session = BridgeSession(frames, fps, name, time.monotonic() + 10 * self._keep_s, client=client)
        own = [each for each in self._by_name.values() if each.client == client]
        self._drop_oldest(own, len(own) - MOST_OF_ONE + 1)
        while sum(each.frames.nbytes for each in self._by_name.values()) + frames.nbytes > MOST_BYTES:
            if not self._drop_oldest(list(self._by_name.values()), 1):
                break
        self._by_name[session.name] = session
        self._added.set()
        if self._left is not None:
            await asyncio.to_thread(self._left.leave, name, frames, fps)
        return session

    def _drop_oldest(self, sessions: list[BridgeSession], count: int) -> bool:
        """Drop so many that nobody plays; whether there were any."""
        gone = [each for each in sessions if not each.playing][: max(count, 0)]
        for each in gone:
            self._drop(each.name)
        return bool(gone)

    async def find(self, name: str, wait_s: float) -> BridgeSession | None:
        """The session of a name; waits for it to appear."""
        if self._left is not None and name not in self._by_name:
            left = await asyncio.to_thread(self._left.find, name)
            if left is not None and name not in self._by_name:
                self._by_name[name] = BridgeSession(*left, name, time.monotonic() + 10 * self._keep_s)
        give_up_s = time.monotonic() + wait_s
        while name not in self._by_name:
            self._added.clear()
            rest_s = give_up_s - time.monotonic()
            try:
                await asyncio.wait_for(self._added.wait(), max(rest_s, 0))
            except TimeoutError:
                return None
        return self._by_name[name]

    def played(self, session: BridgeSession) -> None:
        """A stream of it ended."""
        session.expires_s = time.monotonic() + self._keep_s

    def sweep(self) -> None:
        """Drop what nobody came for."""
        now_s = time.monotonic()
        for name in [name for name, s in self._by_name.items() if s.expires_s < now_s and not s.playing]:
            self._drop(name)
        if self._left is not None:
            self._left.sweep()

    def _drop(self, name: str) -> None:
        del self._by_name[name]
        if self._left is not None:
            self._left.drop(name)
