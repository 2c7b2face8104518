"""Words and phones that are moved in a session: every side follows, each step can be taken back, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.cli import main
from app.core.arkit import ARKIT_INDEX
from app.core.source_spec import SourceSpec
from app.core.speech import FacialFrames, Phone, Speech, joined
from app.core.timing import changes
from app.core.timing.warped import WORDS
from app.core.visemes import azure_events
from app.formats.project import ProjectView
from app.formats.timings.alignment import read_alignment
from app.session.base import opening
from app.session.base.opening import waveform

LINE = "Maybe my puppy barks."
BY_S = 0.06


@pytest.fixture(scope="module")
def said() -> Speech:
    """A spoken line with its phones."""
    engine = opening.make_engine()
    return joined(list(engine.synthesize(LINE, engine.voices()[0].id)))


@pytest.fixture
def two_sides(session, said, qtbot):
    """The line moved by visemes on A and by Audio2Face on B."""
    session.speeches.restore(said, waveform(said.audio), ((0.0, said),), None)
    session.comparing.set_source("B", "a2f:light")
    ready(session, qtbot)
    return session


def ready(session, qtbot) -> None:
    """Wait until all sides have done their work."""
    qtbot.waitUntil(
        lambda: not session.workers.busy and all(s.parts_done == len(session.state.parts) for s in session.state.sides.values()),
        timeout=60_000,
    )


def pressed(session, side: str, times_s: np.ndarray) -> np.ndarray:
    """How far the lips are pressed together at some times."""
    return session.state.sides[side].tuned.arkit.sample(times_s)[:, ARKIT_INDEX["mouthPressLeft"]]


def the_p(session) -> int:
    """The first p of puppy."""
    return next(i for i, phone in enumerate(session.timing.timed.phones) if phone.base == "P")


def drag(session, steps=(0.02, 0.04, BY_S)) -> Phone:
    """Move the p later by 60 ms in some steps; the phone as it was."""
    timing = session.timing
    before, index = timing.timed, the_p(session)
    timing.begin("Move P")
    for by_s in steps:
        timing.put(changes.moved(before, "phones", index, by_s))
    timing.end()
    return before.phones[index]


def test_both_sides_follow_a_dragged_phone_and_one_step_takes_it_back(two_sides):
    session = two_sides
    raw = {name: side.tuned for name, side in session.state.sides.items()}
    was = drag(session)
    now = session.timing.timed.phones[the_p(session)]
    assert now.start_s - was.start_s == pytest.approx(BY_S, abs=1e-9)
    # the lips close so much later, for as long as before
    times_s = np.linspace(was.start_s, was.end_s, 30)
    closed = raw["A"].arkit.sample(times_s)[:, ARKIT_INDEX["mouthPressLeft"]]
    np.testing.assert_allclose(pressed(session, "A", times_s + BY_S), closed, atol=0.06)
    assert pressed(session, "A", np.array([now.start_s + 0.03])) > 0.9 * closed.max() > pressed(session, "A", np.array([was.start_s])) * 2
    # the other face is what it was, at the times to which the same map leads
    track, warp = raw["B"].arkit, session.timing.warp()
    made = session.state.sides["B"].tuned
    np.testing.assert_array_equal(made.arkit.weights, track.sample(warp.back(track.times_s)))
    np.testing.assert_allclose(warp.at(times_s), times_s + BY_S, atol=1e-9)
    assert made.label == f"{raw['B'].label}, {WORDS}" and session.state.sides["A"].label == raw["A"].label
    far = np.abs(track.times_s - was.start_s) > 0.5
    for name, before in raw.items():
        np.testing.assert_array_equal(session.state.sides[name].tuned.arkit.weights[far], before.arkit.weights[far])
    assert session.undo.count() == 1 and session.undo.undoText() == "Move P"
    session.undo.undo()
    assert not session.timing.is_changed and session.timing.timed.phones[the_p(session)] == was
    assert session.state.sides["B"].tuned.arkit.weights is raw["B"].arkit.weights
    np.testing.assert_allclose(session.state.sides["A"].tuned.arkit.weights, raw["A"].arkit.weights, atol=1e-4)
    session.undo.redo()
    assert session.timing.timed.phones[the_p(session)] == now
    session.timing.reset()
    assert not session.timing.is_changed and session.undo.undoText() == "Words and phones as heard"


def test_what_is_made_anew_afterwards_is_what_was_dragged_there(two_sides, qtbot):
    session = two_sides
    session.layers.lay("A", ("eyes",), SourceSpec.parse("a2f:light"))
    session.layers.lay("B", ("jaw",), SourceSpec.parse("visemes"))
    ready(session, qtbot)
    drag(session)
    dragged = {name: side.tuned.arkit.weights for name, side in session.state.sides.items()}
    eyes = ARKIT_INDEX["eyeBlinkLeft"]
    np.testing.assert_allclose(dragged["A"][:, eyes], dragged["B"][:, eyes], atol=1e-5)
    for name in ("A", "B"):
        session.motion.begin_again(name)
    ready(session, qtbot)
    for name, weights in dragged.items():
        np.testing.assert_allclose(session.state.sides[name].tuned.arkit.weights, weights, atol=2e-4)


def test_a_given_up_drag_leaves_nothing_and_a_line_that_is_made_is_not_moved(two_sides):
    session, told = two_sides, []
    before = session.timing.timed
    session.timing.begin("Move P")
    session.timing.put(changes.moved(before, "phones", the_p(session), 0.05))
    assert session.timing.is_changed
    session.timing.cancel()
    assert not session.timing.is_changed and session.timing.timed == before and session.undo.count() == 0
    session.messages.failed.connect(told.append)
    session.timing.is_growing = lambda: True
    session.timing.apply("Move P", changes.moved(before, "phones", the_p(session), 0.05))
    assert session.timing.timed == before and len(told) == 1 and "complete" in told[0]


def test_a_renamed_word_has_its_own_phones_and_is_one_step(two_sides, qtbot):
    session = two_sides
    index = next(i for i, word in enumerate(session.timing.timed.words) if word.text == "puppy")
    stretch = session.timing.timed.words[index]
    session.timing.rename_word(index, "kitten")
    qtbot.waitUntil(lambda: any(phone.base == "IH" and phone.word == "kitten" for phone in session.timing.timed.phones), timeout=20_000)
    timed = session.timing.timed
    inside = [timed.phones[i] for i in timed.phones_of(index)]
    assert [phone.base for phone in inside][:2] == ["K", "IH"] and {phone.word for phone in inside} == {"kitten"}
    assert (inside[0].start_s, inside[-1].end_s) == (stretch.start_s, stretch.end_s)
    assert session.state.speech.text == "Maybe my kitten barks." and session.undo.count() == 1
    assert session.timing.warp().is_identity
    session.undo.undo()
    assert session.state.speech.text == LINE and not session.timing.is_changed


def test_azures_lanes_follow_without_any_phone(session, said, qtbot, rng):
    facial = (FacialFrames(rng.random((round(said.audio.duration_s * 60), 55), np.float32)),)
    words = tuple(word for word in session_words(said))
    azure = replace(said, phones=(), words=words, visemes=azure_events(said.phones), facial=facial)
    session.sources.choose("A", "azure-visemes")
    session.speeches.restore(azure, waveform(azure.audio), ((0.0, azure),), None)
    session.comparing.set_source("B", "azure-blendshapes")
    ready(session, qtbot)
    index = next(i for i, word in enumerate(words) if word.text == "puppy")
    timed = session.timing.timed
    session.timing.apply("Move", changes.moved(timed, "words", index, -BY_S))
    dragged = {name: side.tuned.arkit.weights for name, side in session.state.sides.items()}
    first = [event.offset_s for event in azure.visemes].index(words[index].start_s)
    assert session.state.speech.visemes[first].offset_s == pytest.approx(words[index].start_s - BY_S)
    for name in ("A", "B"):
        session.motion.begin_again(name)
    ready(session, qtbot)
    for name, weights in dragged.items():
        np.testing.assert_allclose(session.state.sides[name].tuned.arkit.weights, weights, atol=2e-4)


def session_words(speech: Speech):
    """The words of a speech, as a service would time them."""
    from app.core.speech import words_of_phones

    return words_of_phones(speech.phones)


def test_a_drag_of_many_steps_ends_where_one_step_does(two_sides):
    """Each step does only the stretch that it changes; what adds up is the whole. How quick it is says bench tuning."""
    session = two_sides
    timed, index = session.timing.timed, the_p(session)
    session.timing.begin("Move P")
    for by_s in np.linspace(0.001, BY_S, 12):
        session.timing.put(changes.moved(timed, "phones", index, float(by_s)))
    session.timing.end()
    dragged = {name: side.tuned.arkit.weights for name, side in session.state.sides.items()}
    session.undo.undo()
    session.timing.apply("Move P", changes.moved(timed, "phones", index, BY_S))
    for name, weights in dragged.items():
        np.testing.assert_array_equal(session.state.sides[name].tuned.arkit.weights, weights)


@pytest.mark.parametrize("name", ["line.vsync", "line.vstake"])
def test_projects_and_takes_keep_what_was_heard_and_what_the_hand_made_of_it(two_sides, another, qtbot, tmp_path, name):
    session = two_sides
    assert not session.projects.dirty
    drag(session)
    assert session.projects.dirty
    moved, heard = session.timing.timed, session.timing.heard
    motion = {side.name: side.tuned for side in session.state.sides.values()}
    session.projects.save(tmp_path / name, ProjectView())
    assert not session.projects.dirty
    other = another()
    other.projects.open(tmp_path / name)
    qtbot.waitSignal(other.projects.opened, timeout=20_000).wait()
    ready(other, qtbot)
    assert other.timing.timed == moved and other.timing.heard == heard and other.timing.warp() == session.timing.warp()
    for side, before in motion.items():
        found = other.state.sides[side].tuned
        # a project's line is a WAV of 16 bits, which the network hears
        np.testing.assert_allclose(found.arkit.weights, before.arkit.weights, atol=5e-3)
        assert found.label == before.label
    assert not other.projects.dirty
    other.timing.reset()
    ready(other, qtbot)
    assert other.projects.dirty and other.timing.timed == heard
    assert WORDS not in other.state.sides["B"].label


@pytest.mark.parametrize(("name", "key"), [("a.TextGrid", "textgrid"), ("a.phones.json", "phones"), ("a.vtt", "vtt"), ("a.srt", "srt")])
def test_moved_times_go_to_other_programs_and_come_back(two_sides, qtbot, tmp_path, name, key):
    session, told = two_sides, []
    session.messages.failed.connect(told.append)
    index = next(i for i, word in enumerate(session.timing.timed.words) if word.text == "puppy")
    session.timing.apply("Move", changes.moved(session.timing.timed, "words", index, BY_S))
    moved, motion = session.timing.timed, {side.name: side.tuned.arkit.weights for side in session.state.sides.values()}
    with qtbot.waitSignal(session.export.written, timeout=20_000):
        session.export.track(tmp_path / name, key)
    session.timing.reset()
    ready(session, qtbot)
    session.timing_files.load(tmp_path / name)
    qtbot.waitUntil(lambda: session.timing.is_changed and not session.workers.busy, timeout=20_000)
    ready(session, qtbot)
    found = session.timing.timed
    assert [p.symbol for p in found.phones] == [p.symbol for p in moved.phones] and [w.text for w in found.words] == [
        w.text for w in moved.words
    ]
    np.testing.assert_allclose([p.start_s for p in found.phones], [p.start_s for p in moved.phones], atol=2e-3)
    for side, weights in motion.items():
        np.testing.assert_allclose(session.state.sides[side].tuned.arkit.weights, weights, atol=0.03)
    assert session.undo.undoText() == "Load timings" and not told and session.state.speech.text == LINE
    session.undo.undo()
    assert not session.timing.is_changed


def test_rhubarbs_shapes_take_the_place_of_the_phones(two_sides, qtbot, tmp_path):
    session = two_sides
    with qtbot.waitSignal(session.export.written, timeout=20_000):
        session.export.track(tmp_path / "a.tsv", "rhubarb-tsv")
    face = session.state.sides["B"].tuned.arkit.weights
    session.timing_files.load(tmp_path / "a.tsv")
    qtbot.waitUntil(lambda: session.timing.is_changed and not session.workers.busy, timeout=20_000)
    ready(session, qtbot)
    p = next(phone for phone in session.timing.heard.phones if phone.base == "P")
    assert len(session.timing.timed.phones) < len(session.timing.heard.phones)
    assert pressed(session, "A", np.array([(p.start_s + p.end_s) / 2])) > 0.3
    assert np.abs(session.state.sides["B"].tuned.arkit.weights - face).max() < 0.5


def test_projects_and_takes_convert_with_the_words_as_a_hand_left_them(two_sides, tmp_path, capsys):
    session = two_sides
    drag(session)
    p = session.timing.timed.phones[the_p(session)]
    for name in ("line.vsync", "line.vstake"):
        session.projects.save(tmp_path / name, ProjectView())
        assert main(["convert", str(tmp_path / name), str(tmp_path / "out.TextGrid")]) == 0
        found = read_alignment(tmp_path / "out.TextGrid")
        assert [w.text for w in found.words] == [w.text for w in session.timing.timed.words]
        assert found.phones[the_p(session)].start_s == pytest.approx(p.start_s, abs=1e-6)
    assert "frames" in capsys.readouterr().out


def test_motion_that_a_take_kept_is_made_again_to_follow(two_sides, another, qtbot, tmp_path):
    two_sides.projects.save(tmp_path / "line.vstake", ProjectView())
    session = another()
    with qtbot.waitSignal(session.projects.opened, timeout=20_000):
        session.projects.open(tmp_path / "line.vstake")
    ready(session, qtbot)
    assert all(side.kept for side in session.state.sides.values())
    track = session.state.sides["B"].tuned.arkit
    drag(session)
    ready(session, qtbot)
    warp, made = session.timing.warp(), session.state.sides["B"]
    assert not made.kept and WORDS in made.label
    np.testing.assert_allclose(made.tuned.arkit.weights, track.sample(warp.back(track.times_s)), atol=5e-3)
