"""Work on the curves in the real window: boxes, handles, time scale, numbers, frames, and the face both ways."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import retimed_spans
from app.render.anatomy import head_of, mouth_of
from app.settings import Settings

JAW = ARKIT_INDEX["jawOpen"]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def standing(spoken):
    """After a line, standing still with all of the clip on show."""
    spoken.controls.life.set_enabled(False)
    spoken.widgets.axis.fit()
    spoken.controls.loop.tick()
    return spoken


def drag(viewport, start: QPoint, end: QPoint, held=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mousePress(viewport, LEFT, held, start)
    QTest.mouseMove(viewport, (start + end) / 2)
    QTest.mouseMove(viewport, end)
    QTest.mouseRelease(viewport, LEFT, held, end)


def x_at(window, t: float) -> int:
    return round(window.widgets.curves.all.plot.x_of(t))


def middle_of(window, channel: str) -> int:
    """Pixels from the top of the plot to the middle of a small lane."""
    view = window.widgets.curves.all
    row = next(row for row in view.rows if channel in row.channels)
    return round(row.top - view.plot.offset + row.height / 2)


def mouth_on(window, side: float) -> QPointF:
    """A corner of the lips in the preview's pixels."""
    rig, preview = window.session.state.rig, window.widgets.preview
    view, point = preview.view, mouth_of(rig.avatar, head_of(rig.avatar)) + np.array([0.026 * side, 0.0, 0.0])
    seen = view.camera.view_matrix()[:3, :3] @ point + view.camera.view_matrix()[:3, 3]
    across, up = (view.camera.projection(view.aspect)[i, i] * seen[i] / -seen[2] for i in (0, 1))
    return QPointF(view.x() + view.width() * (0.5 + across / 2), view.y() + view.height() * (0.5 - up / 2))


def test_a_box_takes_stretch_and_shapes_ctrl_adds_and_escape_gives_all_up(standing):
    curves, editing = standing.widgets.curves, standing.controls.editing
    viewport = curves.all.plot.viewport()
    top, bottom = middle_of(standing, "jawForward"), middle_of(standing, "jawOpen")
    assert abs(bottom - top) > 14
    drag(viewport, QPoint(x_at(standing, 0.3), min(top, bottom)), QPoint(x_at(standing, 0.8), max(top, bottom)), SHIFT)
    assert editing.marked == pytest.approx((0.3, 0.8), abs=0.02)
    assert {"jawForward", "jawOpen"} <= set(curves.picked) and "browInnerUp" not in curves.picked
    first = set(curves.picked)
    top, bottom = middle_of(standing, "browInnerUp"), middle_of(standing, "browDownLeft")
    drag(viewport, QPoint(x_at(standing, 0.5), min(top, bottom) - 4), QPoint(x_at(standing, 1.0), max(top, bottom) + 6), SHIFT | CTRL)
    assert set(curves.picked) > first and "browInnerUp" in curves.picked
    assert editing.marked == pytest.approx((0.3, 1.0), abs=0.02)
    standing.widgets.actions["stop"].trigger()
    assert editing.marked is None and curves.picked == []
    QTest.keyClick(standing, Qt.Key.Key_A, CTRL)
    assert editing.marked == (0.0, standing.session.playback.duration_s) and curves.picked == []


def test_handles_move_the_mark_and_its_edit_and_with_ctrl_what_is_inside(standing, shoot):
    session, editing, curves = standing.session, standing.controls.editing, standing.widgets.curves
    curves.pick(["jawOpen"])
    standing.controls.stretching.mark(0.3, 0.8)
    plot = curves.large.plot
    y = plot.viewport().height() // 2
    at = lambda t: QPoint(round(plot.x_of(t)), y)  # noqa: E731
    drag(plot.viewport(), at(0.8), at(0.9))
    assert editing.marked == pytest.approx((0.3, 0.9), abs=0.01) and not session.state.sides["A"].edits
    editing.apply("scale")
    drag(plot.viewport(), at(0.3), at(0.4))
    (edit,) = session.state.sides["A"].edits
    assert editing.marked == pytest.approx((0.4, 0.9), abs=0.015) and (edit.start_s, edit.end_s) == pytest.approx(editing.marked)
    standing.widgets.edit_bar.cleared.emit()
    before = session.state.sides["A"].tuned.arkit
    drag(plot.viewport(), at(editing.marked[1]), at(1.1), CTRL)
    (edit,) = session.state.sides["A"].edits
    was, now = retimed_spans(edit)
    assert edit.kind == "retime" and now == pytest.approx(editing.marked) and now == pytest.approx((0.4, 1.1), abs=0.015)
    after = session.state.sides["A"].tuned.arkit
    peak = was[0] + (0.5 * (was[1] - was[0]))
    assert after.sample(0.5 * (now[0] + now[1]))[JAW] == pytest.approx(before.sample(peak)[JAW], abs=0.02)
    outside = (after.times_s <= edit.start_s) | (after.times_s >= edit.end_s)
    assert np.array_equal(after.weights[outside], before.weights[outside])
    assert np.array_equal(np.delete(after.weights, JAW, 1), np.delete(before.weights, JAW, 1))
    standing.controls.loop.tick()
    shoot(standing, "curves_retime")
    # sliding goes on with the same edit, by mouse and by key, and one step takes all of a drag back
    middle = 0.5 * sum(editing.marked)
    drag(plot.viewport(), at(middle), at(middle + 0.1), CTRL)
    assert len(session.state.sides["A"].edits) == 1
    assert editing.marked == pytest.approx((0.5, 1.2), abs=0.02)
    QTest.keyClick(standing, Qt.Key.Key_Left, CTRL)
    assert editing.marked == pytest.approx((0.5 - 1 / 60, 1.2 - 1 / 60), abs=0.02)
    for _ in range(3):
        standing.widgets.actions["undo"].trigger()
    assert session.state.sides["A"].edits == ()


def test_numbers_are_typed_with_units_and_snap_to_frames(standing, qtbot):
    session, editing, numbers = standing.session, standing.controls.editing, standing.widgets.edit_bar.numbers
    standing.controls.stretching.mark(0.303, 0.811)

    def typed(field: str, text: str, key=Qt.Key.Key_Return) -> None:
        box = numbers.fields[field]
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, key)

    typed("start", "350 ms")
    assert editing.marked == pytest.approx((0.35, 0.811))
    typed("length", "0.5s", Qt.Key.Key_Tab)
    assert editing.marked == pytest.approx((0.35, 0.85))
    assert numbers.fields["to"].hasFocus()
    typed("end", "00:00:01:00")
    assert editing.marked == pytest.approx((0.35, 1.0))
    with qtbot.waitSignal(session.messages.failed):
        typed("end", "soon")
    assert numbers.fields["end"].text() == "1.000 s"
    typed("to", "0.8")
    (edit,) = session.state.sides["A"].edits
    assert retimed_spans(edit) == (pytest.approx((0.35, 1.0)), pytest.approx((0.35, 1.15)))
    typed("by", "-50 ms")
    (edit,) = session.state.sides["A"].edits
    assert retimed_spans(edit) == (pytest.approx((0.35, 1.0)), pytest.approx((0.3, 1.1)))
    QTest.keyClicks(numbers.fields["by"], "7")
    QTest.keyClick(numbers.fields["by"], Qt.Key.Key_Escape)
    assert len(session.state.sides["A"].edits) == 1 and editing.marked == pytest.approx((0.3, 1.1))
    QTest.mouseClick(numbers.snap, LEFT)
    assert session.counting.snaps and numbers.fields["start"].text() == "18 f"
    standing.controls.stretching.mark(0.303, 0.811)
    assert editing.marked == pytest.approx((18 / 60, 49 / 60))
    standing.remember()
    assert Settings.load().window.snaps


def test_the_face_is_touched_and_lights_up(standing, shoot, qtbot):
    session, widgets, controls = standing.session, standing.widgets, standing.controls
    preview, curves, touching = widgets.preview, widgets.curves, controls.touching
    preview.frame("face")
    controls.scrubbing.go_to(0.0)
    controls.loop.tick()
    corner = mouth_on(standing, 1.0)
    view = preview.view
    QTest.mouseClick(view, LEFT, CTRL, (corner - QPointF(view.pos())).toPoint())
    assert {"mouthSmileLeft", "mouthSmileRight"} <= set(curves.picked), "left and right share a lane"
    assert "mouthSmileLeft" in touching.list.channels[:2] and "browInnerUp" not in touching.list.channels
    assert touching.list.isVisible()
    rig = session.state.rig
    lit = lambda: [part for part in rig.parts if part.lit is not None]  # noqa: E731
    assert lit(), "the first of the list"
    touching.list.list.setCurrentRow(-1)
    assert not lit()
    item = touching.list.list.item(touching.list.channels.index("mouthSmileLeft"))
    QTest.mouseMove(touching.list.list.viewport(), touching.list.list.visualItemRect(item).center())
    touching.list.list.setCurrentItem(item)
    assert lit() and lit()[0].lit.max() == pytest.approx(1.0, abs=0.01)
    controls.loop.tick()
    qtbot.waitUntil(lambda: view.is_still, timeout=60_000)
    shoot(standing, "curves_touch")
    QTest.keyClick(touching.list.list, Qt.Key.Key_Return)
    assert set(curves.picked) == {"mouthSmileLeft", "mouthSmileRight"}
    widgets.actions["stop"].trigger()
    assert not touching.list.isVisible() and not lit()
    # the way back: a lane under the pointer, and off when it goes, or by the switch
    names = curves.all.names
    row = next(row for row in curves.all.rows if "browInnerUp" in row.channels)
    QTest.mouseMove(names, QPoint(40, round(row.top - names.offset + row.height / 2)))
    qtbot.waitUntil(lambda: bool(lit()), timeout=5000)
    names.hovered.emit("")
    assert not lit()
    widgets.actions["light"].trigger()
    names.hovered.emit("browInnerUp")
    assert not lit()
    # the tool: every click is a touch until Escape
    widgets.touch.click()
    assert touching.on and widgets.actions["touch"].isChecked()
    QTest.mouseClick(touching.glass, LEFT, SHIFT, mouth_on(standing, -1.0).toPoint())
    assert "mouthSmileRight" in touching.list.channels[:2]
    for _ in range(2):
        widgets.actions["stop"].trigger()
    assert not touching.on and not widgets.actions["touch"].isChecked()
