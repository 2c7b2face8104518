"""Takes as files: what is written is read, sample for sample and frame for frame; what means harm is one sentence."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.arkit import VISEME_CHANNELS
from app.core.curve_edits import CurveEdit
from app.core.errors import ProjectError
from app.core.side import SideChannels
from app.core.speech import AudioClip, FacialFrames, Phone, Speech, VisemeEvent, Word
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning
from app.formats.notes import Note, Reply
from app.formats.project import Project, ProjectSide, ProjectView, project_of, read_project, write_project
from app.formats.project_hashes import file_sha256, found_by_hash
from app.formats.project_review import ProjectReview
from app.formats.takes import archive
from app.formats.takes.motion import array_bytes
from app.formats.takes.reading import read_about, read_take
from app.formats.takes.sound import packed_sound, unpacked_sound
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.formats.takes.writing import change_take, write_take

RNG = np.random.default_rng(3)


def animation(n: int, label: str) -> Animation:
    weights = RNG.random((n, 52), np.float32)
    side = SideChannels(("HeadYaw", "HeadPitch"), RNG.standard_normal((n, 2), np.float32))
    visemes = BlendshapeTrack(RNG.random((n, 15), np.float32), 60.0, 0.25, VISEME_CHANNELS)
    return Animation(BlendshapeTrack(weights, 60.0, 0.25, side=side), visemes, label, owns_eyes=True, notes=("From a test.",))


@pytest.fixture
def folder(tmp_path):
    for name in ("bundled", "media", "shots"):
        (tmp_path / name).mkdir()
    (tmp_path / "bundled" / "avatar.glb").write_bytes(b"glTF" + bytes(100))
    (tmp_path / "media" / "own.glb").write_bytes(b"glTFown")
    (tmp_path / "media" / "note.flac").write_bytes(b"spoken")
    return tmp_path.resolve()


@pytest.fixture
def take(folder):
    """A take with something in every field."""
    clip = AudioClip((RNG.integers(-32768, 32767, 4800) / 32768).astype(np.float32), 24000, "Hello there.")
    facial = (FacialFrames(RNG.random((3, 55), np.float32), 2),)
    speech = Speech(clip, "Hello there.", (Phone("HH", 0.0, 0.1, "hello"),), (VisemeEvent(12, 0.05),), (Word("Hello", 0.0, 0.1),), facial)
    edit = CurveEdit("scale", ("jawOpen",), 0.05, 0.1, 0.5)
    sides = {
        "A": ProjectSide("visemes", None, Tuning(intensity=1.5), (edit,), unknown={"later": [1]}),
        "B": ProjectSide("remote:ws://127.0.0.1:1/a2f", folder / "media" / "own.glb"),
    }
    project = Project(sides, folder / "bundled" / "avatar.glb", view=ProjectView("split"), unknown={"future": {"deep": [1, 2.5]}})
    raw = animation(12, "Visemes")
    lanes = {"A": Lane(raw, raw, "visemes", {}, {"seed": 7}), "B": Lane(animation(12, "A2F"), animation(12, "A2F"), "A2F 2.3", {"x": 0.25})}
    notes = (
        Note(
            "n1", "Kim", "2026-01-01", "2026-01-01", 0.1, text="close the lips", voice="note.flac", replies=[Reply("r", "Jo", "", "done")]
        ),
    )
    reference = AvatarReference("avatar.glb", file_sha256(project.avatar), project.avatar)
    return SavedTake(
        "id1", "L010", project, speech, lanes, reference, notes, {"note.flac": folder / "media" / "note.flac"}, "in review",
        "01:00:00:00", 29.97, b"\x89PNG\r\n\x1a\nx", "0.2.0", {"later": True}, {"future/thing.bin": b"\0\1"},
    )  # fmt: skip


def same_motion(a: Animation, b: Animation) -> bool:
    def equal(x, y):
        same = x.weights.tobytes() == y.weights.tobytes() and (x.fps, x.start_s, x.channels) == (y.fps, y.start_s, y.channels)
        beside = (x.side is None) == (y.side is None)
        return same and beside and (x.side is None or (x.side.names == y.side.names and x.side.values.tobytes() == y.side.values.tobytes()))

    words = (a.label, a.is_mock, a.owns_eyes, a.notes) == (b.label, b.is_mock, b.owns_eyes, b.notes)
    return (
        words
        and equal(a.arkit, b.arkit)
        and (a.visemes is None) == (b.visemes is None)
        and (a.visemes is None or equal(a.visemes, b.visemes))
    )


def assert_same(read: SavedTake, take: SavedTake) -> None:
    assert read.speech.audio.samples.tobytes() == take.speech.audio.samples.tobytes()
    assert (read.speech.audio.rate, read.speech.audio.name) == (take.speech.audio.rate, take.speech.audio.name)
    assert replace(read.speech, audio=take.speech.audio, facial=()) == replace(take.speech, facial=())
    for mine, own in zip(read.speech.facial, take.speech.facial, strict=True):
        assert mine.values.tobytes() == own.values.tobytes() and mine.first == own.first
    assert set(read.lanes) == set(take.lanes)
    for side, lane in take.lanes.items():
        other = read.lanes[side]
        assert same_motion(other.raw, lane.raw) and same_motion(other.tuned, lane.tuned)
        assert (other.source, other.parameters, other.unknown) == (lane.source, lane.parameters, lane.unknown)
    for name in ("id", "line", "notes", "status", "start_timecode", "fps", "thumbnail", "app_version", "unknown", "others"):
        assert getattr(read, name) == getattr(take, name), name
    assert read.project.sides == take.project.sides and read.project.view == take.project.view
    assert read.project.unknown == take.project.unknown
    assert read.project.sides["A"].unknown == take.project.sides["A"].unknown


def test_what_is_written_is_read(take, folder):
    path = folder / "shots" / "one.vstake"
    assert write_take(path, take, folder / "bundled") == ()
    read = read_take(path, folder / "bundled", into=folder / "unpacked")
    assert_same(read, take)
    assert read.media["note.flac"].read_bytes() == b"spoken" and read.avatar == take.avatar
    again = folder / "shots" / "two.vstake"
    write_take(again, read, folder / "bundled")
    assert again.read_bytes() == path.read_bytes()


def test_a_take_that_is_not_unpacked_is_written_again_with_its_files(take, folder):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled", embeds_avatar=True)
    read = read_take(path, folder / "bundled")
    (folder / "media" / "own.glb").unlink()
    (folder / "media" / "note.flac").unlink()
    write_take(folder / "two.vstake", read, folder / "bundled")
    last = read_take(folder / "two.vstake", folder / "bundled", into=folder / "out")
    assert last.media["note.flac"].read_bytes() == b"spoken" and last.avatar.embedded
    assert last.avatar.path.read_bytes().startswith(b"glTF")


def test_a_take_opens_where_nothing_else_is(take, folder, tmp_path_factory):
    """Another computer: no avatar, no track, no server; the motion is all there, and what is missing is named with its hash."""
    write_take(folder / "one.vstake", take, folder / "bundled")
    other = tmp_path_factory.mktemp("other").resolve() / "one.vstake"
    other.write_bytes((folder / "one.vstake").read_bytes())
    missing = []
    read = read_take(other, tmp_path_factory.mktemp("none"), missing=missing)
    assert same_motion(read.lanes["B"].tuned, take.lanes["B"].tuned) and read.avatar.path is None
    assert {each.what: each.sha256 for each in missing} == {
        "the avatar": file_sha256(folder / "bundled" / "avatar.glb"),
        "the avatar of side B": file_sha256(folder / "media" / "own.glb"),
    }


def test_moved_files_are_found_by_their_hash(folder):
    old = folder / "media" / "own.glb"
    digest = file_sha256(old)
    (folder / "shots" / "deep").mkdir()
    moved = old.rename(folder / "shots" / "deep" / "renamed.glb")
    (folder / "shots" / "own.glb").write_bytes(b"another of the same name")
    assert found_by_hash({old: digest, folder / "x.glb": ""}, [folder / "nowhere", folder / "shots"]) == {old: moved}


def test_a_change_of_the_review_leaves_the_rest_alone(take, folder):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    before = zipfile.ZipFile(path)
    (folder / "more.ogg").write_bytes(b"more")
    change_take(path, lambda review: replace(review, status="approved"), {"more.ogg": folder / "more.ogg"})
    after = zipfile.ZipFile(path)
    assert set(after.namelist()) - set(before.namelist()) == {"media/more.ogg"}
    backup = zipfile.ZipFile(path.with_name("one.vstake.bak"))
    for name in set(before.namelist()) - {"project.vsync"}:
        assert after.read(name) == backup.read(name)
    read = read_take(path, folder / "bundled", into=folder / "out")
    assert read.status == "approved" and read.media["more.ogg"].read_bytes() == b"more"
    assert_same(replace(read, status=take.status), take)
    assert read_about(path).review.status == "approved" and read_about(path.with_name("one.vstake.bak")).review.status == "in review"
    for each in (before, after, backup):
        each.close()


@pytest.mark.parametrize(
    "samples",
    [
        RNG.integers(-(2**15), 2**15 - 1, 2000) / 2**15, RNG.integers(-(2**23), 2**23 - 1, 2000) / 2**23, RNG.uniform(-1, 1, 2000),
        np.array([1.0, -1.0, 0.0]), np.array([-0.0, 1e-40]), np.zeros(0),
    ],
    ids=["16 bit", "24 bit", "float", "full scale", "denormal", "empty"],
)  # fmt: skip
def test_every_sound_comes_back_bit_by_bit(samples):
    clip = AudioClip(samples.astype(np.float32), 44100, "x")
    name, data = packed_sound(clip)
    read = unpacked_sound(data, "x", "t")
    assert read.samples.tobytes() == clip.samples.tobytes() and read.rate == 44100 and read.digest == clip.digest
    assert name.startswith("sound.")


def test_notes_and_strange_fields_live_in_projects_too(take, folder):
    review = ProjectReview("id", "L1", "approved", "00:00:10:00", 25.0, notes=list(take.notes))
    project = replace(take.project, review=review, media=dict(take.media))
    path = folder / "shots" / "scene.vsync"
    write_project(path, project, folder / "bundled")
    read = read_project(path, folder / "bundled")
    assert read == project and read.unknown == project.unknown and read.hashes[project.avatar] == file_sha256(project.avatar)
    data = json.loads(path.read_text())
    data["review"]["notes"][0]["mood"], data["view"]["zoom"], data["sides"]["B"]["colour"] = "good", 3, "red"
    path.write_text(json.dumps(data))
    write_project(path, read_project(path, folder / "bundled"), folder / "bundled")
    assert json.loads(path.read_text()) == data


def rezipped(path, change):
    """The take with other members; ``change`` gets name -> content."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "C:\\evil", "a/../../evil", "media/./x", "media//x", "con\0", "x" * 300, "media/x. "]
)
def test_names_that_lead_elsewhere_are_refused(take, folder, name):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    with zipfile.ZipFile(path, "a") as added:
        info = zipfile.ZipInfo("plain")
        info.filename = name
        added.writestr(info, b"evil")
    if name == "con\0":  # the reader of the standard library cuts such names
        assert "con" in read_take(path, folder / "bundled").others
        return
    with pytest.raises(ProjectError, match=r"leads out of it.*\.$"):
        read_take(path, folder / "bundled", into=folder / "out")
    assert not (folder / "out").exists()


def test_links_doubles_and_encryption_are_refused(take, folder):
    path, fine = folder / "one.vstake", folder / "fine.vstake"
    write_take(fine, take, folder / "bundled")
    link = zipfile.ZipInfo("media/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for info, words in ((link, "link"), (zipfile.ZipInfo("PROJECT.vsync"), "two files")):
        path.write_bytes(fine.read_bytes())
        with zipfile.ZipFile(path, "a") as added:
            added.writestr(info, b"/etc/passwd")
        with pytest.raises(ProjectError, match=words):
            read_take(path, folder / "bundled")


def test_bombs_are_refused_before_they_are_unpacked(take, folder, monkeypatch):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    rezipped(path, lambda members: members.update({"zeros.bin": bytes(2**20)}))
    monkeypatch.setattr(archive, "FREE_BYTES", 2**20)
    monkeypatch.setattr(archive, "MAX_RATIO", 5)
    with pytest.raises(ProjectError, match="claims to hold more"):
        read_take(path, folder / "bundled")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as new:
        for n in range(archive.MAX_MEMBERS + 1):
            new.writestr(f"{n}", b"")
    path.write_bytes(many.getvalue())
    with pytest.raises(ProjectError, match="more files than any take"):
        read_take(path, folder / "bundled")


def test_a_member_that_is_larger_than_it_says_is_damage(take, folder):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\1\2")
    (size,) = struct.unpack_from("<L", data, at + 24)
    struct.pack_into("<L", data, at + 24, max(size - 1, 0))
    path.write_bytes(data)
    with pytest.raises(ProjectError, match="damaged"):
        read_take(path, folder / "bundled", into=folder / "out")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "[" * 100_000, '{"format": "visemesync-project", "version": 2}', "\xff", '{"a":' * 80 + "1" + "}" * 80, '{"format": NaN}',
        "9" * 10_000, '{"format": "visemesync-project", "version": 1, "sides": 7}',
    ],
)  # fmt: skip
def test_documents_that_are_none_are_one_sentence(take, folder, text):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    rezipped(path, lambda members: members.update({"project.vsync": text.encode("latin-1")}))
    with pytest.raises(ProjectError, match=r"one\.vstake.*\.$"):
        read_take(path, folder / "bundled")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x93NUMPY", array_bytes(np.full((12, 52), np.nan)), array_bytes(np.zeros((3, 7))), array_bytes(np.zeros((12, 52)))[:-4],
        b"\x93NUMPY\x01\x00\x76\x00{'descr': '|O', 'fortran_order': False, 'shape': (1, 52), }".ljust(128) + b"cos\nsystem\n",
        b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 52), }".ljust(128),
    ],
    ids=["empty", "cut", "nan", "other columns", "short", "pickle", "huge"],
)  # fmt: skip
def test_arrays_that_are_none_are_one_sentence(take, folder, content):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    rezipped(path, lambda members: members.update({"tracks/A.raw.arkit.npy": content}))
    with pytest.raises(ProjectError, match=r"damaged.*\.$"):
        read_take(path, folder / "bundled")


def test_a_failure_leaves_the_old_take_and_nothing_beside(take, folder, monkeypatch):
    path = folder / "shots" / "one.vstake"
    write_take(path, take, folder / "bundled")
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(ProjectError, match="No space left"):
        write_take(path, take, folder / "bundled")
    assert path.read_bytes() == before and [each.name for each in path.parent.iterdir()] == ["one.vstake"]


def test_a_note_whose_file_is_gone_is_said_and_kept(take, folder):
    (folder / "media" / "note.flac").unlink()
    (said,) = write_take(folder / "one.vstake", take, folder / "bundled")
    assert "note.flac" in said and said.endswith(".")
    assert read_take(folder / "one.vstake", folder / "bundled").notes == take.notes


def test_a_project_may_not_name_what_only_takes_carry(take, folder):
    path = folder / "one.vstake"
    write_take(path, take, folder / "bundled")
    with zipfile.ZipFile(path) as opened:
        data = json.loads(opened.read("project.vsync"))
    with pytest.raises(ProjectError, match="does not hold the sound"):
        project_of(data, folder / "one.vsync", folder / "bundled")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_is_read_or_one_sentence(take, folder, data):
    """Bytes changed, cut or put in anywhere: the take is read, or refused with a sentence, and nothing is left unpacked outside."""
    path = folder / "fuzz.vstake"
    if not path.exists():
        write_take(path, take, folder / "bundled")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        kind = data.draw(st.sampled_from(["set", "cut", "insert", "drop"]))
        if kind == "set" and content:
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at + 1 :]
        elif kind == "insert":
            content[at:at] = data.draw(st.binary(max_size=8))
        else:
            del content[at : at + data.draw(st.integers(1, 8))]
    mutated = folder / "mutated.vstake"
    mutated.write_bytes(bytes(content))
    try:
        read = read_take(mutated, folder / "bundled", into=folder / "out")
    except ProjectError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert read.speech.audio.rate > 0


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_are_one_sentence(folder, content):
    path = folder / "any.vstake"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=r"\.$"):
        read_take(path, folder / "bundled")
    with pytest.raises(ProjectError, match=r"\.$"):
        read_about(path)
