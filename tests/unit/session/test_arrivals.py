"""A line that arrives piece by piece: its sound, motion, words and parts, and what is left of it when it has ended."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.arriving import ArrivingSpeech, Piece
from app.core.speech import AudioClip, Phone, Speech, VisemeEvent, Word, joined, parted
from app.core.track import concatenate
from app.lipsync.registry import make_source
from app.session.base.playback import Playback

RATE = 24000
SLOW_MS = 60_000


def sound(seconds: float, rate: int = RATE) -> np.ndarray:
    """A buzz."""
    t = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sign(np.sin(2 * np.pi * 130 * t)) * np.abs(np.sin(2 * np.pi * 2.7 * t))).astype(np.float32)


def piece(seconds: float, start_s: float, rate: int = RATE) -> Piece:
    """So much sound, with a phone, an event and a word that begin with it."""
    end_s = start_s + seconds
    return Piece(
        sound(seconds, rate), (Phone("AA1", start_s, end_s, "ah"),), (VisemeEvent(2, start_s),), (Word("ah", start_s, end_s),)
    )  # fmt: skip


def feed(arriving: ArrivingSpeech, seconds: float, step_s: float = 0.25) -> None:
    """More of it."""
    start_s = arriving.duration_s
    for i in range(round(seconds / step_s)):
        arriving.add(piece(step_s, start_s + i * step_s, arriving.rate))


def end_s(session, side: str = "A") -> float:
    """Seconds of motion of a side."""
    raw = session.state.sides[side].raw
    return 0.0 if raw is None else raw.arkit.end_s


@pytest.fixture
def wait(qtbot):
    """``wait(condition)``: until it holds."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=SLOW_MS)


@pytest.mark.parametrize("spec", ["visemes", "azure-visemes", "a2f:light"])
def test_the_motion_follows_the_sound_while_it_comes(session, wait, spec):
    """What is there of both grows together, and at the end it is an ordinary speech with the motion that the whole gives."""
    session.sources.choose("A", spec)
    arriving, begun, ended = ArrivingSpeech(RATE, "ah ah"), [], []
    session.speeches.line_begun.connect(lambda: begun.append(session.state.speech.audio.duration_s))
    session.speeches.line_ended.connect(lambda: ended.append(True))
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 0.4)
    assert begun and session.state.arrived and session.speeches.arriving and session.playback.growing
    assert session.state.parts[0][1] is arriving and end_s(session) <= 1.0
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 1.4)
    arriving.finish()
    session.speeches.no_more()
    wait(lambda: ended and session.state.sides["A"].parts_done == 1)
    speech = session.state.speech
    assert speech.audio.duration_s == session.playback.duration_s == 2.0 and not session.playback.growing
    assert [word.text for word in speech.words] == ["ah"] * 8 and len(speech.phones) == len(speech.visemes) == 8
    assert [type(part) for _, part in session.state.parts] == [Speech] and not session.speeches.arriving
    whole = concatenate(list(make_source(spec).generate(speech, threading.Event()))).arkit
    assert np.abs(session.state.sides["A"].raw.arkit.weights - whole.weights).max() < 1e-5


def test_the_next_part_starts_where_the_former_ended(session, wait):
    """Also with another sample rate, and while the former has not been animated."""
    first, second = ArrivingSpeech(RATE, "one."), ArrivingSpeech(16000, "Two.")
    session.speeches.arrive(first)
    session.speeches.arrive(second, first=False)
    feed(second, 0.5)
    feed(first, 1.0)
    second.finish()
    first.finish()
    session.speeches.no_more()
    wait(lambda: not session.speeches.arriving and session.state.sides["A"].parts_done == 2)
    assert [start_s for start_s, _ in session.state.parts] == [0.0, 1.0]
    speech = session.state.speech
    assert speech.text == "one. Two." and speech.audio.duration_s == pytest.approx(1.5, abs=1e-3)
    assert [word.start_s for word in speech.words] == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])
    assert end_s(session) == pytest.approx(1.5, abs=1 / 60)
    assert session.playback.duration_s == speech.audio.duration_s


def test_a_part_without_sound_is_left_out(session, wait):
    """An answer of nothing but a stage direction."""
    silent, spoken = ArrivingSpeech(RATE), ArrivingSpeech(RATE, "ah")
    session.speeches.arrive(silent)
    silent.finish()
    session.speeches.arrive(spoken, first=False)
    feed(spoken, 0.5)
    spoken.finish()
    session.speeches.no_more()
    wait(lambda: not session.speeches.arriving)
    assert len(session.state.parts) == 1 and session.state.speech.text == "ah"


def test_a_line_that_is_broken_off_ends_with_the_sound_that_came(session, wait):
    """The maker is told that it is over; nothing runs on, and the next line begins anew."""
    arriving = ArrivingSpeech(RATE, "ah")
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 0.4)
    session.speeches.break_off()
    wait(lambda: not session.workers.busy)
    feed(arriving, 1.0)
    assert arriving.ended and not arriving.complete and not session.playback.growing
    assert session.state.speech.audio.duration_s == session.playback.duration_s == 1.0
    assert end_s(session) == pytest.approx(1.0, abs=1 / 60) and isinstance(session.state.parts[0][1], Speech)
    again = ArrivingSpeech(RATE)
    session.speeches.arrive(again)
    feed(again, 0.5)
    wait(lambda: session.state.speech.audio.duration_s == 0.5)


def test_another_sound_takes_its_place_at_once(session, wait, hum):
    """A recording that is opened while somebody speaks."""
    arriving = ArrivingSpeech(RATE)
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 0.4)
    session.sources.choose("A", "mock")
    session.speeches.take(hum, np.zeros((0, 2), np.float32))
    feed(arriving, 1.0)
    wait(lambda: session.state.sides["A"].parts_done == 1)
    assert session.state.speech.audio is hum and not session.state.arrived and not session.speeches.arriving


def test_a_source_that_cannot_follow_waits_for_the_end(session, wait):
    """It animates all of it then."""
    session.sources.choose("A", "mock")
    arriving = ArrivingSpeech(RATE)
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: session.state.parts and session.workers.running("motion A"))
    assert session.state.sides["A"].raw is None
    arriving.finish()
    session.speeches.no_more()
    wait(lambda: session.state.sides["A"].parts_done == 1)
    assert end_s(session) == 1.0


def test_phones_are_searched_at_the_end_where_the_voice_sends_none(session, wait, monkeypatch):
    """Only the side that waits for them begins then; what follows the sound goes on."""
    found = (Phone("M", 0.0, 0.5), Phone("AA1", 0.5, 1.0))
    monkeypatch.setattr("app.session.speech.speeches.opening.find_phones", lambda job, clip, text: found)
    session.comparing.set_source("B", "a2f:light")
    failures = []
    session.messages.failed.connect(failures.append)
    arriving = ArrivingSpeech(RATE, "ma")
    session.speeches.arrive(arriving)
    arriving.add(Piece(sound(1.0)))
    wait(lambda: end_s(session, "B") > 0.5)
    made = session.state.sides["B"].growing
    arriving.finish()
    session.speeches.no_more()
    wait(lambda: session.state.sides["A"].parts_done == 1 and session.state.sides["B"].parts_done == 1)
    assert session.state.sides["B"].growing is made and session.state.speech.phones == found and not failures


def test_a_side_that_comes_later_makes_all_of_it(session, wait):
    """From the first piece on."""
    arriving = ArrivingSpeech(RATE)
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 0.4)
    session.comparing.set_source("B", "azure-visemes")
    wait(lambda: end_s(session, "B") > 0.4)
    assert session.state.sides["B"].raw.arkit.start_s == 0.0
    session.speeches.break_off()
    wait(lambda: session.state.sides["B"].parts_done == 1)


def test_late_motion_is_eased_in(session, wait, monkeypatch):
    """A network that is slower than the sound: the face rests, and comes back without a jump."""
    at, playing = [0.0], [False]
    monkeypatch.setattr(Playback, "playing", property(lambda _: playing[0]))
    monkeypatch.setattr(Playback, "heard", lambda _: at[0])
    arriving = ArrivingSpeech(RATE)
    session.speeches.arrive(arriving)
    feed(arriving, 1.0)
    wait(lambda: end_s(session) > 0.6)
    side = session.state.sides["A"]
    at[0], playing[0] = end_s(session) + 1.0, True
    assert session.easing.share(side, 0.5) == 1.0 and session.easing.share(side, at[0]) == 0.0
    feed(arriving, 2.0)
    wait(lambda: end_s(session) > at[0])
    assert session.easing.share(session.state.sides["A"], at[0]) < 1.0
    session.speeches.break_off()


def test_what_was_joined_can_be_parted():
    """Phones, events, words and frames come back where they were."""
    from app.core.speech import FacialFrames

    def one(seconds: float) -> Speech:
        values = np.random.default_rng(0).random((round(seconds * 60), 55), np.float32)
        made = piece(seconds, 0.0)
        return Speech(AudioClip(made.samples, RATE), "", made.phones, made.visemes, made.words, (FacialFrames(values),))

    parts = [one(0.5), one(1.0), one(0.25)]
    again = parted(joined(parts), (0.0, 0.5, 1.5))
    assert [start_s for start_s, _ in again] == [0.0, 0.5, 1.5]
    for before, (_, after) in zip(parts, again, strict=True):
        assert np.array_equal(before.audio.samples, after.audio.samples)
        assert (before.phones, before.visemes, before.words) == (after.phones, after.visemes, after.words)
        assert np.array_equal(before.facial[0].values, after.facial[0].values) and after.facial[0].first == 0
