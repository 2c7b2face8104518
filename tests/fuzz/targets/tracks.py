"""Motion, mouth cues and timings: every dialect that is written, those that are only read, and phones beside a sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from app.core.errors import SpeechError, TrackError
from app.formats.dialect import Dialect
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import DIALECTS, encoded, read_track_file
from app.formats.timings.alignment import read_alignment
from app.formats.timings.transcript import read_transcript
from app.formats.track_file import MAX_FPS
from tests.fuzz import boxes, mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target
from tests.fuzz.targets import real
from tests.fuzz.targets.small_avatar import small_avatar
from tests.trips.cues import made_line
from tests.trips.weights import made_take

_TEXT: tuple[Mutator, ...] = (mutating.text, mutating.text, mutating.plain)
_VALUES: tuple[Mutator, ...] = (mutating.values,) * 4 + (mutating.text,)


def targets() -> Iterator[Target]:
    """All of them."""
    for dialect in DIALECTS:
        ending = Path(f"x{dialect.ending or '.json'}").suffix
        mutators: tuple[Mutator, ...] = _VALUES if ending == ".json" else _TEXT
        if ending in (".glb", ".vrma", ".gltf"):
            mutators = (boxes.glb,) * 3 + (mutating.plain,)
        elif ending == ".gesichter":
            mutators = (boxes.gzipped,)
        may_start = ending.startswith(".usd")
        yield Target(
            f"track-{dialect.key}", ending, _track, partial(_files, dialect), mutators, (TrackError,), may_start=may_start, most_s=6.0
        )
    for key, ending in (("track-captures", ".csv"), ("track-cases", ".csv")):
        yield Target(key, ending, _track, partial(_real, key), _TEXT, (TrackError,))
    yield Target("track-cases-json", ".json", _track, partial(_real, "track-cases-json"), _VALUES, (TrackError,))
    yield Target("track-azure-messages", ".json", _track, _azure_messages, _VALUES, (TrackError,))
    yield Target("phones", ".TextGrid", _phones, _timings, _TEXT, (SpeechError,))
    yield Target("phones-json", ".json", _phones, _timings_json, _VALUES, (SpeechError,))


def _track(place: Place) -> None:
    read = read_track_file(place.file)
    track = read.track
    assert np.isfinite(track.weights).all(), "weights that are no numbers"
    assert 0 < track.fps <= MAX_FPS and np.isfinite(track.start_s)
    assert all(isinstance(note, str) for note in read.told)
    track.sample(np.array([track.start_s, track.end_s, -1.0, 1e6]))
    read.with_sides_swapped()
    if 0 < len(track) <= 2000:
        for key in ("livelink", "rhubarb-tsv"):
            try:
                encoded(read.performance, WriteOptions(), key)
            except TrackError as error:
                assert str(error).endswith("."), error


def _files(dialect: Dialect, folder: Path) -> Iterator[bytes]:
    line, take = made_line(), made_take(12)
    short = Performance(take.arkit, take.visemes, line.phones[:6], line.words[:2], "line.wav", 1.0)
    if dialect.write is not None:
        for performance in (short, line):
            try:
                data = dialect.write(performance, WriteOptions()).data
            except TrackError:
                continue
            if len(data) < 300_000:
                yield data
    ending = Path(f"x{dialect.ending}").suffix
    if ending in (".glb", ".gltf"):
        root, blob = small_avatar()
        yield boxes.made_glb(json.dumps(root).encode(), blob)
    if ending == ".gesichter":
        yield from real.files("data/captures/llv/*.gesichter")


def _real(key: str, folder: Path) -> Iterator[bytes]:
    if key == "track-captures":
        yield from real.beginnings("data/captures/*/*.csv")
    else:
        yield from real.beginnings(f"cases/tracks/tracks/*{'.json' if key.endswith('json') else '.csv'}", 60, 40)


def _azure_messages(folder: Path) -> Iterator[bytes]:
    rows = [[round(0.01 * i, 2) for i in range(55)]] * 3
    yield json.dumps([{"audio_offset": 500_000 * i, "viseme_id": i} for i in range(5)]).encode()
    yield json.dumps([{"Animation": json.dumps({"FrameIndex": i * 3, "BlendShapes": rows})} for i in range(3)]).encode()
    yield json.dumps([{"time": i / 60, "blendshapes": {"jawOpen": 0.5, "eyeBlinkLeft": 1}} for i in range(5)]).encode()
    yield json.dumps({"type": "response.animation_viseme.delta", "audio_offset_ms": 50, "viseme_id": 3}).encode()
    yield from real.files("data/azure/recorded_fragments.json")


def _phones(place: Place) -> None:
    for read in (read_alignment, read_transcript):
        try:
            found = read(place.file)
        except SpeechError:
            if read is read_transcript:
                raise
            continue
        assert all(np.isfinite((phone.start_s, phone.end_s)).all() and phone.start_s <= phone.end_s for phone in found.phones)
        assert isinstance(found.text, str)


def _timings(folder: Path) -> Iterator[bytes]:
    line = made_line()
    for dialect in DIALECTS:
        if dialect.holds == "timings" and dialect.write is not None:
            yield dialect.write(line, WriteOptions()).data
    yield from real.files("data/speech/praatio/*.TextGrid", 4, 30_000)
    yield "Just a text – of what is said.".encode()
    yield (
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 1\ntiers? <exists>\nsize = 1\nitem []:\n    item [1]:\n'
        b'        class = "IntervalTier"\n        name = "phones"\n        xmin = 0\n        xmax = 1\n        intervals: size = 2\n'
        b'        intervals [1]:\n            xmin = 0\n            xmax = 0.4\n            text = "HH"\n'
        b'        intervals [2]:\n            xmin = 0.4\n            xmax = 1\n            text = "AY1"\n'
    )


def _timings_json(folder: Path) -> Iterator[bytes]:
    yield json.dumps(
        [{"phone": "HH", "start": 0.0, "end": 0.1, "word": "hi"}, {"phone": "AY1", "start": 0.1, "end": 0.4, "word": "hi"}]
    ).encode()
    yield from real.files("data/alignments/*.json", 4, 20_000)
    yield json.dumps({"metadata": {"soundFile": "a.wav", "duration": 1}, "mouthCues": [{"start": 0, "end": 1, "value": "A"}]}).encode()
