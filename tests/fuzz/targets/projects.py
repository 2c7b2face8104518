"""Projects, takes and what is saved by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.core.arkit import VISEME_CHANNELS
from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionSettings
from app.core.errors import PreviewError, ProjectError
from app.core.layers import Layer
from app.core.side import SideChannels
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, FacialFrames, Phone, Speech, VisemeEvent, Word
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning
from app.formats.notes import Note, Reply, Stroke
from app.formats.project import Project, ProjectSide, ProjectSound, ProjectView, document, read_project, write_project
from app.formats.project_files import MissingFile
from app.formats.takes.reading import read_about, read_take, unpack_media
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.formats.takes.writing import change_take, write_take
from app.session.keep.autosave import FORMAT, VERSION, _read, _what, content_of
from tests.fuzz import boxes, mutating
from tests.fuzz.target import Place, Target

_RANDOM = np.random.default_rng(3)


def targets() -> Iterator[Target]:
    """All of them."""
    yield Target("project", ".vsync", _project, _projects, (mutating.values,) * 5 + (mutating.text,), (ProjectError,), 6.0)
    yield Target("take", ".vstake", _take, _takes, (boxes.zipped,) * 4 + (mutating.plain,), (ProjectError,), 8.0, 400)
    yield Target("take-review", ".vstake", _review, _takes, (boxes.zipped,) * 4 + (mutating.plain,), (ProjectError,), 8.0, 400)
    yield Target("autosave", ".json", _autosave, _autosaves, (mutating.values,) * 4 + (mutating.text,), (PreviewError,))


def _project(place: Place) -> None:
    missing: list[MissingFile] = []
    project = read_project(place.file, place.folder, missing)
    _what(project)
    write_project(place.folder / "again.vsync", project, place.folder)
    read_project(place.folder / "again.vsync", place.folder, [])


def _take(place: Place) -> None:
    into = place.folder / "out"
    take = read_take(place.file, place.folder, into=into, missing=[])
    assert np.isfinite(take.speech.audio.samples).all()
    for lane in take.lanes.values():
        assert np.isfinite(lane.raw.arkit.weights).all() and np.isfinite(lane.tuned.arkit.weights).all()
    write_take(place.folder / "again.vstake", take, place.folder)
    read_take(place.folder / "again.vstake", place.folder, missing=[])


def _review(place: Place) -> None:
    read_about(place.file)
    unpack_media(place.file, place.folder / "out")
    change_take(place.file, lambda review: review)
    read_about(place.file)


def _animation(n: int, label: str) -> Animation:
    side = SideChannels(("HeadYaw", "HeadPitch"), _RANDOM.standard_normal((n, 2), np.float32))
    visemes = BlendshapeTrack(_RANDOM.random((n, 15), np.float32), 60.0, 0.25, VISEME_CHANNELS)
    track = BlendshapeTrack(_RANDOM.random((n, 52), np.float32), 60.0, 0.25, side=side)
    return Animation(track, visemes, label, owns_eyes=True, notes=("From a test.",))


def _full_project(folder: Path) -> Project:
    """One with something in every field."""
    for name in ("line.wav", "own.glb", "take.csv", "other.vstake", "note.flac", "avatar.glb"):
        (folder / name).write_bytes(b"x")
    edit = CurveEdit("scale", ("jawOpen",), 0.5, 1.0, 0.5)
    phones = (Phone("HH", 0.0, 0.1, "hi"), Phone("AY1", 0.1, 0.3, "hi"))
    facial = (FacialFrames(np.zeros((2, 55), np.float32), 0),)
    sound = ProjectSound(folder / "line.wav", "hi", phones, (VisemeEvent(12, 0.0),), (0.0, 0.2), (Word("hi", 0.0, 0.3),), facial)
    tuning = Tuning(intensity=1.5, shapes={"jawOpen": ShapeTuning(gain=1.25)}, smoothing_ms={"lips": 20.0})
    file, take = SourceSpec("file", str(folder / "take.csv")), SourceSpec("take", f"{folder / 'other.vstake'}#B")
    layers = (Layer(SourceSpec("a2f")), Layer(file, ("upper", "jawLeft"), 0.5, -0.04, 0.2, (0.5, 2.0), False), Layer(take, ("head",)))
    sides = {
        "A": ProjectSide("visemes", None, tuning, (edit,)), "B": ProjectSide("remote:ws://127.0.0.1:1/a2f"),
        "C": ProjectSide(f"file:{folder / 'take.csv'}", folder / "own.glb", layers=layers, unknown={"later": [1]}),
    }  # fmt: skip
    return Project(sides, folder / "avatar.glb", {}, sound, True, EmotionSettings(mode="auto"), ProjectView("split", edge=0.25))


def _projects(folder: Path) -> Iterator[bytes]:
    project = _full_project(folder)
    yield json.dumps(document(project, folder / "x.vsync", folder)).encode()


def _takes(folder: Path) -> Iterator[bytes]:
    project = _full_project(folder)
    clip = AudioClip((_RANDOM.integers(-32768, 32767, 1200) / 32768).astype(np.float32), 24000, "Hello there.")
    facial = (FacialFrames(_RANDOM.random((3, 55), np.float32), 2),)
    speech = Speech(clip, "Hello there.", (Phone("HH", 0.0, 0.04, "hello"),), (VisemeEvent(12, 0.01),), (Word("Hello", 0.0, 0.04),), facial)
    raw = _animation(5, "Visemes")
    lanes = {"A": Lane(raw, raw, "visemes", {}, {"seed": 7}), "B": Lane(_animation(5, "A2F"), _animation(5, "A2F"), "A2F 2.3", {"x": 0.25})}
    note = Note(
        "n1", "Kim", "2026-01-01", "2026-01-01", 0.01, text="close the lips", voice="note.flac", replies=[Reply("r", "Jo", "", "done")]
    )
    drawn = Note("n2", text="here", start_s=0.02, strokes=[Stroke("arrow", [(0.1, 0.2), (0.3, 0.4)])])
    take = SavedTake(
        "id1", "L010", project, speech, lanes, AvatarReference("avatar.glb", "", folder / "avatar.glb"), (note, drawn),
        {"note.flac": folder / "note.flac"}, "in review", "01:00:00:00", 29.97, b"\x89PNG\r\n\x1a\nx", "0.2.0", {"later": True},
        {"future/thing.bin": b"\0\1"},
    )  # fmt: skip
    for embeds in (False, True):
        write_take(folder / "a.vstake", take, folder, embeds_avatar=embeds)
        yield (folder / "a.vstake").read_bytes()


def _autosave(place: Place) -> None:
    (place.folder / "session.json").write_bytes(place.data)
    found = _read(place.folder)
    assert found is None or found.sentence
    content_of(place.file)


def _autosaves(folder: Path) -> Iterator[bytes]:
    content = document(_full_project(folder), folder / "x.vsync", folder)
    words = {"format": FORMAT, "version": VERSION, "project": content, "origin": "x.vsync", "saved_s": 1.5, "what": "“hi”"}
    yield json.dumps(words).encode()
