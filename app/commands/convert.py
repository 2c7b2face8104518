"""``convert IN OUT``: between track formats."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace

from app.commands.options.face import face_report, named_avatar
from app.commands.options.writing import write_motion
from app.commands.told import say, track_report
from app.core.track import resampled
from app.formats.performance import Performance
from app.formats.registry import check_writable, read_track_file, writer_of


def run(options: Namespace) -> int:
    """Read one format, write another; ``--as`` or the ending of OUT picks it. What is doubtful or left out is told on standard error."""
    check_writable(options.out, options.key)
    avatar = named_avatar(options)
    file = read_track_file(options.track, options.in_fps)
    performance, error = replace(file.performance, avatar=options.avatar), 0.0
    if options.fps is not None and options.fps != file.track.fps:
        performance, error = _at(performance, options.fps)
    track = performance.arkit
    left_out = write_motion(options.out, performance, options)
    say(options.track.name, (*file.told, *left_out))
    summary = {
        "out": str(options.out), "format": writer_of(options.out, options.key).key, "frames": len(track), "fps": track.fps,
        "largest_error": round(error, 4), **track_report(file, left_out), **face_report(avatar),
    }  # fmt: skip
    text = f"{options.out}: {len(track)} frames at {track.fps:g} fps"
    if error:
        text += f"; resampling changed no value by more than {error:.3f}"
    print(json.dumps(summary) if options.json else text)
    return 0


def _at(performance: Performance, fps: float) -> tuple[Performance, float]:
    """The same at another frame rate, and the largest change of any value that this makes."""
    arkit, error = resampled(performance.arkit, fps)
    if performance.visemes is None:
        return replace(performance, arkit=arkit), error
    visemes, viseme_error = resampled(performance.visemes, fps)
    return replace(performance, arkit=arkit, visemes=visemes), max(error, viseme_error)
