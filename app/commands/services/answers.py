"""An answer of a conversation as a folder: its sound, its motion, its words, and a take that the window opens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import __version__
from app.audio.clips import write_wav
from app.commands.pipeline import DEFAULT_AVATAR, animation_of
from app.commands.progress import Progress
from app.commands.told import say
from app.conversation.turns import Turn, waterfall
from app.core.errors import AudioError
from app.core.source_spec import SourceSpec
from app.core.speech import Speech, joined, spoken_words
from app.formats.notes import new_id
from app.formats.performance import performance_of
from app.formats.project import Project, ProjectSide, ProjectSound
from app.formats.project_hashes import file_sha256
from app.formats.registry import write_performance
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.formats.takes.writing import write_take
from app.formats.track_file import write_beside
from app.lipsync.registry import source_needs_phones
from app.remote.link.keys import without_key

FPS = 60.0


def write_answer(folder: Path, turn: Turn, source: SourceSpec, progress: Progress) -> None:
    """Write ``answer.wav``, ``answer.csv``, ``words.json`` and ``answer.vstake``, which holds all of it.

    Args:
        folder: made when it is not there.
        turn: with at least one part.
        source: who animates it.
        progress: told how far that is.

    Raises:
        AudioError: the folder cannot be made, or the sound not be written.
        TrackError: something else cannot be written.
        ProjectError: the take cannot be written.
        SourceError: the source cannot animate this.
    """
    speech, parts_s = _whole(turn)
    speech = _with_phones(speech, source)
    _make(folder)
    write_wav(folder / "answer.wav", speech.audio)
    animation = animation_of(source, speech, FPS, progress)
    say("answer.csv", write_performance(folder / "answer.csv", performance_of(animation, speech, "answer.wav", DEFAULT_AVATAR)))
    about = _words_data(turn, speech, parts_s)
    write_beside(folder / "words.json", json.dumps(about, indent=1) + "\n")
    sound = ProjectSound(Path(), speech.text, parts_s=parts_s)
    project = Project({"A": ProjectSide(without_key(str(source)))}, DEFAULT_AVATAR, sound=sound, unknown={"conversation": about})
    lanes = {"A": Lane(animation, animation, animation.label)}
    avatar = AvatarReference(DEFAULT_AVATAR.name, file_sha256(DEFAULT_AVATAR), DEFAULT_AVATAR)
    take = SavedTake(new_id(), speech.text or "answer", project, speech, lanes, avatar, app_version=__version__)
    write_take(folder / "answer.vstake", take, DEFAULT_AVATAR.parent)


def write_conversation(folder: Path, report: dict[str, Any], name: str) -> None:
    """Write ``conversation.json`` and ``conversation.md`` beside the answers.

    Args:
        folder: of the conversation; made when it is not there.
        report: as the verb's JSON has it.
        name: of who answers.

    Raises:
        AudioError: the folder cannot be made.
        TrackError: a file cannot be written.
    """
    _make(folder)
    lines = [f"# {name}\n"]
    for turn in report["turns"]:
        link = f" ([{turn['folder']}]({turn['folder']}/answer.wav))" if turn["folder"] else ""
        lines += [f"**You:** {turn['asked']}\n", f"**{name}:** {turn['answered'].strip()}{link}\n"]
        lines += [f"*{turn['sentence']}*\n"] if turn["sentence"] else []
    write_beside(folder / "conversation.md", "\n".join(lines))
    write_beside(folder / "conversation.json", json.dumps(report, indent=1) + "\n")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioError(f"The folder {folder} cannot be made; choose another one with -o.") from error


def _whole(turn: Turn) -> tuple[Speech, tuple[float, ...]]:
    """An answer's parts on one time line, and where each begins."""
    parts = [part.so_far() for part in turn.parts]
    starts = [sum(len(part.audio.samples) for part in parts[:k]) / parts[0].audio.rate for k in range(len(parts))]
    return joined(parts), tuple(starts)


def _with_phones(speech: Speech, source: SourceSpec) -> Speech:
    """Phones for a source that works from them, found in the sound where the voice told none."""
    if speech.phones or speech.visemes or not source_needs_phones(source):
        return speech
    from app.speech.align import align, recognise_phones

    found = align(speech.audio, speech.text) if speech.text else recognise_phones(speech.audio)
    return replace(speech, phones=tuple(found))


def _words_data(turn: Turn, speech: Speech, parts_s: tuple[float, ...]) -> dict[str, Any]:
    return {
        "asked": turn.asked,
        "answered": turn.answered,
        "complete": turn.complete,
        "parts": [{"text": part.text, "start_s": start_s} for part, start_s in zip(turn.parts, parts_s, strict=True)],
        "words": [[word.text, round(word.start_s, 4), round(word.end_s, 4)] for word in spoken_words(speech)],
        "visemes": [[event.viseme_id, round(event.offset_s, 4)] for event in speech.visemes],
        "waits_s": {wait.stage: round(wait.duration_s, 4) for wait in waterfall(turn)},
    }
