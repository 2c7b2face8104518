"""Tuning in the real window: what is dragged or typed is on the face and in the curves with the next picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX
from app.core.lips import lip_opening
from app.core.presets import BUILT_IN
from app.core.tuning import ShapeTuning, Tuning
from app.formats.presets import read_preset

JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture
def tuned(spoken):
    """The window after a line, with the tuning panel open, standing on a frame in which the mouth is open."""
    spoken.controls.life.set_enabled(False)
    weights = spoken.session.state.sides["A"].tuned.arkit.weights
    spoken.controls.scrubbing.go_to(float(np.argmax(lip_opening(weights))) / 60.0)
    spoken.widgets.actions["tools"].trigger()
    spoken.controls.loop.tick()
    return spoken


def applied(window, name: str) -> float:
    """A weight on the mesh after the next tick."""
    window.controls.loop.tick()
    return window.session.state.rig.applied.get(name, 0.0)


def test_panel_opens_and_closes_with_its_key(spoken, qtbot):
    panel = spoken.widgets.tuning
    QTest.keyClick(spoken, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible()
    QTest.keyClick(spoken, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert not panel.isVisible()


def test_a_typed_gain_is_on_the_face_and_in_the_curves_at_once(tuned, shoot):
    panel = tuned.widgets.tuning
    session = tuned.session
    before = session.posing.weights_at(tuned.controls.loop.shown_t)[JAW]
    row = panel.row("gain jawOpen")
    row.number.setFocus()
    row.number.selectAll()
    QTest.keyClicks(row.number, "0.5")
    QTest.keyClick(row.number, Qt.Key.Key_Return)
    tuned.controls.loop.tick()
    assert session.posing.weights_at(tuned.controls.loop.shown_t)[JAW] == pytest.approx(0.5 * before, rel=1e-4)
    assert tuned.widgets.curves.all.plot._track is session.state.sides["A"].tuned.arkit
    shoot(tuned, "tuning_jaw_half")


def test_intensity_moves_the_mesh_and_undo_moves_it_back(tuned):
    session = tuned.session
    name = max(session.state.rig.applied, key=session.state.rig.applied.get)
    before = applied(tuned, name)
    row = tuned.widgets.tuning.row("intensity")
    row.number.setValue(0.0)
    assert applied(tuned, name) < 0.1 * before  # what is left of a lip contact stays
    tuned.widgets.actions["undo"].trigger()
    assert applied(tuned, name) == pytest.approx(before)
    assert row.value == 1.0
    tuned.widgets.actions["redo"].trigger()
    assert row.value == 0.0


def test_a_drag_of_the_slider_is_one_step_and_a_double_click_resets(tuned):
    slider = tuned.widgets.tuning.row("regions jaw").slider
    start = QPoint(slider.width() // 3, slider.height() // 2)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for x in range(0, 50, 5):
        QTest.mouseMove(slider, start + QPoint(x, 0))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(50, 0))
    assert tuned.session.tunings.of("A").regions["jaw"] > 1.0
    assert tuned.session.undo.count() == 1
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=start)
    assert tuned.session.tunings.of("A") == Tuning()


def test_mute_solo_and_limits_of_a_shape(tuned):
    tuned.widgets.tuning.row("gain mouthPucker")
    section = next(s for s in tuned.widgets.tuning.sections if s.section.key == "shapes jaw")
    section.head.setChecked(True)
    row = next(r for r in section.rows if r.channel == "jawOpen")
    QTest.mouseClick(row.mute, Qt.MouseButton.LeftButton)
    assert not tuned.session.state.sides["A"].tuned.arkit.column("jawOpen").any()
    QTest.mouseClick(row.mute, Qt.MouseButton.LeftButton)
    QTest.mouseClick(row.more, Qt.MouseButton.LeftButton)
    row.rows[3].number.setValue(0.1)
    assert tuned.session.tunings.of("A").shapes["jawOpen"] == ShapeTuning(high=0.1)
    assert tuned.session.state.sides["A"].tuned.arkit.column("jawOpen").max() == pytest.approx(0.1)


def test_bypass_latches(tuned):
    panel, sides = tuned.widgets.tuning, tuned.session.state.sides
    panel.edit(BUILT_IN["Broader"][0], "Broader")
    QTest.mouseClick(panel.bypass, Qt.MouseButton.LeftButton)
    assert sides["A"].tuned is sides["A"].raw
    QTest.mouseClick(panel.bypass, Qt.MouseButton.LeftButton)
    assert sides["A"].tuned is not sides["A"].raw


def test_live_smoothing_prints_its_delay(tuned):
    panel = tuned.widgets.tuning
    panel.row("smoothing_ms lips").number.setValue(30)
    assert "live it would be late by: lips" in panel.delay.text()
    QTest.mouseClick(panel.live, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.live.height() // 2))
    assert panel.delay.text().startswith("Late by: lips 34 ms")
    assert tuned.session.tunings.of("A").kind == "live"


def test_search_finds_controls_and_shapes(tuned, shoot):
    panel = tuned.widgets.tuning
    panel.search.setText("pucker")
    shown = [s.section.key for s in panel.sections if s.isVisibleTo(panel)]
    assert shown == ["shapes mouth"]
    shoot(tuned, "tuning_search")
    panel.search.clear()
    assert all(s.isVisibleTo(panel) for s in panel.sections)


def test_presets_are_chosen_saved_and_exported(tuned, tmp_path, qtbot):
    panel = tuned.widgets.tuning
    menu = panel.presets.menu()
    panel.presets.fill()
    next(a for a in menu.actions() if a.text() == "Firm lips").trigger()
    assert tuned.session.tunings.of("A") == BUILT_IN["Firm lips"][0]
    panel.presets.save("Mine")
    panel.presets.fill()
    assert "Mine" in [a.text() for a in menu.actions()]
    with qtbot.waitSignal(panel.presets.notice):
        panel.presets.export(tmp_path / "mine.yaml")
    assert read_preset(tmp_path / "mine.yaml")[1].shapes == BUILT_IN["Firm lips"][0].shapes
    with qtbot.waitSignal(panel.presets.failed):
        panel.presets.load(tmp_path / "none.json")


def test_tuning_is_there_again_after_a_restart(tuned, open_window):
    tuned.widgets.tuning.edit(BUILT_IN["Softer"][0], "Softer")
    tuned.close()
    again = open_window(ready=False)
    assert again.session.tunings.of("A") == BUILT_IN["Softer"][0]
    assert again.widgets.tuning.isVisible()
    assert again.widgets.tuning.row("intensity").value == 0.8


def test_reset_takes_everything_back_and_can_be_taken_back_itself(tuned):
    panel = tuned.widgets.tuning
    panel.edit(BUILT_IN["Broader"][0], "Broader")
    panel.row("intensity").number.setValue(0.4)
    QTest.mouseClick(panel.row("intensity").back, Qt.MouseButton.LeftButton)
    assert tuned.session.tunings.of("A").intensity == 1.0
    QTest.mouseClick(panel.reset_all, Qt.MouseButton.LeftButton)
    assert tuned.session.tunings.of("A") == Tuning()
    assert not panel.reset_all.isEnabled()
    tuned.widgets.actions["undo"].trigger()
    assert tuned.session.tunings.of("A") != Tuning()


def test_groups_fold_away_and_stay_folded_after_a_search(tuned):
    panel = tuned.widgets.tuning
    section = next(each for each in panel.sections if each.section.key == "overall")
    QTest.mouseClick(section.head, Qt.MouseButton.LeftButton)
    assert not any(row.isVisibleTo(panel) for row in section.rows)
    panel.search.setText("intensity")
    assert any(row.isVisibleTo(panel) for row in section.rows)
    panel.search.clear()
    assert not any(row.isVisibleTo(panel) for row in section.rows)


def test_sides_are_tuned_apart_or_together_and_one_is_copied_to_the_other(tuned, qtbot):
    session, panel = tuned.session, tuned.widgets.tuning
    session.comparing.add("visemes:visemesync")
    qtbot.waitUntil(lambda: not session.workers.busy and session.state.sides["B"].tuned is not None, timeout=60_000)
    panel.row("intensity").number.setValue(0.5)
    assert session.tunings.of("B") == Tuning()
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert session.tunings.of("B").intensity == 0.5
    assert session.state.sides["B"].tuned.arkit.weights.max() < session.state.sides["B"].raw.arkit.weights.max()
    QTest.mouseClick(panel.together, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.together.height() // 2))
    panel.row("intensity").number.setValue(1.5)
    assert session.tunings.of("A").intensity == session.tunings.of("B").intensity == 1.5
