"""OpenFaceFX's track JSON (``openfacefx.track``, version 1): channels of any names with keys of time and value."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX, VISEMES, canonical_name
from app.core.errors import TrackError
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.core.visemes import projection_matrix
from app.formats.json_tracks.keys import frames_of_keys, kept_keys
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.side_columns import left_out, plain_name
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate, checked_track, lacking_sentence
from app.formats.tracks.json_text import as_number, is_json, number_json, parsed, time_json
from app.formats.tracks.rate import number_text

NAME = "OpenFaceFX track JSON"
_FORMAT, _VERSION = "openfacefx.track", 1
#: its pose channels, in degrees -> ours, in radians
_POSES = {"headPitch": "HeadPitch", "headYaw": "HeadYaw", "headRoll": "HeadRoll"}
_POSE_OF = {plain_name(ours): theirs for theirs, ours in _POSES.items()}


def looks_like(data: bytes) -> bool:
    """Whether it is JSON that names the format."""
    return is_json(data) and b'"openfacefx.track"' in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read channels of shapes or of visemes; keys become frames at the file's rate, pose channels become angles in radians.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second wanted; None takes the file's.

    Raises:
        TrackError: another version, a broken key, or no channel that is known.
    """
    document = parsed(data, name)
    if not isinstance(document, dict) or document.get("format") != _FORMAT or document.get("version") != _VERSION:
        raise TrackError(f"{name} is not version {_VERSION} of an OpenFaceFX track; export it again.")
    said = as_number(document.get("fps"))
    rate = fps if fps is not None else said
    if rate is None:
        raise TrackError(f"{name} has no fps; state it with --in-fps, or export it again.")
    keys = _keys(document.get("channels"), name)
    times = [times_s for times_s, _ in keys.values() if len(times_s)]
    if not times:
        raise TrackError(f"{name} holds no keys; export it again.")
    start_s, end_s = min(t[0] for t in times), max(t[-1] for t in times)
    if not end_s - start_s <= MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    check_rate(rate, 0, name)
    count = math.floor((end_s - start_s) * rate + 0.5) + 1
    check_rate(rate, count, name)
    frames = {channel: frames_of_keys(*pair, start_s, rate, count) for channel, pair in keys.items() if len(pair[0])}
    file = _file(frames, rate, start_s, name)
    evidence = f"{number_text(rate)} fps from fps" if fps is None else f"{number_text(rate)} fps as stated"
    unread = [key for key in ("events", "variants", "layers") if document.get(key)]
    note = (f"What the file holds under {', '.join(unread)} was left out.",) if unread else ()
    return replace(file, fps_from="header" if fps is None else "stated", evidence=evidence, warnings=file.warnings + note)


def _keys(channels: Any, name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Channel -> times in seconds and values of its keys."""
    if not isinstance(channels, list):
        raise TrackError(f"{name}: channels must be a list.")
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for channel in channels:
        title, keys = (channel.get("name"), channel.get("keys")) if isinstance(channel, dict) else (None, None)
        if not isinstance(title, str) or not isinstance(keys, list):
            raise TrackError(f"{name}: a channel must have a name and keys.")
        pairs = [[as_number(each) for each in key] if isinstance(key, list) and len(key) == 2 else [None] for key in keys]
        if any(None in pair for pair in pairs):
            raise TrackError(f"{name}: the keys of {title[:40]} must be pairs of a time and a value.")
        if title in found:
            raise TrackError(f"{name} has the channel {title[:40]} twice; remove one of them.")
        table = np.array(pairs, np.float64).reshape(len(pairs), 2)
        if (np.diff(table[:, 0]) < 0).any():
            raise TrackError(f"{name}: the keys of {title[:40]} are not in the order of time; export it again.")
        found[title] = table[:, 0], table[:, 1]
    return found


def _file(frames: dict[str, np.ndarray], fps: float, start_s: float, name: str) -> TrackFile:
    """The track of channels at every frame."""
    count = len(next(iter(frames.values())))
    shapes, visemes, others = _sorted(frames, name)
    made: BlendshapeTrack | None = None
    warnings: tuple[str, ...] = ()
    weights = np.zeros((count, len(ARKIT_CHANNELS)), np.float32)
    if visemes:
        mouths = np.zeros((count, len(VISEMES)), np.float32)
        for viseme, values in visemes.items():
            mouths[:, VISEME_INDEX[viseme]] = values
        made = BlendshapeTrack(mouths, fps, start_s, VISEME_CHANNELS)
        if not shapes:
            weights += mouths @ projection_matrix()
            warnings = ("The channels are visemes; each was read as the shapes that it stands for.",)
    if not shapes and not visemes:
        raise TrackError(f"{name} has no channel named after an ARKit shape or a viseme; retarget the track to ARKit in OpenFaceFX first.")
    for channel, values in shapes.items():
        weights[:, ARKIT_INDEX[channel]] = values
    missing = lacking_sentence([c for c in ARKIT_CHANNELS if c not in shapes]) if shapes else ""
    side = SideChannels(tuple(others), np.column_stack(list(others.values()))) if others else None
    track = BlendshapeTrack(weights, fps, start_s, side=side)
    return TrackFile(track, NAME, visemes=made, warnings=((missing,) if missing else ()) + warnings)


def _sorted(frames: dict[str, np.ndarray], name: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Channels that are shapes, visemes, and others, under our names."""
    shapes: dict[str, np.ndarray] = {}
    visemes: dict[str, np.ndarray] = {}
    others: dict[str, np.ndarray] = {}
    for title, values in frames.items():
        known = canonical_name(title)
        if known in ARKIT_INDEX:
            if known in shapes:
                raise TrackError(f"{name} has the channel {known} twice; remove one of them.")
            shapes[str(known)] = values
        elif title in VISEME_INDEX or known in VISEME_CHANNELS:
            visemes[title if title in VISEME_INDEX else str(known).removeprefix("viseme_")] = values
        elif title in _POSES:
            others[_POSES[title]] = np.radians(values)
        else:
            others[title] = values
    return shapes, visemes, others


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: a channel per shape, then the head in degrees and whatever else travels along.

    Args:
        performance: what is written.
        options: ``max_error`` thins every channel; without it keys are left out only inside runs of one value.

    Raises:
        TrackError: other channels than the 52.
    """
    track = checked_track(performance.arkit)
    columns = [(name, track.weights[:, i]) for i, name in enumerate(ARKIT_CHANNELS)]
    side = None if track.side is None else track.side.without_still()
    taken = {plain_name(name) for name in (*ARKIT_CHANNELS, *VISEMES, *VISEME_CHANNELS)}
    kept = [] if side is None else [name for name in side.names if plain_name(name) not in taken]
    for i, name in enumerate(() if side is None else side.names):
        if name in kept and side is not None:
            pose = _POSE_OF.get(plain_name(name))
            columns.append((name, side.values[:, i]) if pose is None else (pose, np.degrees(side.values[:, i].astype(np.float64))))
    times = [time_json(time_s) for time_s in track.times_s.tolist()]
    channels = []
    for name, values in columns:
        keys = ",".join([f"[{times[k]},{number_json(float(values[k]))}]" for k in kept_keys(values, options.max_error)])
        channels.append(f'{{"name": {json.dumps(name)}, "keys": [{keys}]}}')
    head = {
        "format": _FORMAT, "version": _VERSION, "fps": track.fps, "duration": float(track.times_s[-1]),
        "viseme_set": [name for name, _ in columns],
    }  # fmt: skip
    text = json.dumps(head)[:-1] + ', "channels": [' + ",\n".join(channels) + "]}"
    return Written(text.encode(), left_out(track, NAME, kept))
