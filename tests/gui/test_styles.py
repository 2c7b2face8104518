"""Styles of motion in the real window: few mouths, drawn on twos, and visemes that overlap less."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX
from app.core.mouths.charts import CHARTS
from app.core.presets import BUILT_IN
from app.core.regions import REGIONS

LOWER = [ARKIT_INDEX[name] for name in REGIONS["lower"]]


def mouths(window) -> int:
    """How many mouths the side on show is made of."""
    return len(np.unique(window.session.state.sides["A"].tuned.arkit.weights[:, LOWER].round(3), axis=0))


def test_a_face_is_drawn_with_few_mouths_on_twos_and_undone(spoken, shoot):
    panel, session = spoken.widgets.tuning, spoken.session
    spoken.widgets.actions["tools"].trigger()
    made = session.state.sides["A"].tuned.arkit
    before = mouths(spoken)
    chart = panel.row("chart").list
    chart.setFocus()
    for _ in range(list(CHARTS).index("rhubarb-9") + 1):
        QTest.keyClick(chart, Qt.Key.Key_Down)
    panel.row("overlap").number.setValue(0.0)
    few = mouths(spoken)
    assert few <= 12 < before  # nine mouths, and what lies on an edge
    QTest.keyClick(panel.row("held").list, Qt.Key.Key_Down)
    QTest.keyClick(panel.row("held").list, Qt.Key.Key_Down)
    drawn = session.state.sides["A"].tuned.arkit
    pictures = np.floor(drawn.times_s * 12 + 1e-6)
    assert all(len(np.unique(drawn.weights[pictures == p], axis=0)) == 1 for p in np.unique(pictures))
    spoken.controls.scrubbing.go_to(0.6)
    spoken.controls.loop.tick()
    shoot(spoken, "style_of_motion")
    while session.undo.canUndo():
        spoken.widgets.actions["undo"].trigger()
    assert session.state.sides["A"].tuned.arkit is made


def test_visemes_are_solved_again_with_another_overlap(spoken, qtbot):
    session, panel = spoken.session, spoken.widgets.tuning
    session.sources.choose("A", "visemes")
    qtbot.waitUntil(lambda: not session.workers.busy)
    people = session.state.sides["A"].tuned.arkit.weights
    panel.row("native visemes/motion/overlap").number.setValue(0.2)
    qtbot.waitUntil(lambda: not session.workers.busy and session.state.sides["A"].parameters != {})
    held = session.state.sides["A"].tuned.arkit.weights
    assert np.abs(np.diff(held, axis=0)).max() > 1.5 * np.abs(np.diff(people, axis=0)).max()


def test_presets_of_styles_are_named_on_the_picture(spoken):
    for name in ("Clear speech", "Cartoon", "Anime", "Billboard"):
        spoken.widgets.tuning.edit(BUILT_IN[name][0], f"Preset {name}")
        assert f"preset: {name}" in spoken.controls.tuned.words("A")
