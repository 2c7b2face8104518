"""Marks of the text in the real window: typed, spoken, seen in their lane, dragged there, and written back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.core.arkit import ARKIT_INDEX
from app.core.marks.grammar import read_marks
from app.core.speech import spoken_words

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
LINE = "Maybe [smile] my puppy [nod] barks [pause 300] again today."


@pytest.fixture
def marked(window, qtbot, speak):
    """The window after a line with marks was typed and spoken by the visemes."""
    session = window.session
    session.sources.choose("A", "visemes")
    speak(window, LINE)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    session.playback.pause()
    qtbot.waitUntil(lambda: session.state.sides["A"].tuned is not None and len(session.text_marks.placed) == 3, timeout=SLOW_MS)
    return window


def words_of(session) -> dict[str, tuple[float, float]]:
    return {word.text: (word.start_s, word.end_s) for word in spoken_words(session.state.speech)}


def block(window, index: int):
    return window.widgets.mark_lane.blocks()[index][0]


def drag(qtbot, lane, start: QPointF, end: QPointF) -> None:
    """Press, come near in steps, let go."""
    qtbot.mousePress(lane, Qt.MouseButton.LeftButton, pos=start.toPoint())
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(lane, (start + (end - start) * share).toPoint())
    qtbot.mouseRelease(lane, Qt.MouseButton.LeftButton, pos=end.toPoint())


def test_a_typed_line_is_spoken_seen_dragged_written_back_and_undone(marked, qtbot, shoot):
    session, widgets = marked.session, marked.widgets
    lane, bar, marks = widgets.mark_lane, widgets.speak_bar, session.text_marks
    assert lane.isVisible() and session.state.speech.text == LINE
    words = words_of(session)
    assert [word for word in words] == ["Maybe", "my", "puppy", "barks", "again", "today"]
    smile, nod, pause = marks.placed
    assert smile.start_s == pytest.approx(words["my"][0]) and nod.start_s == pytest.approx(words["barks"][0])
    assert words["again"][0] - words["barks"][1] == pytest.approx(0.3, abs=0.01)
    shown = session.state.sides["A"].tuned.arkit
    smiles = ARKIT_INDEX["mouthSmileLeft"]
    assert shown.sample(words["puppy"][0])[smiles] > 0.3 > shown.sample(0.05)[smiles] + 0.2
    assert shown.side.find("HeadPitch").max() > 0.1 and widgets.actions["head"].isChecked()
    shoot(marked, "text-marks")
    # the smile to another word
    at = lane.blocks()[0][0].center()
    drag(qtbot, lane, at, at + QPointF(lane._x(words["again"][0]) - lane._x(smile.start_s), 0))
    moved = "Maybe my puppy [nod] barks [pause 300] [smile] again today."
    assert bar.line.text() == session.state.speech.text == moved
    assert marks.placed[2].start_s == pytest.approx(words["again"][0])
    assert session.state.sides["A"].tuned.arkit.sample(words["puppy"][0])[smiles] < 0.1
    # its end over the last word
    place = block(marked, 2)
    drag(qtbot, lane, QPointF(place.right() - 2, place.center().y()), QPointF(lane._x(words["today"][1]), place.center().y()))
    assert bar.line.text() == "Maybe my puppy [nod] barks [pause 300] [smile] again today. [/]"
    widgets.actions["undo"].trigger()
    assert bar.line.text() == moved
    widgets.actions["undo"].trigger()
    assert bar.line.text() == session.state.speech.text == LINE and marks.placed == (smile, nod, pause)


def test_wheel_keys_and_menus_change_the_text(marked, qtbot):
    session, lane, bar = marked.session, marked.widgets.mark_lane, marked.widgets.speak_bar
    at = block(marked, 0).center()
    turn = QWheelEvent(at, QPointF(lane.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton,
                       Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(lane, turn)
    assert "[smile 0.9]" in bar.line.text()
    qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert session.playback.now() == pytest.approx(session.text_marks.placed[0].start_s, abs=0.02)
    qtbot.keyClick(lane, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert bar.line.text().startswith("Maybe my [smile 0.9] puppy")
    qtbot.keyClick(lane, Qt.Key.Key_Delete)
    assert bar.line.text() == "Maybe my puppy [nod] barks [pause 300] again today."
    menu = lane.add_menu(words_of(session)["today"][0])
    [group] = [action.menu() for action in menu.actions() if action.text() == "Gaze"]
    next(action for action in group.actions() if action.text() == "look left").trigger()
    assert bar.line.text().endswith("[look left] today.")
    lengths = lane.mark_menu(1).actions()[0].menu()
    next(action for action in lengths.actions() if action.text() == "800 ms").trigger()
    assert "[pause 800]" in bar.line.text() and "press Speak" in marked.widgets.preview.banner.text.text()
    assert read_marks(bar.line.text()).strays == ()


def test_names_are_completed_and_a_misspelt_one_is_told(window, qtbot, speak):
    bar = window.widgets.speak_bar
    bar.line.setFocus()
    qtbot.keyClicks(bar.line, "Hello [br")
    popup = QApplication.activePopupWidget()
    assert popup is not None and popup.model().rowCount() >= 2
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert bar.line.text() == "Hello [brow up]"
    window.session.sources.choose("A", "visemes")
    speak(window, "Hello [smlie] you.")
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    assert "did you mean “[smile]”" in window.widgets.preview.banner.text.text()
    assert [word.text for word in spoken_words(window.session.state.speech)] == ["Hello", "you"]
    assert not window.widgets.mark_lane.isVisible()
    window.widgets.actions["text_marks"].trigger()
    assert window.widgets.mark_lane.isVisible()
