"""The window on small and sharp screens: it fits, nothing is cut in two, and nothing moves under the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.core.arkit import ARKIT_INDEX
from app.core.timecode import clip_count
from app.desktop import DEFAULT_AVATAR
from app.ui.curves.channel_list import VALUE
from app.ui.curves.lanes import row_at
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.picker import Picker
from app.ui.timeline.timeline import RULER
from app.ui.timeline.transport import position_texts
from app.ui.window.actions import COMMANDS
from app.ui.window.help import KeysDialog

pytestmark = pytest.mark.gui
#: a 1920x1080 screen at scale 2, less a title bar and a panel
ROOM = (960, 480)


def place_of(window, widget) -> QRect:
    """Where a widget is in the window."""
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def settle(window, qtbot, width: int, height: int) -> None:
    """Give the window a size and let everything find its place."""
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.width() == width and window.height() == height)
    QApplication.processEvents()


@pytest.mark.parametrize("panel", ["", "tuning", "compare", "lint", "edit_bar"])
def test_the_window_fits_small_screens(spoken, qtbot, shoot, panel):
    widgets = spoken.widgets
    if panel:
        spoken.controls.tools.open(getattr(widgets, panel))
    if panel == "compare":
        widgets.compare.begin()
    # curves and tools stand one above the other now, as the layout knows only after its turn
    QApplication.processEvents()
    least = spoken.minimumSizeHint()
    assert least.width() <= ROOM[0] and least.height() <= ROOM[1]
    for size in (ROOM, (1024, 640)):
        settle(spoken, qtbot, *size)
        inside, column = spoken.rect(), widgets.tools if panel else widgets.side
        assert widgets.side.isVisible() != bool(panel), "curves and tools are too much for so low a window"
        for widget in (widgets.speak_bar.button, widgets.speak_bar.line, widgets.transport.volume, widgets.transport.rest, column):
            assert inside.contains(place_of(spoken, widget)), f"{widget.accessibleName()} does not fit {size}"
        rest = widgets.transport.rest
        assert rest.text() and rest.fontMetrics().horizontalAdvance(rest.text()) <= rest.width()
        assert widgets.speak_bar.line.width() >= 140
    shoot(spoken, f"layout-1024x640{panel and '-' + panel}")


def test_length_and_frame_are_shortened_and_never_cut():
    clip = clip_count(60.0, "01:00:00:00")
    most, less, *rest = position_texts(4.2, 61.5, clip)
    assert (most, less) == ("/ 1:01.500    01:00:04:12    frame 252", "01:00:04:12    frame 252")
    assert rest == ["01:00:04:12", "f 252", ""]
    assert position_texts(4.2, 0.0, clip) == ("",)


def test_the_right_column_keeps_its_width(spoken, qtbot):
    widgets = spoken.widgets
    settle(spoken, qtbot, 1100, 700)
    widgets.splitter.setSizes([760, 334])
    width = widgets.right.width()
    for panel in (widgets.tuning, widgets.compare, widgets.lint, widgets.edit_bar):
        spoken.controls.tools.open(panel)
        QApplication.processEvents()
        assert widgets.right.width() == width
    widgets.curves.set_missing(("jawOpen", "mouthClose"))
    widgets.curves.toggle_pick("jawOpen")
    widgets.side.setCurrentWidget(widgets.emotion)
    QApplication.processEvents()
    assert widgets.right.width() == width
    settle(spoken, qtbot, 1300, 760)
    assert widgets.right.width() == width


def test_the_right_column_closes_by_dragging_and_opens_as_wide_as_it_was(window, qtbot):
    widgets = window.widgets
    widgets.splitter.moveSplitter(window.width() - 400, 1)
    before = widgets.right.width()
    widgets.splitter.moveSplitter(window.width(), 1)
    assert widgets.splitter.sizes()[1] == 0 and not widgets.actions["curves"].isChecked()
    widgets.actions["curves"].trigger()
    QApplication.processEvents()
    assert widgets.right.width() == before and widgets.side.isVisible()
    widgets.actions["curves"].trigger()
    QApplication.processEvents()
    assert not widgets.right.isVisible() and widgets.preview.width() > window.width() - 10
    widgets.actions["curves"].trigger()
    QApplication.processEvents()
    assert widgets.right.width() == before


@pytest.mark.parametrize("needle", ["", "mouth"])
@pytest.mark.parametrize("height", [640, 800])
def test_picking_a_curve_shifts_no_row_under_the_mouse(spoken, qtbot, height, needle):
    """At the top, in the middle and at the end, picked one by one and given up again."""
    settle(spoken, qtbot, 1200, height)
    curves = spoken.widgets.curves
    curves.search.setText(needle)
    names = curves.all.names
    lanes = [row for row in names.rows if row.channels]
    visible = [row for row in lanes if row.top + row.height - names.offset <= names.height()]
    for row in (visible[0], visible[len(visible) // 2], visible[-1]):
        point = QPoint(60, round(row.top - names.offset + row.height / 2))
        on_screen = names.mapTo(spoken, point)
        for picked in (True, False):
            before = {lane.key: names.mapTo(spoken, QPoint(0, 0)).y() + lane.top - names.offset for lane in names.rows}
            qtbot.mouseClick(spoken.childAt(on_screen), Qt.MouseButton.LeftButton, pos=spoken.childAt(on_screen).mapFrom(spoken, on_screen))
            QApplication.processEvents()
            assert (row.channels[0] in curves.picked) == picked
            under = names.mapFrom(spoken, on_screen)
            assert row_at(names.rows, under.y() + names.offset).channels == row.channels and names.rect().contains(under)
            after = {lane.key: names.mapTo(spoken, QPoint(0, 0)).y() + lane.top - names.offset for lane in names.rows}
            assert after == before
    assert not curves.large.isVisible()


def test_full_screen_leaves_picture_and_transport_only(spoken, qtbot, shoot):
    widgets = spoken.widgets
    spoken.controls.tools.open(widgets.tuning)
    widgets.emotion_lane.show()
    others = (spoken.menuBar(), widgets.timeline, widgets.emotion_lane, widgets.side, widgets.tools, widgets.speak_bar, widgets.status)
    assert all(widget.isVisible() for widget in others)
    sizes = widgets.splitter.sizes()
    widgets.preview.setFocus()
    qtbot.keyClick(spoken, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: not widgets.speak_bar.isVisible())
    assert widgets.preview.view.isVisible() and widgets.transport.isVisible()
    assert not any(widget.isVisible() for widget in others)
    shoot(spoken, "full-screen")
    t = spoken.session.playback.now()
    qtbot.keyClick(spoken, Qt.Key.Key_Left)
    assert spoken.session.playback.now() < t, "keys work on"
    qtbot.keyClick(spoken, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: all(widget.isVisible() for widget in others))
    assert not spoken.isFullScreen() and not widgets.actions["full"].isChecked()
    qtbot.waitUntil(lambda: widgets.splitter.sizes()[1] == sizes[1])


def test_alt_and_a_letter_opens_a_menu(window, qtbot):
    opened = []
    for title, menu in window.widgets.menus.items():
        menu.aboutToShow.connect(lambda title=title: opened.append(title))
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{title[0]}"), Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda title=title: opened[-1:] == [title])
        menu.close()
        window.menuBar().setActiveAction(None)
    assert opened == list(window.widgets.menus)


def test_the_sheet_lists_every_key_and_scrolls(window, qtbot, shots):
    sheet = KeysDialog(window)
    qtbot.addWidget(sheet)
    sheet.show()
    text = "\n".join(label.text() for label in sheet.findChildren(QLabel))
    for command in COMMANDS:
        for keys in window.widgets.actions[command.name].shortcuts():
            assert keys.toString(keys.SequenceFormat.NativeText) in text
    assert all(words in text for words in ("X", "T", "Wheel", "Double click", "Shift and drag"))
    sheet.grab().save(str(shots / "keys.png"))
    sheet.resize(600, 300)
    bar = sheet.area.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    viewport = sheet.area.viewport()
    lowest = max(label.mapTo(viewport, label.rect().bottomLeft()).y() for label in sheet.findChildren(QLabel))
    assert 0 < lowest <= viewport.height()


def test_help_opens_the_guide(window, shots):
    window.widgets.actions["guide"].trigger()
    guide = next(w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Guide")
    assert guide.isVisible() and "VisemeSync" in guide.text.toPlainText() and guide.text.toPlainText().count("\n") > 100
    guide.grab().save(str(shots / "guide.png"))
    guide.close()


def test_the_wheel_zooms_at_the_pointer(window):
    view, camera = window.widgets.preview.view, window.widgets.preview.camera
    distance = camera.distance
    point = QPointF(view.width() * 0.25, view.height() * 0.25)
    nothing = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    target = camera.target.copy()
    event = QWheelEvent(point, QPointF(view.mapToGlobal(point.toPoint())), QPoint(), QPoint(0, 240), *nothing, False)
    QApplication.sendEvent(view, event)
    moved = camera.target - target
    assert camera.distance < distance and moved[0] < 0 < moved[1], "towards what is up and left in the picture"


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of (..., 3) uint8 pixels, by WCAG."""
    shares = rgb / 255.0
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)


def contrast_in(picture: np.ndarray, box: QRect) -> float:
    """Of the strongest stroke against the ground of a box of the picture, as it is seen."""
    shades = luminance(picture[box.top() : box.bottom() + 1, box.left() : box.right() + 1])
    ground = np.median(shades)
    return float((shades.max() + 0.05) / (ground + 0.05))


def test_small_text_can_be_read_as_it_is_drawn(spoken, shoot):
    widgets, names = spoken.widgets, spoken.widgets.curves.all.names
    spoken.session.playback.seek(0.0)
    spoken.controls.loop.tick()
    picture = shoot(spoken, "contrast")
    row = next(row for row in names.rows if row.channels == ("cheekPuff",))
    assert names.values[ARKIT_INDEX["cheekPuff"]] < 0.005
    top = names.mapTo(spoken, QPoint(0, round(row.top - names.offset)))
    idle = QRect(top.x() + names.width() - VALUE, top.y(), VALUE, round(row.height))
    label = QRect(top.x() + 20, top.y(), 80, round(row.height))
    strip = place_of(spoken, widgets.sound_strip)
    ruler = place_of(spoken, widgets.timeline)
    for name, box in {
        "idle value": idle, "name of a lane": label, "sound": QRect(strip.x() + 18, strip.y() + 2, 60, 20),
        "time axis": QRect(ruler.x() + 6, ruler.y(), 60, RULER - 5),
    }.items():  # fmt: skip
        assert contrast_in(picture, box) >= 4.5, name


@pytest.mark.parametrize("framing", ["three_quarter", "profile", "mouth"])
def test_the_new_framings_are_drawn(window, shoot, framing):
    window.widgets.actions[framing].trigger()
    assert window.widgets.preview.framing == framing
    picture = shoot(window, f"framing-{framing}")
    assert picture.std() > 10
    assert window.session.state.avatar_path == DEFAULT_AVATAR


def test_in_a_low_window_curves_and_tools_take_turns(window, qtbot):
    widgets, actions = window.widgets, window.widgets.actions
    settle(window, qtbot, 1024, 640)
    actions["tools"].trigger()
    assert widgets.tools.isVisible() and not widgets.side.isVisible() and not actions["curves"].isChecked()
    actions["curves"].trigger()
    assert widgets.side.isVisible() and not widgets.tools.isVisible() and not actions["tools"].isChecked()
    actions["tools"].trigger()
    widgets.side.open(widgets.emotion)
    assert widgets.side.isVisible() and not widgets.tools.isVisible()
    actions["tools"].trigger()
    settle(window, qtbot, 1200, 780)
    assert widgets.side.isVisible() and widgets.tools.isVisible() and actions["curves"].isChecked()
    settle(window, qtbot, 1024, 640)
    actions["tools"].trigger()
    assert widgets.side.isVisible() and not widgets.tools.isVisible()


def test_what_does_not_fit_ends_in_an_ellipsis_and_stands_in_the_tool_tip(qtbot):
    label = ElidedLabel("software: llvmpipe, read-back at 0.75")
    qtbot.addWidget(label)
    label.resize(label.sizeHint())
    assert label.shown == label.text()
    label.resize(80, 20)
    assert label.shown.endswith("…") and label.text().startswith(label.shown[:-1])
    assert label.minimumSizeHint().width() < 60
    picker = Picker("Voice", "Who speaks", 60)
    qtbot.addWidget(picker)
    picker.addItem("Heart (American woman)")
    assert picker.toolTip() == "Who speaks: Heart (American woman)" and picker.minimumSizeHint().width() <= 60


def test_curves_and_tools_share_the_height_and_all_tabs_are_seen(window, qtbot, shoot):
    """Below the curves a tool takes half, a high one nearly all until another comes; in a narrow column tabs stand closer."""
    widgets, tools, bar = window.widgets, window.widgets.tools, window.widgets.tools.tabBar()
    settle(window, qtbot, 1280, 800)
    column_px = widgets.right.width()
    window.controls.tools.open(widgets.face_layers)
    for text in ("Layers (2)", "Check (12)", "Notes (3)"):
        name = text.partition(" ")[0]
        tools.setTabText(next(i for i in range(tools.count()) if tools.tabText(i) == name), text)
    QApplication.processEvents()
    halves = widgets.right.sizes()
    assert abs(halves[0] - halves[1]) <= 8 and sum(halves) > 640
    assert bar.tabRect(bar.count() - 1).right() < tools.width() and bar.count() == 9
    shoot(window, "layout-1280x800-layers")
    window.controls.tools.open(widgets.conversation, high=True)
    assert widgets.right.sizes()[1] > 1.4 * halves[1]
    tools.setCurrentWidget(widgets.tuning)
    assert widgets.right.sizes() == halves
    settle(window, qtbot, 1900, 1000)
    assert widgets.side.y() == tools.y() and bar.tabRect(bar.count() - 1).right() < tools.width()
    settle(window, qtbot, 1280, 800)
    qtbot.waitUntil(lambda: widgets.right.width() == column_px)
    assert abs(widgets.right.sizes()[0] - widgets.right.sizes()[1]) <= 8
