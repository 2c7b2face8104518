"""What changed between two takes: named by area, with numbers a person can check; and nothing where nothing did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import CurveEdit
from app.core.speech import AudioClip, Phone, Speech
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning
from app.formats.notes import Note, Reply
from app.formats.project import Project, ProjectSide
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.review.takes.diff import diff_takes, diff_tracks

PHONES = (Phone("HH", 0.1, 0.2, "hello"), Phone("AH0", 0.2, 0.3, "hello"), Phone("W", 0.4, 0.5, "world"))


def motion(bump: float = 0.0, channel: str = "jawOpen", n: int = 60, fps: float = 60.0) -> Animation:
    weights = np.full((n, 52), 0.25, np.float32)
    weights[30:36, ARKIT_INDEX[channel]] += bump
    return Animation(BlendshapeTrack(weights, fps), label="Visemes")


def take(**changes) -> SavedTake:
    clip = AudioClip(np.linspace(-0.5, 0.5, 1000, dtype=np.float32), 1000, "x")
    made = motion()
    lane = Lane(made, made, "Visemes", {"nvidia/x": 1.0})
    whole = SavedTake(
        "id", "L1", Project({"A": ProjectSide("visemes")}), Speech(clip, "hello world", PHONES), {"A": lane},
        AvatarReference("a.glb", "1" * 64), (Note("n", "Kim", text="lips", start_s=0.5),),
    )  # fmt: skip
    return replace(whole, **changes)


def test_the_same_take_differs_in_nothing():
    assert diff_takes(take(), take(id="copy", app_version="9", thumbnail=b"x")).same


def test_curves_are_named_by_region_with_how_much_and_when():
    found = diff_tracks(motion(), motion(0.5))
    (change,) = found.changes
    assert (change.area, change.name, change.figures["channel"]) == ("curves", "jaw", "jawOpen")
    assert change.figures["largest"] == pytest.approx(0.5) and change.figures["stretches_s"] == [[0.5, pytest.approx(35 / 60, abs=1e-4)]]
    assert "jaw: up to 0.500 apart (jawOpen at 0.50 s)" in change.sentence


def test_tracks_of_two_rates_are_compared_by_time():
    ramp = np.zeros((60, 52), np.float32)
    ramp[:, ARKIT_INDEX["jawOpen"]] = np.arange(60) / 60
    fast = Animation(BlendshapeTrack(ramp, 60.0))
    slow = Animation(BlendshapeTrack(ramp[::2], 30.0))
    found = diff_tracks(fast, slow)
    assert [change.name for change in found.changes if change.figures.get("largest", 0) > 0.02] == []
    assert found.of("curves")[0].name == "rate"


def test_tuning_is_told_from_what_was_made():
    b = take(
        lanes={"A": replace(take().lanes["A"], tuned=motion(0.1))},
        project=Project({"A": ProjectSide("visemes", None, Tuning(intensity=1.5))}),
    )
    found = diff_takes(take(), b)
    (tuned,) = found.of("tuning")
    assert (tuned.name, tuned.before, tuned.after) == ("intensity", 1.0, 1.5) and tuned.sentence == "Side A, tuning intensity: 1 → 1.5."
    assert any("is the same as it was made" in change.sentence for change in found.of("curves"))


def test_every_kind_of_change_is_found():
    a = take()
    clip = AudioClip(a.speech.audio.samples[:-100] * 0.5, 1000, "x")
    phones = (replace(PHONES[0], start_s=0.13), PHONES[1], Phone("T", 0.6, 0.7, "there"))
    lane = Lane(motion(0.3, "browInnerUp"), motion(0.3, "browInnerUp"), "A2F", {"nvidia/x": 2.0})
    edit = CurveEdit("scale", ("jawOpen",), 0.1, 0.2, 0.5)
    tuning = Tuning(shapes={"jawOpen": ShapeTuning(gain=2.0)}, smoothing_ms={"lips": 10.0})
    notes = (Note("n", "Kim", text="the lips", start_s=0.5, replies=[Reply("r", "Jo", "", "done")]), Note("m", text="new", start_s=0.7))
    b = take(
        status="approved", speech=Speech(clip, "hello there", phones), lanes={"A": lane}, notes=notes,
        avatar=AvatarReference("b.glb", "2" * 64),
        project=Project({"A": ProjectSide("a2f", None, tuning, (edit,)), "B": ProjectSide("mock")}),
    )  # fmt: skip
    found = diff_takes(a, b)
    assert {change.area for change in found.changes} >= {
        "status", "sound", "words", "phones", "avatar", "source", "parameters", "tuning", "edits", "curves", "notes",
    }  # fmt: skip
    assert all(sentence.strip() and sentence[-1] in ".”" for sentence in found.sentences)
    (sound,) = found.of("sound")
    assert "100 ms shorter" in sound.sentence and sound.figures["after_db"] < sound.figures["before_db"]
    phones_found = {change.name: change for change in found.of("phones")}
    assert [each["name"] for each in phones_found["added"].figures["members"]] == ["T"]
    moved = {"name": "HH", "start_s": 0.1, "start_ms": pytest.approx(30.0), "end_ms": 0.0}
    assert phones_found["moved"].figures["members"] == [moved]
    said = " ".join(found.sentences)
    for words in (
        "nvidia/x: 1 → 2",
        "shapes.jawOpen.gain: 1 → 2",
        "smoothing_ms.lips: 0 → 10",
        "Reply by Jo",
        "Note added at 0.70 s",
        "brows:",
    ):
        assert words in said, words
    assert "text lips → the lips" in said and "side B" in said


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["AA1", "B", "T"]), st.floats(0, 9), st.floats(0, 1)), max_size=12),
    st.lists(st.tuples(st.sampled_from(["AA1", "B", "T"]), st.floats(0, 9), st.floats(0, 1)), max_size=12),
)
def test_any_two_lines_are_told_apart_and_a_line_from_itself_never(first, second):
    def speech(rows):
        return Speech(
            take().speech.audio, "", tuple(Phone(name, at, at + long, name) for name, at, long in sorted(rows, key=lambda r: r[1]))
        )

    a, b = take(speech=speech(first)), take(speech=speech(second))
    assert diff_takes(a, a).same and diff_takes(b, b).same
    rows = [[(p.symbol, p.start_s, p.end_s) for p in each.speech.phones] for each in (a, b)]
    apart = len(rows[0]) != len(rows[1]) or any(
        x[0] != y[0] or abs(x[1] - y[1]) > 2e-3 or abs(x[2] - y[2]) > 2e-3 for x, y in zip(*rows, strict=True)
    )
    assert not apart or diff_takes(a, b).of("phones")
