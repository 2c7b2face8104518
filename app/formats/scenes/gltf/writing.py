"""Motion on a copy of an avatar's file: one animation more, everything else as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.avatar.fields import records
from app.avatar.gltf import load_avatar
from app.avatar.jaw import opens_by_joint
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import AvatarError, TrackError
from app.core.head import angles_of, has_head, head_rotations
from app.core.shipped import shipped
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes.gltf.animation import AnimationWriter
from app.formats.scenes.gltf.copy import copy_of
from app.formats.scenes.gltf.joints import open_jaw, turn_eyes, turn_head
from app.formats.scenes.gltf.mixes import NodeMix, node_mixes
from app.formats.scenes.gltf.naming import animation_name, beside_sentence, on_frames

#: the avatar where none is given
DEFAULT_AVATAR = shipped("assets/avatar.glb")
_MOST_TOLD = 4
#: the shapes of looking
LOOKS = tuple(name for name in ARKIT_CHANNELS if name.startswith("eyeLook"))


def write(performance: Performance, options: WriteOptions) -> Written:
    """A copy of the avatar's file with the motion as its last animation.

    Args:
        performance: whose avatar is copied, the app's own where it has none.
        options: ``max_error`` leaves keys out.

    Raises:
        TrackError: the avatar cannot be read, or nothing on it could move.
    """
    path = performance.avatar or DEFAULT_AVATAR
    try:
        return _written(path, performance, options)
    except AvatarError as error:
        raise TrackError(f"{path.name} cannot take the motion: {error}") from error


def _written(path: Path, performance: Performance, options: WriteOptions) -> Written:
    arkit, visemes = on_frames(performance)
    copy = copy_of(path)
    avatar = load_avatar(path)
    rig = AvatarRig(avatar, performance.corrections)
    mixes = node_mixes(copy.root, avatar, rig)
    others = len(records(copy.root, "animations"))
    rows = rig.reaching(arkit.weights, None if visemes is None else visemes.weights).astype(np.float64)
    writer = AnimationWriter(copy, arkit.times_s, options.max_error)
    for mix in mixes:
        if mix.n_targets:
            writer.add(mix.node, "weights", rows @ mix.matrix)
    if opens_by_joint(avatar):
        open_jaw(writer, avatar, rows[:, rig.target_names.index("jawOpen")])
    notes = [turn_head(writer, avatar, head_rotations(arkit))] if has_head(arkit) else []
    angles = None if _has_looks(rig) else angles_of(arkit)
    by_joints = angles is not None and bool(angles[:, 3:].any()) and turn_eyes(writer, angles)
    if not writer.channels:
        raise TrackError(f"{path.name} has no morph targets, so a face's motion cannot be put on it; choose another avatar.")
    writer.finish(animation_name(performance), arkit.fps)
    notes += [
        beside_sentence(performance.arkit, "glTF", gaze=rig.has_arkit, by_joints=by_joints),
        writer.told(arkit.fps),
        _short(mixes, rows, rig),
        _absent(rig, rows, LOOKS if by_joints else ()),
    ]
    if others:
        notes.append(f"The file's own {others} animation{'s were' if others > 1 else ' was'} kept; the new one is the last.")
    still = [mix.name for mix in mixes if not mix.n_targets and mix.is_moved]
    if still:
        notes.append(f"Without morph targets in the file, {', '.join(still)} stays still where the app moves it with the jaw.")
    return Written(copy.to_bytes(), tuple(note for note in notes if note))


def _short(mixes: tuple[NodeMix, ...], rows: np.ndarray, rig: AvatarRig) -> str:
    """Which shapes the file's own targets make only nearly."""
    used = np.abs(rows).max(axis=0, initial=0.0) > 0
    found = {
        f"{rig.target_names[column]} on {mix.name} ({left:.0%} of its move is lost)": left
        for mix in mixes if mix.n_targets
        for column, left in mix.short.items() if used[column]
    }  # fmt: skip
    if not found:
        return ""
    worst = sorted(found, key=lambda words: -found[words])
    more = f" and {len(worst) - _MOST_TOLD} more" if len(worst) > _MOST_TOLD else ""
    return f"The app makes some shapes itself that the file's own come near to only: {', '.join(worst[:_MOST_TOLD])}{more}."


def _has_looks(rig: AvatarRig) -> bool:
    """Whether shapes of the avatar turn its eyes, so that joints must not turn them again."""
    return rig.has_arkit and not set(LOOKS) <= set(rig.arkit_missing)


def _absent(rig: AvatarRig, rows: np.ndarray, shown: Sequence[str] = ()) -> str:
    """Which channels move and reach nothing, because the avatar has no such shape; ``shown`` are by other means."""
    if not rig.has_arkit and not rig.has_visemes:
        return "The avatar has no shapes of a face, so only its head turns."
    if rig.estimates_mouth:
        return "The avatar has no ARKit mouth, so the mouth moves by the nearest mixture of its visemes, as in the app."
    columns = {name: i for i, name in enumerate(rig.target_names)}
    found = [name for name in rig.arkit_missing if name not in shown and np.abs(rows[:, columns[name]]).max(initial=0.0) > 0]
    if not found:
        return ""
    return f"The avatar has no {', '.join(found[:_MOST_TOLD])}{' ...' if len(found) > _MOST_TOLD else ''}; what they do was left out."
