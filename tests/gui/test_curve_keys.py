"""Keys on the enlarged curves of the real window: set, dragged, shaped, nudged, deleted, undone; stretches copied and mirrored."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.avatar.corrections import RigCorrections
from app.core.arkit import ARKIT_INDEX, mirrored
from app.core.edits.reducing import MOST_ERROR

JAW = ARKIT_INDEX["jawOpen"]
LEFT, NONE, SHIFT, ALT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def standing(spoken):
    """After a line, standing still with the jaw enlarged, the mouth moved by shapes."""
    spoken.controls.life.set_enabled(False)
    spoken.session.comparing.side_rigs.correct(RigCorrections(mouth_by_shapes=True))
    spoken.widgets.curves.pick(["jawOpen"])
    spoken.controls.loop.tick()
    return spoken


def edits(window):
    return window.session.state.sides["A"].edits


def jaw(window) -> np.ndarray:
    return window.session.state.sides["A"].tuned.arkit.weights[:, JAW]


def tap_k(window) -> None:
    QTest.keyClick(window.widgets.curves.large.plot, Qt.Key.Key_K)


def drag(window, start: QPointF, end: QPointF, modifiers=NONE, steps: int = 4) -> None:
    """Drag over the enlarged curves, in several moves."""
    viewport = window.widgets.curves.large.plot.viewport()
    QTest.mousePress(viewport, LEFT, modifiers, start.toPoint())
    for i in range(1, steps + 1):
        QTest.mouseMove(viewport, (start + (end - start) * i / steps).toPoint())
        QGuiApplication.processEvents()
    QTest.mouseRelease(viewport, LEFT, modifiers, end.toPoint())


def set_drag_and_take_back(standing) -> None:
    keys, session, plot = standing.controls.curve_keys, standing.session, standing.widgets.curves.large.plot
    before = jaw(standing).copy()
    standing.controls.scrubbing.go_to(0.5)
    tap_k(standing)
    assert edits(standing) == ()
    plot.setFocus()
    tap_k(standing)
    standing.controls.scrubbing.go_to(0.9)
    standing.widgets.actions["set_key"].trigger()
    (edit,) = edits(standing)
    assert (edit.kind, edit.channels, len(edit.keys)) == ("keys", ("jawOpen",), 2)
    assert [key.value for key in edit.keys] == pytest.approx([before[30], before[54]])
    # drag the first one up: one step, live on the face, nothing outside moves
    standing.controls.scrubbing.go_to(0.5)
    count, first = session.undo.count(), keys.marks.marks[0]
    at = keys.marks.space.point(first)
    viewport = plot.viewport()
    QTest.mousePress(viewport, LEFT, NONE, at.toPoint())
    QTest.mouseMove(viewport, (at - QPointF(0, 30)).toPoint())
    standing.controls.loop.tick()
    assert session.state.rig.applied["jawOpen"] == pytest.approx(edits(standing)[0].keys[0].value, abs=0.01)
    QTest.mouseMove(viewport, (at - QPointF(0, 60)).toPoint())
    QTest.mouseRelease(viewport, LEFT, NONE, (at - QPointF(0, 60)).toPoint())
    assert session.undo.count() == count + 1
    raised = edits(standing)[0].keys[0].value
    assert raised > before[30] + 0.2
    assert jaw(standing)[30] == np.float32(raised)
    outside = np.r_[0:26, 58 : len(before)]
    assert np.array_equal(jaw(standing)[outside], before[outside])
    # nudge, delete, undo
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    key = edits(standing)[0].keys[0]
    assert (key.time_s, key.value) == pytest.approx((31 / 60, raised - 0.01), abs=1e-6)
    assert session.playback.now() == pytest.approx(0.5, abs=1e-3)
    QTest.keyClick(plot, Qt.Key.Key_Delete)
    assert len(edits(standing)[0].keys) == 1
    for _ in range(2):
        standing.widgets.actions["undo"].trigger()
    assert edits(standing)[0].keys[0].value == raised
    for _ in range(3):
        standing.widgets.actions["undo"].trigger()


def give_a_drag_up(standing) -> None:
    """Escape, with Alt held as for one side of a key: everything is as before, and no step is left."""
    keys, plot, undo = standing.controls.curve_keys, standing.widgets.curves.large.plot, standing.session.undo
    kept, count, words = edits(standing), undo.count(), undo.undoText()
    handle = keys.marks.space.handle(keys.marks.marks[1], 1)
    QTest.mousePress(plot.viewport(), LEFT, ALT, handle.toPoint())
    keys._drag(handle - QPointF(0, 25), ALT)
    keys._drag(handle - QPointF(0, 40), ALT)
    assert edits(standing) != kept and undo.count() == count + 1
    QTest.keyClick(plot, Qt.Key.Key_Escape, ALT)
    QTest.mouseRelease(plot.viewport(), LEFT, ALT, handle.toPoint())
    assert edits(standing) == kept and (undo.count(), undo.undoText()) == (count, words)


def double_click_and_shape(standing, shoot) -> None:
    keys, plot = standing.controls.curve_keys, standing.widgets.curves.large.plot
    space, row = keys.marks.space, keys.marks.space.row("jawOpen")
    for time_s, value in ((0.4, 0.9), (0.8, 0.2), (1.2, 0.8)):
        QTest.mouseDClick(plot.viewport(), LEFT, NONE, QPoint(round(space.x(time_s)), round(space.y(row, value))))
    assert [key.value for key in edits(standing)[0].keys] == pytest.approx([0.9, 0.2, 0.8], abs=0.02)
    assert standing.widgets.curves.picked == ["jawOpen"]
    middle = next(mark for mark in keys.marks.marks if mark.place.index == 1)
    keys.choose({middle.place})
    handle = keys.marks.space.handle(middle, 1)
    drag(standing, handle, handle - QPointF(0, 12))
    shaped = edits(standing)[0].keys[1]
    assert shaped.before == shaped.after > 0.2
    standing.controls.loop.tick()
    shoot(standing, "curve_keys")
    handle = keys.marks.space.handle(keys.marks.marks[1], 1)
    QTest.mousePress(plot.viewport(), LEFT, ALT, handle.toPoint())
    keys._drag(handle + QPointF(0, 30), ALT)
    QTest.mouseRelease(plot.viewport(), LEFT, ALT, handle.toPoint())
    broken = edits(standing)[0].keys[1]
    assert broken.before == shaped.before
    assert broken.after < 0
    give_a_drag_up(standing)
    words = {action.text().split("\t")[0]: action for action in keys.menu().actions() if action.text()}
    words["Flat tangents"].trigger()
    assert (edits(standing)[0].keys[1].before, edits(standing)[0].keys[1].after) == (0.0, 0.0)
    words["Automatic tangents"].trigger()
    assert edits(standing)[0].keys[1].before is None
    words["Let the motion through to the next key"].trigger()
    assert [len(edit.keys) for edit in edits(standing)] == [2, 1]
    keys.choose({keys.marks.marks[1].place})
    words["Draw on to the next keys"].trigger()
    assert [len(edit.keys) for edit in edits(standing)] == [3]
    standing.widgets.edit_bar.list.setCurrentRow(0)
    assert standing.widgets.edit_bar.list.item(0).text().startswith("3 keys")
    standing.widgets.edit_bar.edge.number.setValue(200.0)
    assert edits(standing)[0].start_s == pytest.approx(0.4 - 0.2, abs=0.01)


def test_keys_are_set_dragged_live_nudged_shaped_and_undone(standing, shoot):
    before = jaw(standing).copy()
    set_drag_and_take_back(standing)
    assert np.array_equal(jaw(standing), before)
    double_click_and_shape(standing, shoot)
    assert not np.array_equal(jaw(standing), before)


def test_a_stretch_is_copied_to_another_side_pasted_and_mirrored(standing, qtbot):
    session, actions, state = standing.session, standing.widgets.actions, standing.session.state
    session.comparing.set_source("B", "visemes:visemesync")
    qtbot.waitUntil(lambda: "B" in state.sides and state.sides["B"].tuned is not None and not session.workers.busy, timeout=60_000)
    standing.widgets.curves.clear_picks()
    with qtbot.waitSignal(session.messages.noticed):
        actions["copy_curves"].trigger()
    standing.controls.editing.mark(0.3, 0.9)
    with qtbot.waitSignal(session.messages.noticed):
        actions["copy_curves"].trigger()
    a = state.sides["A"].tuned
    session.state.show("B")
    standing.controls.scrubbing.go_to(0.3)
    actions["paste_curves"].trigger()
    (edit,) = state.sides["B"].edits
    assert edit.kind == "paste"
    inside = slice(round(0.37 * 60), round(0.83 * 60))
    assert np.abs(state.sides["B"].tuned.arkit.weights[inside] - a.arkit.weights[inside]).max() <= MOST_ERROR + 1e-6
    assert (state.sides["A"].edits, standing.widgets.edit_bar.list.item(0).text().split()[0]) == ((), "Pasted")
    pasted = state.sides["B"].tuned.arkit.weights
    actions["mirror_curves"].trigger()
    turned = state.sides["B"].tuned.arkit.weights
    for name, i in ARKIT_INDEX.items():
        assert np.array_equal(turned[30, i], pasted[30, ARKIT_INDEX[mirrored(name)]])
    actions["mirror_curves"].trigger()
    assert np.array_equal(state.sides["B"].tuned.arkit.weights, pasted)
    # a text field keeps its own copy and paste
    line = standing.widgets.speak_bar.line
    line.setFocus()
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == line.text()
    with qtbot.waitSignal(session.messages.noticed) as told:
        actions["paste_curves"].trigger()
    assert "no stretch of curves" in told.args[0]
