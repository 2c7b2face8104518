"""``study make CLIP… -o FOLDER`` and ``study read RESULT.json…``."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from app.commands.options.face import avatar_of
from app.commands.pipeline import DEFAULT_AVATAR, animation_of, speech_from_audio
from app.commands.progress import Progress
from app.core.errors import ProjectError
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.track import Animation
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING
from app.lipsync.registry import source_needs_phones
from app.render.platform import prepare_gl
from app.review.study.answers import key_of, read_raters
from app.review.study.making import KEY, PAGE, StudyClip, make_study
from app.review.study.results import findings_of
from app.review.study.words import as_json, sentences

#: of the motion that is made for a study
_FPS = 60.0


def run(options: Namespace) -> int:
    """Make a study, or say what its raters found."""
    return _make(options) if options.work == "make" else _read(options)


def _read(options: Namespace) -> int:
    key = key_of(options.files, options.key)
    found = findings_of(read_raters(options.files, key), key)
    print(json.dumps(as_json(found), indent=1) if options.json else "\n".join(sentences(found, key.kind)))
    return 0


def _make(options: Namespace) -> int:
    if options.out is None:
        raise ProjectError("Say with -o into which new folder the study goes.")
    sources = [SourceSpec.parse(word.strip()) for word in options.sources.split(",") if word.strip()]
    prepare_gl(None)
    progress = Progress(options.progress)
    with tempfile.TemporaryDirectory() as folder:
        clips = [_clip(path, sources, options, Path(folder) / str(n), progress) for n, path in enumerate(options.files)]
        made = make_study(clips, options.out, kind=options.kind, seed=options.seed, progress=progress)
    for sentence in made.remarks:
        print(sentence, file=sys.stderr)
    summary = {
        "out": str(made.folder), "study": made.design.id, "kind": made.design.kind, "clips": list(made.design.clips),
        "sources": list(made.design.sources), "questions": len(made.design.orders[0]), "bytes": made.size, "remarks": list(made.remarks),
    }  # fmt: skip
    text = f"{made.folder / PAGE}: {len(made.design.orders[0])} questions, {made.size / 1e6:.1f} MB; keep {KEY} to read the answers"
    print(json.dumps(summary) if options.json else text)
    return 0


def _clip(path: Path, sources: list[SourceSpec], options: Namespace, folder: Path, progress: Progress) -> StudyClip:
    """A take with its own motion or that of the sources; a recording with that of the sources."""
    from app.avatar.rig import AvatarRig
    from app.review.exchange.bodies import bodies_of

    if path.suffix.lower() == ENDING:
        folder.mkdir()
        take = read_take(path, DEFAULT_AVATAR.parent, into=folder, missing=[])
        bodies = bodies_of(take)
        if not sources:
            motions = {lane.source: lane.tuned for lane in take.lanes.values()}
            return StudyClip(path.stem, take.speech.audio, motions, {take.lanes[side].source: body for side, body in bodies.items()})
        speech, body = take.speech, next(iter(bodies.values()))
    else:
        if not sources:
            raise ProjectError(f"{path.name} is a recording; say with --sources what moves the face, such as a2f,visemes.")
        words = path.with_suffix(".txt")
        needs_phones = any(map(source_needs_phones, sources))
        speech = speech_from_audio(path, words if words.is_file() else None, needs_phones, progress)
        body = AvatarRig(avatar_of(options))
    made = {str(source): _motion(source, speech, progress) for source in sources}
    return StudyClip(path.stem, speech.audio, made, dict.fromkeys(made, body))


def _motion(source: SourceSpec, speech: Speech, progress: Progress) -> Animation:
    return animation_of(source, speech, _FPS, progress)
