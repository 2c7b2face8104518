"""``check TRACK [--audio A] [--phones P]``: lip-sync lint; exit 1 when something needs work."""

from __future__ import annotations

import json
from argparse import Namespace

from app.commands.sound import sound_options, sound_report, tell
from app.commands.told import say, track_report
from app.core.errors import SpeechError
from app.core.speech import AudioClip, Phone
from app.formats.registry import read_track_file
from app.formats.timings.alignment import Alignment, read_alignment
from app.formats.tracks.rate import length_sentence
from app.review.finding import SEVERITIES, Finding, needs_work
from app.review.lint import lint


def _line(finding: Finding) -> str:
    """One finding for a person."""
    minutes, seconds = divmod(max(finding.time_s, 0.0), 60)
    return f"{int(minutes):02d}:{seconds:06.3f}  {finding.severity:<7}  {finding.rule:<15}  {finding.sentence}"


def _phones(alignment: Alignment, name: str, audio: AudioClip | None) -> tuple[tuple[Phone, ...], tuple[str, ...]]:
    """The phones of an alignment, and sentences about them; words alone are aligned to the sound.

    Raises:
        SpeechError: words without a sound, or words that are not spoken in it.
    """
    if alignment.phones:
        return alignment.phones, alignment.notes
    if audio is None:
        raise SpeechError(f"{name} holds words without phones; give the recording with --audio, and they are aligned to it.")
    from app.speech.align import align

    return align(audio, alignment.text), (*alignment.notes, "It holds words without phones, which were aligned to the recording.")


def run(options: Namespace) -> int:
    """Read a track, and its sound and phones when they are given, and print what is wrong with it."""
    from app.audio.clips import read_clip

    file = read_track_file(options.track, options.in_fps)
    track, how = file.track, sound_options(options)
    audio = None if options.audio is None else read_clip(options.audio, how.channel, how.encoder_delay_s)
    notes = () if audio is None else audio.notes
    tell(notes)
    length = "" if audio is None or options.in_fps else length_sentence(len(track), track.fps, file.other_fps, audio.duration_s)
    further = [length] if length else []
    say(options.track.name, (*file.told, *further))
    phones: tuple[Phone, ...] = ()
    if options.phones is not None:
        alignment = read_alignment(options.phones, options.speaker)
        phones, told = _phones(alignment, options.phones.name, audio)
        say(options.phones.name, told)
        further += told
    findings = lint(track, audio, phones)
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    if options.json:
        report = track_report(file, further) | sound_report(notes)
        document = {"track": str(options.track), "counts": counts, "findings": [f.as_json() for f in findings], "fps": track.fps, **report}
        print(json.dumps(document, indent=1))
    else:
        for finding in findings:
            print(_line(finding))
        print(", ".join(f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in counts.items()))
    return 1 if needs_work(findings) else 0
