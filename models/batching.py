"""Many live streams through one call of the network: their pasts lie in the rows of shared tensors, whatever their age.

A row gives the same frames as a FaceStream of its own (tests hold the difference to rounding).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from models.blink import Blinks
from models.features import WINDOW, MelState
from models.kinematics import AHEAD, SpeedLimit
from models.motion import StepFrames, decided, face, probabilities
from models.network import State
from models.rig import INDEX, PARAMETERS
from models.runtime import SILENT_MEL, STEP, FaceNet

#: samples that wait in the mel front end between two steps: a stream that came in whole steps always keeps so many
_WAITING = WINDOW - 40
_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_FIRST_ROWS = 8
_NO_STEPS = np.zeros((0, len(PARAMETERS)), np.float32)


@dataclass
class _Row:
    """What one stream remembers beside the tensors."""

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
        self._waiting = torch.zeros(0, _WAITING, device=net.device)
        self._peak = torch.zeros(0, device=net.device)
        self._layout = self._state_layout()
        self._state: State = {key: torch.zeros(0, *shape, device=net.device) for key, shape in self._layout.items()}
        self._steps = torch.zeros(0, dtype=torch.int64, device=net.device)

    @torch.inference_mode()
    def _state_layout(self) -> dict[str, tuple[int, ...]]:
        """Key -> shape of one row, found by running the network until its memory is full."""
        state: State = {}
        self.net.network(torch.full((1, 256, 80), SILENT_MEL, device=self.net.device), state)
        return {key: tuple(value.shape[1:]) for key, value in state.items() if key != "steps"}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bytes_per_stream(self) -> int:
        """Memory of one row's tensors."""
        return 4 * (_WAITING + 1 + sum(int(np.prod(shape)) for shape in self._layout.values()))

    def add(self, fps: float = 30, blinks: bool = False, seed: int = 0, emotion: np.ndarray | None = None) -> int:
        """Begin a stream.

        Args:
            fps: frames per second.
            blinks: let the lids blink.
            seed: of the blinks.
            emotion: (10,) strengths; None for neutral.

        Returns:
            Its row, until ``remove``.
        """
        if not self._free:
            self._grow()
        row = self._free.pop()
        feeling = np.zeros(10, np.float32) if emotion is None else np.clip(np.asarray(emotion, np.float32), 0, 1)
        lids = Blinks(seed, fps) if blinks else None
        self._rows[row] = _Row(StepFrames(fps, self.net.gating.slack), SpeedLimit(fps), feeling, lids, self.net.network.delay)
        for value in (*self._state.values(), self._waiting, self._peak, self._steps):
            value[row] = 0
        return row

    def remove(self, row: int) -> None:
        """Forget a stream; its row may be used again."""
        del self._rows[row]
        self._free.append(row)

    def _grow(self) -> None:
        old = len(self._steps)
        more = max(old, _FIRST_ROWS)

        def longer(value: torch.Tensor) -> torch.Tensor:
            return torch.cat([value, value.new_zeros(more, *value.shape[1:])])

        self._waiting, self._peak, self._steps = longer(self._waiting), longer(self._peak), longer(self._steps)
        self._state = {key: longer(value) for key, value in self._state.items()}
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
                made = self._run_group(rows, np.stack([samples for _, samples in group])).numpy()
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
            tail = (self.net.network.delay + AHEAD + 2) * STEP + WINDOW
            sound = np.pad(sound, (0, tail + -(len(sound) + tail) % STEP))
        cut = len(sound) // STEP * STEP
        row.rest = sound[cut:]
        return sound[:cut]

    @torch.inference_mode()
    def _run_group(self, rows: list[int], samples: np.ndarray) -> torch.Tensor:
        """(b, k * STEP) samples of rows -> (b, k, 12) what is wanted of the lips, on the CPU."""
        sound = torch.from_numpy(samples).to(self.net.device).nan_to_num_(0.0, 0.0, 0.0).clamp_(-4, 4)
        at = torch.tensor(rows, device=self.net.device)
        mels = sound.new_empty(len(rows), 2 * samples.shape[1] // STEP, 80)
        fresh = [i for i, row in enumerate(rows) if self._rows[row].steps == 0]
        going = [i for i, row in enumerate(rows) if self._rows[row].steps > 0]
        if fresh:
            begun = self.net.mel.start(len(fresh))
            mels[fresh, 0] = SILENT_MEL
            mels[fresh, 1:] = self.net.mel(sound[fresh], begun)
            self._keep_mel(at[fresh], begun)
        if going:
            memory = MelState(self._waiting[at[going]], self._peak[at[going]])
            mels[going] = self.net.mel(sound[going], memory)
            self._keep_mel(at[going], memory)
        state = {key: value[at] for key, value in self._state.items()}
        state["steps"] = state["seen"] = self._steps[at]
        values = decided(probabilities(self.net.network(mels, state), self.net.gating), self.net.gating)
        for key, value in self._state.items():
            value[at] = state[key]
        self._steps[at] += mels.shape[1] // 2
        for row in rows:
            self._rows[row].steps += mels.shape[1] // 2
        return values.cpu()

    def _keep_mel(self, at: torch.Tensor, memory: MelState) -> None:
        self._waiting[at], self._peak[at] = memory.waiting, memory.peak

    @torch.inference_mode()
    def _faces(self, pieces: list[Piece], values: dict[int, np.ndarray]) -> list[np.ndarray]:
        """Parameters of all rows -> weights, posed in one go."""
        # row by row only what is whole numbers and a few sums; a tensor operation costs more than the frames of one row are worth
        moved = [self._moved(piece, values.get(number, _NO_STEPS)) for number, piece in enumerate(pieces)]
        feelings = [self._rows[piece.row].emotion[None].repeat(len(part), 0) for piece, part in zip(pieces, moved, strict=True)]
        weights = face(torch.from_numpy(np.concatenate(moved)[None]), torch.from_numpy(np.concatenate(feelings)))[0].numpy()
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
