"""``check TRACK [--audio A] [--phones P] [--fix OUT]``: lip-sync lint, and mending what it finds; exit 1 when something needs work."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.commands.options.writing import write_motion
from app.commands.sound import sound_options, sound_report, tell
from app.commands.told import say, track_report
from app.core.curve_edits import edits_data
from app.core.errors import SpeechError
from app.core.speech import AudioClip, Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.formats.performance import Performance
from app.formats.registry import check_writable, read_track_file
from app.formats.timings.alignment import Alignment, read_alignment
from app.formats.tracks.rate import length_sentence
from app.review.finding import SEVERITIES, Finding, needs_work
from app.review.fixes.bench import Bench
from app.review.fixes.choosing import OF_TIME
from app.review.fixes.fix import Fix, Unmended
from app.review.fixes.mending import mended
from app.review.lint import lint
from app.review.thresholds import RULES

_FRAMES = "It was shifted by whole frames, and more cannot be told of its time; compare the files by eye and ear."


def _when(finding: Finding) -> str:
    minutes, seconds = divmod(max(finding.time_s, 0.0), 60)
    return f"{int(minutes):02d}:{seconds:06.3f}"


def _line(finding: Finding) -> str:
    """One finding for a person."""
    return f"{_when(finding)}  {finding.severity:<7}  {finding.rule:<15}  {finding.sentence}"


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


@dataclass(frozen=True)
class _Repaired:
    """A track as it is written.

    Attributes:
        performance: what is written.
        fixes: what was done, each with what it mends.
        left: what is left in what is written, each with the reason.
    """

    performance: Performance
    fixes: tuple[tuple[Finding, Fix], ...]
    left: tuple[tuple[Finding, Unmended], ...]


def _shifted(track: BlendshapeTrack, frames: int) -> BlendshapeTrack:
    """The motion some whole frames later on the same frames; where it has none the first or the last one stands."""
    places = np.clip(np.arange(len(track)) - frames, 0, max(len(track) - 1, 0))
    side = None if track.side is None else track.side.sampled(places)
    return replace(track, weights=track.weights[places], side=side)


def _repaired(performance: Performance, audio: AudioClip | None, phones: tuple[Phone, ...]) -> _Repaired:
    """A track with all that can be mended, on its own frames: a file has no A/V offset, so that its frames change places."""
    motion = Animation(performance.arkit, performance.visemes)
    done = mended(Bench.of(motion, Tuning(), audio=audio, phones=phones))
    fixes, made = done.fixes, done.bench.motion
    if done.offset_ms:
        frames, start_s = round(done.offset_ms / 1e3 * performance.arkit.fps), performance.arkit.start_s
        lanes = [None if lane is None else _shifted(replace(lane, start_s=start_s), frames) for lane in (made.arkit, made.visemes)]
        assert lanes[0] is not None
        # what the shift to whole frames, and its two ends, may have brought
        done = mended(Bench.of(Animation(lanes[0], lanes[1]), Tuning(), audio=audio, phones=phones), set(RULES) - OF_TIME)
        fixes, made = fixes + done.fixes, done.bench.motion
    done_late = [(each, Unmended(_FRAMES)) for each in done.bench.findings if each.rule in OF_TIME]
    return _Repaired(replace(performance, arkit=made.arkit, visemes=made.visemes), fixes, (*done.left, *done_late))


def _fixed_line(finding: Finding, fix: Fix) -> str:
    return f"{_when(finding)}  fixed    {finding.rule:<15}  {fix.words}"


def _report(repaired: _Repaired) -> dict[str, Any]:
    """What was done and what was not, for a JSON document."""
    fixed = [
        {**finding.as_json(), "fix": fix.words, "offset_ms": fix.offset_ms, "edits": edits_data(fix.edits)}
        for finding, fix in repaired.fixes
    ]
    return {"fixed": fixed, "left": [{**finding.as_json(), "reason": left.reason} for finding, left in repaired.left]}


def run(options: Namespace) -> int:
    """Read a track, and its sound and phones when they are given, and print what is wrong with it; with --fix write it mended."""
    from app.audio.clips import read_clip

    if options.fix is not None:
        check_writable(options.fix, options.key)
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
    findings, repaired = lint(track, audio, phones), None
    if options.fix is not None:
        repaired = _repaired(file.performance, audio, phones)
        written = write_motion(options.fix, repaired.performance, options)
        say(options.fix.name, written)
        further += written
        findings = (*(f for f in findings if f.severity == "note"), *(f for f, _left in repaired.left))
    _print(options, findings, repaired, {"fps": track.fps, **track_report(file, further), **sound_report(notes)})
    return 1 if needs_work(findings) else 0


def _print(options: Namespace, findings: Sequence[Finding], repaired: _Repaired | None, report: dict[str, Any]) -> None:
    counts = {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}
    counted = ", ".join(f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in counts.items())
    if options.json:
        document = {"track": str(options.track), "counts": counts, "findings": [f.as_json() for f in findings], **report}
        if repaired is not None:
            document |= {"out": str(options.fix), **_report(repaired)}
        print(json.dumps(document, indent=1))
        return
    if repaired is None:
        for finding in findings:
            print(_line(finding))
        print(counted)
        return
    for finding, fix in repaired.fixes:
        print(_fixed_line(finding, fix))
    for finding, left in repaired.left:
        print(f"{_line(finding)}\n{'':<11}not fixed: {left.reason}")
    print(f"{options.fix}: {len(repaired.fixes)} fixed, {len(repaired.left)} left")
