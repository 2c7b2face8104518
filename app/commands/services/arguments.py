"""The arguments of the verbs that speak to servers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.options.arguments import seconds

#: what one machine can speak for, and what the protocol knows
_MOST_VOICES, _RATES = 4096, (10, 120)


def counts(text: str) -> tuple[int, ...]:
    """Parse ``1,8,32``."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and len(word) < 6 and 1 <= int(word) <= _MOST_VOICES for word in words):
        raise argparse.ArgumentTypeError(f"give numbers of voices from 1 to {_MOST_VOICES} such as 1,8,32, not {text!r}")
    return tuple(int(word) for word in words)


def whole_rate(text: str) -> int:
    """Parse a frame rate of the streaming protocol."""
    if not text.isdecimal() or len(text) > 3 or not _RATES[0] <= int(text) <= _RATES[1]:
        raise argparse.ArgumentTypeError(f"give a whole frame rate from {_RATES[0]} to {_RATES[1]}, not {text!r}")
    return int(text)


def add_load(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """``load``."""
    load = add("load", "real-time voices at a server, and a table of how it held; exit 1 when it refused some, or lost a frame")
    load.add_argument("url", metavar="URL", help="of the server, such as http://HOST:8000")
    load.add_argument("--voices", type=counts, default=(1,), metavar="N,N", help="how many at once; several numbers make several rows")
    load.add_argument("--seconds", type=seconds, default=10.0, metavar="S", help="that every voice speaks (default 10)")
    load.add_argument(
        "--sound", "--source-sound", dest="sound", type=Path, metavar="FILE", help="what they say, over and over (default: a hum)"
    )
    load.add_argument("--fps", type=whole_rate, default=30, metavar="N", help="frames per second (default 30)")
    load.add_argument("--acks", action="store_true", help="acknowledge the frames that came")
    load.add_argument("--token", default="", help="that the server asks for (or VISEMESYNC_REMOTE_TOKEN, or /t/TOKEN in URL)")
