"""Motion as a USD scene: text that is written here, and a crate that the package usd-core makes of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from app.avatar.follow import follow_jaw
from app.avatar.gltf import load_avatar
from app.avatar.motion import Skeleton, find_skeleton
from app.avatar.names.composing import SET_ASIDE
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import AvatarError, TrackError
from app.core.head import has_head, head_rotations, with_gaze_of_angles
from app.core.installation import how_to_get
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes.usd.face import joints_of, mesh_texts, skeleton_text
from app.formats.scenes.usd.motion import AS_MADE, SHOWN, animation, as_made, codes_text
from app.formats.scenes.usd.text import MADE_BY, asset, indented, quoted
from app.formats.track_file import check_rate, require_arkit

NEEDED = f"USD crates need the package usd-core; {how_to_get('usd-core', '', 'usd-core')}, or write USD text (.usda)."
#: where the head of a face without an avatar turns
_NO_FACE = Skeleton(None, np.zeros(3), np.zeros((0, 3), np.float32), 1.0)
_MOST_TOLD = 4


def write_text(performance: Performance, options: WriteOptions) -> Written:
    """A scene as text: the avatar's face where there is one, else the motion alone.

    Raises:
        TrackError: other channels than the 52, or an avatar that cannot be read.
    """
    text, notes = _scene(performance, options)
    return Written(text.encode(), notes)


def write_motion(performance: Performance, options: WriteOptions) -> Written:
    """The motion alone, to be bound to a face elsewhere.

    Raises:
        TrackError: other channels than the 52.
    """
    text, notes = _motion_alone(performance, options)
    return Written(text.encode(), notes)


def write_crate(performance: Performance, options: WriteOptions) -> Written:
    """The same scene in USD's binary form.

    Raises:
        TrackError: the package is missing, or as ``write_text``.
    """
    try:
        from pxr import Sdf
    except ImportError:
        raise TrackError(NEEDED) from None
    text, notes = _scene(performance, options)
    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.ImportFromString(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.usdc"
        layer.Export(str(path))
        return Written(path.read_bytes(), notes)


def _scene(performance: Performance, options: WriteOptions) -> tuple[str, tuple[str, ...]]:
    if performance.avatar is None:
        return _motion_alone(performance, options)
    try:
        return _with_face(performance, performance.avatar, options)
    except AvatarError as error:
        raise TrackError(f"{performance.avatar.name} cannot take the motion: {error}") from error


def _checked(performance: Performance) -> np.ndarray:
    """(n,) time codes."""
    arkit = performance.arkit
    require_arkit(arkit)
    check_rate(arkit.fps, len(arkit), "The track")
    made: np.ndarray = arkit.start_s * arkit.fps + np.arange(len(arkit), dtype=np.float64)
    return made


def _motion_alone(performance: Performance, options: WriteOptions) -> tuple[str, tuple[str, ...]]:
    codes, arkit = _checked(performance), performance.arkit
    side = None if arkit.side is None else arkit.side.without_still()
    joints = joints_of(_NO_FACE, head_rotations(arkit)) if has_head(arkit) else None
    prims = [animation(SHOWN, as_made(arkit, performance.visemes), codes, options.max_error, joints=joints, side=side)]
    if joints is not None:
        prims.insert(0, skeleton_text(joints, f"/Face/{SHOWN}"))
    return _layer(performance, codes, prims), _told(performance)


def _with_face(performance: Performance, path: Path, options: WriteOptions) -> tuple[str, tuple[str, ...]]:
    codes, arkit, visemes = _checked(performance), performance.arkit, performance.visemes
    avatar = load_avatar(path)
    rig = AvatarRig(avatar, performance.corrections)
    seen = with_gaze_of_angles(arkit)
    rows = rig.reaching(seen.weights, None if visemes is None else visemes.weights)
    moved = {
        name: i for i, name in enumerate(rig.target_names)
        if not name.endswith(SET_ASIDE) and rows[:, i].any()
    }  # fmt: skip
    shown = [i for i, name in enumerate(rig.target_names) if name in ARKIT_CHANNELS or name in moved]
    skeleton = find_skeleton(avatar)
    joints = joints_of(skeleton, head_rotations(arkit) if has_head(arkit) else None)
    side = None if arkit.side is None else arkit.side.without_still()
    columns = ([rig.target_names[i] for i in shown], rows[:, shown])
    names, made = as_made(arkit, visemes)
    is_made = list(names) == columns[0] and np.array_equal(made, columns[1])
    prims = [
        skeleton_text(joints, f"/Face/{SHOWN}"),
        animation(SHOWN, columns, codes, options.max_error, joints=joints, side=side if is_made else None),
    ]
    if not is_made:
        prims.append(animation(AS_MADE, (names, made), codes, options.max_error, side=side))
    parts = follow_jaw(avatar.parts) if rig.corrections.teeth_follow else avatar.parts
    prims += mesh_texts(avatar, parts, skeleton, joints, moved)
    notes = ["The face is written with the shapes that move, coloured by vertex, without textures."]
    lacking = [name for name in rig.arkit_missing if seen.column(name).any()]
    if lacking and not rig.estimates_mouth:
        more = " ..." if len(lacking) > _MOST_TOLD else ""
        notes.append(f"The avatar has no {', '.join(lacking[:_MOST_TOLD])}{more}; the motion keeps what they do.")
    if has_head(arkit) and skeleton.head_pivot is None:
        notes.append("The avatar has no head joint, so its head stays; the angles are kept beside the shapes.")
    return _layer(performance, codes, prims), (*notes, *_told(performance))


def _layer(performance: Performance, codes: np.ndarray, prims: list[str]) -> str:
    """The whole text."""
    fps = performance.arkit.fps
    if performance.sound:
        prims = [*prims, _sound(performance)]
    head = "\n".join([
        "#usda 1.0", "(", '    defaultPrim = "Face"', f"    doc = {quoted(MADE_BY)}", codes_text(codes),
        f"    framesPerSecond = {fps!r}", "    metersPerUnit = 1", f"    timeCodesPerSecond = {fps!r}", '    upAxis = "Y"', ")", "",
    ])  # fmt: skip
    body = "\n\n".join(indented(prim) for prim in prims)
    return f'{head}\ndef SkelRoot "Face" (\n    prepend apiSchemas = ["SkelBindingAPI"]\n)\n{{\n{body}\n}}\n'


def _sound(performance: Performance) -> str:
    """The sound's file, from time code 0 on."""
    return "\n".join([
        'def SpatialAudio "Sound"', "{", '    uniform token auralMode = "nonSpatial"',
        f"    uniform asset filePath = {asset(performance.sound)}", '    uniform token playbackMode = "onceFromStart"', "}",
    ])  # fmt: skip


def _told(performance: Performance) -> tuple[str, ...]:
    lost = [what for what, there in (("phones", performance.phones), ("words", performance.words)) if there]
    return (f"USD has no room for {' and '.join(lost)}; they were left out.",) if lost else ()
