"""The curves of a glTF animation: keys with steps, lines or cubic splines between them, sampled at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.avatar.accessors import read_floats
from app.avatar.document import Document
from app.avatar.fields import Json, broken, integer, text

_KINDS = {"weights": ("SCALAR",), "rotation": ("VEC4",), "translation": ("VEC3",)}
_MODES = ("LINEAR", "STEP", "CUBICSPLINE")
#: quaternions nearer than this are joined by a straight line, for the arc's formula divides by their distance
_NEAR = 1e-6


@dataclass(frozen=True)
class Curve:
    """Keys.

    Attributes:
        times_s: (k,) float64, rising.
        values: (k, width) float64.
        mode: glTF's word for what lies between two keys.
        tangents: (k, 2, width) in and out, of cubic splines only.
        turns: the values are rotations.
    """

    times_s: np.ndarray
    values: np.ndarray
    mode: str = "LINEAR"
    tangents: np.ndarray | None = None
    turns: bool = False

    def snapped(self, fps: float, start_s: float) -> Curve:
        """The same keys on the frames of a rate that begin at a time, for float32 cannot keep a time exactly."""
        return replace(self, times_s=start_s + np.rint((self.times_s - start_s) * fps) / fps)

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """(n, width) float64 values at (n,) times, the first and the last key held outside."""
        if len(self.times_s) == 1:
            return np.repeat(self.values, len(times_s), axis=0)
        first = np.clip(np.searchsorted(self.times_s, times_s, "right") - 1, 0, len(self.times_s) - 2)
        span = self.times_s[first + 1] - self.times_s[first]
        u = np.clip((times_s - self.times_s[first]) / np.maximum(span, 1e-12), 0.0, 1.0)[:, None]
        before, after = self.values[first], self.values[first + 1]
        if self.mode == "STEP":
            made = np.where(u < 1.0, before, after)
        elif self.tangents is not None:
            made = _spline(u, before, after, span[:, None] * self.tangents[first, 1], span[:, None] * self.tangents[first + 1, 0])
        else:
            made = _arc(u, before, after) if self.turns else before + u * (after - before)
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12) if self.turns else made


def _spline(u: np.ndarray, before: np.ndarray, after: np.ndarray, leaving: np.ndarray, arriving: np.ndarray) -> np.ndarray:
    """Hermite's cubic (glTF 2.0 appendix C.5); the tangents are per stretch."""
    u2, u3 = u * u, u * u * u
    made: np.ndarray = (2 * u3 - 3 * u2 + 1) * before + (u3 - 2 * u2 + u) * leaving + (3 * u2 - 2 * u3) * after + (u3 - u2) * arriving
    return made


def _arc(u: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The shorter arc between two unit quaternions (glTF 2.0 appendix C.4)."""
    cosine = (before * after).sum(1, keepdims=True)
    after = np.where(cosine < 0, -after, after)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.sin(angle)
    safe = np.where(sine > _NEAR, sine, 1.0)
    made: np.ndarray = np.where(
        sine > _NEAR, np.sin((1 - u) * angle) / safe * before + np.sin(u * angle) / safe * after, before + u * (after - before)
    )
    return made


def read_curve(document: Document, sampler: Json, path: str, width: int) -> Curve:
    """A sampler.

    Args:
        document: the file.
        sampler: of an animation.
        path: what it moves.
        width: values per key; a weights sampler holds one for each target.

    Raises:
        AvatarError: anything about it is wrong.
    """
    mode = text(sampler, "interpolation", "LINEAR")
    if mode not in _MODES:
        raise broken(f"an animation is interpolated in the unknown way {mode[:40]!r}")
    times = read_floats(document, integer(sampler, "input"), ("SCALAR",))[:, 0].astype(np.float64)
    if (np.diff(times) < 0).any():
        raise broken("an animation's time goes backwards")
    flat = read_floats(document, integer(sampler, "output"), _KINDS[path])
    per_key = 3 if mode == "CUBICSPLINE" else 1
    if flat.size != len(times) * width * per_key:
        raise broken("an animation has another number of values than its keys need")
    document.claim(8 * flat.size)
    table = flat.astype(np.float64).reshape(len(times), per_key, width)
    # of two keys at one time the later one counts
    last = np.append(np.diff(times) > 0, True)
    values = table[last, per_key // 2]
    if path == "rotation" and mode != "CUBICSPLINE":
        values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return Curve(times[last], values, mode, table[last][:, ::2] if per_key == 3 else None, path == "rotation")
