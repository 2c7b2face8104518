"""Tuning in the session: undone, applied at once, apart or together, long clips, bypass and ghosts."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.speech import AudioClip
from app.core.tuning import ShapeTuning, Tuning, tuned_animation
from app.session.adjust.tunings import WHOLE, SideTunings

SLOW_MS = 60_000
LOUD = Tuning(shapes={"jawOpen": ShapeTuning(gain=1.5)})


@pytest.fixture
def open_mock(session, open_clip, hum):
    """A session in which the mock moves the face to the hum."""
    open_clip(hum, "mock")
    return session


def same(a, b) -> bool:
    return np.array_equal(a.arkit.weights, b.arkit.weights)


def test_a_change_shows_at_once_and_can_be_taken_back(open_mock, qtbot):
    sides, tunings = open_mock.state.sides, open_mock.tunings
    assert sides["A"].tuned is sides["A"].raw
    with qtbot.waitSignal(open_mock.state.motion_changed, timeout=1000):
        tunings.change("A", LOUD, "Jaw", "jaw gain")
    assert same(sides["A"].tuned, tuned_animation(sides["A"].raw, LOUD))
    assert open_mock.undo.undoText() == "Jaw"
    open_mock.undo.undo()
    assert sides["A"].tuned is sides["A"].raw
    open_mock.undo.redo()
    assert tunings.of("A") == LOUD


def test_a_drag_is_one_step_and_other_controls_are_others(open_mock):
    for gain in (1.1, 1.2, 1.3):
        open_mock.tunings.change("A", Tuning(intensity=gain), "Intensity", "intensity 1")
    open_mock.tunings.change("A", Tuning(intensity=1.3, offset_ms=20.0), "A/V offset", "offset 1")
    assert open_mock.undo.count() == 2
    open_mock.undo.undo()
    assert open_mock.tunings.of("A") == Tuning(intensity=1.3)
    open_mock.undo.undo()
    assert open_mock.tunings.of("A") == Tuning()


def test_bypass_shows_the_raw_motion_while_it_lasts(open_mock):
    sides = open_mock.state.sides
    open_mock.tunings.change("A", LOUD, "Jaw")
    tuned = sides["A"].tuned
    open_mock.tunings.set_bypassed(True)
    assert sides["A"].tuned is sides["A"].raw
    open_mock.tunings.set_bypassed(False)
    assert same(sides["A"].tuned, tuned)
    assert open_mock.undo.count() == 1


def test_sides_apart_together_and_copied(open_mock, qtbot):
    session, tunings = open_mock, open_mock.tunings
    session.sources.choose("B", "mock")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    tunings.change("A", LOUD, "Jaw")
    assert tunings.of("B") == Tuning()
    tunings.copy("A", "B")
    assert same(session.state.sides["B"].tuned, tuned_animation(session.state.sides["B"].raw, LOUD))
    session.undo.undo()
    assert session.state.sides["B"].tuned is session.state.sides["B"].raw
    tunings.set_together(True)
    assert tunings.of("B") == LOUD
    tunings.change("B", Tuning(intensity=0.5), "Intensity")
    assert tunings.of("A") == Tuning(intensity=0.5)
    session.undo.undo()
    assert (tunings.of("A"), tunings.of("B")) == (LOUD, LOUD)


def test_one_sides_tuning_makes_that_side_anew_and_no_other(open_mock, qtbot, monkeypatch):
    session, tuned = open_mock, []
    session.sources.choose("B", "mock")
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    applied = session.tunings.applied
    monkeypatch.setattr(session.tunings, "applied", lambda side, raw: tuned.append(side.name) or applied(side, raw))
    session.tunings.change("A", LOUD, "Jaw")
    assert tuned == ["A"]
    session.undo.undo()
    assert tuned == ["A", "A"]
    session.tunings.set_bypassed(True)
    assert tuned == ["A", "A", "A", "B"]


def test_the_ghost_is_what_was_before_the_step(open_mock):
    sides, tunings = open_mock.state.sides, open_mock.tunings
    before = sides["A"].tuned.arkit
    tunings.change("A", Tuning(intensity=1.2), "Intensity", "i 1")
    tunings.change("A", Tuning(intensity=1.4), "Intensity", "i 1")
    assert tunings.ghosts["A"] is before
    last = sides["A"].tuned.arkit
    open_mock.sources.choose("A", "mock")
    assert tunings.ghosts["A"] is last


def test_a_long_clip_follows_around_the_cursor_at_once_and_elsewhere_soon(session, open_clip, qtbot):
    open_clip(AudioClip(np.zeros(16000 * 30, np.float32), 16000, "long"), "mock")
    sides = session.state.sides
    assert len(sides["A"].raw.arkit) > WHOLE
    tuning = Tuning(intensity=0.5, smoothing_ms={"lips": 30.0}, ease_out_ms=500.0)
    wanted = tuned_animation(sides["A"].raw, tuning).arkit.weights
    session.playback.seek(10.0)
    session.tunings.change("A", tuning, "Softer")
    near = slice(595, 660)
    assert np.allclose(sides["A"].tuned.arkit.weights[near], wanted[near], atol=2e-3)
    qtbot.waitUntil(lambda: np.array_equal(sides["A"].tuned.arkit.weights, wanted), timeout=SLOW_MS)


def test_remembered_tunings_are_put_in_force_and_are_no_step(open_mock):
    session, tunings = open_mock, open_mock.tunings
    tunings.change("A", LOUD, "Jaw")
    kept = tunings.in_force
    tunings.put(SideTunings())
    assert tunings.of("A") == Tuning() and session.state.sides["A"].tuned is session.state.sides["A"].raw
    tunings.put(kept)
    assert tunings.of("A") == LOUD and session.undo.count() == 1
