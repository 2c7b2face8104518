"""What a user should know about an avatar before judging lip-sync on it, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.avatar.model import MeshPart
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS, canonical_name

_AVATURN_T1_MESH = "avaturn_body"


def channel_names(parts: Iterable[MeshPart]) -> set[str]:
    """The channels and visemes that at least one part has, by this project's names."""
    return {name for part in parts if part.targets for target in part.targets.names if (name := canonical_name(target))}


def missing(channels: tuple[str, ...], present: set[str]) -> tuple[str, ...]:
    """The channels that are not present, in their order."""
    return tuple(name for name in channels if name not in present)


def _vocabulary_finding(parts: tuple[MeshPart, ...]) -> str | None:
    if not any(part.targets for part in parts):
        if any(part.mesh.lower() == _AVATURN_T1_MESH for part in parts):
            return "This is an Avaturn T1 avatar without morph targets, so its face cannot move; export it as T2."
        return "This avatar has no morph targets, so its face cannot move; export it with ARKit blendshapes or visemes."
    present = channel_names(parts)
    lacking = missing(ARKIT_CHANNELS, present)
    has_visemes = any(name in present for name in VISEME_CHANNELS)
    if len(lacking) == len(ARKIT_CHANNELS):
        if has_visemes:
            return (
                "This avatar has visemes but no ARKit shapes: only its mouth moves, under Audio2Face by an estimate from the blendshapes."
            )
        return "None of this avatar's morph targets is an ARKit shape or a viseme, so nothing can drive it; rename its shapes."
    if lacking:
        shown = ", ".join(lacking[:8]) + (f" and {len(lacking) - 8} more" if len(lacking) > 8 else "")
        return f"This avatar lacks {len(lacking)} of the 52 ARKit shapes, which will not move: {shown}."
    return None


def _empty_finding(parts: tuple[MeshPart, ...]) -> str | None:
    """Channels that are named but move no vertex on any part."""
    present = channel_names(parts)
    moving: set[str | None] = set()
    for part in parts:
        if part.targets:
            active = np.abs(part.targets.positions).max(axis=(1, 2)) > 0
            moving.update(canonical_name(name) for name, on in zip(part.targets.names, active, strict=True) if on)
    empty = sorted(present - moving - {"viseme_sil"})
    if not empty:
        return None
    return f"These shapes exist but move nothing: {', '.join(empty[:8])}{' and more' if len(empty) > 8 else ''}."


def _default_weight_finding(parts: tuple[MeshPart, ...]) -> str | None:
    posed = sorted({part.mesh for part in parts if part.targets and np.abs(part.targets.default_weights).max() > 1e-6})
    if not posed:
        return None
    return f"The file stores {', '.join(posed)} with non-zero default weights; they are reset, so that neutral means neutral."


def findings(parts: tuple[MeshPart, ...]) -> tuple[str, ...]:
    """Sentences about what will and will not move, most important first."""
    found = (_vocabulary_finding(parts), _empty_finding(parts), _default_weight_finding(parts))
    return tuple(sentence for sentence in found if sentence)
