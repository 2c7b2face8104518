"""Sessions that every replica knows: one takes the upload, another may be asked to play it."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.remote.cluster.attach import NAMESPACE, ray_module
from app.remote.server.logs import note
from app.remote.server.streams.bridge_sessions import BridgeSession, BridgeSessions

STORE = "visemesync-sessions"


class SessionStore:
    """The actor that keeps the frames of all replicas.

    Args:
        keep_s: see BridgeSessions.
    """

    def __init__(self, keep_s: float) -> None:
        self._sessions = BridgeSessions(keep_s)

    async def keep(self, name: str, frames: np.ndarray, fps: int) -> None:
        """Take a clip's frames, and drop those that nobody came for."""
        self._sessions.sweep()
        await self._sessions.add(np.array(frames), fps, name)

    async def frames(self, name: str, wait_s: float) -> tuple[np.ndarray, int] | None:
        """The frames and their rate; waits for a session to appear."""
        session = await self._sessions.find(name, wait_s)
        return None if session is None else (session.frames, session.fps)

    async def played(self, name: str) -> None:
        """A stream of a session ended."""
        session = await self._sessions.find(name, 0.0)
        if session is not None:
            self._sessions.played(session)


def open_store(keep_s: float) -> Any:
    """The one store of the cluster, made when there is none.

    It outlives the replica that asked first, and comes back, empty, when its machine fails.

    Args:
        keep_s: see BridgeSessions.
    """
    kind = ray_module().remote(num_cpus=0, max_restarts=-1, max_task_retries=1)(SessionStore)
    options = {"name": STORE, "namespace": NAMESPACE, "lifetime": "detached", "get_if_exists": True}
    return kind.options(**options).remote(keep_s)


def drop_store() -> None:
    """End the store, where there is one."""
    ray = ray_module()
    try:
        ray.kill(ray.get_actor(STORE, namespace=NAMESPACE))
    except ValueError:  # Ray's word for: no such actor
        return


class SharedSessions(BridgeSessions):
    """The sessions of one replica, in front of the store of all.

    Args:
        keep_s: see BridgeSessions.
    """

    def __init__(self, keep_s: float) -> None:
        super().__init__(keep_s)
        self._store = open_store(keep_s)
        self._lost = ray_module().exceptions.RayError

    async def add(self, frames: np.ndarray, fps: int, name: str = "", *, client: str = "") -> BridgeSession:
        """Keep the frames here and in the store; when the store is gone, here alone."""
        session = await super().add(frames, fps, name, client=client)
        try:
            await self._store.keep.remote(session.name, frames, fps)
        except self._lost as error:
            note("session store lost", error=type(error).__name__)
        return session

    async def find(self, name: str, wait_s: float) -> BridgeSession | None:
        """The session, from here or from the store; waits for it to appear."""
        known = await super().find(name, 0.0)
        if known is not None:
            return known
        try:
            found = await self._store.frames.remote(name, wait_s)
        except self._lost as error:
            note("session store lost", error=type(error).__name__)
            return await super().find(name, 0.0)
        if found is None:
            return None
        frames, fps = found
        return await super().add(frames, fps, name)

    def played(self, session: BridgeSession) -> None:
        """A stream of it ended, here; the store is told, and need not answer."""
        super().played(session)
        self._store.played.remote(session.name)
