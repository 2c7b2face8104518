"""Rules about the curves themselves: range, trembling, jumps, sides, and those that never move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, GROUPS, VISEME_CHANNELS, mirrored
from app.core.visemes import projection_matrix
from app.review.finding import Finding
from app.review.material import Material, runs
from app.review.thresholds import limit

#: these jump and saturate by nature: lids shut within two frames, eyes leap
_ABRUPT = tuple(n for n in ARKIT_CHANNELS if n.startswith("eye"))
_CALM = np.array([ARKIT_INDEX[n] for n in ARKIT_CHANNELS if n not in _ABRUPT])
#: NVIDIA's configurations multiply these nine by 0 (NIM's Claire) or leave their poses out (the Mark bundle)
_OFF_AT_NVIDIA = frozenset({*(n for n in ARKIT_CHANNELS if n.startswith("eyeLook")), "tongueOut"})
_SIDES = tuple(n for n in ARKIT_CHANNELS if n.endswith("Left") and not n.startswith(("eyeLook", "jaw")) and n != "mouthLeft")


def _names(channels: list[str], most: int = 4) -> str:
    """Names for a sentence, the first few of them."""
    shown = ", ".join(channels[:most])
    return shown if len(channels) <= most else f"{shown} and {len(channels) - most} more"


def _worst_run(flags: np.ndarray) -> tuple[int, int]:
    return max(runs(flags), key=lambda run: run[1] - run[0])


def value_range(material: Material) -> Iterator[Finding]:
    """Values outside 0 to 1, one finding per channel at its worst place."""
    weights, fps = material.track.weights, material.track.fps
    for i, name in enumerate(ARKIT_CHANNELS):
        column = weights[:, i]
        if not len(column):
            return
        high, low = float(column.max()), float(column.min())
        if high > limit("over_one"):
            a, b = _worst_run(column > limit("over_one"))
            sentence = f"{name} goes up to {high:.2f}; avatars clamp or tear above 1, so lower its gain or limit it to 1."
            yield Finding(material.time_of(a), (b - a) / fps, "error", "over-one", sentence, (name,))
        if low < limit("below_zero"):
            a, b = _worst_run(column < limit("below_zero"))
            sentence = f"{name} goes down to {low:.2f}; negative weights turn a shape inside out, so limit it to 0."
            yield Finding(material.time_of(a), (b - a) / fps, "warning", "negative", sentence, (name,))


def clipping(material: Material) -> Iterator[Finding]:
    """Flat tops at 1."""
    weights, fps = material.track.weights, material.track.fps
    for i in _CALM:
        for a, b in runs(weights[:, i] >= limit("saturated")):
            if (b - a) / fps >= limit("saturated_s"):
                name = ARKIT_CHANNELS[i]
                sentence = f"{name} is held at its limit for {1e3 * (b - a) / fps:.0f} ms, so its movement is cut off; lower its gain."
                yield Finding(material.time_of(a), (b - a) / fps, "warning", "clipping", sentence, (name,))


def jitter(material: Material) -> Iterator[Finding]:
    """Trembling: too many changes of direction within half a second."""
    weights, fps = material.track.weights, material.track.fps
    window = max(round(limit("jitter_window_s") * fps), 1)
    if len(weights) < window + 2:
        return
    steps = np.diff(weights, axis=0)
    turned = (steps[1:] * steps[:-1] < 0) & (np.minimum(np.abs(steps[1:]), np.abs(steps[:-1])) > limit("jitter_step"))
    total = np.concatenate([np.zeros((1, weights.shape[1])), np.cumsum(turned, axis=0)])
    rate = (total[window:] - total[:-window]) / window * fps
    trembling = rate > limit("jitter_per_s")
    for a, b in runs(trembling.any(axis=1)):
        channels = [ARKIT_CHANNELS[i] for i in np.argsort(-rate[a:b].max(axis=0)) if trembling[a:b, i].any()]
        index = ARKIT_INDEX[channels[0]]
        where = np.flatnonzero(turned[a : b + window, index]) + a
        size = float(np.abs(steps[where, index]).mean())
        seconds = (where[-1] - where[0] + 1) / fps
        sentence = (
            f"{_names(channels)} tremble{'s' if len(channels) == 1 else ''}, up to {rate[a:b, index].max():.0f} turns a second by about "
            f"{size:.2f}."
        )
        yield Finding(material.time_of(int(where[0]) + 1), seconds, "warning", "jitter", sentence, tuple(channels))


def lonely_jumps(weights: np.ndarray, fps: float) -> Iterator[tuple[int, int, np.ndarray]]:
    """Jumps within one frame that the frames around them do not prepare.

    Args:
        weights: (n, k).
        fps: frames per second.

    Yields:
        First and end of a run of frames, and (k,) the largest jump of each column in it, 0 for columns that do not jump.
    """
    if len(weights) < 4:
        return
    steps = np.abs(np.diff(weights, axis=0))
    around = np.maximum(np.concatenate([steps[:1] * 0, steps[:-1]]), np.concatenate([steps[1:], steps[:1] * 0]))
    # at low frame rates a quick movement covers more within one frame
    big = limit("pop_step") * min(max(60.0 / fps, 1.0), 2.0)
    jumped = (steps > big) & (steps > limit("pop_lonely") * around)
    for a, b in runs(jumped.any(axis=1)):
        yield a, b, np.where(jumped[a:b].any(axis=0), steps[a:b].max(axis=0), 0.0)


def pops(material: Material) -> Iterator[Finding]:
    """Jumps of single shapes; lids and eyes, which leap by nature, are left out."""
    fps = material.track.fps
    for a, b, sizes in lonely_jumps(material.track.weights[:, _CALM], fps):
        channels = [ARKIT_CHANNELS[_CALM[i]] for i in np.argsort(-sizes) if sizes[i]]
        sentence = f"{_names(channels)} jump{'s' if len(channels) == 1 else ''} by {sizes.max():.2f} within one frame."
        yield Finding(material.time_of(a), (b - a) / fps, "warning", "pop", sentence, tuple(channels))


def viseme_pops(material: Material) -> Iterator[Finding]:
    """Visemes that take over from one another within a frame, so that the mouth jumps.

    They are judged by what they make of the mouth: visemes of the same shape may take turns unseen. Where the 52 curves jump at
    the same moment, ``pops`` has said so.
    """
    visemes = material.visemes
    if visemes is None or len(visemes) < 4:
        return
    mouth = visemes.weights @ projection_matrix()
    known = {a for a, _b, _sizes in lonely_jumps(material.track.weights[:, _CALM], material.track.fps)}
    for a, b, sizes in lonely_jumps(mouth[:, _CALM], visemes.fps):
        if a in known:
            continue
        change = visemes.weights[b] - visemes.weights[a]
        before, after = (VISEME_CHANNELS[int(np.argmax(sign * change))].removeprefix("viseme_") for sign in (-1, 1))
        channels = [ARKIT_CHANNELS[_CALM[i]] for i in np.argsort(-sizes) if sizes[i]]
        sentence = f"The mouth jumps by {sizes.max():.2f} within one frame where viseme {after} follows {before}."
        yield Finding(visemes.start_s + a / visemes.fps, (b - a) / visemes.fps, "warning", "viseme-pop", sentence, tuple(channels))


def dead(material: Material) -> Iterator[Finding]:
    """Curves that do not move, with the likely reason."""
    weights = material.track.weights
    if not len(weights):
        return
    still = [n for i, n in enumerate(ARKIT_CHANNELS) if np.ptp(weights[:, i]) < limit("dead_range")]
    start_s, length_s = material.track.start_s, material.track.duration_s
    if "jawOpen" in still and not material.opens:
        sentence = "jawOpen does not move, so the mouth stays shut; check the source, or the names of the columns if this is a file."
        yield Finding(start_s, length_s, "error", "dead", sentence, ("jawOpen",))
        still.remove("jawOpen")
    held = [n for n in still if abs(float(weights[0, ARKIT_INDEX[n]])) > limit("dead_range")]
    if held:
        sentence = f"{_names(held)} held at a constant value; an offset was added, or the shape was posed by hand."
        yield Finding(start_s, length_s, "note", "dead", sentence, tuple(held))
    still = [n for n in still if n not in held]
    if set(still) >= _OFF_AT_NVIDIA and len(still) <= len(_OFF_AT_NVIDIA) + 12:
        sentence = "Eye directions and tongueOut do not move: Audio2Face leaves these nine out by default (multiplier 0)."
        yield Finding(start_s, length_s, "note", "dead", sentence, tuple(sorted(_OFF_AT_NVIDIA)))
        still = [n for n in still if n not in _OFF_AT_NVIDIA]
    upper = [n for n in still if n in GROUPS["brow"] + GROUPS["eye"] or n.startswith(("cheekSquint", "noseSneer"))]
    if upper:
        sentence = f"{len(upper)} curves of brows, eyes and cheeks do not move: sound says little about them; idle life can move them."
        yield Finding(start_s, length_s, "note", "dead", sentence, tuple(upper))
    mouth = [n for n in still if n not in upper]
    if mouth:
        sentence = (
            f"{_names(mouth)} do{'es' if len(mouth) == 1 else ''} not move: this source does not use {'it' if len(mouth) == 1 else 'them'}."
        )
        yield Finding(start_s, length_s, "note", "dead", sentence, tuple(mouth))


def sides(material: Material) -> Iterator[Finding]:
    """Left and right that differ all the time."""
    if not len(material.track):
        return
    for name in _SIDES:
        left, right = material.column(name), material.column(mirrored(name))
        larger = np.maximum(left, right)
        active = larger > limit("asymmetry_least")
        if active.mean() < 0.05:
            continue
        share = float(np.abs(left - right)[active].mean() / larger[active].mean())
        if share > limit("asymmetry_share"):
            a, b = _worst_run(active)
            stronger = name if left[active].mean() > right[active].mean() else mirrored(name)
            sentence = f"{stronger} is much stronger than its other side (they differ by {100 * share:.0f} %); raise the symmetry."
            yield Finding(material.time_of(a), (b - a) / material.track.fps, "warning", "asymmetry", sentence, (name, mirrored(name)))


def close_over_jaw(material: Material) -> Iterator[Finding]:
    """mouthClose beyond what jawOpen opened."""
    excess = material.column("mouthClose") - material.column("jawOpen")
    for a, b in runs(excess > limit("close_over_jaw")):
        seconds = (b - a) / material.track.fps
        if seconds >= limit("close_over_jaw_s"):
            most = float(excess[a:b].max())
            sentence = f"mouthClose exceeds jawOpen by {most:.2f}, which pushes the lips through each other; lower mouthClose."
            yield Finding(
                material.time_of(a), (b - a) / material.track.fps, "warning", "close-over-jaw", sentence, ("mouthClose", "jawOpen")
            )
