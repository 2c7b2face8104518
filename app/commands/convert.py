"""``convert IN OUT``: between track formats."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence

from app.commands.told import say, track_report
from app.core.errors import LayerError
from app.core.layering import layered
from app.core.layers import Layer
from app.core.track import Animation, resampled
from app.formats.registry import check_writable, read_track_file, write_track
from app.lipsync.layered import is_kept_motion, kept_motion


def run(options: Namespace) -> int:
    """Read one dialect, write another; the ending of OUT picks it. What is doubtful or left out is told on standard error."""
    check_writable(options.out)
    file = read_track_file(options.track, options.in_fps)
    track, error = file.track, 0.0
    if options.fps is not None and options.fps != track.fps:
        track, error = resampled(track, options.fps)
    made = _with_layers(Animation(track, label=options.track.name), options.layers)
    track = made.arkit
    left_out = (*made.notes, *write_track(options.out, track))
    say(options.track.name, (*file.told, *left_out))
    summary = {
        "out": str(options.out), "frames": len(track), "fps": track.fps, "largest_error": round(error, 4),
        **track_report(file, left_out),
    }  # fmt: skip
    text = f"{options.out}: {len(track)} frames at {track.fps:g} fps"
    if error:
        text += f"; resampling changed no value by more than {error:.3f}"
    print(json.dumps(summary) if options.json else text)
    return 0


def _with_layers(base: Animation, layers: Sequence[Layer]) -> Animation:
    """A track with parts of other tracks and takes.

    Raises:
        LayerError: a layer's motion would have to be made from a sound.
        PreviewError: the file of a layer is missing or damaged.
    """
    made = [layer for layer in layers if not is_kept_motion(layer.source)]
    if made:
        raise LayerError(f"There is no sound here from which {made[0].source} could move; give file:TRACK or take:TAKE, or use animate.")
    return layered(base, [(layer, kept_motion(layer.source)) for layer in layers])
