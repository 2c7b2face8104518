"""``convert IN OUT``: between track formats."""

from __future__ import annotations

import json
from argparse import Namespace

from app.core.track import resampled
from app.formats.registry import check_writable, read_track, write_track


def run(options: Namespace) -> int:
    """Read one dialect, write another; the ending of OUT picks it."""
    check_writable(options.out)
    track = read_track(options.track)
    error = 0.0
    if options.fps is not None and options.fps != track.fps:
        track, error = resampled(track, options.fps)
    write_track(options.out, track)
    summary = {"out": str(options.out), "frames": len(track), "fps": track.fps, "largest_error": round(error, 4)}
    text = f"{options.out}: {len(track)} frames at {track.fps:g} fps"
    if error:
        text += f"; resampling changed no value by more than {error:.3f}"
    print(json.dumps(summary) if options.json else text)
    return 0
