"""The motion in a USD layer, read back; what the layer refers to in other files is not looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, canonical_name
from app.core.errors import TrackError
from app.core.installation import how_to_get
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.json_tracks.named_weights import track_of
from app.formats.scenes.usd.motion import AS_MADE
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate
from app.formats.tracks.rate import number_text

NAME = "USD SkelAnimation"
#: USD's own, where a layer says none
DEFAULT_CODES_PER_S = 24.0
_MOST_NAMES = 4096
#: how a crate begins
CRATE = b"PXR-USDC"
_NEEDED = f"{{name}} is a USD crate, which needs the package usd-core; {how_to_get('usd-core', '', 'usd-core')}, or open USD text (.usda)."


@dataclass(frozen=True)
class Samples:
    """Values at time codes.

    Attributes:
        names: of the columns.
        codes: (k,) rising time codes.
        values: (k, names).
    """

    names: tuple[str, ...]
    codes: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class FoundAnimation:
    """A SkelAnimation with blend shapes.

    Attributes:
        path: of its prim.
        weights: of its shapes.
        side: columns of ours beside them, or None.
    """

    path: str
    weights: Samples
    side: Samples | None = None


@dataclass(frozen=True)
class Layer:
    """What a layer tells.

    Attributes:
        codes_per_s: time codes a second, 0 where it does not say it.
        animations: all with blend shapes.
        sound: of a SpatialAudio prim, "" for none.
    """

    codes_per_s: float
    animations: tuple[FoundAnimation, ...]
    sound: str = ""


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a layer's motion of a face.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the layer's time codes.

    Raises:
        TrackError: it holds none, is broken, or needs the package usd-core.
    """
    layer = _layer_of(data, name)
    best = max(layer.animations, key=_rank, default=None)
    if best is None or not _rank(best)[1]:
        raise TrackError(f"{name} is a USD scene without a SkelAnimation of face shapes in it; export the animation itself.")
    codes_per_s, warnings = layer.codes_per_s, []
    if not codes_per_s:
        codes_per_s = DEFAULT_CODES_PER_S
        warnings.append("The layer does not say its time codes per second, so USD's 24 are taken; state another rate with --in-fps.")
    codes, step = _grid(best.weights, codes_per_s, name)
    rate = fps or codes_per_s / step
    check_rate(rate, len(codes), name)
    others = [each.path for each in layer.animations if each is not best and not each.path.endswith(f"/{AS_MADE}")]
    if others and not best.path.endswith(f"/{AS_MADE}"):
        warnings.append(f"The scene holds {len(others) + 1} animations of shapes; {best.path} was read.")
    file = _file(best, codes, (rate, float(codes[0] / codes_per_s)), name)
    said = "stated" if fps else "from the layer's time codes"
    return replace(
        file, fps_from="stated" if fps else "header" if layer.codes_per_s else "assumed", sound=layer.sound,
        evidence=f"{number_text(rate)} fps {'as ' if fps else ''}{said}", warnings=(*warnings, *file.warnings),
    )  # fmt: skip


def _layer_of(data: bytes, name: str) -> Layer:
    """What a layer tells: text as plain as ours is read here, whatever else by the package."""
    from app.formats.scenes.usd.plain import read_plain

    plain = None if data.startswith(CRATE) else read_plain(data, name)
    if plain is not None and plain.animations:
        return plain
    try:
        from app.formats.scenes.usd.package import read_apart
    except ImportError:
        if plain is not None:
            return plain
        raise TrackError(_NEEDED.format(name=name)) from None
    return read_apart(data, name)


def _rank(animation: FoundAnimation) -> tuple[bool, int, int]:
    """The weights as they were made before those that an avatar got, many shapes before few."""
    known = sum(canonical_name(each) in ARKIT_INDEX for each in animation.weights.names)
    return animation.path.endswith(f"/{AS_MADE}") and known > 0, known or len(animation.weights.names), len(animation.weights.codes)


def _grid(weights: Samples, codes_per_s: float, name: str) -> tuple[np.ndarray, float]:
    """Time codes of the frames, and how far they are apart: 1, or less where the samples lie nearer together."""
    codes = weights.codes
    if not np.isfinite(codes).all() or (np.diff(codes) <= 0).any() or abs(codes[0]) / codes_per_s > MAX_DURATION_S:
        raise TrackError(f"{name} has samples at impossible times; export it again.")
    step = min(1.0, float(np.diff(codes).min())) if len(codes) > 1 else 1.0
    span = float(codes[-1] - codes[0])
    check_rate(codes_per_s / step, int(min(span / step, 1e9)) + 1, name)
    return codes[0] + np.arange(round(span / step) + 1) * step, step


def _file(animation: FoundAnimation, codes: np.ndarray, times: tuple[float, float], name: str) -> TrackFile:
    """The track file of an animation.

    Args:
        animation: that is read.
        codes: (n,) of the frames.
        times: frames per second, and the second of the first frame.
        name: for messages.
    """
    rate, start_s = times
    rows = _sampled(animation.weights, codes)
    visemes = [i for i, own in enumerate(animation.weights.names) if canonical_name(own) in VISEME_CHANNELS]
    shapes = [i for i in range(len(animation.weights.names)) if i not in visemes]
    track, told = track_of([animation.weights.names[i] for i in shapes], rows[:, shapes], rate, name)
    side = track.side
    if animation.side is not None:
        own = SideChannels(animation.side.names, _sampled(animation.side, codes))
        side = own if side is None else SideChannels((*side.names, *own.names), np.concatenate([side.values, own.values], axis=1))
    of_visemes = np.zeros((len(codes), len(VISEME_CHANNELS)), np.float32)
    for i in visemes:
        of_visemes[:, VISEME_CHANNELS.index(str(canonical_name(animation.weights.names[i])))] = rows[:, i]
    track = BlendshapeTrack(track.weights, rate, start_s, side=side)
    seen = BlendshapeTrack(of_visemes, rate, start_s, VISEME_CHANNELS) if visemes else None
    return TrackFile(track, NAME, warnings=tuple(told), visemes=seen)


def _sampled(samples: Samples, codes: np.ndarray) -> np.ndarray:
    """(n, names) float32 at time codes: linear between samples, as USD interpolates, held outside."""
    if np.array_equal(samples.codes, codes):
        return samples.values.astype(np.float32)
    made = np.stack([np.interp(codes, samples.codes, column) for column in samples.values.T], axis=1)
    return made.astype(np.float32)


def samples_of(names: Sequence[str], codes: Sequence[float], rows: Sequence[Sequence[float]], name: str) -> Samples | None:
    """Samples that fit their names, or None where there are none.

    Raises:
        TrackError: rows of another length than the names, or values that are no numbers.
    """
    if not names or not codes:
        return None
    if len(names) > _MOST_NAMES or any(len(row) != len(names) for row in rows):
        raise TrackError(f"{name} has samples with another number of weights than it names shapes; export it again.")
    values = np.array(rows, np.float64)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0.0) > 1e6:
        raise TrackError(f"{name} holds weights that are no possible numbers; export it again.")
    return Samples(tuple(names), np.array(codes, np.float64), values)
