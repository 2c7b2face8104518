"""A bundle opened together with an engine: what the app and the tests hold in their hands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.nvidia.bundle import load_bundle
from models.nvidia.emotion import EmotionCurve, emotion_curve
from models.nvidia.engines import NetworkEngine, open_network
from models.nvidia.errors import BundleError
from models.nvidia.face import FaceFrames, FaceOptions, FaceSolver
from models.nvidia.layout import Bundle, Identity, RegressionBundle
from models.nvidia.parameters import BundleTuning
from models.nvidia.streams import DiffusionStream, RegressionStream, Stream, check_network
from models.nvidia.windows import peak_gain

#: frames per network call: enough to fill a processor without a long wait for the first, and a card
CPU_BATCH, CUDA_BATCH = 8, 64


@dataclass(frozen=True)
class NvidiaModel:
    """A loaded bundle, ready to animate.

    Attributes:
        bundle: data and sizes.
        network: the engine.
        identity: index into the bundle's identities.
    """

    bundle: Bundle
    network: NetworkEngine
    identity: int = 0

    @property
    def face(self) -> Identity:
        """The chosen identity."""
        return self.bundle.identities[self.identity]

    def as_identity(self, name: str) -> NvidiaModel:
        """The same bundle and engine with another actor of a v3.0 bundle.

        Raises:
            BundleError: the bundle has no such actor.
        """
        names = [face.name for face in self.bundle.identities]
        matches = [i for i, each in enumerate(names) if each.lower() == name.lower()]
        if not matches:
            raise BundleError(f"The bundle has no identity {name!r}; choose from {', '.join(names)}.")
        return replace(self, identity=matches[0])

    def gain(self, samples: np.ndarray, tuning: BundleTuning, normalise: bool) -> float:
        """Factor on the sound: the input strength (regression only, as in the SDK) and, if wanted, the peak's inverse.

        Args:
            samples: the whole clip, or b"" worth of it for live sound, which is not normalised.
            tuning: its input strength counts.
            normalise: bring the peak to 1 at the bundle's own input strength.
        """
        if not isinstance(self.bundle, RegressionBundle):
            return peak_gain(samples) if normalise else 1.0
        own, wanted = self.face.face.input_strength, tuning.face_parameters(self.face.face).input_strength
        return wanted * (peak_gain(samples, own) if normalise else 1.0)

    def stream(self, fps: float, tuning: BundleTuning, gain: float = 1.0, emotion: EmotionCurve | None = None) -> Stream:
        """A new run over a clip.

        Args:
            fps: wanted rate; a diffusion bundle has its own (see the stream's ``fps``).
            tuning: its emotions are used unless ``emotion`` is given.
            gain: factor on the sound.
            emotion: explicit emotions over time.
        """
        curve = emotion or emotion_curve(tuning.emotion, self.bundle.emotions, self.bundle.default_emotion)
        if isinstance(self.bundle, RegressionBundle):
            batch = CUDA_BATCH if self.network.device.type == "cuda" else CPU_BATCH
            return RegressionStream(self.bundle, self.network, fps, curve, gain=gain, batch=batch)
        return DiffusionStream(self.bundle, self.network, self.identity, curve, gain=gain)

    def animate(
        self, samples: np.ndarray, fps: float = 30.0, tuning: BundleTuning | None = None, options: FaceOptions | None = None
    ) -> FaceFrames:
        """A whole clip at once.

        Args:
            samples: (n,) mono at the bundle's rate, -1..1.
            fps: frames per second; ignored by a diffusion bundle.
            tuning: NVIDIA's parameters.
            options: this program's.
        """
        used = tuning or BundleTuning()
        stream = self.stream(fps, used, self.gain(samples, used, normalise=False))
        solver = FaceSolver(self.face, used, float(stream.fps), options)
        stream.push(samples)
        stream.finish()
        parts = [solver.process(raw) for raw in stream.frames()]
        return joined_frames(parts, len(solver.names))


def joined_frames(parts: list[FaceFrames], width: int) -> FaceFrames:
    """Consecutive parts as one; nothing at all gives zero frames."""
    if not parts:
        return FaceFrames(0, np.zeros((0, width)), np.zeros((0, 52)), np.zeros((0, 4, 4)), np.zeros((0, 6)))
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("weights", "arkit", "jaw", "eyes")]
    return FaceFrames(parts[0].start, *columns)


def open_model(folder: str | Path, engine: str = "auto", device: str = "auto", identity: str | None = None) -> NvidiaModel:
    """Load a bundle and its network.

    Args:
        folder: with ``model.json``.
        engine: ``auto``, ``torch`` or ``onnxruntime``.
        device: ``auto``, ``cpu`` or ``cuda``.
        identity: an actor of a v3.0 bundle; the first when None.

    Raises:
        BundleError: anything wrong with the bundle, the network or the choice.
    """
    bundle = load_bundle(folder)
    network = open_network(bundle.network, engine, device)
    check_network(bundle, network)
    model = NvidiaModel(bundle, network)
    return model if identity is None else model.as_identity(identity)
