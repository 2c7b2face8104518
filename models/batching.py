"""Many live streams through one call of the network: their pasts lie in the rows of shared arrays, whatever their age.

A row gives the same frames as a FaceStream of its own (tests hold the difference to rounding).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.blink import Blinks
from models.features import SILENT_MEL, WINDOW, MelState
from models.kinematics import AHEAD, SpeedLimit
from models.motion import StepFrames, decided, face, probabilities
from models.rig import INDEX, PARAMETERS
from models.runtime import STEP, FaceNet

#: samples that wait in the mel front end between two steps: a stream that came in whole steps always keeps so many
_WAITING = WINDOW - 40
_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_FIRST_ROWS = 8
_NO_STEPS = np.zeros((0, len(PARAMETERS)), np.float32)


@dataclass
class _Row:
    """What one stream remembers beside its past in the network."""

    frames: StepFrames
    limit: SpeedLimit
    emotion: np.ndarray
    blinks: Blinks | None
    skip: int
    rest: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    samples: int = 0
    steps: int = 0


class Piece(NamedTuple):
    """The next sound of one row.

    Attributes:
        row: from FacePool.add.
        samples: (n,) float32 at 16 kHz.
        last: nothing follows.
    """

    row: int
    samples: np.ndarray
    last: bool = False


class FacePool:
    """Streams that come and go and run together.

    Args:
        net: a loaded network.
    """

    def __init__(self, net: FaceNet) -> None:
        self.net = net
        self._rows: dict[int, _Row] = {}
        self._free: list[int] = []
        self._waiting = np.zeros((0, _WAITING), np.float32)
        self._peak = np.zeros(0)
        self._memory = net.engine.memory(0)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bytes_per_stream(self) -> int:
        """Memory of one row."""
        return 4 * _WAITING + self._peak.itemsize + self._memory.bytes_per_row

    def add(
        self, fps: float = 30, blinks: bool = False, seed: int = 0, emotion: np.ndarray | None = None, *, first_step: int = 0,
        first_frame: int = 0,
    ) -> int:  # fmt: skip
        """Begin a stream, which may lie in the middle of a clip: once its past is full, it gives what the whole clip gives.

        Args:
            fps: frames per second.
            blinks: let the lids blink.
            seed: of the blinks.
            emotion: (10,) strengths; None for neutral.
            first_step: number in the clip of the step of 20 ms that begins with the first sample.
            first_frame: number in the clip of the first frame wanted, which does not lie before that step.

        Returns:
            Its row, until ``remove``.
        """
        if not self._free:
            self._grow()
        row = self._free.pop()
        feeling = np.zeros(10, np.float32) if emotion is None else np.clip(np.asarray(emotion, np.float32), 0, 1)
        lids = Blinks(seed, fps, first_frame) if blinks else None
        frames = StepFrames(fps, self.net.gating.slack, first_step, first_frame)
        self._rows[row] = _Row(frames, SpeedLimit(fps), feeling, lids, self.net.delay)
        self._memory.forget(row, first_step)
        return row

    def remove(self, row: int) -> None:
        """Forget a stream; its row may be used again."""
        del self._rows[row]
        self._free.append(row)

    def _grow(self) -> None:
        old = len(self._peak)
        more = max(old, _FIRST_ROWS)
        self._waiting = np.concatenate([self._waiting, np.zeros((more, _WAITING), np.float32)])
        self._peak = np.concatenate([self._peak, np.zeros(more)])
        self._memory.grow(old + more)
        self._free = list(range(old, old + more))[::-1]

    def run(self, pieces: list[Piece]) -> list[np.ndarray]:
        """Let streams hear their next sound; those with equally many steps of 20 ms share a call.

        Args:
            pieces: at most one per row.

        Returns:
            For every piece the (k, 52) weights of the frames that are certain now; after ``last`` all of the clip.
        """
        groups: dict[int, list[tuple[int, np.ndarray]]] = {}
        for number, piece in enumerate(pieces):
            whole = self._whole_steps(piece)
            groups.setdefault(len(whole) // STEP, []).append((number, whole))
        values: dict[int, np.ndarray] = {}
        for count, group in groups.items():
            if count:
                rows = [pieces[number].row for number, _ in group]
                made = self._run_group(rows, np.stack([samples for _, samples in group]))
                values.update({number: made[i] for i, (number, _) in enumerate(group)})
        return self._faces(pieces, values)

    def _whole_steps(self, piece: Piece) -> np.ndarray:
        """The rest of last time and the new samples, cut to whole steps; the last piece is followed by silence."""
        row = self._rows[piece.row]
        row.samples += len(piece.samples)
        sound = np.asarray(piece.samples, np.float32)
        if len(row.rest):
            sound = np.concatenate([row.rest, sound])
        if piece.last:
            tail = (self.net.delay + AHEAD + 2) * STEP + WINDOW
            sound = np.pad(sound, (0, tail + -(len(sound) + tail) % STEP))
        cut = len(sound) // STEP * STEP
        row.rest = sound[cut:]
        return sound[:cut]

    def _run_group(self, rows: list[int], samples: np.ndarray) -> np.ndarray:
        """(b, k * STEP) samples of rows -> (b, k, 12) what is wanted of the lips."""
        sound = np.clip(np.nan_to_num(samples, posinf=0.0, neginf=0.0), -4, 4)
        at = np.array(rows)
        mels = np.empty((len(rows), 2 * samples.shape[1] // STEP, 80), np.float32)
        fresh = [i for i, row in enumerate(rows) if self._rows[row].steps == 0]
        going = [i for i, row in enumerate(rows) if self._rows[row].steps > 0]
        if fresh:
            begun = self.net.mel.start(len(fresh))
            mels[fresh, 0] = SILENT_MEL
            mels[fresh, 1:] = self.net.mel.push(sound[fresh], begun)
            self._keep_mel(at[fresh], begun)
        if going:
            memory = MelState(self._waiting[at[going]], self._peak[at[going]])
            mels[going] = self.net.mel.push(sound[going], memory)
            self._keep_mel(at[going], memory)
        for row in rows:
            self._rows[row].steps += mels.shape[1] // 2
        return decided(probabilities(self._memory.step(mels, rows), self.net.gating), self.net.gating)

    def _keep_mel(self, at: np.ndarray, memory: MelState) -> None:
        self._waiting[at], self._peak[at] = memory.waiting, memory.peak

    def _faces(self, pieces: list[Piece], values: dict[int, np.ndarray]) -> list[np.ndarray]:
        """Parameters of all rows -> weights, posed in one go."""
        # row by row only what is whole numbers and a few sums; an operation on arrays costs more than the frames of one row are worth
        moved = [self._moved(piece, values.get(number, _NO_STEPS)) for number, piece in enumerate(pieces)]
        feelings = [self._rows[piece.row].emotion[None].repeat(len(part), 0) for piece, part in zip(pieces, moved, strict=True)]
        weights = face(np.concatenate(moved)[None], np.concatenate(feelings))[0]
        out, start = [], 0
        for piece, ready in zip(pieces, moved, strict=True):
            row = self._rows[piece.row]
            part = row.limit.follow(weights[start : start + len(ready)])
            start += len(ready)
            if row.blinks is not None and len(part):
                part[:, _LIDS] = np.maximum(part[:, _LIDS], row.blinks.next(ready[:, -1])[:, None])
            out.append(part)
        return out

    def _moved(self, piece: Piece, steps: np.ndarray) -> np.ndarray:
        """(k, 12) new steps of a row -> (m, 12) parameters of its next frames."""
        row = self._rows[piece.row]
        late = min(row.skip, len(steps))
        row.skip -= late
        ready: np.ndarray = row.frames.ready(steps[None, late:], row.frames.count(row.samples) if piece.last else None)[0]
        return ready
