"""``render AUDIO -o OUT``: a video with sound, frames, a still or a sheet; of one avatar, or two or three side by side."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.commands.options import pictures
from app.commands.options.acted import wants_phones, with_acting
from app.commands.options.beside import Beside
from app.commands.options.face import avatar_of, face_report, keep_for_next_time
from app.commands.options.tuned import tuning_of_options, with_tuning
from app.commands.pipeline import animation_of, phones_needed, source_or_default, speech_from_audio
from app.commands.progress import Progress
from app.commands.sound import sound_options, sound_report, tell
from app.commands.told import say
from app.core.errors import RenderError
from app.core.head import has_head
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, Speech
from app.core.timecode import clip_count
from app.core.track import Animation
from app.core.tuning import Tuning
from app.render.platform import prepare_gl

if TYPE_CHECKING:
    from app.avatar.model import Avatar
    from app.render.film import FilmSettings

#: films are written at this rate unless the source was asked for a lower one; players show 30 everywhere
FILM_FPS = 30.0
#: sides of a film at most, the first source included
MOST_SIDES = 3


def _settings(options: Namespace, n_sides: int, curves: bool, told: tuple[str, ...] = ()) -> FilmSettings:
    prepare_gl(None)
    from app.render.camera import Framing
    from app.render.film import FilmSettings

    width, height = options.size
    is_sheet = bool(getattr(options, "sheet", ""))
    framing: Framing = options.framing or ("face" if n_sides > 1 or is_sheet else "portrait")
    fps = min(options.fps, FILM_FPS)
    count = clip_count(fps, getattr(options, "start_timecode", None) or "00:00:00:00")
    head = getattr(options, "head", False) or getattr(options, "acting", None) is not None
    return FilmSettings(width, height, fps, framing, curves, options.burn_in, head=head, count=count, told=told)


def film_of(
    options: Namespace, avatar: Avatar, animations: list[Animation], curves: bool, told: tuple[str, ...] = ()
) -> Iterator[np.ndarray]:
    """The frames of a film as the command line describes it.

    Args:
        options: ``size``, ``fps``, ``framing``, ``burn_in`` and, where they are there, ``head`` and ``start_timecode`` are read.
        avatar: who is shown.
        animations: one, or several for a comparison.
        curves: a strip of curves under the picture.
        told: burnt in below each source.
    """
    settings = _settings(options, len(animations), curves, told)
    from app.avatar.rig import AvatarRig
    from app.render.film import film_frames

    duration_s = max(animation.arkit.duration_s for animation in animations)
    return film_frames(AvatarRig(avatar), animations, duration_s, settings)


def write_film(path: Path, frames: Iterator[np.ndarray], audio: AudioClip, options: Namespace, progress: Progress) -> tuple[str, ...]:
    """Encode a film beside its place, then move it there; returns what was said of how it was encoded."""
    timecode = getattr(options, "start_timecode", None) or ""
    return pictures.write_film(path, frames, audio, min(options.fps, FILM_FPS), progress=progress, timecode=timecode)


def run(options: Namespace) -> int:
    """Animate a recording and film it."""
    kind = pictures.picture_kind(options)
    if len(options.compare) >= MOST_SIDES:
        raise RenderError("A film shows three sides at most; give --compare twice or less.")
    if options.start_timecode:
        clip_count(min(options.fps, FILM_FPS), options.start_timecode)
    avatar = avatar_of(options)
    progress = Progress(options.progress)
    first = SourceSpec("file", str(options.track)) if options.track else source_or_default(options.source)
    tuning = tuning_of_options(options, first)
    specs = [first, *map(SourceSpec.parse, options.compare)]
    needs_phones = any(phones_needed(spec, options.layers) for spec in specs) or kind == "sheet" or wants_phones(options)
    moving = Beside(lambda: _moved(options, specs, tuning, needs_phones, progress))
    _make_ready(avatar)
    speech, animations = moving.result()
    warnings = [sentence for animation in animations for sentence in animation.notes]
    if options.head and not any(has_head(animation.arkit) for animation in animations):
        warnings.append("No track of this film holds a head rotation, so the head stays still.")
        say(options.out.name, warnings[-1:])
    warnings += _write(options, kind, avatar, animations, speech, progress=progress)
    _report(options, animations, speech, warnings, avatar)
    keep_for_next_time(avatar)
    return 0


def _moved(
    options: Namespace, specs: Sequence[SourceSpec], tuning: Tuning, needs_phones: bool, progress: Progress
) -> tuple[Speech, list[Animation]]:
    """What is spoken, and what is shown of it from the left."""
    speech = speech_from_audio(options.audio, options.transcript, needs_phones, progress, sound_options(options))
    tell(speech.audio.notes)
    # the layers are of the first side: what is put against it is often the same without them
    made = [
        animation_of(spec, speech, options.fps, progress, tuning.native, in_fps=options.in_fps, layers=() if i else options.layers)
        for i, spec in enumerate(specs)
    ]
    return speech, _sides(options, [with_acting(each, options, speech) for each in made], tuning, speech)


def _make_ready(avatar: Avatar) -> None:
    """Find out about an avatar what drawing will ask; where nothing can be drawn, drawing says so."""
    prepare_gl(None)
    from app.render.offscreen import make_ready

    with suppress(RenderError):
        make_ready(avatar)


def _sides(options: Namespace, made: list[Animation], tuning: Tuning, speech: Speech) -> list[Animation]:
    """What is shown from the left; before and after of one source is the motion as made and as tuned."""
    tuned = [with_tuning(animation, tuning, speech) for animation in made]
    return [made[0], tuned[0]] if options.sheet == "before-after" and len(made) == 1 and tuning != Tuning() else tuned


def _write(
    options: Namespace, kind: pictures.PictureKind, avatar: Avatar, animations: list[Animation], speech: Speech, *, progress: Progress
) -> tuple[str, ...]:
    told = (f"tuning: {Path(options.tuning).name}" if options.tuning else "",) * len(animations)
    if kind in ("film", "frames"):
        return write_film(options.out, film_of(options, avatar, animations, options.curves, told), speech.audio, options, progress)
    settings = _settings(options, len(animations), options.curves, told)
    from app.avatar.rig import AvatarRig

    if kind == "still":
        pictures.write_still(options.out, AvatarRig(avatar), animations, settings, options.still)
    else:
        pictures.write_sheet(options, AvatarRig(avatar), animations, settings, phones=speech.phones, progress=progress)
    return ()


def _report(options: Namespace, animations: list[Animation], speech: Speech, warnings: list[str], avatar: Avatar) -> None:
    labels = [animation.label for animation in animations]
    summary = {
        "out": str(options.out),
        "sources": labels,
        "duration_s": speech.audio.duration_s,
        "warnings": warnings,
        **sound_report(speech.audio.notes),
        **face_report(avatar),
    }
    print(json.dumps(summary) if options.json else f"{options.out}: {speech.audio.duration_s:.2f} s, {' | '.join(labels)}")
