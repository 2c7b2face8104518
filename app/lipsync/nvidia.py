"""NVIDIA's Audio2Face-3D bundles as a source: the user points at the folder that NVIDIA's weights were downloaded to.

The door to ``models.nvidia``; torch is loaded on first use.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr

from app.audio.clips import resample
from app.core.arkit import ARKIT_CHANNELS
from app.core.cancel import CancelToken
from app.core.emotion import EMOTIONS
from app.core.errors import SourceError
from app.core.sampling import StreamResampler, sampled
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.nvidia_bundle import as_source_errors, index_file, label_of, load_model, split_spec
from app.lipsync.nvidia_run import NetworkRun
from app.lipsync.nvidia_tuning import nvidia_tuning
from app.lipsync.raw_cache import RawCache
from app.lipsync.source import Expression

if TYPE_CHECKING:
    from models.nvidia.emotion import EmotionCurve
    from models.nvidia.face import FaceOptions
    from models.nvidia.model import NvidiaModel
    from models.nvidia.parameters import BundleTuning
    from models.nvidia.streams import RawFrames

#: network output kept for the next run over the same sound, so that tuning need not run the network again
KEPT_BYTES = 256_000_000
#: rate of the network on a processor, which is too slow for more; frames between are interpolated
CPU_FPS = 30.0
#: so much is solved ahead of a glimpse: the longest smoothing (0.1 s half-life, two poles) has forgotten its start by then
WARM_UP_S = 1.0
#: frames are handed out so often at most; from kept network output they come faster than anyone can look at
TELL_S = 0.1
_cache = RawCache(KEPT_BYTES)


def runtime_frames(speech: Speech, fps: float) -> int:
    """As many frames as NVIDIA's runtime gives: every frame whose moment lies before the end of the sound.

    Args:
        speech: what is spoken.
        fps: frames per second.
    """
    return math.ceil(round(len(speech.audio.samples) * fps / speech.audio.rate, 9))


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
        normalise: bring the recording's peak to 1 before the network, as in training; NVIDIA's runtime multiplies by the input strength
            and normalises nothing, so that a file and a microphone agree.

    Raises:
        SourceError: there is no bundle in the folder.
    """

    is_mock = False
    #: folder of an Audio2Emotion bundle that listens when ``tuning.emotion.recognise`` is on
    emotion_bundle: Path | None = None
    #: the user has read emotion_licence() and agreed; without it nothing is recognised
    emotion_licence_accepted = False
    #: emotions over time and blinks; None leaves them to ``tuning`` and ``options``. May be replaced between two runs
    expression: Expression | None = None

    def __init__(
        self, folder: str | Path, fps: float = 60.0, *, engine: str = "auto", device: str = "auto", tuning: BundleTuning | None = None,
        options: FaceOptions | None = None, network_fps: float | None = None, normalise: bool = False,
    ) -> None:  # fmt: skip
        self.folder, self.identity = split_spec(folder)
        if not index_file(self.folder).is_file():
            raise SourceError(f"There is no model.json in {self.folder.name!r}; choose the folder of an Audio2Face-3D bundle.")
        self.name = f"nvidia:{folder}"
        self.label = f"NVIDIA: {self.folder.name}{f', {self.identity}' if self.identity else ''}"
        self.fps, self.engine, self.device, self.network_fps, self.normalise = fps, engine, device, network_fps, normalise
        self.tuning, self.options = tuning, options

    def model(self) -> NvidiaModel:
        """The loaded bundle; see load_model."""
        model = load_model(self.folder, self.engine, self.device, self.identity)
        self.label = label_of(model)
        return model

    def set_native(self, native: Mapping[str, float]) -> None:
        """Take NVIDIA's parameters of a tuning (core.native) for the next run.

        Raises:
            PresetError: an unknown name, or a value out of range.
        """
        self.tuning = nvidia_tuning(native)

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; phones are not needed."""
        total = runtime_frames(speech, self.fps)
        if not total or cancel.is_set():
            return
        model = self.model()
        samples = resample(speech.audio, model.bundle.samplerate).samples
        with as_source_errors():
            run = self._run(model, self.normalise, samples)
            pace = StreamResampler(step=self.fps / run.fps)
            ready, told_s = [], time.monotonic()
            for raw in _cache.frames(run.key, lambda: _begun(run, samples), cancel.is_set):
                ready.append(pace.push(run.weights(raw)))
                if time.monotonic() - told_s >= TELL_S:
                    yield from self._chunk(np.concatenate(ready), pace, total)
                    ready, told_s = [], time.monotonic()
                if cancel.is_set():
                    return
            if not cancel.is_set():
                ready.append(pace.hold(total))
                yield from self._chunk(np.concatenate(ready), pace, total)

    def glimpse(self, speech: Speech, span_s: tuple[float, float]) -> Animation | None:
        """A stretch of the animation alone, from network output that is there already.

        Args:
            speech: what is spoken.
            span_s: first and last moment that is wanted.

        Returns:
            The frames of the stretch, nearly as ``generate`` would make them; None where the network has to run first.
        """
        first, last = max(round(span_s[0] * self.fps), 0), min(round(span_s[1] * self.fps) + 1, runtime_frames(speech, self.fps))
        if last <= first:
            return None
        model = self.model()
        samples = resample(speech.audio, model.bundle.samplerate).samples
        with as_source_errors():
            run = self._run(model, self.normalise, samples)
            begin = max(int((first / self.fps - WARM_UP_S) * run.fps), 0)
            raw = _cache.stretch(run.key, begin, int((last - 1) / self.fps * run.fps) + 2)
            if raw is None:
                return None
            weights = sampled(run.weights(raw), np.arange(first, last) * (run.fps / self.fps) - begin)
        return Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, owns_eyes=True)

    def _chunk(self, weights: np.ndarray, pace: StreamResampler, total: int) -> Iterator[Animation]:
        first = pace.made - len(weights)
        weights = weights[: max(total - first, 0)]
        if len(weights):
            yield Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, owns_eyes=True)

    def _run(self, model: NvidiaModel, normalise: bool, samples: np.ndarray) -> NetworkRun:
        from models.nvidia.emotion import emotion_curve
        from models.nvidia.face import FaceOptions, FaceSolver
        from models.nvidia.parameters import BundleTuning

        tuning, said = self.tuning or BundleTuning(), self.expression
        options = self.options or (None if said is None else FaceOptions(blinks=said.blinks, seed=said.seed))
        slow = model.network.device.type == "cpu"
        wanted = self.network_fps or (min(self.fps, CPU_FPS) if slow else self.fps)
        gain = model.gain(samples, tuning, normalise)
        heard = self._heard(samples, tuning) if tuning.emotion.recognise and len(samples) else self._felt(model)
        curve = heard or emotion_curve(tuning.emotion, model.bundle.emotions, model.bundle.default_emotion)
        stream = model.stream(wanted, tuning, gain, curve)
        fps = float(stream.fps)
        network = (str(model.bundle.network), model.bundle.network.stat().st_mtime, model.network.name, self.identity)
        sound = hashlib.blake2b(samples.tobytes() + curve.times_s.tobytes() + curve.values.tobytes()).digest()
        return NetworkRun(stream, FaceSolver(model.face, tuning, fps, options), fps, (*network, fps, gain, sound))

    def _felt(self, model: NvidiaModel) -> EmotionCurve | None:
        """The emotions of the expression in the bundle's order; None when it says nothing, so that the bundle's own holds."""
        from models.nvidia.emotion import EmotionCurve

        keys = () if self.expression is None else self.expression.keys
        if not any(np.any(row) for _, row in keys):
            return None
        columns = [EMOTIONS.index(name) if name in EMOTIONS else -1 for name in model.bundle.emotions]
        rows = np.array([np.append(row, 0.0) for _, row in keys], np.float32)[:, columns]
        return EmotionCurve(np.array([t for t, _ in keys], np.float64), rows)

    def _heard(self, samples: np.ndarray, tuning: BundleTuning) -> EmotionCurve:
        """What the user's Audio2Emotion bundle makes of the clip."""
        from models.nvidia.audio2emotion import load_audio2emotion, recognised_emotion

        if self.emotion_bundle is None:
            raise SourceError("No Audio2Emotion bundle is chosen; choose its folder or switch the recognition of emotions off.")
        model = load_audio2emotion(self.emotion_bundle, self.emotion_licence_accepted, self.engine, self.device)
        return recognised_emotion(model, samples, tuning=tuning.emotion)

    def live(self, rate: int) -> LiveNvidia:
        """Begin to listen to a microphone.

        Args:
            rate: of its samples.

        Raises:
            SourceError: see load_model.
        """
        model = self.model()
        with as_source_errors():
            return LiveNvidia(self._run(model, False, np.zeros(0, np.float32)), rate, model.bundle.samplerate, self.fps)


class LiveNvidia:
    """A voice that is being spoken now. Made by NvidiaSource.live.

    Attributes:
        fps: frames per second.
        delay_ms: how much later a frame is complete than its sound was heard, without the network's own time.
    """

    def __init__(self, run: NetworkRun, rate: int, network_rate: int, fps: float) -> None:
        self._run, self._pace, self.fps = run, StreamResampler(step=fps / run.fps), fps
        self._convert = soxr.ResampleStream(rate, network_rate, 1, "float32", "LQ") if rate != network_rate else None
        self.delay_ms = run.stream.look_ahead_ms + (0.0 if run.fps == fps else 1000.0 / run.fps)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear the next (n,) float32 samples at the microphone's rate; returns (k, 52) weights of the frames that are complete."""
        block = np.asarray(samples, np.float32)
        with as_source_errors():
            self._run.stream.push(block if self._convert is None else self._convert.resample_chunk(block))
            parts: Sequence[np.ndarray] = [self._pace.push(self._run.weights(raw)) for raw in self._run.stream.frames()]
        return np.concatenate(parts) if parts else np.zeros((0, len(ARKIT_CHANNELS)), np.float32)


def _begun(run: NetworkRun, samples: np.ndarray) -> Iterator[RawFrames]:
    """The network at work on a whole clip."""
    run.stream.push(samples)
    run.stream.finish()
    return run.stream.frames()
