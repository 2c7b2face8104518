"""Making a study: a film of every clip and source, one page that shows them unnamed, and the key that stays at home."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.cancel import CancelToken
from app.core.errors import Cancelled, ProjectError
from app.core.head import has_head
from app.core.speech import AudioClip
from app.core.track import Animation
from app.render.film import FilmSettings, film_frames, frame_count
from app.render.video import write_video
from app.review.exchange.folders import folder_beside
from app.review.study.design import POINTS, SCALES, Design, StudyKind, Trial, designed

PAGE, KEY, ABOUT = "rate.html", "key.json", "README.txt"
FORMAT, VERSION = "visemesync-study", 1
WEB = Path(__file__).parent / "web"
#: of a film; faces fill it
_SIZE_PX = 480
_FPS = 30.0
_POLES = {
    "lip_sync": ("does not fit the sound", "fits perfectly"),
    "realism": ("artificial", "like a person"),
    "expressiveness": ("lifeless", "lively"),
}
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_ABOUT = """A blind rating study of {clips} clips and {sources} sources.

{page} is the page for raters: it needs no network and no installation. Send it alone; {key} says which film is which, and stays here.
Give raters numbers from 1 on, so that every order is used equally often. They send back a file named rating-{id}-NAME.json.

Read the answers with:
  python -m app study read RESULT.json... --key {key}
{remarks}"""


@dataclass(frozen=True)
class StudyClip:
    """One line of a study.

    Attributes:
        name: tells it from the others.
        audio: what is heard.
        motions: source -> motion.
        bodies: source -> body.
    """

    name: str
    audio: AudioClip
    motions: Mapping[str, Animation]
    bodies: Mapping[str, AvatarRig]


@dataclass(frozen=True)
class MadeStudy:
    """What was written.

    Attributes:
        design: of the study.
        folder: where it is.
        size: of the page in bytes.
        remarks: sentences about the films.
    """

    design: Design
    folder: Path
    size: int
    remarks: tuple[str, ...] = ()


def make_study(
    clips: Sequence[StudyClip], out: Path, *, kind: StudyKind = "scale", seed: int = 0,
    progress: Callable[[str, float], None] | None = None, cancel: CancelToken | None = None,
) -> MadeStudy:  # fmt: skip
    """Write a study into a new folder.

    Args:
        clips: lines with the motion of the same sources.
        out: the folder; it must not exist, or be empty.
        kind: of its questions.
        seed: of names and orders.
        progress: called with a step's name and the fraction that is done.
        cancel: asked before each picture; nothing is left then.

    Raises:
        ProjectError: the clips do not fit one another, a source is a mock, or the folder cannot be written.
        RenderError: nothing can be drawn or encoded on this machine.
        Cancelled: ``cancel`` was set.
    """
    _check(clips)
    design = designed(kind, [clip.name for clip in clips], sorted(clips[0].motions), seed)
    total = len(design.films)
    with folder_beside(out) as folder:
        films: dict[str, bytes] = {}
        remarks: dict[str, None] = {}
        for number, ((name, source), film) in enumerate(sorted(design.films.items(), key=lambda each: each[1])):
            clip = next(each for each in clips if each.name == name)

            def told(fraction: float, number: int = number) -> None:
                if progress is not None:
                    progress("films", (number + fraction) / total)

            file = folder / f"{film}.mp4"
            note = _write_film(file, clip, source, told, cancel)
            remarks |= {f"Of every film: {note}": None} if note else {}
            films[film] = file.read_bytes()
            file.unlink()
        page = page_text(design, films)
        (folder / PAGE).write_text(page, "utf-8")
        (folder / KEY).write_text(json.dumps(key_data(design), indent=1) + "\n", "utf-8")
        words = "".join(f"\n{remark}\n" for remark in remarks)
        about = _ABOUT.format(clips=len(design.clips), sources=len(design.sources), page=PAGE, key=KEY, id=design.id, remarks=words)
        (folder / ABOUT).write_text(about, "utf-8")
    return MadeStudy(design, out, len(page.encode()), tuple(remarks))


def _check(clips: Sequence[StudyClip]) -> None:
    if not clips:
        raise ProjectError("A study needs at least one clip; name takes or recordings.")
    names = [clip.name for clip in clips]
    if len(set(names)) < len(names):
        raise ProjectError("Two clips of the study have the same name; rename one of the files.")
    sources = set(clips[0].motions)
    if len(sources) < 2:
        raise ProjectError("A study compares at least two sources; name them with --sources, or use takes with two sides.")
    for clip in clips:
        if set(clip.motions) != sources:
            raise ProjectError(f"{clip.name} does not have the same sources as {names[0]}; name them with --sources.")
        mock = next((source for source, motion in clip.motions.items() if motion.is_mock), None)
        if mock is not None:
            raise ProjectError(f"{mock} is a mock, which always says so, and cannot be rated blindly; choose other sources.")


def _write_film(path: Path, clip: StudyClip, source: str, told: Callable[[float], None], cancel: CancelToken | None) -> str:
    """One film; returns what has to be known of how it was encoded."""
    motion = clip.motions[source]
    settings = FilmSettings(_SIZE_PX, _SIZE_PX, _FPS, "face", head=has_head(motion.arkit))
    total = frame_count(clip.audio.duration_s, _FPS)

    def counted() -> Iterator[np.ndarray]:
        for number, frame in enumerate(film_frames(clip.bodies[source], [motion], clip.audio.duration_s, settings), 1):
            if cancel is not None and cancel.is_set():
                raise Cancelled("Making the study was cancelled; nothing was written.")
            told(number / total)
            yield frame

    return write_video(path, counted(), _FPS, clip.audio)


def _films_of(design: Design, trial: Trial) -> list[str]:
    films = [design.films[trial.clip, source] for source in trial.sources]
    return films if not trial.x else [*films, films["AB".index(trial.x)]]


def _check_words(trial: Trial) -> str:
    if not trial.check:
        return ""
    if trial.x:
        return f"A check that you read this: watch the films, and answer {trial.check} to every question, whatever you saw."
    return f"A check that you read this: watch the film, and choose {trial.check} on every scale, whatever you saw."


def page_text(design: Design, films: Mapping[str, bytes]) -> str:
    """The page for raters: nothing in it says which source made a film.

    Args:
        design: of the study.
        films: MP4 by name.
    """
    study = {
        "id": design.id,
        "kind": design.kind,
        "scales": [[name, title, *_POLES[name]] for name, title in SCALES.items()],
        "points": list(range(1, POINTS + 1)),
        "trials": {
            name: {"films": _films_of(design, trial), "check": _check_words(trial)} for name, trial in sorted(design.trials.items())
        },
        "orders": design.orders,
        "films": {name: base64.b64encode(content).decode("ascii") for name, content in sorted(films.items())},
    }
    style, script = ((WEB / name).read_text("utf-8") for name in ("rate.css", "rate.js"))
    words = {"style": style, "script": script, "study": json.dumps(study, separators=(",", ":")), "policy": _policy(script, style)}
    return _SLOT.sub(lambda found: words[found[1]], (WEB / "rate.html").read_text("utf-8"))


def _policy(script: str, style: str) -> str:
    """The page's own script and style, what is inside it, and no network."""

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") + "'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; media-src blob:; form-action 'none'; base-uri 'none'"
    )


def key_data(design: Design) -> dict[str, Any]:
    """What says which film is which.

    Args:
        design: of the study.
    """
    trials = {
        name: {"clip": trial.clip, "sources": list(trial.sources), "x": trial.x, "check": trial.check}
        for name, trial in sorted(design.trials.items())
    }
    films = {film: {"clip": clip, "source": source} for (clip, source), film in sorted(design.films.items())}
    return {
        "format": FORMAT, "version": VERSION, "id": design.id, "kind": design.kind, "sources": list(design.sources),
        "clips": list(design.clips), "trials": trials, "films": films,
    }  # fmt: skip
