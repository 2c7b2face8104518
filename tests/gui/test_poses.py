"""The library of poses in the real window: pictures by the avatar on show, blended in, saved, dropped, mirrored."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.arkit import ARKIT_INDEX, VISEME_INDEX
from app.core.poses import STOCK

SMILE_RIGHT = ARKIT_INDEX["mouthSmileRight"]


@pytest.fixture
def posing(spoken):
    """After a line, standing still, with the poses open; their pictures are being drawn."""
    spoken.controls.life.set_enabled(False)
    spoken.controls.tools.open(spoken.widgets.poses)
    spoken.controls.scrubbing.go_to(0.7)
    return spoken


def choose(window, name: str) -> None:
    grid = window.widgets.poses.grid
    grid.setCurrentItem(next(grid.item(i) for i in range(grid.count()) if grid.item(i).text() == name))


def side(window):
    return window.session.state.sides["A"]


def drop(window, time_s: float) -> None:
    """Drop the chosen pose on the curves."""
    grid, viewport, axis = window.widgets.poses.grid, window.widgets.curves.all.plot.viewport(), window.widgets.axis
    data = grid.mimeData([grid.currentItem()])
    at = QPointF((time_s - axis.start_s) / axis.span_s * viewport.width(), 20)
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(viewport, QDragEnterEvent(at.toPoint(), copy, data, left, none))
    QApplication.sendEvent(viewport, QDropEvent(at, copy, data, left, none))


def test_a_pose_is_blended_in_with_a_strength_mirrored_and_dropped(posing, qtbot, shoot):
    panel, undo = posing.widgets.poses, posing.widgets.actions["undo"]
    before = side(posing).tuned.arkit.weights.copy()
    panel.strength.number.setValue(0.5)
    choose(posing, "Half a smile")
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    made = side(posing).tuned.arkit.weights
    assert made[42, SMILE_RIGHT] == pytest.approx(0.5 * before[42, SMILE_RIGHT] + 0.25, abs=1e-6)
    outside = np.r_[0 : round(0.4 * 60), round(1.0 * 60) + 1 : len(before)]
    assert np.array_equal(made[outside], before[outside])
    undo.trigger()
    # mirrored, over the marked stretch, and only a part of it
    panel.mirror.click()
    panel.part.setCurrentText("Only the lips")
    posing.controls.editing.mark(0.2, 1.2)
    panel.blend.click()
    (edit,) = side(posing).edits
    assert (edit.start_s, edit.end_s) == pytest.approx((0.2, 1.2))
    assert set(edit.channels) == {"mouthSmileLeft", "mouthDimpleLeft"}
    undo.trigger()
    panel.mirror.click()
    panel.part.setCurrentText("Whole face")
    posing.controls.editing.unmark()
    # a pose of the whole mouth moves the visemes of this avatar
    assert "by visemes" in panel.note.text()
    panel.strength.number.setValue(1.0)
    choose(posing, "U (oo)")
    drop(posing, 0.6)
    assert side(posing).tuned.visemes.weights[36, VISEME_INDEX["U"]] > 0.9
    pictures = posing.session.pose_pictures
    qtbot.waitUntil(lambda: all(pictures.picture(pose) is not None for pose in STOCK[:4]), timeout=120_000)
    assert len({pictures.picture(pose).read_bytes() for pose in STOCK[:4]}) == 4
    posing.controls.tools.open(panel)
    posing.controls.loop.tick()
    shoot(posing, "poses")
    # the face is kept as a pose, renamed, deleted and had back
    hand = posing.controls.posing
    hand.asks_name = lambda _title, _proposal: "Mine"
    posing.controls.scrubbing.go_to(0.6)
    panel.save.click()
    choose(posing, "Mine")
    assert posing.session.poses.named("Mine").weights["mouthPucker"] > 0.5
    hand.asks_name = lambda _title, proposal: f"{proposal} too"
    QTest.keyClick(panel.grid, Qt.Key.Key_F2)
    choose(posing, "Mine too")
    QTest.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert panel.grid.count() == len(STOCK)
    undo.trigger()
    panel.search.setText("mine")
    assert [panel.grid.item(i).text() for i in range(panel.grid.count()) if not panel.grid.item(i).isHidden()] == ["Mine too"]
