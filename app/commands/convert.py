"""``convert IN OUT``: between track formats."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.commands.options.face import face_report, named_avatar
from app.commands.options.writing import write_motion
from app.commands.pipeline import DEFAULT_AVATAR
from app.commands.told import say, track_report
from app.core.errors import LayerError, TrackError
from app.core.layering import layered
from app.core.layers import Layer
from app.core.resampling import Resampled, at_rate
from app.core.speech import spoken_words, words_of_phones
from app.core.track import Animation
from app.formats.cues.made_motion import Cues, track_of_cues
from app.formats.performance import Performance
from app.formats.project import ENDING as PROJECT_ENDING
from app.formats.project import read_project
from app.formats.registry import check_writable, read_track_file, writer_of
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING as TAKE_ENDING
from app.formats.track_file import TrackFile
from app.lipsync.layered import is_kept_motion, kept_motion


def run(options: Namespace) -> int:
    """Read one format, write another; ``--as`` or the ending of OUT picks it. What is doubtful or left out is told on standard error."""
    check_writable(options.out, options.key)
    avatar = named_avatar(options)
    file = _read(options.track, options.in_fps)
    file = file.with_sides_swapped() if options.swap_sides else file
    performance, made = replace(file.performance, avatar=options.avatar), Resampled(file.track)
    if options.fps is not None and options.fps != file.track.fps:
        performance, made = _at(performance, options.fps)
    performance, notes = _with_layers(performance, options.track.name, options.layers)
    track = performance.arkit
    left_out = (*((made.sentence,) if made.sentence else ()), *notes, *write_motion(options.out, performance, options))
    say(options.track.name, (*file.told, *left_out))
    summary = {
        "out": str(options.out), "format": writer_of(options.out, options.key).key, "frames": len(track), "fps": track.fps,
        "largest_error": round(made.error, 4), "largest_error_in": made.channel, "largest_error_at_s": round(made.time_s, 4),
        **track_report(file, left_out), **face_report(avatar),
    }  # fmt: skip
    print(json.dumps(summary) if options.json else f"{options.out}: {len(track)} frames at {track.fps:g} fps")
    return 0


def _read(path: Path, fps: float | None) -> TrackFile:
    """A track; of a take the motion of side A as it was reviewed, of a project motion that is made of its phones, as a hand left them.

    Raises:
        PreviewError: it is missing or damaged, or a project without phones.
    """
    ending = path.suffix.lower()
    if ending == TAKE_ENDING:
        take = read_take(path, DEFAULT_AVATAR.parent, missing=[])
        if "A" not in take.lanes:
            raise TrackError(f"{path.name} holds no motion of side A; give a take with motion.")
        made, speech = take.lanes["A"].tuned, take.speech
        return TrackFile(
            made.arkit, "take", visemes=made.visemes, phones=speech.phones, words=spoken_words(speech), sound=speech.audio.name,
            duration_s=speech.audio.duration_s,
        )  # fmt: skip
    if ending != PROJECT_ENDING:
        return read_track_file(path, fps)
    sound = read_project(path, DEFAULT_AVATAR.parent, missing=[]).sound
    if sound is None or not sound.phones:
        raise TrackError(f"{path.name} holds no phones to make motion of; speak its line, or give its recording's transcript, and save it.")
    words = sound.words or words_of_phones(sound.phones)
    cues = Cues("phones", sound.phones, sum(not phone.is_silence for phone in sound.phones), words=words, sound=sound.file.name)
    return track_of_cues(cues, path.name, fps)


def _at(performance: Performance, fps: float) -> tuple[Performance, Resampled]:
    """The same at another frame rate, and the largest change of any value that this makes."""
    arkit = at_rate(performance.arkit, fps)
    if performance.visemes is None:
        return replace(performance, arkit=arkit.track), arkit
    visemes = at_rate(performance.visemes, fps)
    return replace(performance, arkit=arkit.track, visemes=visemes.track), max(arkit, visemes, key=lambda made: made.error)


def _with_layers(base: Performance, name: str, layers: Sequence[Layer]) -> tuple[Performance, tuple[str, ...]]:
    """A track with parts of other tracks and takes, and what is to be said about them.

    Raises:
        LayerError: a layer's motion would have to be made from a sound.
        PreviewError: the file of a layer is missing or damaged.
    """
    if not layers:
        return base, ()
    made = [layer for layer in layers if not is_kept_motion(layer.source)]
    if made:
        raise LayerError(f"There is no sound here from which {made[0].source} could move; give file:TRACK or take:TAKE, or use animate.")
    together = layered(Animation(base.arkit, base.visemes, label=name), [(layer, kept_motion(layer.source)) for layer in layers])
    return replace(base, arkit=together.arkit, visemes=together.visemes), together.notes
