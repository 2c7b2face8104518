"""Layers on the real window: the lips of a motion are replaced with two clicks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.core.arkit import ARKIT_INDEX
from app.core.layers import Layer
from app.core.regions import REGIONS
from app.core.source_spec import SourceSpec
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track

LOWER, UPPER = ([ARKIT_INDEX[name] for name in REGIONS[part]] for part in ("lower", "upper"))


@pytest.fixture
def capture(tmp_path):
    """A track file of four seconds."""
    path = tmp_path / "take.csv"
    write_track(path, BlendshapeTrack(0.3 + 0.2 * np.sin(np.arange(240)[:, None] / 20 + np.arange(52)), 60.0))
    return path


def open_menu(qtbot) -> QMenu:
    """The menu that is in front."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    return QApplication.activePopupWidget()


def point_at(menu: QMenu, words: str) -> None:
    """Click on an entry."""
    action = next(action for action in menu.actions() if action.text() == words)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def test_only_the_lips_of_a_motion_are_replaced_with_two_clicks(spoken, capture, qtbot, shoot):
    session, widgets = spoken.session, spoken.widgets
    session.sources.choose("A", f"file:{capture}")
    qtbot.waitUntil(lambda: not session.workers.busy and session.state.sides["A"].raw is not None)
    plot = widgets.curves.all.plot.viewport()
    place = plot.rect().center()
    QApplication.postEvent(plot, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, plot.mapToGlobal(place)))
    menu = open_menu(qtbot)
    point_at(menu, "Replace only the lips of this motion")
    sources = next(action.menu() for action in menu.actions() if action.text() == "Replace only the lips of this motion")
    qtbot.waitUntil(sources.isVisible)
    point_at(sources, "Visemes (recommended)")
    assert session.layers.of("A") == (Layer(SourceSpec("visemes")),)
    qtbot.waitUntil(lambda: not session.workers.busy and session.layers.motion_of("A", 0) is not None)
    side = session.state.sides["A"]
    assert np.array_equal(side.raw.arkit.weights[:, UPPER], side.own.arkit.weights[:, UPPER])
    assert not np.array_equal(side.raw.arkit.weights[:, LOWER], side.own.arkit.weights[:, LOWER])
    panel = widgets.face_layers
    assert panel.isVisible() and panel.head.text() == "Side A: the rest from take.csv"
    assert set(widgets.curves.all.names.marks) == set(REGIONS["lower"])
    shoot(spoken, "face_layers")
    panel.gain.number.setValue(0.5)
    panel.rows[0].on.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    layer = session.layers.of("A")[0]
    assert (layer.gain, layer.offset_s) == (0.5, pytest.approx(0.01))
    panel.rows[0].on.click()
    assert session.state.sides["A"].raw is session.state.sides["A"].own and not widgets.curves.all.names.marks
    for _ in range(4):
        session.undo.undo()
    assert session.layers.of("A") == () and not panel.rows
