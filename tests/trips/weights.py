"""Round trips of weights: every channel, the rate, the start, and what travels beside them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.head import ANGLES
from app.core.side import SideChannels
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import decode_track, read_track_file
from app.formats.track_file import TrackFile
from app.formats.tracks.neurosync import EMOTIONS
from tests.trips.trip import Material, Trips

#: what a channel loses beyond this is named
_NAMED = 0.02
_SHOWN = 3


def made_take(n: int = 120, fps: float = 50.0, start_s: float = 0.24) -> Performance:
    """A take in which every channel differs, left from right too, with values below 0 and above 1 and all that can travel beside it."""
    times_s = np.arange(n) / fps
    phase = np.arange(52)[None, :] * 0.37
    weights = (0.5 + 0.8 * np.sin(2.3 * times_s[:, None] + phase)).astype(np.float32)
    angles = (0.2 * np.sin(1.1 * times_s[:, None] + np.arange(9)[None, :])).astype(np.float32)
    side = SideChannels((*ANGLES, "Happy"), np.column_stack([angles, np.full(n, 40.0, np.float32)]))
    visemes = BlendshapeTrack(np.abs(np.sin(times_s[:, None] + np.arange(15))).astype(np.float32), fps, start_s, VISEME_CHANNELS)
    phones = (Phone("HH", 0.3, 0.4, "hi"), Phone("AY1", 0.4, 0.7, "hi"))
    track = BlendshapeTrack(weights, fps, start_s, side=side)
    return Performance(track, visemes, phones, (Word("hi", 0.3, 0.7),), "hi.wav", 3.0)


def material(shared: Path | None) -> tuple[Material, ...]:
    """A made take, and where there is shared data a phone's capture, NeuroSync's output and a recording of packets."""
    made = (Material("made: −0.3 to 1.3, 50 fps from 0.24 s", made_take()),)
    if shared is None:
        return made
    folder = shared / "data" / "captures"
    real = (
        ("iPhone, 59.904 fps, eye angles", folder / "livelink" / "Angry_MySlate_164_iPhone_cal.csv"),
        ("NeuroSync, 60 fps, 7 emotions", folder / "neurosync_generated" / "30c1e660.shapes.csv"),
        ("packets, 60 fps, −1 to 1, 9 angles", folder / "llv" / "debug-all-blendshapes.gesichter"),
    )
    return made + tuple(Material(title, _cut(read_track_file(path)), is_real=True) for title, path in real)


def _cut(file: TrackFile, n: int = 600) -> Performance:
    """The last frames of a file, from 0 s on, which say as much as all of them."""
    return Performance(replace(file.track.between(max(len(file.track) - n, 0), len(file.track)), start_s=0.0))


def loss(dialect: Dialect, performance: Performance) -> str:
    """What a format loses, in words with the largest error."""
    assert dialect.write is not None
    data = dialect.write(performance, WriteOptions()).data
    file = decode_track(data, "trip")
    rateless = file.fps_from == "assumed"
    file = decode_track(data, "trip", performance.arkit.fps) if rateless else file
    words = ["no rate, which has to be stated"] if rateless else []
    words += [*_rate(performance.arkit, file.track), *_weights(performance.arkit, file.track), *_side(performance.arkit, file.track)]
    words += _further(performance, file)
    return "; ".join(words) or "lossless"


def _rate(before: BlendshapeTrack, after: BlendshapeTrack) -> list[str]:
    words = []
    if abs(after.fps / before.fps - 1) > 1e-4:
        words.append(f"{before.fps:.5g} becomes {after.fps:.5g} fps")
    if abs(after.start_s - before.start_s) > 1e-6:
        words.append("starts at 0 s" if abs(after.start_s) < 1e-6 else f"starts at {after.start_s:.3f} s")
    if abs(after.end_s - before.end_s) > 1.5 / min(after.fps, before.fps):
        words.append(f"ends at {after.end_s:.3f} s instead of {before.end_s:.3f} s")
    return words


def _rounded_up(error: float) -> str:
    """One digit, never below the error."""
    power = math.floor(math.log10(error))
    digit = math.ceil(error / 10**power - 1e-9)
    return f"{digit * 10.0**power:.0e}" if error < 1e-3 else f"{digit * 10.0**power:.{max(-power, 0)}f}"


def _errors(before: np.ndarray, after: BlendshapeTrack, times_s: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(channels,) the largest difference at the frames that were written."""
    places = (times_s - after.start_s) * after.fps
    near = np.rint(places).astype(int)
    if len(columns) == len(times_s) and (near == np.arange(len(times_s))).all() and np.abs(places - near).max() < 0.02:
        found = columns  # the same frames, whatever the clock's last digit says
    else:
        found = replace(after, weights=columns, channels=tuple(map(str, range(columns.shape[1]))), side=None).sample(times_s)
    return np.abs(found - before).max(axis=0)


def _weights(before: BlendshapeTrack, after: BlendshapeTrack) -> list[str]:
    errors = _errors(before.weights, after, before.times_s, after.weights)
    is_lost = (errors > _NAMED) | ((errors > 0) & ~after.weights.any(axis=0))
    lost = [name for name, gone in zip(ARKIT_CHANNELS, is_lost, strict=True) if gone]
    kept = errors[~is_lost]
    words = []
    if len(lost) > _SHOWN:
        words.append(f"{len(lost)} channels are off by up to {_rounded_up(float(errors.max()))}")
    elif lost:
        words.append(f"no {', '.join(lost)}")
    if len(kept) and kept.max() > 0:
        words.append(f"weights ±{_rounded_up(float(kept.max()))}")
    return words


def _side(before: BlendshapeTrack, after: BlendshapeTrack) -> list[str]:
    side = None if before.side is None else before.side.without_still()
    if side is None:
        return []
    lost, renamed, worst = [], [], 0.0
    for i, name in enumerate(side.names):
        found = None if after.side is None else after.side.find(name)
        if found is None and after.side is not None:
            found = after.side.find(f"azure{name}")
            renamed += [] if found is None else [name]
        if found is None:
            lost.append(name)
        else:
            error = _errors(side.values[:, i : i + 1], after, before.times_s, found[:, None])
            worst = max(worst, float(error[0]) / max(1.0, float(np.abs(side.values[:, i]).max())))
    words = [f"side ±{_rounded_up(worst)}"] if worst > 0 else []
    words += [f"{', '.join(renamed)} as Azure's"] if renamed else []
    return [*words, f"no {', '.join(_grouped(lost, side.names))}"] if lost else words


def _grouped(lost: list[str], all_names: tuple[str, ...]) -> list[str]:
    """Names, with one word for all that are lost of a kind."""
    kinds = (("head angles", ANGLES[:3]), ("eye angles", ANGLES[3:]), ("emotions", EMOTIONS))
    words = []
    for kind, names in kinds:
        there = [name for name in names if name in all_names]
        if there and set(there) <= set(lost):
            words.append(kind)
            lost = [name for name in lost if name not in there]
    return [*words, *lost]


def _further(performance: Performance, file: TrackFile) -> list[str]:
    """What stands beside the motion."""
    beside = {
        "visemes": (performance.visemes, file.visemes), "phones": (performance.phones, file.phones),
        "words": (performance.words, file.words), "sound": (performance.sound, file.sound),
    }  # fmt: skip
    lost = [name for name, (was, found) in beside.items() if was and not _same(was, found)]
    return [f"no {', '.join(lost)}"] if lost else []


def _same(one: object, other: object) -> bool:
    if isinstance(one, BlendshapeTrack):
        return isinstance(other, BlendshapeTrack) and np.array_equal(one.weights, other.weights)
    return one == other


TRIPS = Trips("weights", material, loss)
