"""The arguments of the verbs about takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.options.arguments import add_acting, add_avatar, add_sound, add_source, add_speech, add_tuning, size


def add_reviews(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs about takes."""
    take = add("take", "a take without a window: sound, words, the motion of its sides, all in one file")
    take.add_argument("line", metavar="AUDIO|TEXT", help="a recording, or what is to be spoken")
    take.add_argument("-o", "--out", type=Path, required=True, metavar="T.vstake")
    take.add_argument("--source-b", metavar="S", help="of a second side, which is set against the first")
    take.add_argument("--transcript", type=Path, metavar="TXT", help="what is said in AUDIO, for exact phone times")
    take.add_argument("--name", default="", metavar="LINE", help="what the line is called (default: its words, or the file's name)")
    take.add_argument("--embed-avatar", action="store_true", help="put the avatar into the take, so that it needs no other file")
    add_sound(take)
    add_speech(take)
    add_source(take)
    add_tuning(take)
    add_acting(take)
    add_avatar(take, "avatar (default: the bundled one)")
    page = add("page", "the review page of a take: one HTML file that opens from disk; or bring its notes back")
    page.add_argument("take", type=Path, metavar="T.vstake")
    page.add_argument("-o", "--out", type=Path, metavar="R.html", help="write the page there")
    page.add_argument("--notes", type=Path, metavar="JSON", help="put the notes that a page saved into the take, each of them once")
    diff = add("diff", "what changed between two takes or tracks; exit 1 when something did")
    diff.add_argument("first", type=Path, metavar="A")
    diff.add_argument("second", type=Path, metavar="B")


def add_table(table: argparse._ArgumentGroup) -> None:
    """A table of dialogue."""
    words = "TOML or JSON with a section for each character: voice, preset, avatar, source, style, speed (default: beside the table)"
    table.add_argument("--characters", type=Path, metavar="FILE", help=words)
    table.add_argument("--voice", default="", metavar="ID", help="who speaks where neither row nor character says it")
    table.add_argument("--takes", action="store_true", help="of a folder of recordings, too: takes, films and the report as for a table")
    table.add_argument("--films", action="store_true", help="a film of every line, too")
    table.add_argument("--films-size", type=size, default=(640, 360), metavar="WxH", help="of the films (default 640x360)")
    table.add_argument("--outside", action="store_true", help="let the table name files outside its folder")
