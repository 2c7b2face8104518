"""``inspect AVATAR``."""

from __future__ import annotations

import json
from argparse import Namespace

from app.avatar.inspection import inspect_avatar, report_text


def run(options: Namespace) -> int:
    """Print what is in an avatar and what is missing."""
    report = inspect_avatar(options.avatar)
    print(json.dumps(report) if options.json else report_text(report))
    return 0
