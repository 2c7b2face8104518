"""The app's own Audio2Face: any voice in, 52 weights out, on this machine. The door to ``models``; where there is a CUDA card, to torch."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import soxr

from app.audio.clips import resample
from app.core.arriving import ArrivingSpeech, Piece
from app.core.cancel import CancelToken
from app.core.errors import SourceError
from app.core.installation import how_to_get_torch
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.core.visemes import BILABIALS
from app.lipsync.source import Expression, chunk_ranges, frame_count, frames_of

if TYPE_CHECKING:
    from models.runtime import FaceNet

RATE = 16000
#: a speech that is still arriving is heard in blocks of so many samples: 0.1 s, which the look-ahead grows by
BLOCK = RATE // 10
#: frames that one block can complete beside its own: those of the look-ahead, at 240 a second
MOST_BEHIND = 120
Mode = Literal["quality", "light"]
_LABELS: dict[str, str] = {"quality": "Audio2Face", "light": "Audio2Face (light)"}
_loading = threading.Lock()
_most_cores: list[int] = []


@lru_cache(maxsize=4)
def _loaded(mode: Mode, device: str) -> FaceNet:
    from models.runtime import FaceNet

    return FaceNet.load(mode, device)


def use_cores(count: int | None) -> None:
    """Set how many cores torch uses on the calling thread, and on threads that begin to use it later.

    Args:
        count: None for all. This network's steps are so small that one is best: on a busy machine with two cores a live block then
            takes 3 ms instead of 80, and a minute of speech 3 s instead of 46, because no core waits for the other.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return  # onnxruntime is told when it begins
    if _most_cores == []:
        _most_cores.append(torch.get_num_threads())
    torch.set_num_threads(_most_cores[0] if count is None else count)


def load_net(mode: Mode, device: str = "auto") -> FaceNet:
    """The network of a mode, loaded once per process; call it on a worker thread, the first time takes seconds.

    Args:
        mode: "quality" or "light".
        device: "auto" (CUDA when there is one), "cpu" or "cuda".

    Raises:
        SourceError: the weights are missing or damaged, or there is no such device.
    """
    from models.weights_file import WeightsError

    try:
        with _loading:
            return _loaded(mode, device)
    except WeightsError as error:
        raise SourceError(str(error)) from error
    except ImportError as error:
        raise SourceError(f"Audio2Face on {device!r} needs PyTorch: {how_to_get_torch()}, or choose the device 'cpu'.") from error
    except (RuntimeError, AssertionError) as error:
        raise SourceError(f"Audio2Face cannot run on {device!r}; choose the device 'cpu'.") from error


def needed_context_s(samples: np.ndarray, at_s: float) -> int:
    """Seconds of sound that the network must hear again to go on at a moment as if it had heard the clip from its beginning.

    Args:
        samples: (n,) float32 at 16 kHz, from the clip's beginning on.
        at_s: time of the first frame that is wanted.
    """
    from models.context import needed_context_s as needed

    return needed(samples, at_s)


class A2FSource:
    """Makes the whole face from the sound, second by second; where phones are known, the lips meet on every P, B and M of them.

    Args:
        mode: "quality" or "light".
        fps: frames per second.
        device: "auto", "cpu" or "cuda".
        expression: emotions, detection and blinks, None for a calm face that blinks; may be replaced between two runs.
    """

    is_mock = False

    def __init__(self, mode: Mode = "quality", fps: float = 60.0, device: str = "auto", expression: Expression | None = None) -> None:
        if mode not in _LABELS:
            raise SourceError(f"Audio2Face has the modes quality and light, not {mode!r}.")
        self.name = "a2f" if mode == "quality" else f"a2f:{mode}"
        self.label = _LABELS[mode]
        self.mode, self.fps, self.device = mode, fps, device
        self.expression = expression

    @property
    def device_label(self) -> str:
        """``CUDA <name>`` or ``CPU``; loads the network.

        Raises:
            SourceError: see load_net.
        """
        return load_net(self.mode, self.device).device_label

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed, but of a voice that swallows an M they know more than the sound tells."""
        total = frame_count(speech, self.fps)
        if not total or cancel.is_set():
            return
        net, expression = load_net(self.mode, self.device), self.expression or Expression()
        use_cores(1)
        samples = resample(speech.audio, RATE).samples
        stream = net.stream(1, self.fps, expression.blinks, expression.seed)
        stream.meet([(p.start_s, p.end_s) for p in speech.phones if p.base in BILABIALS])
        feelings = _Feelings(expression, total, self.fps)
        made: list[np.ndarray] = []
        heard = 0
        for first, end in chunk_ranges(total, self.fps):
            while sum(map(len, made)) < end - first and heard <= len(samples):
                if cancel.is_set():
                    return
                block = samples[heard : heard + RATE // 2]
                stream.emotion = feelings.heard(block, stream.frames_made)
                made.append(stream.push(block) if len(block) else stream.finish())
                heard += len(block) or 1
            weights = np.concatenate(made)
            # resampling may round a clip to a sample less than its last frame needs
            ready = np.pad(weights[: end - first], ((0, max(end - first - len(weights), 0)), (0, 0)), "edge")
            made = [weights[end - first :]]
            yield Animation(BlendshapeTrack(ready, self.fps, first / self.fps), label=self.label, owns_eyes=expression.blinks)
            if cancel.is_set():
                return

    def follow(self, arriving: ArrivingSpeech, cancel: CancelToken) -> Iterator[Animation]:
        """See Follows; a frame waits for the network's look-ahead and a block of sound, and the lips for phones that come before it."""
        net, expression = load_net(self.mode, self.device), self.expression or Expression()
        use_cores(1)
        stream = net.stream(1, self.fps, expression.blinks, expression.seed)
        feelings, ear = _Feelings(expression, 0, self.fps), _Blocks(arriving.rate)
        contacts: list[tuple[float, float]] = []
        made = samples = 0

        def animation(rows: np.ndarray) -> Animation:
            return Animation(BlendshapeTrack(rows, self.fps, made / self.fps), label=self.label, owns_eyes=expression.blinks)

        last = np.zeros((1, 52), np.float32)
        for piece in itertools.chain(arriving.pieces(cancel), (None,)):
            if piece is not None:
                samples += len(piece.samples)
                contacts += _contacts(piece)
                stream.meet(contacts)
            for block in ear.push(piece):
                if cancel.is_set():
                    return
                stream.emotion = feelings.heard(block, stream.frames_made)
                rows = stream.push(block)
                if len(rows):
                    yield animation(rows)
                    made, last = made + len(rows), rows[-1:]
        if not samples or cancel.is_set():
            return
        stream.emotion = feelings.heard(np.zeros(0, np.float32), stream.frames_made)
        lacking = frames_of(samples, arriving.rate, self.fps) - made
        rows = np.concatenate([last[:0], stream.finish()])[:lacking]
        rows = np.concatenate([rows, np.repeat(rows[-1:] if len(rows) else last, lacking - len(rows), axis=0)])
        if len(rows):
            yield animation(rows)

    def live(self, rate: int) -> LiveFace:
        """Begin to listen to a microphone; push on the same thread, which uses one core from now on.

        Args:
            rate: of its samples.

        Raises:
            SourceError: see load_net.
        """
        net = load_net(self.mode, self.device)
        use_cores(1)
        return LiveFace(net, rate, self.fps, self.expression or Expression())


def _contacts(piece: Piece) -> list[tuple[float, float]]:
    """When the lips meet, as far as a piece tells."""
    return [(phone.start_s, phone.end_s) for phone in piece.phones if phone.base in BILABIALS]


class _Blocks:
    """Sound of any rate and in any pieces, in blocks that do not depend on how it was cut.

    Args:
        rate: samples per second of what comes.
    """

    def __init__(self, rate: int) -> None:
        self._convert = soxr.ResampleStream(rate, RATE, 1, "float32", "HQ") if rate != RATE else None
        self._rest = np.zeros(0, np.float32)

    def push(self, piece: Piece | None) -> Iterator[np.ndarray]:
        """Take more sound, give whole blocks; None ends it, and what is left is the last block."""
        samples = np.zeros(0, np.float32) if piece is None else piece.samples
        if self._convert is not None:
            samples = np.clip(self._convert.resample_chunk(np.ascontiguousarray(samples), last=piece is None), -1.0, 1.0)
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= BLOCK or (piece is None and len(self._rest)):
            block, self._rest = self._rest[:BLOCK], self._rest[BLOCK:]
            yield block


class _Feelings:
    """Emotion strengths of every frame: the keys, and what was heard so far on top.

    Args:
        expression: keys and detection.
        total: frames that are known to come; more may.
        fps: frames per second.
    """

    def __init__(self, expression: Expression, total: int, fps: float) -> None:
        from models.feelings import keyed_emotion
        from models.prosody import FeelingTracker

        self._make = partial(keyed_emotion, expression.keys)
        self._fps = fps
        self._rows = self._make(total + 1, fps)
        self._keyed = self._rows.copy()
        self._tracker = FeelingTracker(expression.detect) if expression.detect > 0 else None
        self._before = np.zeros(10, np.float32)
        self._ease = round(0.5 * fps)

    def heard(self, block: np.ndarray, frame: int) -> np.ndarray:
        """(n, 10) strengths after hearing ``block``, n beyond it; what changes does so over half a second from ``frame`` on."""
        # no frame behind this one is looked at before the next block is heard
        end = frame + round(len(block) / RATE * self._fps) + MOST_BEHIND + self._ease
        self._reach(end)
        if self._tracker is not None and len(block):
            now = self._tracker.push(block)
            keyed = self._keyed[frame:end]
            part = np.clip(np.arange(len(keyed)) / self._ease, 0, 1)[:, None]
            self._rows[frame:end] = np.clip(keyed + self._before + (now - self._before) * part, 0, 1)
            self._before = now
        return self._rows

    def _reach(self, frame: int) -> None:
        """Have rows up to a frame, where the length of the speech is not known."""
        if frame >= len(self._rows):
            keyed = self._make(2 * frame, self._fps)
            self._rows = np.concatenate([self._rows, np.clip(keyed[len(self._rows) :] + self._before, 0, 1)])
            self._keyed = keyed


class LiveFace:
    """A voice that is being spoken now: blocks from a microphone in, frames out. Made by A2FSource.live.

    Attributes:
        delay_ms: how much later a frame is complete than its sound was heard; blocks add their own length.
        fps: frames per second.
    """

    def __init__(self, net: FaceNet, rate: int, fps: float, expression: Expression) -> None:
        from models.prosody import FeelingTracker

        self.fps, self.delay_ms = fps, net.look_ahead_ms
        self._convert = soxr.ResampleStream(rate, RATE, 1, "float32", "LQ") if rate != RATE else None
        self._stream = net.stream(1, fps, expression.blinks, expression.seed)
        self._tracker = FeelingTracker(expression.detect) if expression.detect > 0 else None
        self._base = np.asarray(expression.keys[0][1], np.float32) if expression.keys else np.zeros(10, np.float32)
        self._target = self._emotion = self._base

    def set_emotion(self, strengths: np.ndarray) -> None:
        """Feel (10,) strengths from now on; eased in."""
        self._base = np.asarray(strengths, np.float32)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear the next (n,) float32 samples at the microphone's rate; returns (k, 52) weights of the frames that are complete."""
        block = np.asarray(samples, np.float32)
        if self._convert is not None:
            block = self._convert.resample_chunk(block)
        found = self._tracker.push(block) if self._tracker is not None else 0.0
        self._target = np.clip(self._base + found, 0, 1).astype(np.float32)
        ease = min(len(block) / (0.35 * RATE), 1.0)
        self._emotion = (self._emotion + ease * (self._target - self._emotion)).astype(np.float32)
        self._stream.emotion = self._emotion
        return self._stream.push(block)
