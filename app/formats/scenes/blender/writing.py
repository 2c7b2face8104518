"""Motion as a script that Blender runs."""

from __future__ import annotations

import json

import numpy as np

from app.core.head import has_head, head_rotations
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes.blender.script import CLOSING, HEAD, OPENING, TAIL
from app.formats.scenes.gltf.keys import kept_keys
from app.formats.scenes.gltf.naming import animation_name
from app.formats.side_columns import left_out
from app.formats.track_file import check_rate, require_arkit

NAME = "Blender script"
_HEAD_ANGLES = ("HeadYaw", "HeadPitch", "HeadRoll")


def write(performance: Performance, options: WriteOptions) -> Written:
    """The script's text; every curve with its own keys.

    Args:
        performance: whose shapes, visemes, head and sound are written.
        options: ``max_error`` leaves keys out.

    Raises:
        TrackError: other channels than the 52.
    """
    arkit = performance.arkit
    require_arkit(arkit)
    check_rate(arkit.fps, len(arkit), "The track")
    facts = {
        "name": animation_name(performance), "fps": arkit.fps, "start_s": arkit.start_s, "n_frames": len(arkit),
        "end_s": performance.end_s, "sound": performance.sound, "duration_s": performance.duration_s,
    }  # fmt: skip
    lines = [f'"{key}": {json.dumps(value)},' for key, value in facts.items()]
    lines += [*_curves("shapes", arkit, options.max_error), *_curves("visemes", performance.visemes, options.max_error)]
    turned = has_head(arkit)
    lines += ['"head": [' + ", ".join(_numbers(column) for column in _euler(arkit)) + "]" if turned else '"head": []']
    # a quote would end the string that the motion stands in
    motion = ("{" + "\n".join(lines) + "}").replace("'", "\\u0027")
    notes = left_out(arkit, "A Blender script", _HEAD_ANGLES if turned else ())
    kept = (f"The head's rotation is on an empty called {facts['name']} head.",) if turned else ()
    return Written(f"{HEAD}{OPENING}{motion}{CLOSING}\n{TAIL}".encode(), (*notes, *kept, *_untold(performance)))


def _curves(title: str, track: BlendshapeTrack | None, max_error: float) -> list[str]:
    """The lines of a set of shapes, one each."""
    made = []
    if track is not None:
        for name, column in zip(track.channels, track.weights.T, strict=True):
            frames = kept_keys(column[:, None], max_error)
            still = (column == column[0]).all()
            thinned = len(frames) < len(column)
            values = column[:1] if still else column[frames]
            keys = ', "frames": [0]' if still else f', "frames": {json.dumps(frames.tolist())}' if thinned else ""
            made.append(f'{json.dumps(name)}: {{"values": {_numbers(values)}{keys}}}')
    return [f'"{title}": {{' + ",\n".join(made) + "},"]


def _euler(arkit: BlendshapeTrack) -> np.ndarray:
    """(3, n) float32 about Blender's axes, in the order YXZ: glTF's Y is its Z, and glTF's Z its -Y."""
    pitch, yaw, roll = head_rotations(arkit).T
    made: np.ndarray = np.stack([pitch, -roll, yaw]).astype(np.float32)
    return made


def _numbers(values: np.ndarray) -> str:
    """A list of float32 numbers, each as short as it can be without losing a bit."""
    return "[" + ", ".join(values.astype(np.float32).astype("U24")) + "]"


def _untold(performance: Performance) -> tuple[str, ...]:
    lost = [what for what, there in (("phones", performance.phones), ("words", performance.words)) if there]
    return (f"A Blender script has no room for {' and '.join(lost)}; they were left out.",) if lost else ()
