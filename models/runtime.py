"""Runs the networks: whole clips, live streams, batches of streams, on CPU or CUDA."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from models.blink import Blinks
from models.dimensions import DELAYS, STEP_HZ
from models.engines.engine import Engine, make_engine
from models.features import HOP, MELS, RATE, SILENT_MEL, WINDOW, LogMel
from models.kinematics import AHEAD, SpeedLimit
from models.motion import LEAD, Gating, StepFrames, decided, face, probabilities
from models.rig import INDEX, PARAMETER_INDEX, PARAMETERS
from models.weights_file import WEIGHTS

#: samples of one step
STEP = RATE // STEP_HZ
#: whole clips pass through the network in pieces of this many seconds, which bounds memory and keeps every product on one core
_PIECE_S = 4
_LIDS = (INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"])
GATING: dict[str, Gating] = {
    "light": Gating(closure=(0.3, 0.55), tuck=(0.25, 0.6), active=(0.3, 0.6), witness=0.0, gain=1.15, slack=0.05),
    "quality": Gating(closure=(0.2, 0.45), tuck=(0.4, 0.75), active=(0.3, 0.6), witness=0.8, gain=1.15, slack=0.03),
}


class FaceNet:
    """A loaded network, with what stands around it.

    Args:
        engine: runs it.

    Attributes:
        mode: "light" or "quality".
        delay: steps by which the network answers late.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.mode = engine, engine.mode
        self.delay = DELAYS[engine.mode]
        self.mel = LogMel()
        self.gating = GATING[engine.mode]

    @classmethod
    def load(cls, mode: Literal["light", "quality"] = "light", device: str = "auto", folder: Path = WEIGHTS) -> FaceNet:
        """Load the weights that come with the app.

        Args:
            mode: "light" (log-mels) or "quality" (with the Whisper encoder).
            device: see ``models.engines.engine.make_engine``; auto takes CUDA when it is there, else onnxruntime.
            folder: of the weights.

        Raises:
            WeightsError: the weights are missing or damaged.
            ImportError: a device of torch is wanted, and torch is not installed.
        """
        return cls(make_engine(mode, device, folder))

    @property
    def look_ahead_ms(self) -> float:
        """How much later sound can at most change a frame: half a mel window, the delay, the steps of a gesture, the lead."""
        return 1000 * (WINDOW / 2 / RATE + (self.delay + AHEAD + 1 / LEAD) / STEP_HZ)

    @property
    def device_label(self) -> str:
        """Where the network runs, as shown."""
        return self.engine.label

    def stream(self, batch: int = 1, fps: float = 60, blinks: bool = False, seed: int = 0) -> FaceStream:
        """Begin streams that run together.

        Args:
            batch: number of streams; all get equally many samples in every call.
            fps: frames per second, 60 or 30.
            blinks: let the lids blink.
            seed: of the blinks; every stream of the batch blinks differently.
        """
        return FaceStream(self, batch, fps, blinks, seed)

    def infer(
        self, samples: np.ndarray, emotion: np.ndarray | None = None, fps: float = 60, blinks: bool = False, seed: int = 0
    ) -> np.ndarray:
        """The face of whole clips.

        Args:
            samples: (n,) or (b, n) mono at 16 kHz in [-1, 1].
            emotion: (10,) strengths, (frames, 10) keyed over time, or None for neutral.
            fps: frames per second, 60 or 30.
            blinks: let the lids blink.
            seed: of the blinks.

        Returns:
            (n_frames, 52) or (b, n_frames, 52) float32 ARKit weights in [0, 1]; frame i is at i / fps seconds.
        """
        array = np.asarray(samples, np.float32)
        rows = array if array.ndim == 2 else array[None]
        stream = self.stream(len(rows), fps, blinks, seed)
        if emotion is not None:
            stream.emotion = np.asarray(emotion, np.float32)
        pieces = [stream.push(rows[:, i : i + _PIECE_S * RATE]) for i in range(0, rows.shape[1], _PIECE_S * RATE)]
        pieces = [p if p.ndim == 3 else p[None] for p in [*pieces, stream.finish()]]
        out = np.concatenate(pieces, 1)
        return out if array.ndim == 2 else out[0]


class FaceStream:
    """One or more voices that are still speaking. Made by FaceNet.stream.

    Attributes:
        emotion: (10,) strengths from now on, or (frames, 10) for every frame of the stream; assign at any time.
        parameters: (b, k, 12) what the mouths did in the last frames given out, columns as models.rig.PARAMETERS.
    """

    def __init__(self, net: FaceNet, batch: int, fps: float, blinks: bool, seed: int) -> None:
        self.net, self.batch, self.fps = net, batch, fps
        self.emotion: np.ndarray = np.zeros(10, np.float32)
        self.parameters = np.zeros((batch, 0, len(PARAMETERS)), np.float32)
        self._mel_state = net.mel.start(batch)
        self._memory = net.engine.memory(batch)
        self._mels = np.full((batch, 1, MELS), SILENT_MEL, np.float32)
        self._frames = StepFrames(fps, net.gating.slack)
        self._limits = [SpeedLimit(fps) for _ in range(batch)]
        self._blinks = [Blinks(seed + i, fps) for i in range(batch)] if blinks else []
        self._skip, self._samples, self._finished = net.delay, 0, False
        self._contacts = np.zeros((0, 2))
        self._steps_made = 0

    def meet(self, spans: Sequence[tuple[float, float]]) -> None:
        """Let the lips meet at times that are known: the P, B and M of a voice whose phones are known.

        Args:
            spans: start and end in seconds from the stream's first sample; all streams of a batch follow them.
        """
        self._contacts = np.asarray(spans, float).reshape(-1, 2)

    def _known_contacts(self, count: int) -> np.ndarray:
        """(count,) bool: the next steps that lie within known contacts, widened by half a step at either side."""
        at_s = (self._steps_made + np.arange(count))[:, None] / STEP_HZ
        within: np.ndarray = (at_s >= self._contacts[:, 0] - 0.5 / STEP_HZ) & (at_s <= self._contacts[:, 1] + 0.5 / STEP_HZ)
        return np.asarray(within.any(1))

    @property
    def frames_made(self) -> int:
        """How many frames were given out so far."""
        return self._frames.made

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take the next samples.

        Args:
            samples: (n,) or (batch, n) at 16 kHz; what is not a number counts as silence.

        Returns:
            (k, 52) the frames that are certain now, or (batch, k, 52) for more than one stream; k may be 0.

        Raises:
            ValueError: the wrong number of streams, or the stream is finished.
        """
        rows = np.asarray(samples, np.float32)
        rows = rows[None] if rows.ndim == 1 else rows
        if rows.ndim != 2 or len(rows) != self.batch:
            raise ValueError(f"this stream takes ({self.batch}, n) samples, not {rows.shape}")
        if self._finished:
            raise ValueError("this stream is finished; begin a new one")
        self._samples += rows.shape[1]
        return self._given(self._frames.ready(self._wanted(rows)))

    def finish(self) -> np.ndarray:
        """End the stream: the frames that waited for sound to come, as if silence followed. The clip's last frame is among them."""
        limit = self._frames.count(self._samples)
        tail = np.zeros((self.batch, (self.net.delay + AHEAD + 2) * STEP + WINDOW), np.float32)
        out = self._given(self._frames.ready(self._wanted(tail), limit))
        self._finished = True
        return out

    def steps(self, rows: np.ndarray) -> np.ndarray:
        """The inner half of push: (b, n) samples -> (b, k, 12) probabilities and curves of the next steps, before any gating."""
        finite = rows if np.isfinite(rows).all() else np.nan_to_num(rows, posinf=0.0, neginf=0.0)
        clean = np.minimum(np.maximum(finite, np.float32(-4)), np.float32(4))
        self._mels = np.concatenate([self._mels, self.net.mel.push(clean, self._mel_state)], 1)
        steps = self._mels.shape[1] // 2
        pairs, self._mels = self._mels[:, : 2 * steps], self._mels[:, 2 * steps :]
        if not steps:
            return np.zeros((self.batch, 0, len(PARAMETERS)), np.float32)
        values = probabilities(self._memory.step(pairs), self.net.gating)
        late = min(self._skip, steps)
        self._skip -= late
        return values[:, late:]

    def _wanted(self, rows: np.ndarray) -> np.ndarray:
        """(b, n) samples -> (b, k, 12) what is wanted of the lips at the next steps."""
        wanted = decided(self.steps(rows), self.net.gating)
        if len(self._contacts):
            wanted[:, self._known_contacts(wanted.shape[1]), PARAMETER_INDEX["closure"]] = 1.0
        self._steps_made += wanted.shape[1]
        return wanted

    def _given(self, parameters: np.ndarray) -> np.ndarray:
        """Parameters -> weights with emotion and lids, as the caller wants them."""
        count = parameters.shape[1]
        start = self._frames.made - count
        feeling = np.asarray(self.emotion, np.float32)
        if feeling.ndim == 2:
            if not len(feeling):
                raise ValueError("emotion over time needs at least one row")
            feeling = feeling[np.minimum(np.arange(start, start + count), len(feeling) - 1)]
        posed = face(parameters, np.clip(feeling, 0, 1).astype(np.float32))
        weights = np.stack([limit.follow(row) for limit, row in zip(self._limits, posed, strict=True)])
        self.parameters = parameters
        for i, lids in enumerate(self._blinks):
            down = lids.next(self.parameters[i, :, -1])
            weights[i][:, _LIDS] = np.maximum(weights[i][:, _LIDS], down[:, None])
        return weights if self.batch > 1 else weights[0]


assert HOP * 2 == STEP
