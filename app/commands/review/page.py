"""``page T.vstake -o R.html`` and ``page T.vstake --notes NOTES.json``."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.progress import Progress
from app.core.errors import ProjectError
from app.render.platform import prepare_gl


def run(options: Namespace) -> int:
    """Bring notes back, write the page, or both in this order."""
    prepare_gl()
    from app.review.page.of_file import take_notes_into, write_page_of

    if options.out is None and options.notes is None:
        raise ProjectError("There is nothing to do; say with -o where the page goes, or with --notes which notes come back.")
    summary: dict[str, object] = {}
    words = []
    if options.notes is not None:
        returned, new = take_notes_into(options.take, options.notes)
        summary.update(notes=len(returned.notes), new=new, damaged=list(returned.damaged))
        words.append(f"{options.take}: {len(returned.notes)} notes came back, {new} of them new")
        for place in returned.damaged:
            print(f"The notes are damaged at {place}; the rest of them is kept.", file=sys.stderr)
    if options.out is not None:
        report = write_page_of(options.take, options.out, DEFAULT_AVATAR.parent, progress=Progress(options.progress))
        summary.update(out=str(report.path), bytes=report.size, remarks=list(report.remarks))
        words.append(f"{report.path}: {report.size / 1e6:.1f} MB")
        for remark in report.remarks:
            print(remark, file=sys.stderr)
    print(json.dumps(summary) if options.json else "\n".join(words))
    return 0
