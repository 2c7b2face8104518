"""Who moves a side: chosen by name, or a track from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from app.core.speech import AudioClip
from app.lipsync.source import LipSyncSource
from app.remote.keys import without_key
from app.session.base import opening
from app.session.base.side import FPS, task_of
from app.session.base.workers import Job, Workers
from app.session.motion.motion import Motion
from app.session.speech.speeches import Speeches
from app.session.state import State


class Sources(QObject):
    """Changes of who moves a side.

    Args:
        state: whose sides they are.
        workers: run the sources, and read tracks.
        speeches: finds the phones that a source needs.
        motion: lets it work.
        parent: the session.
    """

    def __init__(self, state: State, workers: Workers, speeches: Speeches, motion: Motion, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._workers, self._speeches, self._motion = state, workers, speeches, motion

    def choose(self, side: str, spec: str, source: LipSyncSource | None = None) -> None:
        """Let another source move a side, which begins where there is none.

        Args:
            side: ``A``, ``B`` or ``C``.
            spec: the source's words; a token in them is used, but goes no further.
            source: made from them already, or None.
        """
        self._workers.cancel(task_of(side))
        self._state.set_source(side, without_key(spec), source)
        self._speeches.prepare()
        self._motion.animate(side)

    def open_track(self, path: Path) -> None:
        """Show a track file on side A; without any sound it plays in silence."""

        def work(job: Job) -> None:
            job.post(self._track_ready, path, *opening.read_track_source(path, FPS))

        self._workers.start("track", work)

    def _track_ready(self, path: Path, source: LipSyncSource, silence: AudioClip, peaks: np.ndarray) -> None:
        self.choose("A", f"file:{path}", source)
        if self._state.speech is None:
            self._speeches.take(silence, peaks)
