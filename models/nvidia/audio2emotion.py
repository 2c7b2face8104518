"""NVIDIA's Audio2Emotion bundles: sound to emotion keys for the face network. Off unless the user accepts its licence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.nvidia.bundle import bundle_kind, network_file, open_index
from models.nvidia.emotion import EmotionCurve
from models.nvidia.engines import NetworkEngine, open_network
from models.nvidia.errors import BundleError
from models.nvidia.fields import read_json
from models.nvidia.names import EMOTIONS
from models.nvidia.parameters import EmotionTuning
from models.nvidia.parts import Notes
from models.nvidia.paths import inside
from models.nvidia.windows import AudioBuffer, FrameGrid, exact_rate

#: must be shown and accepted before a bundle is loaded; the condition is that of the model cards, in our words
LICENCE_CONDITION = (
    "NVIDIA licenses Audio2Emotion separately from Audio2Face-3D: its weights may only be used together with NVIDIA's Audio2Face "
    "project, and recognising people's emotions with them is prohibited. This program uses them for nothing but the expression of "
    "an animated face and never shows their output as a statement about a speaker. By continuing you confirm that you received the "
    "weights from NVIDIA under that licence and that your use keeps to it."
)
INPUT, OUTPUT = "input_values", "output"
#: window lengths in samples that NVIDIA's engine is built for: shortest, usual, longest
SHORTEST, USUAL, LONGEST = 5_000, 30_000, 60_000
#: one inference every this many frames at 30 per second (NIM: inference_interval)
EVERY_FRAMES = 10


@dataclass(frozen=True)
class PostProcessing:
    """The numbers of ``post_processing_config``.

    Attributes:
        correspondence: network emotion -> index into the face network's emotions, -1 for none.
        preferred: (10,) values.
    """

    correspondence: Mapping[str, int]
    preferred: np.ndarray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    length: int = len(EMOTIONS)
    contrast: float = 1.0
    max_emotions: int = 6
    blend: float = 0.7
    use_preferred: bool = False
    preferred_strength: float = 0.5
    transition_s: float = 0.5
    fixed_dt: float = 0.033
    strength: float = 0.6

    def tuned(self, tuning: EmotionTuning) -> PostProcessing:
        """These numbers with a user's tuning in their place."""
        preferred = np.array([tuning.preferred.get(name, 0.0) for name in EMOTIONS[: self.length]])
        return replace(
            self, contrast=tuning.emotion_contrast, max_emotions=tuning.max_emotions, blend=tuning.live_blend_coef,
            use_preferred=tuning.enable_preferred_emotion and bool(tuning.preferred), preferred=preferred, strength=tuning.emotion_strength,
            preferred_strength=tuning.preferred_emotion_strength, transition_s=tuning.live_transition_time,
        )  # fmt: skip


@dataclass(frozen=True)
class Audio2Emotion:
    """A loaded bundle."""

    network: NetworkEngine
    emotions: tuple[str, ...]
    samplerate: int
    settings: PostProcessing
    notes: tuple[str, ...]


def load_audio2emotion(folder: str | Path, accept_licence: bool = False, engine: str = "auto", device: str = "auto") -> Audio2Emotion:
    """Open an Audio2Emotion bundle.

    Args:
        folder: with ``model.json``.
        accept_licence: the user has read LICENCE_CONDITION and agreed.
        engine: see engines.open_network.
        device: see engines.open_network.

    Raises:
        BundleError: the licence is not accepted, or something in the bundle is wrong.
    """
    if not accept_licence:
        raise BundleError("Audio2Emotion has a licence of its own that must be accepted first; read its condition in the emotion settings.")
    path = Path(folder)
    model = open_index(path)
    path = path.parent if path.is_file() else path
    if bundle_kind(model) != "audio2emotion":
        raise BundleError("This is an Audio2Face bundle, not an Audio2Emotion bundle; choose the folder of Audio2Emotion.")
    notes = Notes([])
    info = read_json(inside(path, model.text("networkInfoPath"), "the network's description"))
    emotions = info.texts("emotions")
    rate = info.section("audio_params").integer("samplerate", 1000, 192_000)
    settings = _read_settings(inside(path, model.text("modelConfigPath"), "the model's settings"), emotions, notes)
    network = open_network(network_file(path, model), engine, device)
    if tuple(network.inputs) != (INPUT,) or OUTPUT not in network.shapes:
        raise BundleError(f"The network must have the input {INPUT} and the output {OUTPUT}; choose the bundle's own network.")
    for fields in (model, info):
        notes.add(fields)
    return Audio2Emotion(network, emotions, rate, settings, tuple(notes.lines))


def _read_settings(path: Path, emotions: tuple[str, ...], notes: Notes) -> PostProcessing:
    file = read_json(path)
    config = file.section("post_processing_config")
    length = config.integer("output_emotion_length", 1, 1000)
    table = config.section("emotion_correspondence")
    correspondence = {name: table.integer(name, -1, length - 1) for name in emotions if name in table}
    preferred = config.numbers("preferred_emotion", length) if "preferred_emotion" in config else (0.0,) * length
    settings = PostProcessing(
        correspondence, np.array(preferred), length, config.number("emotion_contrast", 1.0), config.integer("max_emotions", 1, 1000),
        config.number("live_blend_coef", 0.7), config.flag("enable_preferred_emotion", False),
        config.number("preferred_emotion_strength", 0.5), config.number("transition_smoothing", 0.5), config.number("fixed_dt", 0.033),
        config.number("emotion_strength", 0.6),
    )  # fmt: skip
    notes.add(file)
    return settings


class EmotionSmoother:
    """From logits to the face network's emotions, frame after frame (SDK source, eight steps)."""

    def __init__(self, settings: PostProcessing, emotions: tuple[str, ...], beginning: np.ndarray | None = None):
        self._settings = settings
        self._targets = np.array([settings.correspondence.get(name, -1) for name in emotions])
        self._before = np.zeros(settings.length) if beginning is None else np.array(beginning, np.float64)
        self._blended: np.ndarray | None = None

    def step(self, logits: np.ndarray) -> np.ndarray:
        """One frame.

        Args:
            logits: (emotions,) of the network; values that are not numbers count as 0 (near-silence gives some).

        Returns:
            (length,) float64.
        """
        s = self._settings
        scores = np.nan_to_num(np.asarray(logits, np.float64), nan=0.0, posinf=0.0, neginf=0.0) * s.contrast
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        shares[self._targets < 0] = 0.0
        if s.max_emotions < len(shares):
            shares[np.argsort(-shares, kind="stable")[s.max_emotions :]] = 0.0
        # emotions that nothing maps to keep the frame before: a slip of the SDK, reproduced
        y = self._before.copy()
        mapped = self._targets >= 0
        y[self._targets[mapped]] = shares[mapped]
        y = (1 - s.blend) * y + s.blend * self._before
        self._before = y
        if s.use_preferred:
            y = (1 - s.preferred_strength) * y + s.preferred_strength * s.preferred
        if self._blended is not None:
            share = min(s.fixed_dt / max(s.transition_s, 1e-3), 1.0)
            y = share * y + (1 - share) * self._blended
        self._blended = y
        return y * s.strength


def recognised_emotion(
    model: Audio2Emotion,
    samples: np.ndarray,
    *,
    fps: float | Fraction = 30,
    window: int = LONGEST,
    every: int = EVERY_FRAMES,
    tuning: EmotionTuning | None = None,
    beginning: np.ndarray | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> EmotionCurve:
    """Emotion keys of a whole clip.

    Args:
        model: the loaded bundle.
        samples: (n,) mono at the model's rate.
        fps: rate of the keys.
        window: samples that the network sees, centred on the frame, zeros outside the clip.
        every: frames from one inference to the next; its logits are held between.
        tuning: replaces the bundle's post-processing numbers.
        beginning: (10,) emotion before the first frame; zeros when None.
        stop: asked before each inference; True ends early.

    Returns:
        One key per frame; a single zero key for an empty clip.
    """
    if not SHORTEST <= window <= LONGEST:
        raise BundleError(f"The emotion window must lie between {SHORTEST} and {LONGEST} samples, not {window}.")
    grid = FrameGrid(model.samplerate, exact_rate(fps), window, window // 2)
    settings = model.settings if tuning is None else model.settings.tuned(tuning)
    smoother = EmotionSmoother(settings, model.emotions, beginning)
    sound = AudioBuffer()
    sound.append(samples)
    times, values = [], []
    logits = np.zeros(len(model.emotions))
    for k in range(grid.count(len(samples))):
        if k % every == 0:
            if stop():
                break
            logits = model.network.run({INPUT: sound.window(grid.start(k), window)[None]})[OUTPUT].cpu().numpy().reshape(-1)
            if len(logits) != len(model.emotions):
                raise BundleError(f"The network gives {len(logits)} emotions, network_info names {len(model.emotions)}.")
        times.append(grid.timestamp(k) / model.samplerate)
        values.append(smoother.step(logits))
    if not times:
        return EmotionCurve(np.zeros(1), np.zeros((1, settings.length), np.float32))
    return EmotionCurve(np.array(times), np.array(values, np.float32))
