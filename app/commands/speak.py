"""``speak TEXT -o OUT``."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from app.audio.clips import write_wav
from app.commands.options.face import avatar_of, face_report, named_avatar
from app.commands.options.tuned import tuning_of_options, with_tuning
from app.commands.options.writing import write_motion
from app.commands.pipeline import animation_of, notes_of_text, source_or_default, speech_from_text
from app.commands.progress import Progress
from app.commands.render import film_of, write_film
from app.commands.told import say
from app.core.errors import SpeechError
from app.formats.performance import performance_of
from app.formats.registry import check_writable
from app.speech.delivery import Delivery


def run(options: Namespace) -> int:
    """Speak a text and write a video, the sound, or the track."""
    ending = "" if options.key else options.out.suffix.lower()
    if ending not in (".mp4", ".wav"):
        check_writable(options.out, options.key)
    source = source_or_default(options.source)
    tuning = tuning_of_options(options, source)
    progress = Progress(options.progress)
    # said before anything is spoken; the bundled avatar of a film moves, and a track or a sound shows none
    avatar = avatar_of(options) if ending == ".mp4" else named_avatar(options)
    notes = notes_of_text(options.text, options.voice)
    for note in notes:
        print(note, file=sys.stderr)
    speech = speech_from_text(options.text, options.voice, options.speed, progress, delivery_of(options))
    warnings: list[str] = []
    if ending == ".wav":
        write_wav(options.out, speech.audio)
    else:
        made = animation_of(source, speech, options.fps, progress, tuning.native, in_fps=options.in_fps, layers=options.layers)
        animation = with_tuning(made, tuning, speech)
        warnings += animation.notes
        if ending == ".mp4" and avatar is not None:
            write_film(options.out, film_of(options, avatar, [animation], curves=False), speech.audio, options, progress)
        else:
            left_out = write_motion(options.out, performance_of(animation, speech, avatar=options.avatar), options)
            say(options.out.name, left_out)
            warnings += left_out
    summary = {
        "out": str(options.out), "duration_s": speech.audio.duration_s, "phones": len(speech.phones), "warnings": warnings,
        "notes": [{"kind": "left_out", "sentence": note, "choices": []} for note in notes], **face_report(avatar),
    }  # fmt: skip
    print(json.dumps(summary) if options.json else f"{options.out}: {speech.audio.duration_s:.2f} s")
    return 0


def delivery_of(options: Namespace) -> Delivery:
    """How a cloud's voice says the text.

    Raises:
        SpeechError: a number is out of range.
    """
    data = {"pitch": options.pitch, "style": options.style, "degree": options.style_degree}
    try:
        return Delivery.from_data(data)
    except ValueError:
        raise SpeechError("The pitch must be between -50 and 50 percent, and the degree of the style between 0.01 and 2.") from None
