"""A session without a window or a sound device."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from app.core.speech import AudioClip
from app.session import Session
from app.session.base.opening import waveform


@pytest.fixture
def session(qapp):
    """The whole session; its threads end with the test."""
    made = Session()
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents()


@pytest.fixture
def another(qapp):
    """``another()``: the session of another program."""
    made = []

    def do() -> Session:
        made.append(Session())
        return made[-1]

    yield do
    for session in made:
        session.close()


@pytest.fixture(scope="session")
def hum() -> AudioClip:
    """Two seconds of a buzz that rises and falls as syllables do."""
    t = np.arange(32000) / 16000
    buzz = np.sign(np.sin(2 * np.pi * 130 * t)) * np.abs(np.sin(2 * np.pi * 2.7 * t))
    return AudioClip((0.3 * buzz).astype(np.float32), 16000, "hum")


@pytest.fixture
def open_clip(session, qtbot):
    """``open_clip(clip, spec)``: let a source animate a clip, and wait until it is done."""

    def do(clip: AudioClip, spec: str) -> None:
        session.sources.choose("A", spec)
        session.speeches.take(clip, waveform(clip))
        qtbot.waitUntil(lambda: not session.workers.busy, timeout=60_000)

    return do
