"""``render AUDIO -o OUT.mp4``: a video with sound, one avatar or two side by side."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.commands.options.face import avatar_of, face_report
from app.commands.options.tuned import tuning_of_options, with_tuning
from app.commands.pipeline import animation_of, source_or_default, speech_from_audio
from app.commands.progress import Progress
from app.commands.sound import sound_options, sound_report, tell
from app.commands.told import say
from app.core.errors import RenderError
from app.core.head import has_head
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip
from app.core.track import Animation
from app.lipsync.registry import source_needs_phones
from app.render.platform import prepare_gl

if TYPE_CHECKING:
    from app.avatar.model import Avatar

#: films are written at this rate unless the source was asked for a lower one; players show 30 everywhere
FILM_FPS = 30.0


def film_of(options: Namespace, avatar: Avatar, animations: list[Animation], curves: bool) -> Iterator[np.ndarray]:
    """The frames of a film as the command line describes it.

    Args:
        options: ``size``, ``fps``, ``framing``, ``burn_in`` and, where it is there, ``head`` are read.
        avatar: who is shown.
        animations: one, or two for a comparison.
        curves: a strip of curves under the picture.
    """
    prepare_gl(None)
    from app.avatar.rig import AvatarRig
    from app.render.camera import Framing
    from app.render.film import FilmSettings, film_frames

    rig = AvatarRig(avatar)
    width, height = options.size
    framing: Framing = options.framing or ("face" if len(animations) > 1 else "portrait")
    settings = FilmSettings(
        width, height, min(options.fps, FILM_FPS), framing, curves, options.burn_in, head=getattr(options, "head", False)
    )
    duration_s = max(animation.arkit.duration_s for animation in animations)
    return film_frames(rig, animations, duration_s, settings)


def write_film(path: Path, frames: Iterator[np.ndarray], audio: AudioClip, options: Namespace, progress: Progress) -> None:
    """Encode a film beside its place, then move it there."""
    from app.render.film import frame_count
    from app.render.video import write_video

    fps = min(options.fps, FILM_FPS)
    total = frame_count(audio.duration_s, fps)

    def counted() -> Iterator[np.ndarray]:
        for number, frame in enumerate(frames, 1):
            progress("video", min(number / total, 1.0))
            yield frame

    write_video(path, counted(), fps, audio)


def run(options: Namespace) -> int:
    """Animate a recording and film it."""
    if options.out.suffix.lower() != ".mp4":
        raise RenderError("Videos are written as .mp4; give an output name that ends in .mp4.")
    avatar = avatar_of(options)
    progress = Progress(options.progress)
    first = SourceSpec("file", str(options.track)) if options.track else source_or_default(options.source)
    tuning = tuning_of_options(options, first)
    specs = [first, *([SourceSpec.parse(options.compare)] if options.compare else [])]
    needs_phones = any(source_needs_phones(spec) for spec in specs)
    speech = speech_from_audio(options.audio, options.transcript, needs_phones, progress, sound_options(options))
    notes = speech.audio.notes
    tell(notes)
    made = [animation_of(spec, speech, options.fps, progress, tuning.native, in_fps=options.in_fps) for spec in specs]
    animations = [with_tuning(animation, tuning, speech) for animation in made]
    warnings = [sentence for animation in animations for sentence in animation.notes]
    if options.head and not any(has_head(animation.arkit) for animation in animations):
        warnings.append("No track of this film holds a head rotation, so the head stays still.")
        say(options.out.name, warnings[-1:])
    write_film(options.out, film_of(options, avatar, animations, curves=options.curves), speech.audio, options, progress)
    labels = [animation.label for animation in animations]
    summary = {
        "out": str(options.out),
        "sources": labels,
        "duration_s": speech.audio.duration_s,
        "warnings": warnings,
        **sound_report(notes),
        **face_report(avatar),
    }
    print(json.dumps(summary) if options.json else f"{options.out}: {speech.audio.duration_s:.2f} s, {' | '.join(labels)}")
    return 0
