"""Editing curves by hand on the real window: marked with the mouse, undone, removed, kept when the clip is made anew."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.avatar.corrections import RigCorrections
from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import CurveEdit
from app.core.tuning import ShapeTuning, Tuning

JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture
def standing(spoken):
    """After a line, standing still with the jaw enlarged."""
    spoken.controls.life.set_enabled(False)
    spoken.widgets.curves.pick(["jawOpen"])
    spoken.controls.loop.tick()
    return spoken


def mark(window, start_s: float, end_s: float) -> None:
    """Drag over the enlarged curves with Shift held."""
    plot = window.widgets.curves.large.plot
    y = plot.viewport().height() // 2
    start, end = (
        QPoint(round((t - window.widgets.axis.start_s) / window.widgets.axis.span_s * plot.viewport().width()), y) for t in (start_s, end_s)
    )
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, shift, start)
    QTest.mouseMove(plot.viewport(), (start + end) / 2)
    QTest.mouseMove(plot.viewport(), end)
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, shift, end)


def jaw(window) -> np.ndarray:
    return window.session.state.sides["A"].tuned.arkit.weights[:, JAW]


def test_a_marked_stretch_is_scaled_undone_and_redone(standing, shoot):
    sides, editing, bar = standing.session.state.sides, standing.controls.editing, standing.widgets.edit_bar
    mark(standing, 0.3, 0.9)
    assert editing.marked == pytest.approx((0.3, 0.9), abs=0.02)
    QTest.mouseClick(bar.buttons["scale"], Qt.MouseButton.LeftButton)
    bar.amounts["scale"].number.setValue(0.2)
    raw = sides["A"].raw.arkit.weights[:, JAW]
    middle = slice(round(0.45 * 60), round(0.75 * 60))
    assert jaw(standing)[middle] == pytest.approx(0.2 * raw[middle], abs=1e-6)
    assert np.array_equal(jaw(standing)[round(0.95 * 60) :], raw[round(0.95 * 60) :])
    standing.controls.loop.tick()
    shoot(standing, "curves_edit")
    undo = standing.widgets.actions["undo"]
    undo.trigger()
    assert sides["A"].edits[0].amount == 0.7
    undo.trigger()
    assert sides["A"].tuned is sides["A"].raw
    assert not bar.list.count()
    standing.widgets.actions["redo"].trigger()
    assert sides["A"].edits[0].kind == "scale"


def test_edits_are_listed_chosen_and_removed(standing):
    editing, bar, edits = standing.controls.editing, standing.widgets.edit_bar, standing.session.edits
    edits.add("A", CurveEdit("scale", ("jawOpen",), 0.2, 0.5, 0.5))
    edits.add("A", CurveEdit("smooth", (), 0.6, 0.9, 40.0))
    assert [bar.list.item(i).text().split()[0] for i in range(2)] == ["Scale", "Smooth"]
    bar.list.setCurrentRow(0)
    assert standing.widgets.curves.picked == ["jawOpen"]
    assert editing.marked == pytest.approx((0.2, 0.5))
    QTest.keyClick(bar.list, Qt.Key.Key_Delete)
    assert [e.kind for e in standing.session.state.sides["A"].edits] == ["smooth"]
    QTest.mouseClick(bar.clear, Qt.MouseButton.LeftButton)
    assert standing.session.state.sides["A"].edits == ()
    standing.widgets.actions["undo"].trigger()
    assert len(standing.session.state.sides["A"].edits) == 1


def test_edits_stay_when_the_same_line_is_made_anew_and_go_with_another(standing, speak, qtbot):
    session = standing.session
    edit = CurveEdit("scale", (), 0.0, 0.6, 0.0)
    session.edits.add("A", edit)
    done = lambda: not session.playback.playing and not session.workers.busy  # noqa: E731
    session.sources.choose("A", "visemes:visemesync")
    qtbot.waitUntil(lambda: done() and session.state.sides["A"].tuned is not None, timeout=60_000)
    assert not jaw(standing)[10:25].any()
    speak(standing, "Other words.")
    qtbot.waitUntil(done, timeout=60_000)
    assert session.state.sides["A"].edits == ()
    speak(standing, "Maybe my puppy barks.")
    qtbot.waitUntil(done, timeout=60_000)
    assert session.state.sides["A"].edits == (edit,)
    assert not jaw(standing)[10:25].any()


def test_a_too_short_stretch_is_refused_with_a_sentence(standing, qtbot):
    standing.controls.editing.mark(0.5, 0.505)
    with qtbot.waitSignal(standing.session.messages.noticed):
        standing.controls.editing.apply("scale")
    assert standing.session.state.sides["A"].edits == ()


def test_marks_follow_the_offset_of_sound_and_picture(standing):
    standing.widgets.tuning.edit(Tuning(offset_ms=200.0), "Offset")
    standing.controls.editing.mark(0.6, 1.0)
    standing.controls.editing.apply("scale")
    edit = standing.session.state.sides["A"].edits[0]
    assert (edit.start_s, edit.end_s) == pytest.approx((0.4, 0.8))


def test_the_last_stage_is_what_the_rig_applied(standing, qtbot):
    session, layers = standing.session, standing.widgets.layers
    layers.stages["sent"].trigger()
    standing.controls.scrubbing.go_to(0.5)
    standing.controls.loop.tick()
    shown, applied = standing.widgets.curves.all.plot._track.sample(0.5), session.state.rig.applied
    for name, i in ARKIT_INDEX.items():
        assert shown[i] == pytest.approx(applied.get(name, 0.0), abs=1e-4)
    by_visemes = session.state.sides["A"].tuned.visemes is not None and session.state.rig.has_visemes
    assert standing.controls.editing.why_still("jawOpen") == (session.state.rig.held_back("jawOpen", by_visemes))
    standing.widgets.tuning.edit(Tuning(shapes={"jawOpen": ShapeTuning(mute=True)}), "Mute")
    standing.controls.loop.tick()
    assert "mute" in standing.widgets.curves.large.plot._remarks["jawOpen"]
    assert "mute" in standing.controls.editing.why_still("jawOpen")


def test_zoom_goes_down_to_samples(standing, shoot):
    standing.widgets.axis.show(0.5, 0.5)
    assert standing.widgets.axis.span_s * standing.session.state.speech.audio.rate < 60
    standing.controls.loop.tick()
    shoot(standing, "curves_samples")


def test_an_edit_of_one_mouth_shape_moves_the_face_when_its_mouth_goes_by_shapes(standing):
    """The default avatar has visemes too; its bar says what to do, and doing it shows the edit."""
    session, rig = standing.session, standing.session.state.rig
    assert rig.has_visemes
    standing.controls.editing.mark(0.2, 1.2)
    assert "Mouth by shapes" in standing.widgets.edit_bar.note.text()
    session.comparing.side_rigs.correct(RigCorrections(mouth_by_shapes=True))
    assert standing.widgets.edit_bar.note.text() == ""
    t = float(np.argmax(jaw(standing)[18:66]) + 18) / 60
    standing.controls.scrubbing.go_to(t)
    standing.controls.loop.tick()
    before = rig.applied["jawOpen"]
    session.edits.add("A", CurveEdit("scale", ("jawOpen",), t - 0.2, t + 0.2, 0.0))
    standing.controls.loop.tick()
    assert before > 0.05
    assert rig.applied.get("jawOpen", 0.0) == pytest.approx(0.0, abs=1e-4)


def test_a_stretch_is_marked_by_keys_and_given_up_by_a_click_with_shift(standing, qtbot):
    with qtbot.waitSignal(standing.session.messages.noticed):
        QTest.keyClick(standing, Qt.Key.Key_E)
    standing.session.playback.set_loop((0.4, 0.8))
    QTest.keyClick(standing, Qt.Key.Key_E)
    assert standing.controls.editing.marked == pytest.approx((0.4, 0.8))
    assert standing.widgets.tools.currentWidget() is standing.widgets.edit_bar
    viewport = standing.widgets.curves.large.plot.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, viewport.rect().center())
    assert standing.controls.editing.marked is None
    assert standing.widgets.curves.picked == ["jawOpen"]
