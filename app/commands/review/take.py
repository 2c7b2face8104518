"""``take AUDIO|TEXT -o T.vstake``."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from app import __version__
from app.commands.options.acted import with_acting
from app.commands.options.face import avatar_of, face_report
from app.commands.options.tuned import tuning_of_options
from app.commands.pipeline import DEFAULT_AVATAR, animation_of, notes_of_text, source_or_default, speech_from_audio, speech_from_text
from app.commands.progress import Progress
from app.commands.sound import sound_options, sound_report, tell
from app.commands.speak import delivery_of
from app.commands.told import say
from app.core.acting.settings import ActingSettings
from app.core.errors import AudioError, ProjectError
from app.core.marks.grammar import without_marks
from app.core.native import of_family
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.tuning import Tuning, tuned_animation
from app.formats.notes import new_id
from app.formats.project import Project, ProjectSide, ProjectView
from app.formats.project_hashes import file_sha256
from app.formats.takes.take import ENDING, AvatarReference, Lane, SavedTake
from app.formats.takes.writing import write_take
from app.lipsync.registry import abilities_of, source_needs_phones
from app.remote.link.keys import without_key

#: with them, what is no file was meant to be one
_SOUND_ENDINGS = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus", ".aac", ".mp4", ".mov", ".webm")
#: letters of the words that name a line
_MOST_LETTERS = 60


def run(options: Namespace) -> int:
    """Make a take and write it."""
    if options.out.suffix.lower() != ENDING:
        raise ProjectError(f"A take's name ends in {ENDING}, not {options.out.suffix or 'nothing'}; choose such a name with -o.")
    specs = {"A": source_or_default(options.source)}
    if options.source_b:
        specs["B"] = SourceSpec.parse(options.source_b)
    tunings = {side: tuning_of_options(options, spec) for side, spec in specs.items()}
    progress = Progress(options.progress)
    avatar = avatar_of(options)
    speech = _speech(options, specs, progress)
    lanes = {side: _lane(options, spec, tunings[side], speech, progress) for side, spec in specs.items()}
    path = (options.avatar or DEFAULT_AVATAR).resolve()
    acting = ActingSettings() if options.acting is None else ActingSettings(on=True, seed=options.acting)
    view = ProjectView("split" if "B" in specs else "", "B" if "B" in specs else "", line=speech.text or None)
    sides = {side: ProjectSide(without_key(str(spec)), None, tunings[side]) for side, spec in specs.items()}
    take = SavedTake(
        new_id(), options.name or _name(speech), Project(sides, path, view=view, acting=acting), speech, lanes,
        AvatarReference(path.name, file_sha256(path), path, options.embed_avatar), app_version=__version__,
    )  # fmt: skip
    write_take(options.out, take, DEFAULT_AVATAR.parent, embeds_avatar=options.embed_avatar)
    summary = {
        "out": str(options.out), "line": take.line, "duration_s": speech.audio.duration_s, "phones": len(speech.phones),
        "sides": {side: {"source": lane.source, "mock": lane.raw.is_mock, "frames": len(lane.raw.arkit)} for side, lane in lanes.items()},
        "bytes": options.out.stat().st_size, **sound_report(speech.audio.notes), **face_report(avatar),
    }  # fmt: skip
    made = ", ".join(f"{side}: {lane.source}" for side, lane in lanes.items())
    print(json.dumps(summary) if options.json else f"{options.out}: {speech.audio.duration_s:.2f} s, {made}")
    return 0


def _speech(options: Namespace, specs: dict[str, SourceSpec], progress: Progress) -> Speech:
    """The recording, or the words spoken."""
    file = Path(options.line)
    try:
        is_file = file.is_file()
    except (OSError, ValueError):  # a text is no path
        is_file = False
    if is_file:
        wanted = options.transcript is not None or any(map(source_needs_phones, specs.values()))
        speech = speech_from_audio(file, options.transcript, wanted, progress, sound_options(options))
        tell(speech.audio.notes)
        return speech
    if file.suffix.lower() in _SOUND_ENDINGS:
        raise AudioError(f"There is no audio file at {file}; check the path.")
    if options.transcript is not None:
        raise AudioError("A transcript belongs to a recording; leave --transcript out where the line is spoken from a text.")
    for note in notes_of_text(options.line, options.voice):
        print(note, file=sys.stderr)
    return speech_from_text(options.line, options.voice, options.speed, progress, delivery_of(options))


def _lane(options: Namespace, spec: SourceSpec, tuning: Tuning, speech: Speech, progress: Progress) -> Lane:
    raw = animation_of(spec, speech, options.fps, progress, tuning.native, in_fps=options.in_fps)
    raw = with_acting(raw, options, speech)
    say(str(spec), raw.notes if spec.kind != "file" else ())
    return Lane(raw, tuned_animation(raw, tuning, speech.phones), raw.label, of_family(tuning.native, abilities_of(spec).family))


def _name(speech: Speech) -> str:
    words = " ".join((without_marks(speech.text) or Path(speech.audio.name).stem).split())
    return words if len(words) <= _MOST_LETTERS else f"{words[:_MOST_LETTERS]}…"
