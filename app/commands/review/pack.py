"""``pack T.vstake -o FOLDER|ZIP``."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.progress import Progress
from app.render.platform import prepare_gl


def run(options: Namespace) -> int:
    """Make the package; exit 1 when a part of it could not be made here."""
    prepare_gl(None)
    from app.review.package.packing import PackSettings, pack

    endings = tuple(word.strip().lstrip(".") for word in options.tracks.split(",") if word.strip())
    made = pack(options.take, options.out, DEFAULT_AVATAR.parent, PackSettings(endings, options.size), progress=Progress(options.progress))
    for sentence in (*made.missing, *made.remarks):
        print(sentence, file=sys.stderr)
    summary = {
        "out": str(made.out), "files": list(made.files), "bytes": made.size, "seconds": round(made.seconds, 2),
        "missing": list(made.missing), "remarks": list(made.remarks),
    }  # fmt: skip
    text = f"{made.out}: {len(made.files)} files, {made.size / 1e6:.1f} MB, in {made.seconds:.1f} s"
    print(json.dumps(summary) if options.json else text)
    return 1 if made.missing else 0
