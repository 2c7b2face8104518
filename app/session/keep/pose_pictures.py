"""Pictures of poses, made by the avatar on show in a process of its own, and kept so that they are there at once the next time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.poses import FacePose
from app.core.speech import AudioClip
from app.core.track import Animation, BlendshapeTrack
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.keep.filming import FilmOrder, FilmSide, run_film
from app.session.state import State

#: pixels of a picture, and frames per second of the little film whose frames they are
SIZE, FPS = 144, 10.0
_RATE = 8000


class PosePictures(QObject):
    """Draws what is asked for and not there yet; what cannot be drawn has no picture, which is said once.

    Args:
        state: has the avatar.
        folder: where pictures are kept.
        messages: told what cannot be drawn.
        parent: the session.
    """

    #: further pictures are there
    ready = Signal()

    def __init__(self, state: State, folder: Path, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._folder = state, folder
        self._wanted: tuple[FacePose, ...] = ()
        self._hopeless: set[Path] = set()
        self._workers = Workers(messages.fail_task, self)
        self._drawn: dict[Path, Path] = {}
        self._workers.progress_changed.connect(self._progressed)
        self._workers.ended.connect(lambda _task: self._go_on())
        state.avatar_changed.connect(lambda _: self.want(self._wanted))

    def picture(self, pose: FacePose) -> Path | None:
        """The file of a pose's picture; None while there is none."""
        file = self._file_of(pose)
        return file if file is not None and file.is_file() else None

    def want(self, poses: Iterable[FacePose]) -> None:
        """Draw what is lacking of these, and nothing else any more."""
        self._wanted = tuple(poses)
        self._go_on()

    def close(self) -> None:
        """End the worker thread."""
        self._wanted = ()
        self._workers.close()

    # -- inside

    def _file_of(self, pose: FacePose) -> Path | None:
        """Where the picture belongs: told apart by avatar, its corrections, and the weights."""
        path, rig = self._state.avatar_path, self._state.rig
        if path is None or rig is None:
            return None
        with contextlib.suppress(OSError):
            stat = path.stat()
            key = json.dumps([str(path), stat.st_size, stat.st_mtime_ns, rig.corrections.to_json(), pose.weights, SIZE], sort_keys=True)
            return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.png"
        return None

    def _go_on(self) -> None:
        path, rig = self._state.avatar_path, self._state.rig
        if path is None or rig is None or self._workers.running("poses"):
            return
        files = {pose: file for pose in self._wanted if (file := self._file_of(pose)) is not None}
        lacking = {pose: file for pose, file in files.items() if file not in self._hopeless and not file.is_file()}
        if lacking:
            # what cannot be drawn now is not tried over and over
            self._hopeless.update(lacking.values())
            side = FilmSide(path, _film_of(tuple(lacking)), rig.corrections.to_json())
            self._workers.start("poses", partial(self._draw, side, tuple(lacking.values())))

    def _draw(self, side: FilmSide, files: tuple[Path, ...], job: Job) -> None:
        """Draw poses in a worker thread that waits for the process."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder) as made:
                silence = AudioClip(np.zeros(round(len(files) / FPS * _RATE), np.float32), _RATE)
                pattern = Path(made) / "pose-%04d.png"
                self._drawn = {pattern.with_name(f"pose-{number:04d}.png"): file for number, file in enumerate(files)}
                run_film(job, FilmOrder(pattern, (side,), silence, "frames", SIZE, SIZE, FPS, "face"), grace_s=0.0)
                _collect(self._drawn)
        job.post(self.ready.emit)

    def _progressed(self, *_: object) -> None:
        """Further pictures may be drawn."""
        if _collect(self._drawn):
            self.ready.emit()


def _collect(drawn: Mapping[Path, Path]) -> int:
    """Put pictures where they belong; returns how many were there. A picture appears complete or not at all."""
    count = 0
    for made, file in drawn.items():
        with contextlib.suppress(OSError):
            made.replace(file)
            count += 1
    return count


def _film_of(poses: Sequence[FacePose]) -> Animation:
    """One frame for each pose."""
    weights = np.zeros((len(poses), len(ARKIT_CHANNELS)), np.float32)
    for row, pose in zip(weights, poses, strict=True):
        row[[ARKIT_INDEX[name] for name in pose.channels]] = pose.values
    return Animation(BlendshapeTrack(weights, FPS))
