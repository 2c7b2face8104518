"""What drawing an avatar needs and takes long to find out, kept beside the avatar that was made ready.

That is groups, filled hair and openness in one file, and in another which triangles small moving pictures need: films have no use for that.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.avatar import cooked, gltf
from app.avatar.model import Avatar, MeshPart, Texture
from app.avatar.rig import AvatarRig
from app.core.array_file import ArrayFileError, read_arrays, write_arrays
from app.render.alpha import AlphaMode, effective_alpha
from app.render.clusters import Clusters, cluster
from app.render.lasting import Remembered
from app.render.lean import LEAN, make_lean
from app.render.openness import BAKED
from app.render.texels import filled, fitting, levels_below, smaller, smaller_filled

_ENDING, _LEAN_ENDING = ".drawn", ".lean"
#: of a material, base colour first
TEXTURES = ("base_color_texture", "metallic_roughness_texture", "normal_texture", "occlusion_texture", "emissive_texture")


@dataclass(frozen=True)
class Prepared:
    """What was found out about an avatar.

    Attributes:
        alpha: how each part has to be drawn.
        clusters: one for each part that has triangles, None for others.
        filled: by the number of the part whose colour is cut out: its texture, with colour under its transparent texels.
        openness: one (n,) float32 for each part.
        levels: for each part the levels below of its textures, in the order of the material's and empty where it has none.
    """

    alpha: tuple[AlphaMode, ...]
    clusters: tuple[Clusters | None, ...]
    filled: tuple[np.ndarray | None, ...]
    openness: tuple[np.ndarray, ...]
    levels: tuple[tuple[tuple[np.ndarray, ...], ...], ...]


@dataclass(frozen=True)
class Lean:
    """What small moving pictures need.

    Attributes:
        clusters: one for each part, None where all triangles are drawn.
    """

    clusters: tuple[Clusters | None, ...]


def read_rig(path: Path) -> AvatarRig:
    """An avatar from its file, movable, with all that was kept of it.

    Raises:
        AvatarError: it cannot be read.
    """
    avatar = gltf.load_avatar(path)
    take_up(avatar)
    return AvatarRig(avatar)


def take_up(avatar: Avatar) -> None:
    """Take over what was kept of an avatar, if anything was; it need not be found out again.

    Args:
        avatar: as read from its file, its pose relaxed.
    """
    kept = _place_of(avatar)
    if kept is None or not kept.exists() or BAKED.of(avatar) is not None:
        return
    try:
        known = read_arrays(kept, (Prepared, Clusters))
    except ArrayFileError:
        known = None
    if not isinstance(known, Prepared) or not _fits(known, avatar):
        with suppress(OSError):
            kept.unlink()
        return
    for part, alpha, groups, pixels, levels in zip(avatar.parts, known.alpha, known.clusters, known.filled, known.levels, strict=True):
        effective_alpha.know(part, alpha)
        if groups is not None:
            cluster.know(part, groups)
        texture = _cut_out(part)
        if texture is not None and pixels is not None:
            filled.know(texture, pixels)
        for (used, of), below in zip(_textures(part), levels, strict=True):
            of.know(used, below)
    BAKED.keep(avatar, list(known.openness))
    _take_up_lean(avatar, kept.with_suffix(_LEAN_ENDING))


def _take_up_lean(avatar: Avatar, kept: Path) -> None:
    """Take over which triangles small moving pictures need, if that was kept."""
    if not kept.exists():
        return
    try:
        known = read_arrays(kept, (Lean, Clusters))
    except ArrayFileError:
        known = None
    if isinstance(known, Lean) and len(known.clusters) == len(avatar.parts):
        LEAN.keep(avatar, list(known.clusters))
    else:
        with suppress(OSError):
            kept.unlink()


def keep_lean(avatar: Avatar, stop: Callable[[], bool] = lambda: False) -> bool:
    """Find out which triangles small moving pictures need, which takes some seconds, and keep that beside the rest.

    Args:
        avatar: one that ``keep`` kept.
        stop: asked now and then; once it is true, the rest is left for another time.

    Returns:
        Whether it is kept.
    """
    place = _place_of(avatar)
    if place is None:
        return False
    known, kept = make_lean(avatar, stop), place.with_suffix(_LEAN_ENDING)
    if known is not None and not kept.exists():
        try:
            write_arrays(kept, Lean(tuple(known)))
        except OSError:
            return False
    return known is not None


def keep(avatar: Avatar, stop: Callable[[], bool] = lambda: False) -> bool:
    """Keep what is known of an avatar once all of it is, for the next time.

    Args:
        avatar: one that was drawn until its openness had come in.
        stop: asked now and then; True when nobody waits for it any more.

    Returns:
        Whether it is kept; False while something is not known yet.
    """
    openness, kept = BAKED.of(avatar), _place_of(avatar)
    if openness is None or kept is None:
        return False
    if not kept.exists():
        groups = tuple(cluster(part) if len(part.triangles) else None for part in avatar.parts)
        alpha = tuple(effective_alpha(part) for part in avatar.parts)
        pixels = tuple(None if (texture := _cut_out(part)) is None else filled(texture) for part in avatar.parts)
        made: dict[tuple[int, int], tuple[np.ndarray, ...]] = {}
        for part in avatar.parts:
            if stop():
                return False
            made |= {(id(t), id(of)): _levels(t, of) for t, of in _textures(part) if (id(t), id(of)) not in made}
        levels = tuple(tuple(made[id(t), id(of)] for t, of in _textures(part)) for part in avatar.parts)
        try:
            write_arrays(kept, Prepared(alpha, groups, pixels, tuple(openness), levels))
        except OSError:
            return False
    return True


def _place_of(avatar: Avatar) -> Path | None:
    """Where it would be kept; what was assigned by hand may move vertices further than what is kept allows for."""
    by_hand = bool(avatar.vocabulary.by_hand)
    return None if avatar.path is None or by_hand else cooked.place_of(avatar.path, "relaxed", _ENDING)


def _cut_out(part: MeshPart) -> Texture | None:
    """The texture of a part through which one sees, None for others."""
    texture = part.material.base_color_texture
    return texture if texture is not None and effective_alpha(part) != "OPAQUE" else None


def _textures(part: MeshPart) -> list[tuple[Texture, Remembered[Texture, tuple[np.ndarray, ...]]]]:
    """A part's textures, each with what knows the levels of it as it is used."""
    cut_out = _cut_out(part)
    used = [getattr(part.material, name) for name in TEXTURES]
    return [(each, smaller_filled if not i and each is cut_out else smaller) for i, each in enumerate(used) if each is not None]


def _levels(texture: Texture, of: Remembered[Texture, tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Levels as they are known, or made now without being remembered."""
    known = of.known(texture)
    return known if known is not None else levels_below(filled(texture) if of is smaller_filled else fitting(texture))


def _fits(known: Prepared, avatar: Avatar) -> bool:
    """Whether it is about an avatar of such parts."""
    n = len(avatar.parts)
    if {len(known.alpha), len(known.clusters), len(known.filled), len(known.openness), len(known.levels)} != {n}:
        return False
    if any(len(levels) != len(_textures(part)) for levels, part in zip(known.levels, avatar.parts, strict=True)):
        return False
    return all(
        values.shape == (len(part.positions),) and (groups is None) != bool(len(part.triangles))
        for values, groups, part in zip(known.openness, known.clusters, avatar.parts, strict=True)
    )
