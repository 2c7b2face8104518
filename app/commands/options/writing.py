"""Writing motion in the format that the arguments of a verb say."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from app.commands.pipeline import DEFAULT_AVATAR
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import write_performance, writer_of


def write_options(options: Namespace) -> WriteOptions:
    """What the arguments of ``add_writing`` say."""
    return WriteOptions(options.max_error, not options.basic_cues, options.cue_fps)


def write_motion(out: Path, performance: Performance, options: Namespace) -> tuple[str, ...]:
    """Write motion as the options say.

    Args:
        out: the file.
        performance: what is written; a scene without an avatar gets the bundled one.
        options: those of ``add_writing``.

    Returns:
        Sentences about what the format left out or changed.

    Raises:
        TrackError: it cannot be written so.
    """
    if performance.avatar is None and writer_of(out, options.key).holds == "scene":
        performance = replace(performance, avatar=DEFAULT_AVATAR)
    return write_performance(out, performance, write_options(options), options.key)
