"""``animate AUDIO -o TRACK``."""

from __future__ import annotations

import json
from argparse import Namespace

from app.commands.options.acted import wants_phones, with_acting
from app.commands.options.face import face_report, named_avatar
from app.commands.options.tuned import tuning_of_options, with_tuning
from app.commands.options.writing import write_motion
from app.commands.pipeline import animation_of, phones_needed, source_or_default, speech_from_audio
from app.commands.progress import Progress
from app.commands.sound import sound_options, sound_report, tell
from app.commands.told import say
from app.formats.performance import performance_of
from app.formats.registry import check_writable


def run(options: Namespace) -> int:
    """Animate a recording and write the track."""
    check_writable(options.out, options.key)
    source = source_or_default(options.source)
    tuning = tuning_of_options(options, source)
    progress = Progress(options.progress)
    avatar = named_avatar(options)
    needs_phones = phones_needed(source, options.layers) or wants_phones(options)
    speech = speech_from_audio(options.audio, options.transcript, needs_phones, progress, sound_options(options))
    made = animation_of(source, speech, options.fps, progress, tuning.native, in_fps=options.in_fps, layers=options.layers)
    animation = with_tuning(with_acting(made, options, speech), tuning, speech)
    tell(speech.audio.notes)
    left_out = write_motion(options.out, performance_of(animation, speech, options.audio.name, options.avatar), options)
    say(options.out.name, left_out)
    summary = {
        "out": str(options.out), "source": animation.label, "mock": animation.is_mock,
        "frames": len(animation.arkit), "fps": animation.arkit.fps, "duration_s": speech.audio.duration_s,
        "warnings": [*animation.notes, *left_out], **sound_report(speech.audio.notes), **face_report(avatar),
    }  # fmt: skip
    print(
        json.dumps(summary)
        if options.json
        else f"{options.out}: {len(animation.arkit)} frames at {animation.arkit.fps:g} fps, {animation.label}"
    )
    return 0
