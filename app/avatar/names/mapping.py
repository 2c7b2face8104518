"""What a user assigns by hand: which targets make which channel, kept per avatar file and exchanged as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.avatar.model import Avatar
from app.avatar.names.assigning import with_vocabulary
from app.avatar.names.composing import as_written, written_names
from app.avatar.names.dialects import recognise
from app.avatar.vocabulary import Pull, Recipe, Vocabulary
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS, canonical_name
from app.core.beside import backup_of, write_whole
from app.core.errors import AvatarError
from app.core.foreign import is_number, parsed_json
from app.core.places import where

KIND, VERSION = "visemesync-avatar-mapping", 1
#: every channel that can be assigned
CHANNELS: tuple[str, ...] = (*ARKIT_CHANNELS, *VISEME_CHANNELS)
LARGEST_WEIGHT = 4.0
_SIDES = ("", "left", "right")


@dataclass(frozen=True)
class AvatarMapping:
    """An assignment by hand.

    Attributes:
        channels: channel -> the targets that make it; () for a channel that nothing shall move. Channels that are not in it stay as
            the names say.
        avatar: name of the avatar it was made for, for people.
        sha256: of that avatar's file, "" when unknown.
    """

    channels: Mapping[str, Recipe] = field(default_factory=dict)
    avatar: str = ""
    sha256: str = ""

    def assigned(self, channel: str, recipe: Recipe | None) -> AvatarMapping:
        """The mapping with another channel assigned, or left to the names again (None)."""
        others = {name: pulls for name, pulls in self.channels.items() if name != channel}
        return replace(self, channels=others if recipe is None else {**others, channel: recipe})

    def to_json(self) -> dict[str, Any]:
        """A document for a file, which from_json reads back to an equal object."""
        return {
            "kind": KIND, "version": VERSION, "avatar": {"name": self.avatar, "sha256": self.sha256},
            "channels": {
                channel: [
                    {"target": p.target, "weight": p.weight, **({"side": p.side} if p.side else {})} for p in self.channels[channel]
                ]
                for channel in CHANNELS if channel in self.channels
            },
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> AvatarMapping:
        """Read a document.

        Args:
            data: the parsed JSON; a channel's value may also be one name, or a name -> weight object.

        Raises:
            AvatarError: it is no mapping, or a part of it is invalid.
        """
        if not isinstance(data, dict) or data.get("kind") != KIND or not isinstance(data.get("channels"), dict):
            raise AvatarError(f"This is no avatar mapping (no kind {KIND!r}, no channels); write one with inspect --mapping-out.")
        if data.get("version") != VERSION:
            raise AvatarError(f"The avatar mapping is of another version than {VERSION}; write it again with inspect --mapping-out.")
        channels = {}
        for name, value in data["channels"].items():
            channel = canonical_name(name)
            if channel is None:
                raise AvatarError(f"The avatar mapping assigns {name[:60]!r}, which is no ARKit shape or viseme; correct that name.")
            channels[channel] = _recipe(channel, value)
        about = data.get("avatar")
        name, sha256 = (str(about.get(key, "")) if isinstance(about, dict) else "" for key in ("name", "sha256"))
        return cls(channels, name, sha256)


def _recipe(channel: str, value: Any) -> Recipe:
    if isinstance(value, str):
        value = [{"target": value}]
    elif isinstance(value, dict):
        value = [{"target": name, "weight": weight} for name, weight in value.items()]
    if not isinstance(value, list) or not all(isinstance(item, dict) and isinstance(item.get("target"), str) for item in value):
        raise AvatarError(f"The avatar mapping's {channel} must be a list of targets with their weights; correct it.")
    pulls = []
    for item in value:
        weight, side = item.get("weight", 1.0), item.get("side", "")
        if not is_number(weight) or abs(weight) > LARGEST_WEIGHT or side not in _SIDES:
            raise AvatarError(
                f"The avatar mapping's {channel} needs a weight from -{LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g} and a side that is"
                " left, right or empty; correct it."
            )
        pulls.append(Pull(item["target"], float(weight), side))
    return tuple(pulls)


@dataclass(frozen=True)
class TargetFacts:
    """A morph target, for a person who assigns it.

    Attributes:
        name: as written in the file.
        meshes: that have it.
        reach_m: how far it moves a vertex at most, metres.
        drives: channels that it takes part in now.
    """

    name: str
    meshes: tuple[str, ...]
    reach_m: float
    drives: tuple[str, ...]


def targets_of(avatar: Avatar) -> tuple[TargetFacts, ...]:
    """All targets of an avatar, in order of appearance.

    Args:
        avatar: with any vocabulary.
    """
    meshes: dict[str, dict[str, None]] = {}
    reach: dict[str, float] = {}
    for part in map(as_written, avatar.parts):
        for name, deltas in zip(part.targets.names, part.targets.positions, strict=True) if part.targets else ():
            meshes.setdefault(name, {})[part.mesh] = None
            reach[name] = max(reach.get(name, 0.0), float(np.sqrt((deltas.astype(np.float64) ** 2).sum(1)).max(initial=0.0)))
    drives: dict[str, list[str]] = {}
    for channel, recipe in assignment_of(avatar).items():
        for pull in recipe:
            drives.setdefault(pull.target, []).append(channel)
    return tuple(TargetFacts(name, tuple(found), reach[name], tuple(drives.get(name, ()))) for name, found in meshes.items())


def idle_targets(avatar: Avatar, seen_m: float) -> int:
    """How many targets drive nothing and move some vertex further than a distance; much quicker than all of ``targets_of``.

    Args:
        avatar: with any vocabulary.
        seen_m: metres.
    """
    driving = {pull.target for recipe in assignment_of(avatar).values() for pull in recipe}
    found: set[str] = set()
    for part in map(as_written, avatar.parts):
        for name, deltas in zip(part.targets.names, part.targets.positions, strict=True) if part.targets else ():
            if name not in driving and name not in found and _goes_beyond(deltas, seen_m):
                found.add(name)
    return len(found)


def _goes_beyond(deltas: np.ndarray, distance_m: float) -> bool:
    """Whether one of (n, 3) deltas is longer; one along an axis mostly tells."""
    along = max(float(deltas.max(initial=0.0)), -float(deltas.min(initial=0.0)))
    if along > distance_m or along * 3**0.5 <= distance_m:
        return along > distance_m
    return bool((np.square(deltas, dtype=np.float64).sum(1) > distance_m**2).any())


def assignment_of(avatar: Avatar) -> dict[str, Recipe]:
    """What makes each channel now, in the channels' order; channels that nothing moves are left out."""
    exact: dict[str, list[str]] = {}
    for name in written_names(avatar.parts):
        exact.setdefault(canonical_name(name) or "", []).append(name)
    vocabulary = avatar.vocabulary
    found: dict[str, Recipe] = {}
    for channel in CHANNELS:
        recipes = list(vocabulary.recipes.get(channel, ()))
        if channel in exact and channel not in vocabulary.by_hand:
            recipes = [(Pull(name),) for name in exact[channel]] + recipes
        pulls = tuple(dict.fromkeys(pull for recipe in recipes for pull in recipe))
        if pulls:
            found[channel] = pulls
    return found


def mapping_of(avatar: Avatar, sha256: str = "") -> AvatarMapping:
    """An avatar's whole assignment as a mapping, to be changed by hand."""
    return AvatarMapping(assignment_of(avatar), avatar.name, sha256)


def assign(avatar: Avatar, mapping: AvatarMapping) -> Avatar:
    """An avatar whose channels are made as a user says, the others as its names say.

    Args:
        avatar: with any vocabulary; its geometry is shared with the result.
        mapping: by hand; an empty one gives the automatic assignment.

    Returns:
        The avatar; its ``problems`` name targets of the mapping that it does not have.

    Raises:
        AvatarError: it has none of the mapping's targets.
    """
    names = written_names(avatar.parts)
    automatic = recognise(names)
    base = with_vocabulary(avatar, automatic)
    own = assignment_of(base)
    by_hand = {channel: recipe for channel, recipe in mapping.channels.items() if recipe != own.get(channel, ())}
    wanted = {pull.target for recipe in mapping.channels.values() for pull in recipe}
    unknown = sorted(wanted - set(names))
    if wanted and len(unknown) == len(wanted):
        raise AvatarError(f"The avatar mapping names none of this avatar's shapes (not {unknown[0][:40]!r}); take this avatar's own.")
    recipes = {channel: alternatives for channel, alternatives in automatic.recipes.items() if channel not in by_hand}
    recipes |= {channel: (recipe,) for channel, recipe in by_hand.items() if recipe}
    assigned = with_vocabulary(avatar, Vocabulary(recipes, automatic.found, frozenset(by_hand)))
    if not unknown:
        return assigned
    shown = ", ".join(unknown[:4]) + (" ..." if len(unknown) > 4 else "")
    return replace(assigned, problems=(*assigned.problems, f"The mapping names shapes that this avatar does not have: {shown}."))


def digest(path: Path) -> str:
    """SHA-256 of an avatar file, by which its mapping is found again.

    Raises:
        AvatarError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AvatarError(f"{path.name} cannot be read; check that it is a file you may open.") from error


def mapping_folder() -> Path:
    """Where mappings are kept for this user."""
    return where("mappings")


def kept_path(sha256: str) -> Path:
    """The file that keeps the mapping of the avatar file with this SHA-256."""
    return mapping_folder() / f"{sha256}.json"


def kept_mapping(avatar_path: Path) -> AvatarMapping | None:
    """The mapping that was kept for an avatar file, or None.

    Raises:
        AvatarError: it is damaged.
    """
    if not mapping_folder().is_dir():
        return None
    path = kept_path(digest(avatar_path))
    return read_mapping(path) if path.is_file() else None


def keep_mapping(avatar_path: Path, mapping: AvatarMapping) -> Path:
    """Keep a mapping for an avatar file; an empty one is forgotten.

    Returns:
        Where it is kept.

    Raises:
        AvatarError: it cannot be written.
    """
    sha256 = digest(avatar_path)
    path = kept_path(sha256)
    if not mapping.channels:
        path.unlink(missing_ok=True)
        return path
    write_mapping(path, replace(mapping, sha256=sha256, avatar=mapping.avatar or avatar_path.stem))
    return path


def read_mapping(path: Path) -> AvatarMapping:
    """Read a mapping file.

    Raises:
        AvatarError: it is missing, no JSON, or no valid mapping.
    """
    try:
        data = parsed_json(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise AvatarError(f"There is no file {path}; check its name and folder.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise AvatarError(f"The avatar mapping {path.name} cannot be read as JSON; write it again with inspect --mapping-out.") from error
    return AvatarMapping.from_json(data)


def write_mapping(path: Path, mapping: AvatarMapping, unassigned: Iterable[str] = ()) -> None:
    """Write a mapping beside its place and rename it.

    Args:
        path: of the file; its folder is made.
        mapping: what is written.
        unassigned: names of targets that drive nothing, listed for a person who edits the file.

    Raises:
        AvatarError: it cannot be written.
    """
    document = {**mapping.to_json(), **({"unassigned": list(unassigned)} if unassigned else {})}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n", backup_of(path))
    except OSError as error:
        raise AvatarError(f"The avatar mapping cannot be written to {path} ({error.strerror}); choose another place.") from error
