"""The arguments of the verbs of live faces."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.options.arguments import add_sound, add_source, add_speech, add_tuning, rate, seconds

_TO = "where: livelink:HOST[:PORT], livelink5:..., vmc:HOST[:PORT] or websocket:HOST[:PORT], which others join here; repeatable"


def add_live(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """``stream`` and ``listen``."""
    stream = add("stream", "a track, a spoken line or the microphone as live faces to Unreal, VMC programs and web pages")
    stream.add_argument("track", nargs="?", type=Path, metavar="TRACK", help="a track file of any format")
    stream.add_argument("--audio", type=Path, metavar="A", help="the sound of TRACK, played along")
    stream.add_argument("--text", default="", metavar="T", help="a line, spoken and sent in time with its sound")
    stream.add_argument("--mic", action="store_true", help="whatever is said, until Ctrl+C")
    stream.add_argument("--to", action="append", required=True, metavar="ADDRESS", help=_TO)
    stream.add_argument("--rate", type=rate, default=60.0, metavar="N", help="faces a second (default 60)")
    stream.add_argument(
        "--subject", default="VisemeSync", metavar="NAME", help="whose face it is, as Unreal lists it (default: VisemeSync)"
    )
    words = "how shapes are called, for VMC; VRM sends aa, ih, ou, ee, oh and blink, VRM0 A, I, U, E, O and Blink (default: PascalCase)"
    stream.add_argument("--names", choices=("PascalCase", "camelCase", "VRM", "VRM0"), default="PascalCase", help=words)
    stream.add_argument("--no-head", action="store_true", help="do not turn the head")
    stream.add_argument("--loop", action="store_true", help="begin again at the end, until Ctrl+C")
    stream.add_argument("--seconds", type=seconds, metavar="N", help="end after so many")
    stream.add_argument("--token", default="", help="asked of who joins the WebSocket; needed beyond this machine")
    add_sound(stream)
    add_speech(stream)
    add_source(stream)
    add_tuning(stream)

    listen = add("listen", "hear live faces from a phone, a tracker or another program; show their jitter, and keep them as a track")
    words = "livelink[:PORT], vmc[:PORT] or websocket:HOST[:PORT]; HOST:PORT of livelink and vmc listens on one network only"
    listen.add_argument("address", metavar="ADDRESS", help=words)
    listen.add_argument("-o", "--out", type=Path, metavar="TRACK", help="keep what is heard; its ending picks the format")
    listen.add_argument("--seconds", type=seconds, metavar="N", help="end after so many, counted from the first face (default: Ctrl+C)")
    listen.add_argument("--wait", type=seconds, default=60.0, metavar="N", help="for the first face at most so many seconds (default 60)")
    listen.add_argument("--subject", default="", metavar="NAME", help="whose face, where several are sent (default: the first)")
    listen.add_argument("--fps", type=rate, default=None, metavar="N", help="of the track (default: the sender's)")
    listen.add_argument("--token", default="", help="that the WebSocket asks for")
