"""Visemes behind Audio2Face: a server is killed and started again in the middle of a line, and the face never rests."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.session.compare.dual import EASE_S

pytestmark = pytest.mark.gui
SLOW_MS = 60_000
LINE = (
    "Maybe my puppy barks at Bob, but Bob may buy a map, and a bump in the map may make him hum. "
    "Many people pay more for a big blue umbrella than for a small pink one. Pamela put a pepper in the pumpkin."
)


class Watching:
    """What is shown at every picture: the time, whether it plays, and the face."""

    def __init__(self, window) -> None:
        self._session = window.session
        self.rows: list[tuple[float, float, str]] = []
        window.controls.loop.time_shown.connect(self.note)

    def note(self, t: float) -> None:
        """A picture is drawn."""
        state = self._session.state
        if self._session.playback.playing and state.rig is not None:
            self.rows.append((t, max(state.rig.applied.values(), default=0.0), state.shown))


@pytest.fixture
def dual(qtbot, window, server, speak):
    """The window while it speaks a line: side A visemes, side B a server that takes a third of the time that its sound lasts."""
    session, row = window.session, window.widgets.compare.dual
    session.sources.choose("A", server.spec)
    window.controls.tools.show(True)
    window.widgets.tools.setCurrentWidget(window.widgets.compare)
    qtbot.mouseClick(row.modes["dual"], Qt.MouseButton.LeftButton)
    sides = session.state.sides
    assert [str(sides[name].spec) for name in "AB"] == ["visemes", server.spec] and session.state.shown == "B"
    speak(window, LINE)
    qtbot.waitUntil(lambda: session.playback.now() > 0.3, timeout=SLOW_MS)
    return window


@pytest.mark.usefixtures("ring", "close_ahead")
def test_visemes_take_over_while_the_server_is_lost_and_give_back(qtbot, dual, server, shoot):
    """With a label on the picture; the sound never stops, nothing is asked, and nothing jumps."""
    session, banner, view = dual.session, dual.widgets.preview.banner, dual.controls.compare_view
    watching = Watching(dual)
    server.kill()
    qtbot.waitUntil(lambda: session.dual.reason == "server lost", timeout=SLOW_MS)
    assert session.state.shown == "A" and session.playback.playing
    assert "server lost" in view.labels["A"].text() and "Visemes" in view.labels["A"].text()
    lost_s = session.playback.now()
    qtbot.waitUntil(lambda: "visemes move the face" in banner.text.text(), timeout=SLOW_MS)
    assert not banner.asks
    qtbot.waitUntil(lambda: session.playback.now() > lost_s + 1.0, timeout=SLOW_MS)
    assert session.playback.playing and session.dual.share == 0.0
    for width, height in ((1280, 800), (1920, 1080)):
        dual.resize(width, height)
        shoot(dual, f"dual-lost-{width}")
    server.start()
    qtbot.waitUntil(lambda: session.state.shown == "B", timeout=SLOW_MS)
    assert not session.dual.reason and session.playback.playing and "server lost" not in view.labels["A"].text()
    qtbot.waitUntil(lambda: session.dual.share == 1.0, timeout=SLOW_MS)
    times, weights, shown = zip(*watching.rows, strict=True)
    assert np.all(np.diff(times) > -0.05) and max(weights) > 0.1 and {"A", "B"} <= set(shown)
    session.playback.pause()


@pytest.mark.usefixtures("ring", "close_ahead")
def test_the_user_switches_while_it_speaks(qtbot, dual):
    """By the button or the key that shows the next side; eased, and the sound goes on."""
    session, row = dual.session, dual.widgets.compare.dual
    qtbot.waitUntil(lambda: session.dual.share == 1.0, timeout=SLOW_MS)
    clock_s, stands_s = session.dual.clock_s, session.dual.clock_s()
    session.dual.clock_s = lambda: stands_s
    qtbot.mouseClick(row.preferences[False], Qt.MouseButton.LeftButton)
    assert session.state.shown == "A" and session.dual.share == 1.0 and session.playback.playing
    session.dual.clock_s = lambda: stands_s + EASE_S / 2
    assert 0.3 < session.dual.share < 0.7
    session.dual.clock_s = clock_s
    qtbot.waitUntil(lambda: session.dual.share == 0.0, timeout=SLOW_MS)
    assert not session.dual.reason
    dual.controls.source.show_next()
    qtbot.waitUntil(lambda: session.dual.share == 1.0, timeout=SLOW_MS)
    assert session.state.shown == "B" and row.preferences[True].isChecked() and session.playback.playing
    qtbot.mouseClick(row.modes["alone"], Qt.MouseButton.LeftButton)
    assert list(session.state.sides) == ["A"] and session.state.sides["A"].abilities.is_linked and session.playback.playing
    assert session.state.sides["A"].raw is not None, "what it made is kept"
    session.playback.pause()
