"""``notes T.vstake -o OUT`` and ``notes IN --into T.vstake``."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.progress import Progress
from app.core.errors import ProjectError
from app.formats.cuts import markdown
from app.formats.takes.reading import read_take
from app.render.platform import prepare_gl
from app.review.exchange.receiving import notes_into
from app.review.exchange.sending import check_notes_name, write_notes


def run(options: Namespace) -> int:
    """Write a take's notes, or take them in."""
    if (options.out is None) == (options.into is None):
        raise ProjectError("Say with -o where the notes of a take go, or with --into which take the notes come into.")
    return _out(options) if options.out is not None else _in(options)


def _out(options: Namespace) -> int:
    check_notes_name(options.out)
    if options.out.suffix.lower() == markdown.ENDING:
        prepare_gl(None)
    with tempfile.TemporaryDirectory() as folder:
        take = read_take(options.file, DEFAULT_AVATAR.parent, into=Path(folder), missing=[])
        sent = write_notes(take, options.out, progress=Progress(options.progress))
    for remark in sent.remarks:
        print(remark, file=sys.stderr)
    summary = {
        "out": str(options.out),
        "notes": len(take.notes),
        "files": [str(file) for file in sent.files],
        "remarks": list(sent.remarks),
    }
    print(json.dumps(summary) if options.json else f"{options.out}: {len(take.notes)} notes")
    return 0


def _in(options: Namespace) -> int:
    came = notes_into(options.file, options.into, DEFAULT_AVATAR.parent)
    for remark in came.remarks:
        print(remark, file=sys.stderr)
    summary = {"take": str(options.into), "notes": came.notes, "new": came.new, "changed": came.changed, "remarks": list(came.remarks)}
    print(json.dumps(summary) if options.json else f"{options.into}: {came.new} new notes, {came.changed} changed, {came.notes} in all")
    return 0
