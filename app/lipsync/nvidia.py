"""NVIDIA's Audio2Face-3D bundles as a source: the user points at the folder that NVIDIA's weights were downloaded to.

The door to ``models.nvidia``; torch is loaded on first use.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr

from app.audio.clips import resample
from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import SourceError
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import CancelToken, frame_count

if TYPE_CHECKING:
    from models.nvidia.checks import Finding
    from models.nvidia.emotion import EmotionCurve
    from models.nvidia.face import FaceOptions, FaceSolver
    from models.nvidia.model import NvidiaModel
    from models.nvidia.parameters import Tuning
    from models.nvidia.streams import RawFrames, Stream

#: network output kept for the next run over the same sound, so that tuning need not run the network again
KEPT_BYTES = 256_000_000
#: rate of the network on a processor, which is too slow for more; frames between are interpolated
CPU_FPS = 30.0
_loading = threading.Lock()


@lru_cache(maxsize=2)
def _loaded(folder: Path, _changed: float, engine: str, device: str, identity: str | None) -> NvidiaModel:
    from models.nvidia.model import open_model

    return open_model(folder, engine, device, identity)


def load_model(folder: Path, engine: str = "auto", device: str = "auto", identity: str | None = None) -> NvidiaModel:
    """A bundle with its network, loaded once per process; call it on a worker thread, it takes seconds.

    Args:
        folder: with ``model.json``.
        engine: ``auto``, ``torch`` or ``onnxruntime``.
        device: ``auto``, ``cpu`` or ``cuda``.
        identity: an actor of a v3.0 bundle; the first when None.

    Raises:
        SourceError: torch is not installed, or anything in the bundle is wrong.
    """
    try:
        from models.nvidia.errors import BundleError
    except ImportError as error:
        raise SourceError("Audio2Face-3D needs PyTorch; install it with: python -m pip install torch.") from error
    try:
        with _loading:
            return _loaded(folder, _index(folder).stat().st_mtime, engine, device, identity)
    except BundleError as error:
        raise SourceError(str(error)) from error
    except ImportError as error:
        raise SourceError("Audio2Face-3D needs PyTorch; install it with: python -m pip install torch.") from error
    except OSError as error:
        raise SourceError(f"{folder.name!r} cannot be read; choose the folder of an Audio2Face-3D bundle.") from error


def examine_bundle(folder: str | Path) -> list[Finding]:
    """What is in a bundle and what differs from NVIDIA's released ones, for ``doctor --bundle``.

    Raises:
        SourceError: torch is not installed.
    """
    try:
        from models.nvidia.checks import check_bundle

        return check_bundle(folder)
    except ImportError as error:
        raise SourceError("Examining a bundle needs PyTorch; install it with: python -m pip install torch.") from error


def emotion_licence() -> str:
    """The condition that the user must accept before an Audio2Emotion bundle may listen."""
    try:
        from models.nvidia.audio2emotion import LICENCE_CONDITION
    except ImportError as error:
        raise SourceError("Audio2Emotion needs PyTorch; install it with: python -m pip install torch.") from error
    return LICENCE_CONDITION


def _index(folder: Path) -> Path:
    return folder if folder.name == "model.json" else folder / "model.json"


class NvidiaSource:
    """Makes the whole face from the sound with the user's NVIDIA weights.

    Args:
        folder: the bundle; ``FOLDER#NAME`` picks an identity of a v3.0 bundle.
        fps: frames per second of the animation.
        engine: ``auto``, ``torch`` or ``onnxruntime``.
        device: ``auto``, ``cpu`` or ``cuda``.
        tuning: NVIDIA's parameters; None leaves the bundle's. May be replaced between two runs: the network is not run again then.
        options: this program's choices (solver, blinks, gaze).
        network_fps: rate of the network; None takes ``fps`` on a graphics card and at most 30 on a processor.
        normalise: bring the recording's peak to 1 before the network, as in training.

    Raises:
        SourceError: there is no bundle in the folder.
    """

    is_mock = False
    #: folder of an Audio2Emotion bundle that listens when ``tuning.emotion.recognise`` is on
    emotion_bundle: Path | None = None
    #: the user has read emotion_licence() and agreed; without it nothing is recognised
    emotion_licence_accepted = False

    def __init__(
        self, folder: str | Path, fps: float = 60.0, *, engine: str = "auto", device: str = "auto", tuning: Tuning | None = None,
        options: FaceOptions | None = None, network_fps: float | None = None, normalise: bool = True,
    ) -> None:  # fmt: skip
        path, _, identity = str(folder).rpartition("#") if "#" in str(folder) and not Path(folder).exists() else (str(folder), "", "")
        self.folder, self.identity = Path(path).expanduser(), identity or None
        if not _index(self.folder).is_file():
            raise SourceError(f"There is no model.json in {self.folder.name!r}; choose the folder of an Audio2Face-3D bundle.")
        self.name = f"nvidia:{folder}"
        self.label = f"Audio2Face-3D ({self.folder.name}{f', {identity}' if identity else ''})"
        self.fps, self.engine, self.device, self.network_fps, self.normalise = fps, engine, device, network_fps, normalise
        self.tuning, self.options = tuning, options
        self._kept: tuple[tuple[object, ...], list[RawFrames]] | None = None

    def model(self) -> NvidiaModel:
        """The loaded bundle; see load_model."""
        return load_model(self.folder, self.engine, self.device, self.identity)

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed."""
        total = frame_count(speech, self.fps)
        if not total or cancel.is_set():
            return
        model = self.model()
        samples = resample(speech.audio, model.bundle.samplerate).samples
        with _as_source_errors():
            run = self._run(model, self.normalise, samples)
            pace = Pace(run.fps, self.fps)
            for raw in self._raw(run, samples, cancel):
                if cancel.is_set():
                    return
                yield from self._chunk(pace.push(run.weights(raw)), pace, total)
            if not cancel.is_set():
                yield from self._chunk(pace.finish(total - pace.given), pace, total)

    def _chunk(self, weights: np.ndarray, pace: Pace, total: int) -> Iterator[Animation]:
        first = pace.given - len(weights)
        weights = weights[: max(total - first, 0)]
        if len(weights):
            yield Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, owns_eyes=True)

    def _run(self, model: NvidiaModel, normalise: bool, samples: np.ndarray) -> Run:
        from models.nvidia.face import FaceSolver
        from models.nvidia.parameters import Tuning

        tuning = self.tuning or Tuning()
        slow = model.network.device.type == "cpu"
        wanted = self.network_fps or (min(self.fps, CPU_FPS) if slow else self.fps)
        gain = model.gain(samples, tuning, normalise)
        heard = self._heard(samples, tuning) if tuning.emotion.recognise and len(samples) else None
        stream = model.stream(wanted, tuning, gain, heard)
        fps = float(stream.fps)
        key = (fps, gain, repr(tuning.emotion), str(self.emotion_bundle), self.identity, str(model.bundle.network))
        return Run(stream, FaceSolver(model.face, tuning, fps, self.options), fps, key)

    def _heard(self, samples: np.ndarray, tuning: Tuning) -> EmotionCurve:
        """What the user's Audio2Emotion bundle makes of the clip."""
        from models.nvidia.audio2emotion import load_audio2emotion, recognised_emotion

        if self.emotion_bundle is None:
            raise SourceError("No Audio2Emotion bundle is chosen; choose its folder or switch the recognition of emotions off.")
        model = load_audio2emotion(self.emotion_bundle, self.emotion_licence_accepted, self.engine, self.device)
        return recognised_emotion(model, samples, tuning=tuning.emotion)

    def _raw(self, run: Run, samples: np.ndarray, cancel: CancelToken) -> Iterator[RawFrames]:
        """The network's frames: those of the run before when nothing that it sees has changed."""
        key = (*run.key, hashlib.blake2b(samples.tobytes()).digest())
        if self._kept is not None and self._kept[0] == key:
            yield from self._kept[1]
            return
        self._kept = None
        run.stream.push(samples)
        run.stream.finish()
        made: list[RawFrames] = []
        for raw in run.stream.frames():
            made.append(raw)
            yield raw
            if cancel.is_set():
                return
        if sum(raw.nbytes for raw in made) <= KEPT_BYTES:
            self._kept = (key, made)

    def live(self, rate: int) -> LiveNvidia:
        """Begin to listen to a microphone.

        Args:
            rate: of its samples.

        Raises:
            SourceError: see load_model.
        """
        model = self.model()
        with _as_source_errors():
            return LiveNvidia(self._run(model, False, np.zeros(0, np.float32)), rate, model.bundle.samplerate, self.fps)


class Run:
    """One clip on its way through network and solver."""

    def __init__(self, stream: Stream, solver: FaceSolver, fps: float, key: tuple[object, ...]) -> None:
        from models.nvidia.names import SKIN_POSES

        self.stream, self.solver, self.fps, self.key = stream, solver, fps, key
        self._columns = [SKIN_POSES.index(name) for name in ARKIT_CHANNELS]

    def weights(self, raw: RawFrames) -> np.ndarray:
        """(frames, 52) float32 in ARKit's order, kept in 0..1 (NVIDIA's own weights may leave it)."""
        return np.clip(self.solver.process(raw).arkit[:, self._columns], 0.0, 1.0).astype(np.float32)


class Pace:
    """Frames at one rate to frames at another, linear between, as they come.

    Attributes:
        given: how many frames were handed out.
    """

    def __init__(self, have: float, want: float) -> None:
        self._step = 1.0 if math.isclose(have, want) else have / want
        self._frames = np.zeros((0, len(ARKIT_CHANNELS)), np.float32)
        self._first = 0
        self.given = 0

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take the next frames; gives those that lie before the last one."""
        self._frames = np.concatenate([self._frames, frames])
        last = self._first + len(self._frames) - 1
        count = max(math.floor(last / self._step + 1e-9) + 1 - self.given, 0)
        return self._hand_out(count)

    def finish(self, count: int) -> np.ndarray:
        """``count`` more frames, holding the last one."""
        return self._hand_out(max(count, 0))

    def _hand_out(self, count: int) -> np.ndarray:
        if not count or not len(self._frames):
            return np.zeros((0, len(ARKIT_CHANNELS)), np.float32)
        at = np.clip((self.given + np.arange(count)) * self._step - self._first, 0, len(self._frames) - 1)
        before = np.floor(at + 1e-9).astype(np.int64)
        share = np.clip(at - before, 0, 1).astype(np.float32)[:, None]
        after = np.minimum(before + 1, len(self._frames) - 1)
        out = self._frames[before] + (self._frames[after] - self._frames[before]) * share
        self.given += count
        drop = max(math.floor(self.given * self._step) - 1 - self._first, 0)
        drop = min(drop, len(self._frames) - 1)
        self._frames, self._first = self._frames[drop:], self._first + drop
        return out


class LiveNvidia:
    """A voice that is being spoken now. Made by NvidiaSource.live.

    Attributes:
        fps: frames per second.
        delay_ms: how much later a frame is complete than its sound was heard, without the network's own time.
    """

    def __init__(self, run: Run, rate: int, network_rate: int, fps: float) -> None:
        self._run, self._pace, self.fps = run, Pace(run.fps, fps), fps
        self._convert = soxr.ResampleStream(rate, network_rate, 1, "float32", "LQ") if rate != network_rate else None
        self.delay_ms = run.stream.look_ahead_ms + (0.0 if run.fps == fps else 1000.0 / run.fps)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear the next (n,) float32 samples at the microphone's rate; returns (k, 52) weights of the frames that are complete."""
        block = np.asarray(samples, np.float32)
        with _as_source_errors():
            self._run.stream.push(block if self._convert is None else self._convert.resample_chunk(block))
            parts: Sequence[np.ndarray] = [self._pace.push(self._run.weights(raw)) for raw in self._run.stream.frames()]
        return np.concatenate(parts) if parts else np.zeros((0, len(ARKIT_CHANNELS)), np.float32)


@contextlib.contextmanager
def _as_source_errors() -> Iterator[None]:
    """Turn the package's error into the program's."""
    from models.nvidia.errors import BundleError

    try:
        yield
    except BundleError as error:
        raise SourceError(str(error)) from error
