"""Arguments of the verbs that pass a review on: notes, study, pack."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path


def add_hand_off(
    add: Callable[[str, str], ArgumentParser], add_avatar: Callable[[ArgumentParser, str], None], size: Callable[[str], tuple[int, int]]
) -> None:
    """The verbs that pass a review on.

    Args:
        add: makes a verb of a name and a sentence.
        add_avatar: gives a verb the options of an avatar.
        size: reads a picture's size.
    """
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
        "--tracks", default="csv", metavar="FORMATS", help="of the tracks, endings or keys with commas: csv, a2f.csv (default csv)"
    )
    pack.add_argument("--size", type=size, default=(1280, 720), metavar="WxH", help="of the film (default 1280x720)")
