"""What a verb says about the track files that it reads: on standard error for people, under ``warnings`` in JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from app.formats.track_file import TrackFile


def say(name: str, sentences: Iterable[str]) -> None:
    """One line on standard error.

    Args:
        name: of the file.
        sentences: about it; none says nothing.
    """
    text = " ".join(sentences)
    if text:
        print(f"{name}: {text}", file=sys.stderr)


def track_report(file: TrackFile, further: Iterable[str] = ()) -> dict[str, Any]:
    """What a verb's JSON says about a track file.

    Args:
        file: as read.
        further: sentences that came up later.
    """
    return {
        "dialect": file.dialect, "fps_from": file.fps_from, "evidence": file.evidence, "other_fps": file.other_fps,
        "maybe_swapped": file.maybe_swapped, "swap_evidence": file.swap_evidence,
        "side": [] if file.track.side is None else list(file.track.side.names),
        "warnings": [*file.notes, *further],
    }  # fmt: skip
