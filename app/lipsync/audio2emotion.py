"""NVIDIA's Audio2Emotion as a listener for NVIDIA's faces. Part of the door to ``models``; torch is loaded on first use.

Its licence allows it together with NVIDIA's Audio2Face only, and forbids recognising people's emotions. So its output moves a face
that an NVIDIA bundle makes, is never called the speaker's emotion, and nothing is loaded before the user has accepted the condition.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.audio.clips import resample
from app.core.cancel import CancelToken
from app.core.emotion import EMOTIONS, EmotionKey, EmotionTimeline
from app.core.errors import Cancelled, SourceError
from app.core.speech import AudioClip
from app.lipsync.feeling import LEAST_CHANGE
from app.lipsync.nvidia_bundle import as_source_errors, bundle_kind_of, index_file
from app.lipsync.nvidia_tuning import nvidia_tuning

if TYPE_CHECKING:
    from models.nvidia.audio2emotion import Audio2Emotion
    from models.nvidia.engines import NetworkEngine

#: rate of the curve, and frames from one inference and one key to the next
FPS, EVERY = 30, 10
#: windows whose result is kept, about eleven minutes of sound
MOST_KEPT = 2000
_loading = threading.Lock()


class _Remembering:
    """A network that does not listen twice to the same window, so that tuning what comes after it is quick."""

    def __init__(self, network: NetworkEngine) -> None:
        self.name, self.device, self.inputs, self.shapes = network.name, network.device, network.inputs, network.shapes
        self._network = network
        self._kept: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """As of NetworkEngine."""
        key = hashlib.blake2b(b"".join(np.ascontiguousarray(value).tobytes() for value in inputs.values())).digest()
        if key not in self._kept:
            self._kept[key] = self._network.run(inputs)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


@lru_cache(maxsize=1)
def _loaded(folder: Path, _changed: float) -> Audio2Emotion:
    from dataclasses import replace

    from models.nvidia.audio2emotion import load_audio2emotion

    model = load_audio2emotion(folder, accept_licence=True)
    return replace(model, network=_Remembering(model.network))


def open_listener(folder: Path, accepted: bool) -> Audio2Emotion:
    """Load an Audio2Emotion bundle; call it on a worker thread, it takes seconds.

    Args:
        folder: with ``model.json``.
        accepted: the user has read the licence's condition (nvidia_bundle.emotion_licence) for this folder, and agreed.

    Raises:
        SourceError: not accepted, no such bundle, or something in it is wrong.
    """
    if not accepted:
        raise SourceError("Audio2Emotion has a licence of its own that must be accepted first; choose it in the emotion panel.")
    if bundle_kind_of(folder) != "emotion":
        raise SourceError("This is an Audio2Face bundle, not an Audio2Emotion bundle; choose the folder of Audio2Emotion.")
    with _loading, as_source_errors():
        return _loaded(folder, index_file(folder).stat().st_mtime)


def heard_timeline(folder: Path, clip: AudioClip, native: Mapping[str, float], cancel: CancelToken) -> EmotionTimeline:
    """Emotion keys for a face from a voice, by a bundle whose condition was accepted.

    Args:
        folder: of the bundle.
        clip: one voice.
        native: NVIDIA's parameters of a tuning; those of Audio2Emotion count.
        cancel: asked before each inference.

    Returns:
        Keys a third of a second apart, fewer where nothing changes.

    Raises:
        SourceError: see open_listener.
        Cancelled: nobody wants it any more.
    """
    model = open_listener(folder, accepted=True)
    from models.nvidia.audio2emotion import recognised_emotion

    samples = resample(clip, model.samplerate).samples
    tuning = nvidia_tuning(native).emotion
    with as_source_errors():
        curve = recognised_emotion(model, samples, fps=FPS, every=EVERY, tuning=tuning, stop=cancel.is_set)
    if cancel.is_set():
        raise Cancelled("Listening for the expression was cancelled.")
    step_s = EVERY / FPS
    rows = np.clip(curve.at(np.arange(0.0, max(clip.duration_s, step_s), step_s))[:, : len(EMOTIONS)], 0.0, 1.0)
    # a transition starts at its key and is done when the next one begins
    keys = [EmotionKey(0.0, tuple(rows[0].tolist()))]
    for i, row in enumerate(rows[1:]):
        if np.abs(row - keys[-1].value).max() >= LEAST_CHANGE:
            keys.append(EmotionKey(i * step_s + 1e-2, tuple(row.tolist())))
    return EmotionTimeline(tuple(keys), transition_s=step_s)
