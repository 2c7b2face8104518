"""The sound that a verb works on: how it is read, and what its reader noticed, on standard error and in JSON."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.core.speech import ClipNote


@dataclass(frozen=True)
class SoundOptions:
    """How a sound is read.

    Attributes:
        channel: see ``read_clip``.
        encoder_delay_s: to take off its start.
    """

    channel: str = ""
    encoder_delay_s: float = 0.0


def sound_options(options: Namespace) -> SoundOptions:
    """``--channel`` and ``--encoder-delay`` of a command line."""
    return SoundOptions(options.channel, options.encoder_delay)


def advice_of(note: ClipNote) -> str:
    """A note's sentence, and the options that choose otherwise."""
    if not note.choices:
        return note.sentence
    option = "--encoder-delay" if note.kind == "unknown_delay" else "--channel"
    return f"{note.sentence} ({' or '.join(f'{option} {choice}' for choice in note.choices)})"


def tell(notes: Sequence[ClipNote]) -> None:
    """Say what was noticed, on standard error."""
    for note in notes:
        print(advice_of(note), file=sys.stderr)


def sound_report(notes: Sequence[ClipNote]) -> dict[str, Any]:
    """The same for a verb's JSON."""
    return {"notes": [asdict(note) for note in notes]}
