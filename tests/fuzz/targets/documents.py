"""Documents that people send each other: presets, poses, notes, lists, tables, studies, what is in the clipboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.conversation.chat.personas import Personas
from app.conversation.cost.prices import read_prices
from app.core.edits.copying import copied, copied_of
from app.core.errors import CostError, PersonaError, PoseError, PresetError, PreviewError, ProjectError
from app.core.marks.grammar import read_marks
from app.core.poses import FacePose
from app.core.presets import BUILT_IN
from app.core.timecode import clip_count
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.formats.cuts import otio, table
from app.formats.cuts.cut import Cut, received
from app.formats.cuts.registry import read_listed
from app.formats.dialogue.characters import read_characters
from app.formats.dialogue.marks import marks_of
from app.formats.dialogue.table import read_table
from app.formats.notes import Note, Reply, Stroke
from app.formats.presets import read_preset, write_preset
from app.review.batch.journal import BatchDocument, LineSummary, read_document, write_document
from app.review.page.returning import document as notes_document
from app.review.page.returning import read_notes
from app.review.study.answers import RATING_FORMAT, RATING_VERSION, read_key, read_raters
from app.review.study.making import FORMAT as STUDY_FORMAT
from app.review.study.making import VERSION as STUDY_VERSION
from app.review.takes.playlist import Playlist, PlaylistEntry, read_playlist, write_playlist
from app.session.adjust.pose_file import read_poses, write_poses
from app.speech.azure.ssml import documents as ssml_documents
from app.speech.delivery import Delivery
from tests.fuzz import mutating
from tests.fuzz.mutating import Mutator
from tests.fuzz.target import Place, Target

_VALUES: tuple[Mutator, ...] = (mutating.values,) * 5 + (mutating.text,)
_TEXT: tuple[Mutator, ...] = (mutating.text, mutating.text, mutating.plain)
_ASSETS = Path(__file__).resolve().parents[3] / "assets"
_NOTES = (
    Note("n1", "Kim", "2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00+00:00", 1.2, text="close the lips\non P", side="A", phone="P",
         colour="red", strokes=[Stroke("arrow", [(0.1, 0.2), (0.3, 0.4)])], replies=[Reply("r1", "Jo", "2026-01-02T10:00:00+00:00", "ok")]),
    Note("n2", "", "", "2026-01-01T11:00:00+00:00", 2.0, 3.5, text='=cmd|" /C calc"!A0', status="addressed", colour="purple"),
)  # fmt: skip
_CUT = Cut("take1", "L010 <hello> & co", clip_count(29.97, "00:59:50;00"), 700, _NOTES, "film.mp4")
_KEY = {
    "format": STUDY_FORMAT, "version": STUDY_VERSION, "id": "s1", "kind": "scale", "sources": ["visemes", "a2f"], "clips": ["L1"],
    "trials": {
        "t1": {"clip": "L1", "sources": ["visemes"], "x": None, "check": ""},
        "t2": {"clip": "L1", "sources": ["a2f"], "x": None, "check": "3"},
    },
    "films": {},
}  # fmt: skip


def targets() -> Iterator[Target]:
    """All of them."""
    yield Target("preset", ".json", lambda place: read_preset(place.file), _presets, _VALUES, (PresetError,))
    yield Target("preset-yaml", ".yaml", lambda place: read_preset(place.file), _yamls, _TEXT, (PresetError,))
    yield Target("poses", ".json", _read_poses, _poses, _VALUES, (PoseError,))
    yield Target("copied-curves", ".json", _pasted, _copies, _VALUES, (PresetError,))
    yield Target("review-notes", ".json", lambda place: read_notes(place.file), _returned, _VALUES, (ProjectError,))
    yield Target("notes-otio", ".otio", _listed, lambda _: [otio.write(_CUT).encode()], _VALUES, (ProjectError,))
    yield Target("notes-csv", ".csv", _listed, lambda _: [table.write(_CUT).encode()], _TEXT, (ProjectError,))
    yield Target("playlist", ".vslist", _listed_takes, _playlists, _VALUES, (ProjectError,))
    yield Target("batch", ".json", _batch, _batches, _VALUES, (ProjectError,))
    yield Target("study-key", ".json", lambda place: read_key(place.file), lambda _: [json.dumps(_KEY).encode()], _VALUES, (ProjectError,))
    yield Target("study-answers", ".json", _answers, _ratings, _VALUES, (ProjectError,))
    yield Target("dialogue", ".csv", lambda place: read_table(place.file), _tables, _TEXT, (ProjectError,))
    yield Target("characters-toml", ".toml", lambda place: read_characters(place.file), _casts, _TEXT, (ProjectError,))
    yield Target("characters-json", ".json", lambda place: read_characters(place.file), _casts_json, _VALUES, (ProjectError,))
    yield Target("emotion-marks", ".txt", lambda place: marks_of(_words(place)), _feelings, _TEXT, (PreviewError,))
    yield Target("text-marks", ".txt", _marked, _scripts, _TEXT, (PreviewError,))
    yield Target(
        "ssml", ".xml", lambda place: list(ssml_documents(_words(place), "en-US-AvaNeural", Delivery())), _ssmls, _TEXT, (PreviewError,)
    )
    yield Target("persona", ".toml", _persona, _personas, _TEXT, (PersonaError,))
    yield Target(
        "prices", ".toml", lambda place: read_prices(place.file), lambda _: [(_ASSETS / "prices.toml").read_bytes()], _TEXT, (CostError,)
    )


def _words(place: Place) -> str:
    return place.data.decode("utf-8", "replace")


def _presets(folder: Path) -> Iterator[bytes]:
    for name, (tuning, _) in BUILT_IN.items():
        write_preset(folder / "p.json", name, tuning)
        yield (folder / "p.json").read_bytes()


def _yamls(folder: Path) -> Iterator[bytes]:
    for tuning in (Tuning(intensity=1.5), BUILT_IN["Broader"][0], BUILT_IN["Firm lips"][0]):
        write_preset(folder / "p.yaml", "p", tuning)
        yield (folder / "p.yaml").read_bytes()
    yield b"a: &a [x, x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\na2f: {blendshape_params: {}}\n"


def _read_poses(place: Place) -> None:
    poses = read_poses(place.file)
    write_poses(place.folder / "again.json", poses)
    read_poses(place.folder / "again.json")


def _poses(folder: Path) -> Iterator[bytes]:
    write_poses(
        folder / "p.json", [FacePose.of("Smile", {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}), FacePose.of("Ä", {"jawOpen": 1.0})]
    )
    yield (folder / "p.json").read_bytes()


def _pasted(place: Place) -> None:
    curves = copied_of(_words(place))
    copied_of(curves.text())
    curves.pasted(1.0)


def _copies(folder: Path) -> Iterator[bytes]:
    track = BlendshapeTrack(np.random.default_rng(1).random((30, 52), np.float32), 60.0)
    yield copied(Animation(track, None, "x"), ("jawOpen", "mouthClose"), 0.1, 0.4).text().encode()


def _returned(folder: Path) -> Iterator[bytes]:
    yield json.dumps(notes_document("t", "Line 3", _NOTES, "changes asked")).encode()


def _listed(place: Place) -> None:
    received(_CUT.notes, read_listed(place.file, _CUT), _CUT)


def _listed_takes(place: Place) -> None:
    playlist = read_playlist(place.file)
    write_playlist(place.folder / "again.vslist", playlist)


def _playlists(folder: Path) -> Iterator[bytes]:
    (folder / "a.vstake").write_bytes(b"x")
    write_playlist(
        folder / "l.vslist", Playlist((PlaylistEntry(folder / "a.vstake", "L1", "approved"), PlaylistEntry(folder / "b.vstake", "L2")))
    )
    yield (folder / "l.vslist").read_bytes()


def _batch(place: Place) -> None:
    place.file.rename(place.folder / "lines.json")
    write_document(place.folder, read_document(place.folder))


def _batches(folder: Path) -> Iterator[bytes]:
    write_document(folder, BatchDocument(lines=[LineSummary(), LineSummary()]))
    yield (folder / "lines.json").read_bytes()


def _answers(place: Place) -> None:
    (place.folder / "key.json").write_text(json.dumps(_KEY), "utf-8")
    read_raters([place.file], read_key(place.folder / "key.json"))


def _ratings(folder: Path) -> Iterator[bytes]:
    answers = [{"trial": name, "values": {"naturalness": "4", "sync": "3", "x": "A"}} for name in ("t1", "t2")]
    words = {"format": RATING_FORMAT, "version": RATING_VERSION, "study": "s1", "rater": "Ann", "order": ["t1", "t2"], "answers": answers}
    yield json.dumps(words).encode()


def _tables(folder: Path) -> Iterator[bytes]:
    yield 'Line ID,Character,Text,Emotion,Speed\nL1,Zoë,"Well; then, “hello”.",joy:0.5,1.1\nL2,Ånn,"She said ""no"".",,\n'.encode()
    yield "sep=;\r\nCue;Speaker;Dialogue;Audio file;Transcript\r\nA;Mira;Hello.;;\r\nB;;;b.wav;Said.\r\n".encode("utf-16")


def _casts(folder: Path) -> Iterator[bytes]:
    yield b'[characters.Mira]\nvoice = "heart"\npreset = "Softer"\nspeed = 1.1\n\n[characters."Zo\xc3\xab"]\nsource = "a2f"\n'


def _casts_json(folder: Path) -> Iterator[bytes]:
    yield json.dumps({"characters": {"Mira": {"voice": "heart", "preset": "Softer", "speed": 1.1}}}).encode()


def _feelings(folder: Path) -> Iterator[bytes]:
    yield b"joy:0.5"
    yield b"0.5 joy 0.3; 1.2 anger+sadness; hello: fear 80%"


def _marked(place: Place) -> None:
    marked = read_marks(_words(place))
    assert all(0 <= mark.start <= mark.end for mark in marked.marks) and all(marked.sentences)


def _scripts(folder: Path) -> Iterator[bytes]:
    yield b"Well [pause 0.5] then [smile]hello[/smile] you [look left 0.3]and [joy 0.8]all[/joy]. [nod] [x y] [/smile]"
    yield b"[" * 50 + b"]" * 50


def _ssmls(folder: Path) -> Iterator[bytes]:
    yield (
        b'<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US"><voice name="en-US-AvaNeural">'
        b'<prosody rate="+10%">Hello &amp; welcome</prosody><break time="200ms"/></voice></speak>'
    )
    yield b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><speak>&c;</speak>'


def _persona(place: Place) -> None:
    Personas._read(place.file, True)


def _personas(folder: Path) -> Iterator[bytes]:
    for path in sorted((_ASSETS / "personas").glob("*.toml")):
        yield path.read_bytes()
