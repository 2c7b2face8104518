"""The library of poses in the real window: pictures by the avatar on show, blended in, saved, dropped, mirrored."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.arkit import ARKIT_INDEX, VISEME_INDEX
from app.core.poses import STOCK

SMILE_LEFT, SMILE_RIGHT = ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]


def choose(window, name: str) -> None:
    grid = window.widgets.poses.grid
    grid.setCurrentItem(next(grid.item(i) for i in range(grid.count()) if grid.item(i).text() == name))


def test_poses_are_seen_blended_in_saved_and_dropped(spoken, qtbot, shoot):
    session, panel, posing, state = spoken.session, spoken.widgets.poses, spoken.controls.posing, spoken.session.state
    spoken.controls.life.set_enabled(False)
    spoken.controls.tools.open(panel)
    assert panel.grid.count() == len(STOCK)
    assert "visemes" in panel.note.text()
    qtbot.waitUntil(lambda: session.pose_pictures.picture(STOCK[-1]) is not None, timeout=120_000)
    assert len({session.pose_pictures.picture(pose).read_bytes() for pose in STOCK[:6]}) == 6
    # blended in by Enter, with a strength
    spoken.controls.scrubbing.go_to(0.7)
    panel.strength.number.setValue(0.5)
    choose(spoken, "Half a smile")
    before = state.sides["A"].tuned.arkit.weights.copy()
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    made = state.sides["A"].tuned.arkit.weights
    assert made[42, SMILE_RIGHT] == pytest.approx(0.5 * before[42, SMILE_RIGHT] + 0.25, abs=1e-6)
    outside = np.r_[0 : round(0.4 * 60), round(1.0 * 60) + 1 : len(before)]
    assert np.array_equal(made[outside], before[outside])
    spoken.controls.loop.tick()
    shoot(spoken, "poses")
    # mirrored, over the marked stretch, and only a part
    spoken.widgets.actions["undo"].trigger()
    panel.mirror.click()
    panel.part.setCurrentText("Only the lips")
    spoken.controls.editing.mark(0.2, 1.2)
    spoken.controls.tools.open(panel)
    panel.blend.click()
    (edit,) = state.sides["A"].edits
    assert (edit.start_s, edit.end_s) == pytest.approx((0.2, 1.2))
    assert set(edit.channels) == {"mouthSmileLeft", "mouthDimpleLeft"}
    spoken.widgets.actions["undo"].trigger()
    panel.mirror.click()
    panel.part.setCurrentText("Whole face")
    spoken.controls.editing.unmark()
    # a pose of the whole mouth moves the visemes of this avatar
    spoken.controls.tools.open(panel)
    panel.strength.number.setValue(1.0)
    choose(spoken, "U (oo)")
    data = panel.grid.mimeData([panel.grid.currentItem()])
    viewport = spoken.widgets.curves.all.plot.viewport()
    x = (0.6 - spoken.widgets.axis.start_s) / spoken.widgets.axis.span_s * viewport.width()
    drop = QDropEvent(QPointF(x, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(viewport, drop)
    assert state.sides["A"].tuned.visemes.weights[36, VISEME_INDEX["U"]] > 0.9
    # the face is kept as a pose, renamed, deleted and had back
    posing.asks_name = lambda _title, _proposal: "Mine"
    spoken.controls.scrubbing.go_to(0.6)
    panel.save.click()
    choose(spoken, "Mine")
    assert session.poses.named("Mine").weights["mouthPucker"] > 0.5
    posing.asks_name = lambda _title, proposal: f"{proposal} too"
    QTest.keyClick(panel.grid, Qt.Key.Key_F2)
    choose(spoken, "Mine too")
    QTest.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert panel.grid.count() == len(STOCK)
    spoken.widgets.actions["undo"].trigger()
    assert panel.grid.count() == len(STOCK) + 1
    panel.search.setText("mine")
    assert [panel.grid.item(i).text() for i in range(panel.grid.count()) if not panel.grid.item(i).isHidden()] == ["Mine too"]
