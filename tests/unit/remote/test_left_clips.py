"""Clips that workers leave to each other: whole, by their own names only, and not for ever."""

from __future__ import annotations

import asyncio
import os
import stat

import numpy as np

from app.remote.server.streams.bridge_sessions import BridgeSessions
from app.remote.server.streams.neighbouring import LeftClips

FRAMES = np.random.default_rng(1).random((7, 52), np.float32)


def test_another_worker_plays_what_one_was_given(tmp_path):
    async def go() -> None:
        one, other = (BridgeSessions(60.0, name, tmp_path / "kept") for name in ("w1", "w2"))
        name = (await one.add(FRAMES, 30)).name
        found = await other.find(name, 0.0)
        assert found is not None and found.fps == 30 and np.array_equal(found.frames, FRAMES)
        assert await other.find("w1-00000000", 0.0) is None
        found.expires_s = 0.0
        other.sweep()
        assert list((tmp_path / "kept").iterdir()) == []

    asyncio.run(go())
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_names_that_workers_do_not_give_lead_nowhere(tmp_path):
    clips = LeftClips(tmp_path / "kept", 60.0)
    np.savez(tmp_path / "w1-secret.npz", frames=FRAMES, fps=30)
    assert clips.find("../w1-secret") is None and clips.find("w1-0123456789") is None
    (tmp_path / "kept" / "w1-01234567.npz").write_bytes(b"PK nonsense")
    assert clips.find("w1-01234567") is None


def test_what_a_lost_worker_left_goes_in_the_end(tmp_path):
    clips = LeftClips(tmp_path, 60.0)
    clips.leave("w1-01234567", FRAMES, 30)
    clips.sweep()
    assert clips.find("w1-01234567") is not None
    os.utime(tmp_path / "w1-01234567.npz", (1.0, 1.0))
    clips.sweep()
    assert clips.find("w1-01234567") is None
