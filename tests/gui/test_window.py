"""Curves, pickers, menus, settings and views of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider

from app.core.arkit import ARKIT_CHANNELS
from app.settings import Settings
from app.ui.curves.lanes import total_height
from app.ui.window.actions import COMMANDS
from app.ui.window.help import KeysDialog

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


def lane_point(view, channel: str) -> QPoint:
    """Where a channel's name stands in a view's list."""
    row = next(row for row in view.rows if channel in row.channels)
    return QPoint(60, round(row.top - view.bar.value() + row.height / 2))


def test_all_52_shapes_are_on_screen(window):
    """At the default size nothing has to be scrolled; unpaired they still are all there."""
    rows = window.widgets.curves.all.rows
    assert sorted(c for row in rows for c in row.channels) == sorted(ARKIT_CHANNELS)
    assert total_height(rows) <= window.widgets.curves.all.height()
    window.widgets.curves.pair.setChecked(False)
    assert sum(len(row.channels) == 1 for row in window.widgets.curves.all.rows) == 52


def test_values_and_curves_are_those_of_the_track(spoken, jaw_at):
    """The number beside a name is the weight at the cursor."""
    spoken.session.playback.seek(0.5)
    spoken.controls.loop.tick()
    shown = spoken.widgets.curves.all.names.values
    assert shown[ARKIT_CHANNELS.index("jawOpen")] == pytest.approx(jaw_at(spoken, 0.5))


def test_a_click_isolates_and_more_can_be_picked(spoken, qtbot, shoot):
    """Picked lanes stand large on top; Escape shows all alike again."""
    curves = spoken.widgets.curves
    for channel in ("jawOpen", "mouthClose"):
        qtbot.mouseClick(curves.all.names, Qt.MouseButton.LeftButton, pos=lane_point(curves.all, channel))
    assert curves.picked == ["jawOpen", "mouthClose"]
    assert curves.large.isVisible() and [row.channels for row in curves.large.rows] == [("jawOpen",), ("mouthClose",)]
    assert curves.large.rows[0].height > 3 * curves.all.rows[1].height
    spoken.controls.loop.tick()
    shoot(spoken, "isolated")
    spoken.widgets.actions["stop"].trigger()
    assert not curves.picked and not curves.large.isVisible()


def test_the_mouse_lights_up_a_lane(spoken, hover):
    """Hovering over the list lights the same lane in the plot, until the mouse has gone."""
    curves = spoken.widgets.curves
    for channel in ("mouthPucker", "jawOpen", "mouthPucker"):
        hover(curves.all.names, lane_point(curves.all, channel))
        assert curves.all.plot.highlighted == channel
    hover(spoken.widgets.transport, QPoint(2, 2))
    assert curves.all.plot.highlighted == ""


def test_groups_fold_and_the_search_finds(window, qtbot):
    """A folded group shows its heading only; the search looks into folded groups too."""
    curves = window.widgets.curves
    heading = next(row for row in curves.all.rows if row.is_heading and row.group == "eye")
    qtbot.mouseClick(curves.all.names, Qt.MouseButton.LeftButton, pos=QPoint(40, round(heading.top + 8)))
    assert not any("eyeBlinkLeft" in row.channels for row in curves.all.rows)
    qtbot.keyClicks(curves.search, "blink")
    assert [row.channels for row in curves.all.rows if row.channels] == [("eyeBlinkLeft", "eyeBlinkRight")]


def test_every_control_has_a_name(window):
    """What a screen reader says."""
    for kind in (QAbstractButton, QLineEdit, QComboBox, QSlider):
        for widget in window.findChildren(kind):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_keys_are_unique_and_on_the_sheet(window, qtbot):
    """No key does two things, and F1's sheet names them all."""
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    sheet = KeysDialog(window)
    qtbot.addWidget(sheet)
    text = " ".join(label.text() for label in sheet.findChildren(type(window.widgets.transport.time)))
    assert all(command.hint in text for command in COMMANDS if command.keys)


def test_framings_move_the_camera(window):
    """1 to 4 and R."""
    distances = {}
    for name in ("portrait", "face", "bust", "body"):
        window.widgets.actions[name].trigger()
        distances[name] = window.widgets.preview.camera.distance
    assert distances["face"] < distances["bust"] < distances["body"]
    window.widgets.preview.camera.orbit(0.3, 0.1)
    window.widgets.actions["reset"].trigger()
    assert window.widgets.preview.camera.yaw == 0.0


def test_settings_survive_a_restart(open_window, window, qtbot, config):
    """Size, splitter, volume, framing, source, line and folds come back."""
    window.resize(1100, 760)
    window.widgets.splitter.setSizes([700, 394])
    window.widgets.transport.volume.setValue(35)
    window.widgets.actions["bust"].trigger()
    window.widgets.speak_bar.line.setText("Remember me.")
    window.widgets.speak_bar.source.setCurrentIndex(window.widgets.speak_bar.source.findData("visemes:visemesync"))
    window.widgets.speak_bar.source.activated.emit(window.widgets.speak_bar.source.currentIndex())
    window.widgets.curves.pair.setChecked(False)
    sizes = window.widgets.splitter.sizes()
    window.close()
    again = open_window(ready=False)
    assert again.widgets.splitter.sizes() == sizes
    assert again.session.playback.volume == pytest.approx(0.35)
    assert again.widgets.preview.framing == "bust"
    assert again.widgets.speak_bar.line.text() == "Remember me."
    assert not again.widgets.curves.pair.isChecked()
    assert Settings.load().sources.chosen == "visemes:visemesync"


def test_a_graphics_card_view_can_be_chosen(window, qtbot):
    """The other kind of view draws the same avatar, here by software too."""
    with qtbot.waitSignal(window.widgets.preview.frame_drawn, timeout=SLOW_MS):
        window.widgets.preview.make_view("gpu")
        window.widgets.preview.redraw()
    assert window.widgets.preview.view.rig is window.session.state.rig
    assert window.widgets.preview.gl_description


def test_without_an_avatar_the_window_says_what_to_do(open_window, tmp_path, shoot):
    """The empty state offers one thing: open an avatar."""
    window = open_window(ready=False)
    window.session.workers.cancel("avatar")
    window.widgets.preview.empty.show_empty()
    assert window.widgets.preview.empty.isVisible() and window.widgets.preview.empty.button.isVisible()
    shoot(window, "empty")


def test_an_unexpected_error_is_a_banner(window, qtbot):
    """The program keeps running after an exception that nobody caught."""
    from app.desktop import UnexpectedErrors

    errors = UnexpectedErrors()
    errors.caught.connect(window.session.messages.failed)
    errors.report(ValueError("boom"))
    assert "ValueError" in window.widgets.preview.banner.text.text() and window.isVisible()


def test_two_sources_on_the_same_speech(window, qtbot, speak):
    """A second slot animates the same speech; B changes what is shown."""
    window.session.sources.choose("B", "mock")
    speak(window, "Compare me.")
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    a, b = (window.session.state.sides[name].tuned.arkit for name in "AB")
    assert len(a) == len(b) and (a.weights != b.weights).any()
    window.widgets.actions["swap"].trigger()
    label = window.controls.compare_view.labels["B"]
    assert window.session.state.shown == "B" and label.isVisible() and "MOCK" in label.text()
