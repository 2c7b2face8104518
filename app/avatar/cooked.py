"""Avatars made ready: what reading a file came to, kept in the user's cache, so that the next start need not read it again.

A file is known by the hash of its content, and what was made of it by the code that made it: another version of the program,
or other sources, do not take it up. Whatever is wrong with a kept one, the file itself is read as if there were none.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from app import __version__
from app.avatar.model import Avatar, Joint, Material, MeshPart, MorphTargets, SkinBinding, Texture
from app.avatar.vocabulary import FoundDialect, Pull, Vocabulary
from app.core.array_file import ArrayFileError, let_go, read_arrays, write_arrays
from app.core.installation import is_packed
from app.core.places import where

#: so many avatars are kept, those used last; one of 13,000 vertices and 2k textures takes about 100 MB
MOST_KEPT = 4
#: of one avatar; a larger one is read anew every time
MOST_BYTES = 512 << 20
_KINDS = (Avatar, Joint, Material, MeshPart, MorphTargets, SkinBinding, Texture, FoundDialect, Pull, Vocabulary)
_ENDING = ".avatar"


@cache
def _recipe() -> str:
    """Tells the code that makes avatars from any other."""
    known = hashlib.blake2b(__version__.encode(), digest_size=8)
    rooms = Path(__file__).parent, Path(__file__).parent.parent / "render"
    sources = [Path(sys.executable)] if is_packed() else sorted(path for room in rooms for path in room.rglob("*.py"))
    for path in sources:
        with suppress(OSError):
            state = path.stat()
            known.update(f"{path.name} {state.st_size} {state.st_mtime_ns}".encode())
    return known.hexdigest()


def place_of(path: Path, pose: str, ending: str = _ENDING) -> Path | None:
    """Where what was made of an avatar's file is kept, or would be.

    Args:
        path: of the avatar; files that refer to others are not kept.
        pose: as it is read.
        ending: of what is kept.

    Returns:
        A path in the user's cache; None where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    except OSError:
        return None
    return where("avatars") / f"{digest}-{pose}-{_recipe()}{ending}"


def find(path: Path, pose: str) -> Avatar | None:
    """The avatar of a file as it was kept; None where none was.

    Args:
        path: of the avatar's file.
        pose: as it is wanted.
    """
    kept = place_of(path, pose)
    if kept is None or not kept.exists():
        return None
    try:
        avatar = read_arrays(kept, _KINDS)
    except ArrayFileError:
        avatar = None
    if not isinstance(avatar, Avatar):
        with suppress(OSError):
            kept.unlink()
        return None
    with suppress(OSError):
        os.utime(kept)
    return replace(avatar, path=path, name=path.stem)


def keep(avatar: Avatar, pose: str = "relaxed") -> bool:
    """Keep an avatar for the next time, and let go of those that were not used for longest.

    Args:
        avatar: as ``gltf.build_avatar`` makes it, before shapes were assigned by hand.
        pose: as it was read.

    Returns:
        Whether it is kept now; a full disk, or a file that is gone, is no fault.
    """
    kept = None if avatar.path is None or avatar.vocabulary.by_hand else place_of(avatar.path, pose)
    if kept is None or size_of(avatar) > MOST_BYTES:
        return False
    if not kept.exists():
        try:
            write_arrays(kept, replace(avatar, path=None))
        except OSError:
            return False
        tidy(kept.parent)
    return True


def rest(avatar: Avatar) -> None:
    """Say that an avatar has been looked at: what was read of its kept file need not stay in memory."""
    for part in avatar.parts:
        targets, skin = part.targets, part.skin
        arrays = [part.uvs, part.triangles, part.colors]
        arrays += [] if targets is None else [targets.positions, targets.normals]
        arrays += [] if skin is None else [skin.joints, skin.weights]
        arrays += [each.pixels for each in vars(part.material).values() if isinstance(each, Texture)]
        for array in arrays:
            if array is not None:
                let_go(array)


def size_of(avatar: Avatar) -> int:
    """About how many bytes an avatar's arrays take."""
    textures = {id(t): t.pixels.nbytes for part in avatar.parts for t in vars(part.material).values() if isinstance(t, Texture)}
    targets = sum(2 * part.targets.positions.nbytes for part in avatar.parts if part.targets is not None)
    return sum(textures.values()) + targets + sum(12 * part.positions.nbytes for part in avatar.parts)


def tidy(folder: Path) -> None:
    """Remove what is kept of avatars that were not used for longest."""
    with suppress(OSError):
        used = sorted(folder.glob(f"*{_ENDING}"), key=lambda each: -each.stat().st_mtime)
        for old in used[MOST_KEPT:]:
            for each in folder.glob(f"{old.name.removesuffix(_ENDING)}.*"):
                each.unlink(missing_ok=True)
