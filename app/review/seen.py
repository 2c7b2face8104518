"""What is seen of a motion: of its mouth the 52 shapes, or the visemes where an avatar moves its mouth by them."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_INDEX, MOUTH_CHANNELS
from app.core.track import BlendshapeTrack
from app.core.visemes import projection_matrix

_MOUTH = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))


def seen_track(track: BlendshapeTrack, visemes: BlendshapeTrack | None) -> BlendshapeTrack:
    """The 52 channels as they are seen.

    Args:
        track: the 52 channels.
        visemes: (n, 15) where they move the mouth, else None.

    Returns:
        The track itself, or one whose mouth is what the visemes make of it by the table that the program draws them with.
    """
    if visemes is None or len(visemes) != len(track):
        return track
    weights = track.weights.copy()
    weights[:, _MOUTH] = (visemes.weights @ projection_matrix())[:, _MOUTH]
    return track.with_weights(weights)
