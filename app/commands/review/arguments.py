"""The arguments of the verbs about takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.options.arguments import add_avatar, add_sound, add_source, add_speech, add_tuning, size


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


def add_hand_off(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The verbs that pass a review on."""
    notes = add("notes", "a take's notes for other programs, or back from them; OUT ends in .otio, .edl, .fcpxml, .csv or .md")
    notes.add_argument("file", type=Path, metavar="T.vstake|IN", help="the take, or with --into the .otio, .csv or .json that came back")
    notes.add_argument("-o", "--out", type=Path, metavar="OUT", help="write the take's notes there")
    notes.add_argument("--into", type=Path, metavar="T.vstake", help="take the notes into this take, each of them once")
    study = add("study", "a blind rating study: make its page, or read what raters sent back")
    study.add_argument("work", choices=("make", "read"))
    study.add_argument("files", type=Path, nargs="+", metavar="CLIP|RESULT.json", help="takes and recordings; or results")
    study.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="make: a new folder for the page, its key and a read-me")
    study.add_argument("--sources", default="", metavar="S,S", help="make: what is compared, like a2f,visemes (takes: their own sides)")
    study.add_argument("--kind", choices=("scale", "abx"), default="scale", help="make: 7-point scales, or A and B and X (default scale)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="make: of names and orders (default 0)")
    study.add_argument("--key", type=Path, metavar="KEY.json", help="read: the study's key (default: beside the results)")
    add_avatar(study, "make: whose face is shown (default: the bundled one)")
    pack = add("pack", "the hand-off package of a take: film, review page, sheet, notes, tracks, the take and a read-me")
    pack.add_argument("take", type=Path, metavar="T.vstake")
    pack.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER|ZIP")
    pack.add_argument(
        "--tracks", default="csv", metavar="ENDINGS", help="formats of the tracks: csv, a2f.csv, json with commas (default csv)"
    )
    pack.add_argument("--size", type=size, default=(1280, 720), metavar="WxH", help="of the film (default 1280x720)")
