"""Acting laid over a motion: angles beside it, lids, gaze, brows and breath in its shapes; what the source moves itself stays its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.acting.curves import BROWS, JAW, ActedCurves, Frames, carried_out
from app.core.acting.planning import planned
from app.core.acting.settings import ActingSettings
from app.core.acting.voice import hear
from app.core.arkit import ARKIT_INDEX, VISEME_INDEX
from app.core.head import ANGLES, has_head, is_angle
from app.core.side import SideChannels
from app.core.smoothing import smooth_step
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack

#: shapes with which a source holds the lips together, and their sum from which on it does so
_HOLDERS = [ARKIT_INDEX[name] for name in ("mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper")]
_HELD = (0.1, 0.35)
#: how far the jaw is open in the viseme of an open vowel
_OPEN_JAW = 0.44


def moves_of(animation: Animation) -> tuple[bool, bool]:
    """Whether a source leaves the head, and eyes and lids, to somebody else."""
    side = animation.arkit.side
    turns_eyes = side is not None and any(
        "eye" in name.lower() and is_angle(name) and side.values[:, i].any() for i, name in enumerate(side.names)
    )
    return not has_head(animation.arkit), not (animation.owns_eyes or turns_eyes)


def acted(animation: Animation, speech: Speech, settings: ActingSettings) -> Animation:
    """A motion with what belongs to its line; the very same where nothing is acted.

    Args:
        animation: of all of the speech.
        speech: what is said.
        settings: what is acted, and how strongly.
    """
    track = animation.arkit
    if not settings.acts or not len(track):
        return animation
    head, eyes = moves_of(animation)
    frames = Frames(track.fps, track.start_s, len(track), head, eyes)
    curves = carried_out(planned(speech, settings, hear(speech.audio)), settings, frames, speech.phones)
    return laid_over(animation, curves, settings)


def laid_over(animation: Animation, curves: ActedCurves, settings: ActingSettings) -> Animation:
    """A motion with curves of the same frames over it; behind their end it is as it was.

    Args:
        animation: frames from the curves' first frame on.
        curves: made for what the source leaves alone, see ``moves_of``.
        settings: that they were made with.
    """
    track, n = animation.arkit, min(len(animation.arkit), len(curves))
    head, eyes = (leaves and strength > 0 for leaves, strength in zip(moves_of(animation), (settings.head, settings.eyes), strict=True))
    weights = np.empty_like(track.weights)
    np.maximum(track.weights[:n], curves.shapes[:n], out=weights[:n])
    weights[n:] = track.weights[n:]
    for column, raised in zip(BROWS, curves.brows[:n].T, strict=True):
        weights[:n, column] = np.minimum(weights[:n, column] + raised, np.maximum(weights[:n, column], 1.0))
    parted = np.flatnonzero(curves.jaw[:n])
    held = weights[parted][:, _HOLDERS].sum(axis=1)
    low, high = _HELD
    opened = curves.jaw[parted] * (1.0 - smooth_step((held - low) / (high - low)))
    weights[parted, JAW] = np.maximum(weights[parted, JAW], opened)
    visemes = None if animation.visemes is None else _parted(animation.visemes, parted, opened)
    weights.flags.writeable = False
    side = _beside(track, curves.angles[:n], head=head, eyes=eyes)
    made = BlendshapeTrack.of_checked(weights, track.fps, track.start_s, track.channels, side)
    return replace(animation, arkit=made, visemes=visemes, owns_eyes=animation.owns_eyes or eyes, owns_head=animation.owns_head or head)


def _parted(track: BlendshapeTrack, parted: np.ndarray, opened: np.ndarray) -> BlendshapeTrack:
    """The 15 visemes with lips that a breath parts: silence gives way to the open vowel, and lips that are together stay.

    Args:
        track: as long as the curves or longer.
        parted: (k,) the frames.
        opened: (k,) how far the jaw opens there.
    """
    there = (opened > 0) & (parted < len(track))
    if not there.any():
        return track
    rows, silence, open_vowel = parted[there], VISEME_INDEX["sil"], VISEME_INDEX["aa"]
    weights = track.weights.copy()
    wanted = opened[there] / _OPEN_JAW * (1.0 - weights[rows, VISEME_INDEX["PP"]])
    # as much as silence has to give; in speech it has nothing
    more = np.minimum(np.maximum(wanted - weights[rows, open_vowel], 0.0), weights[rows, silence])
    weights[rows, open_vowel] += more
    weights[rows, silence] -= more
    return track.with_weights(weights)


def _beside(track: BlendshapeTrack, angles: np.ndarray, *, head: bool, eyes: bool) -> SideChannels | None:
    """The columns beside the shapes with the angles that are acted, in radians; the file's own others stay."""
    side = track.side
    if not head and not eyes:
        return side
    if len(angles) < len(track):
        angles = np.concatenate([angles, np.zeros((len(track) - len(angles), len(ANGLES)), np.float32)])
    if side is None:
        return SideChannels(ANGLES, angles)
    taken = {name.lower() for name in (ANGLES[:3] if head else ()) + (ANGLES[3:] if eyes else ())}
    kept = [i for i, name in enumerate(side.names) if name.lower().replace("_", "").replace(" ", "") not in taken]
    own = [i for i, name in enumerate(ANGLES) if name.lower() in taken]
    names = (*(side.names[i] for i in kept), *(ANGLES[i] for i in own))
    return SideChannels(names, np.concatenate([side.values[:, kept], angles[:, own]], axis=1))
