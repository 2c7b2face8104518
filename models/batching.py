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
from models.motion import decided, face, probabilities
from models.rig import GAP, INDEX
from models.row_motion import RowMotion
from models.runtime import STEP, FaceNet

#: samples that wait in the mel front end between two steps: a stream that came in whole steps always keeps so many
_WAITING = WINDOW - 40
_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_FIRST_ROWS = 8
_NO_FRAMES = np.zeros((0, len(INDEX)), np.float32)


@dataclass
class _Row:
    """What one stream remembers beside its past in the network."""

    limit: SpeedLimit
    blinks: Blinks | None
    skip: int
    rest: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    samples: int = 0
    steps: int = 0


class _Moved(NamedTuple):
    """Frames of pieces, row after row: the pieces' numbers, (b,) their rows, (m, 12) parameters, and (b,) how many frames each has."""

    numbers: list[int]
    rows: np.ndarray
    parameters: np.ndarray
    counts: np.ndarray


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
        self._motion = RowMotion(net.gating.slack)
        self._feelings = np.zeros((0, 10), np.float32)

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
        self._feelings[row] = 0 if emotion is None else np.clip(np.asarray(emotion, np.float32), 0, 1)
        lids = Blinks(seed, fps, first_frame) if blinks else None
        self._motion.begin(row, fps, first_step, first_frame)
        self._rows[row] = _Row(SpeedLimit(fps), lids, self.net.delay)
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
        self._feelings = np.concatenate([self._feelings, np.zeros((more, 10), np.float32)])
        self._motion.grow(old + more)
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
        out = [_NO_FRAMES] * len(pieces)
        moved = []
        for count, group in groups.items():
            if count:
                wanted = self._run_group([pieces[number].row for number, _ in group], np.stack([samples for _, samples in group]))
                moved += self._moved(pieces, [number for number, _ in group], wanted)
        if moved:
            self._pose(pieces, moved, out)
        return out

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

    def _moved(self, pieces: list[Piece], numbers: list[int], wanted: np.ndarray) -> list[_Moved]:
        """(b, k, 12) what is wanted of the lips of pieces -> the parameters of their next frames; a row's first steps are the delay's."""
        late = [min(self._rows[pieces[number].row].skip, wanted.shape[1]) for number in numbers]
        moved = []
        for skip in set(late):
            which = [i for i, each in enumerate(late) if each == skip]
            rows = [pieces[numbers[i]].row for i in which]
            for row in rows:
                self._rows[row].skip -= skip
            if skip < wanted.shape[1]:
                ends = {pieces[numbers[i]].row for i in which if pieces[numbers[i]].last}
                limits = {row: self._motion.count(row, self._rows[row].samples) for row in ends}
                parameters, counts = self._motion.ready(
                    np.array(rows), wanted[which, skip:] if len(which) < len(late) or skip else wanted, limits
                )
                moved.append(_Moved([numbers[i] for i in which], np.array(rows), parameters, counts))
        return moved

    def _pose(self, pieces: list[Piece], moved: list[_Moved], out: list[np.ndarray]) -> None:
        """Parameters of all rows -> weights, posed in one go, and told piece by piece."""
        parameters = np.concatenate([each.parameters for each in moved])
        feelings = np.concatenate([np.repeat(self._feelings[each.rows], each.counts, 0) for each in moved])
        weights: np.ndarray = face(parameters[None], feelings)[0]
        numbers = [number for each in moved for number in each.numbers]
        ends = np.cumsum(np.concatenate([each.counts for each in moved])).tolist()
        gaps, voices = (weights @ GAP).tolist(), parameters[:, -1].tolist()
        lids = np.zeros(len(weights), np.float32)
        begin = 0
        for number, end in zip(numbers, ends, strict=True):
            row = self._rows[pieces[number].row]
            if end > begin:
                _limited(row.limit, weights[begin:end], gaps[begin:end])
                if row.blinks is not None:
                    lids[begin:end] = row.blinks.next(voices[begin:end])
                out[number] = weights[begin:end]
            begin = end
        weights[:, _LIDS] = np.maximum(weights[:, _LIDS], lids[:, None])


def _limited(limit: SpeedLimit, weights: np.ndarray, gaps: list[float]) -> None:
    """Hold the (m, 52) next frames of a row back, where they are too fast for lips; in place."""
    before = gaps[0] if limit.gap is None else limit.gap
    for gap in gaps:
        if not limit.slow_enough(gap - before):
            weights[:] = limit.follow(weights)
            return
        before = gap
    limit.passed(weights[-1].copy(), before)
