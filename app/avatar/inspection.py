"""What ``inspect`` tells about an avatar: a JSON-ready dict, and the same for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.avatar.findings import channel_names, missing, speech_problem
from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar, MeshPart
from app.avatar.names.composing import as_written, written_names
from app.avatar.names.mapping import AvatarMapping
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS, canonical_name

_TEXTURE_FIELDS = ("base_color_texture", "metallic_roughness_texture", "normal_texture", "occlusion_texture", "emissive_texture")


def inspect_avatar(path: Path | str, mapping: AvatarMapping | None = None) -> dict[str, Any]:
    """Load an avatar and describe it.

    Args:
        path: a .glb, .gltf or .vrm file.
        mapping: assigned by hand; None for what is kept for this file, or what its names say.

    Returns:
        The document of ``inspect --json``; see describe_avatar.

    Raises:
        AvatarError: the file cannot be loaded.
    """
    return describe_avatar(load_avatar(path, mapping=mapping))


def describe_avatar(avatar: Avatar) -> dict[str, Any]:
    """Describe a loaded avatar.

    Args:
        avatar: any.

    Returns:
        JSON-ready values: name, path, generator, copyright, meshes, vertices, triangles, arkit, visemes, other_targets,
        arkit_missing, visemes_missing, dialects (name, origin, evidence), renamed (channel -> its target's name), composed
        (channel -> what it is made of), by_hand (the same for what a user assigned), mouth_moves, extensions_required,
        extensions_used, joints, skinned_meshes, textures, problems.
    """
    present = channel_names(avatar.parts)
    arkit_missing, visemes_missing = missing(ARKIT_CHANNELS, present), missing(VISEME_CHANNELS, present)
    vocabulary = avatar.vocabulary
    others = {name for name in written_names(avatar.parts) if canonical_name(name) is None} - vocabulary.used
    return {
        "name": avatar.name,
        "path": str(avatar.path) if avatar.path else None,
        "generator": avatar.generator,
        "copyright": avatar.copyright,
        "meshes": [_describe_part(part) for part in avatar.parts],
        "vertices": sum(len(part.positions) for part in avatar.parts),
        "triangles": sum(len(part.triangles) for part in avatar.parts),
        "arkit": len(ARKIT_CHANNELS) - len(arkit_missing),
        "visemes": len(VISEME_CHANNELS) - len(visemes_missing),
        "other_targets": sorted(others),
        "arkit_missing": list(arkit_missing),
        "visemes_missing": list(visemes_missing),
        "dialects": [{"name": d.name, "origin": d.origin, "evidence": list(d.evidence)} for d in vocabulary.found],
        "renamed": {c: vocabulary.words(c) for c in vocabulary.recipes if c not in vocabulary.composed and c not in vocabulary.by_hand},
        "composed": vocabulary.composed,
        "by_hand": {channel: vocabulary.words(channel) for channel in sorted(vocabulary.by_hand)},
        "mouth_moves": not speech_problem(avatar.parts),
        "extensions_required": list(avatar.extensions_required),
        "extensions_used": list(avatar.extensions_used),
        "joints": [joint.name for joint in avatar.joints],
        "textures": _describe_textures(avatar),
        "problems": list(avatar.problems),
    }


def _describe_part(part: MeshPart) -> dict[str, Any]:
    targets = as_written(part).targets
    return {
        "name": part.mesh,
        "vertices": len(part.positions),
        "triangles": len(part.triangles),
        "material": part.material.name,
        "alpha_mode": part.material.alpha_mode,
        "skinned": part.skin is not None,
        "targets": list(targets.names) if targets else [],
        "empty_targets": [n for n, d in zip(targets.names, targets.positions, strict=True) if not d.any()] if targets else [],
        "default_weights": {n: round(float(w), 6) for n, w in zip(targets.names, targets.default_weights, strict=True) if w}
        if targets
        else {},
        "largest_delta_m": float(np.abs(targets.positions).max()) if targets else 0.0,
    }


def _describe_textures(avatar: Avatar) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for part in avatar.parts:
        for field in _TEXTURE_FIELDS:
            texture = getattr(part.material, field)
            if texture is not None:
                height, width = texture.pixels.shape[:2]
                entry = found.setdefault(id(texture), {"name": texture.name, "width": width, "height": height, "used_as": []})
                role = f"{part.material.name or part.mesh}: {field.removesuffix('_texture').replace('_', ' ')}"
                if role not in entry["used_as"]:
                    entry["used_as"].append(role)
    return list(found.values())


def report_text(report: dict[str, Any]) -> str:
    """The description for people.

    Args:
        report: from inspect_avatar or describe_avatar.

    Returns:
        Lines of text, without a final line break.
    """
    meshes = report["meshes"]
    width = max(len(mesh["name"]) for mesh in meshes)
    lines = [f"{report['name']}  ({report['vertices']} vertices, {report['triangles']} triangles, {len(report['joints'])} joints)"]
    lines += [f"{label}: {report[key]}" for key, label in (("generator", "made by"), ("copyright", "copyright")) if report[key]]
    for key, label in (("extensions_required", "required extensions"), ("extensions_used", "used extensions")):
        if report[key]:
            lines.append(f"{label}: {', '.join(report[key])}")
    lines += ["", "meshes:"]
    lines += [_mesh_line(mesh, width) for mesh in meshes]
    lines += ["", f"ARKit shapes: {report['arkit']} of {len(ARKIT_CHANNELS)}", f"visemes: {report['visemes']} of {len(VISEME_CHANNELS)}"]
    for key, label in (
        ("arkit_missing", "ARKit shapes missing"),
        ("visemes_missing", "visemes missing"),
        ("other_targets", "other targets"),
    ):
        names = report[key]
        if names and not (key.endswith("missing") and len(names) in (len(ARKIT_CHANNELS), len(VISEME_CHANNELS))):
            lines.append(f"{label}: {', '.join(sorted(names, key=_mouth_first))}")
    lines += _names_lines(report)
    if report["textures"]:
        lines += ["", "textures:"]
        lines += [f"  {t['width']} x {t['height']}  {t['name']}  ({'; '.join(t['used_as'])})" for t in report["textures"]]
    lines += ["", "problems:" if report["problems"] else "problems: none"]
    lines += [f"  - {problem}" for problem in report["problems"]]
    return "\n".join(lines)


def _mouth_first(name: str) -> int:
    """Rank of a channel in what is told about a face: mouth, eyes, brows, the rest."""
    places = (("jaw", "mouth", "tongue", "viseme"), ("eye",), ("brow",))
    return next((i for i, starts in enumerate(places) if name.startswith(starts)), len(places))


def _names_lines(report: dict[str, Any]) -> list[str]:
    """How the shapes' names were understood."""
    lines: list[str] = []
    for dialect in report["dialects"]:
        names = dialect["evidence"]
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        lines += ["", f"names read as {dialect['name']}: {shown}", f"  ({dialect['origin']})"]
    for key, label in (("composed", "composed"), ("by_hand", "assigned by hand")):
        if report[key]:
            lines += ["", f"{label}:", *(f"  {channel} = {words or 'nothing'}" for channel, words in report[key].items())]
    return lines


def _mesh_line(mesh: dict[str, Any], width: int) -> str:
    targets = f"{len(mesh['targets'])} targets" if mesh["targets"] else "no targets"
    empty = f" ({len(mesh['empty_targets'])} empty)" if mesh["empty_targets"] else ""
    return f"  {mesh['name']:<{width}}  {mesh['vertices']:>6} vertices  {targets}{empty}  {mesh['material']}".rstrip()
