"""A stand-in that moves the mouth without listening, for trying the program without phones; always labelled MOCK."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.cancel import CancelToken
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.lipsync.source import chunk_ranges, frame_count

#: channel -> (mean, then amplitude and cycles per second of each sine); rates that share no small multiple, near the
#: four to six syllables per second of speech, so that the motion does not look like a loop
SINES: dict[str, tuple[float, tuple[tuple[float, float], ...]]] = {
    "jawOpen": (0.18, ((0.12, 4.3), (0.06, 6.7))),
    "mouthFunnel": (0.08, ((0.08, 1.9),)),
    "mouthPucker": (0.08, ((0.08, 1.3),)),
    "mouthStretchLeft": (0.06, ((0.06, 2.3),)),
    "mouthStretchRight": (0.06, ((0.06, 2.3),)),
    "mouthLowerDownLeft": (0.08, ((0.06, 4.3),)),
    "mouthLowerDownRight": (0.08, ((0.06, 4.3),)),
}


class MockSource:
    """Sums of sines: the same for every sound, as long as the sound.

    Args:
        fps: frames per second of the animation.
    """

    name = "mock"
    label = "MOCK: not driven by the sound"
    is_mock = True

    def __init__(self, fps: float = 60.0) -> None:
        self.fps = fps

    def generate(self, speech: Speech, cancel: CancelToken) -> Iterator[Animation]:
        """See LipSyncSource; needs nothing but the length of the audio."""
        for first, end in chunk_ranges(frame_count(speech, self.fps), self.fps):
            if cancel.is_set():
                return
            weights = mock_weights(first, end, self.fps)
            yield Animation(BlendshapeTrack(weights, self.fps, first / self.fps), label=self.label, is_mock=True)


def mock_weights(first: int, end: int, fps: float) -> np.ndarray:
    """The frames from ``first`` to before ``end`` of any clip.

    Returns:
        (end - first, 52) float32 in [0, 1].
    """
    times_s = np.arange(first, end) / fps
    weights = np.zeros((len(times_s), len(ARKIT_CHANNELS)), np.float32)
    for channel, (mean, waves) in SINES.items():
        weights[:, ARKIT_INDEX[channel]] = mean + sum(size * np.sin(2 * np.pi * rate * times_s) for size, rate in waves)
    return np.clip(weights, 0, 1, out=weights)
