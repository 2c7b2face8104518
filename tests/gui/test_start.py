"""The start: the face first, then everything else around it, with nothing that moves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.desktop import DEFAULT_AVATAR, Start, Wishes
from app.settings import Settings
from app.ui.start.stages import Stages
from app.ui.window import main_window
from app.ui.window.main_window import MainWindow

pytestmark = pytest.mark.gui


@pytest.fixture
def light(qtbot, config):
    """A window that is light yet, and shown, and its start."""
    settings = Settings.load()
    settings.picture.renderer = "software"
    window = MainWindow(settings, DEFAULT_AVATAR)
    window.frame.hold()
    start = Start(window, Wishes(text="Hello."))
    window.show()
    qtbot.waitExposed(window)
    yield window, start
    if isValid(window):
        window.close()
    start.end()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def place_of(window: MainWindow) -> QRect:
    """Where the picture is in the window."""
    preview = window.frame.preview
    return QRect(preview.mapTo(window, QPoint()), preview.size())


def test_the_face_comes_first_and_nothing_moves_when_the_rest_comes(light, qtbot, shoot):
    window, start = light
    places, seen = [], []
    start.sight.over.connect(lambda: places.append(place_of(window)))
    start.sight.over.connect(lambda: seen.append(hasattr(window, "widgets")))
    with qtbot.waitSignal(start.completed, timeout=30_000):
        start.begin()
    QApplication.processEvents()
    assert start.sight.drawn and seen == [False], "the face was seen before there was anything else"
    assert places == [place_of(window)], "the picture stays where it was"
    session, preview = window.session, window.widgets.preview
    assert session.state.rig is start.sight.rig is preview.view.rig and session.state.avatar_path == DEFAULT_AVATAR
    assert window.widgets.speak_bar.line.text() == "Hello." and window.widgets.side.isVisible() and not preview.view.puts_off
    assert window.settings.window.heights is not None and window.acceptDrops()
    # what a key does is connected: the window is the one that it would be if it had been made at once
    window.widgets.actions["tools"].trigger()
    assert window.widgets.tuning.isVisible() and window.widgets.tuning.row("intensity").isVisible()
    shoot(window, "start-complete")


def test_a_window_that_is_closed_before_it_is_complete_just_goes(light, qtbot):
    window, start = light
    with qtbot.waitSignal(start.sight.over, timeout=30_000):
        start.begin()
    assert window.close() and not hasattr(window, "widgets")
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    start.end()
    assert not isValid(window) and start.error is None


def test_a_window_that_is_closed_while_it_is_furnished_takes_its_session_along(light, qtbot):
    window, start = light
    start.begin()
    qtbot.waitUntil(lambda: hasattr(window, "widgets"), timeout=30_000)
    session = window.session
    assert not hasattr(window, "upkeep") and window.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert not isValid(window) and not isValid(session) and start.error is None


def test_what_keeps_the_window_from_being_complete_is_told_by_the_start(light, qtbot, monkeypatch):
    _, start = light
    monkeypatch.setattr(main_window, "settings_path", lambda: 1 / 0)
    monkeypatch.setattr(start, "quits", lambda: None)
    with qtbot.waitSignal(start.failed, timeout=30_000):
        start.begin()
    assert isinstance(start.error, ZeroDivisionError)


def test_a_broken_first_avatar_is_told_in_the_whole_window(light, qtbot, tmp_path):
    window, start = light
    broken = start.sight.path = tmp_path / "broken.glb"
    broken.write_bytes(b"no avatar at all")
    window.settings.picture.avatar = str(broken)
    with qtbot.waitSignal(start.completed, timeout=30_000):
        start.begin()
    qtbot.waitUntil(lambda: window.session.state.rig is not None, timeout=30_000)
    assert not start.sight.drawn and window.session.state.avatar_path == DEFAULT_AVATAR
    assert window.widgets.preview.banner.is_error and "glTF" in window.widgets.preview.banner.text.text()


def test_steps_leave_the_event_loop_its_turns_and_end_where_one_breaks(qtbot):
    done: list[int] = []

    def steps(n: int, breaks_at: int):
        for i in range(n):
            if i == breaks_at:
                raise LookupError(str(i))
            done.append(i)
            yield

    good = Stages(steps(3, -1))
    with qtbot.waitSignal(good.ended, timeout=5000):
        good.begin()
        assert not done, "nothing happens before the next turn"
    bad = Stages(steps(3, 2))
    with qtbot.waitSignal(bad.broke, timeout=5000) as broke:
        bad.begin()
    assert done == [0, 1, 2, 0, 1] and isinstance(broke.args[0], LookupError)
