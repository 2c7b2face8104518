"""``check TRACK [--audio A] [--phones P]``: lip-sync lint; exit 1 when something needs work."""

from __future__ import annotations

import json
from argparse import Namespace

from app.commands.sound import sound_options, sound_report, tell
from app.formats.phones import read_phones
from app.formats.registry import read_track
from app.review.finding import SEVERITIES, Finding, needs_work
from app.review.lint import lint


def _line(finding: Finding) -> str:
    """One finding for a person."""
    minutes, seconds = divmod(max(finding.time_s, 0.0), 60)
    return f"{int(minutes):02d}:{seconds:06.3f}  {finding.severity:<7}  {finding.rule:<15}  {finding.sentence}"


def run(options: Namespace) -> int:
    """Read a track, and its sound and phones when they are given, and print what is wrong with it."""
    from app.audio.clips import read_clip

    track = read_track(options.track)
    how = sound_options(options)
    audio = None if options.audio is None else read_clip(options.audio, how.channel, how.encoder_delay_s)
    notes = () if audio is None else audio.notes
    tell(notes)
    phones = () if options.phones is None else read_phones(options.phones)
    findings = lint(track, audio, phones)
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    if options.json:
        document = {"track": str(options.track), "counts": counts, "findings": [f.as_json() for f in findings], **sound_report(notes)}
        print(json.dumps(document, indent=1))
    else:
        for finding in findings:
            print(_line(finding))
        print(", ".join(f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in counts.items()))
    return 1 if needs_work(findings) else 0
