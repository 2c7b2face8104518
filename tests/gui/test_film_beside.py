"""A film is opened as a sound: with progress and a way out, and its picture beside the face at the time that is heard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.formats.project import read_project
from app.session.base import opening
from tests.sounds.encoding import Kind, counted_number, voice, write

SLOW_MS = 60_000
FPS, SECONDS = 25, 8.0


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    """A film whose every picture says its number."""
    kind = Kind("counter.mp4", "aac", "mp4", film=True)
    return write(tmp_path_factory.mktemp("film") / kind.name, kind, voice(SECONDS), fps=FPS, size=(320, 180))


def number_at(t: float) -> int:
    return int(t * FPS + 1e-3)


def press_and_pull(widget, start: QPoint, by: QPoint) -> None:
    """Drag with the left button; the widget may move along with it."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(widget, start + by)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start)


def offs_while_it_runs(qtbot, window, direction: int, start_s: float) -> list[int]:
    """By how many frames of the film each picture was off while it ran for more than a second, and for several pictures."""
    session, inset, off = window.session, window.controls.film.inset, []

    def look(t: float) -> None:
        off.append(counted_number(inset.pixels) - number_at(t))

    session.playback.seek(start_s)
    qtbot.waitUntil(lambda: counted_number(inset.pixels) == number_at(start_s), timeout=SLOW_MS)
    window.controls.loop.time_shown.connect(look)
    session.shuttle.run(direction)
    qtbot.waitUntil(lambda: abs(session.playback.now() - start_s) > 1.2 and len(off) > 8, timeout=SLOW_MS)
    session.shuttle.stop()
    window.controls.loop.time_shown.disconnect(look)
    return off


def test_a_film_is_shown_in_sync_moved_and_remembered(every_picture, qtbot, open_window, counter, tmp_path):
    window = open_window()
    session, inset, banner = window.session, window.controls.film.inset, window.widgets.preview.banner
    switch = window.widgets.actions["film"]
    assert not switch.isEnabled()
    with qtbot.waitSignal(session.speeches.film_opened, timeout=SLOW_MS):
        session.opener.open(counter)
    assert switch.isEnabled() and banner.asks and not inset.isVisible()
    session.sound_film.show(True)
    qtbot.waitUntil(inset.isVisible, timeout=SLOW_MS)
    assert switch.isChecked() and not banner.asks
    for t in (6.22, 1.01):
        session.playback.scrub(t)
        qtbot.waitUntil(lambda t=t: counted_number(inset.pixels) == number_at(t), timeout=SLOW_MS)
    for direction, start_s in ((1, 0.5), (-1, 7.5)):
        off = offs_while_it_runs(qtbot, window, direction, start_s)
        # a busy machine may be behind while the first pictures of a direction are decoded, and has caught up then
        assert len(off) > 3 and np.mean(np.abs(off[len(off) // 2 :]) <= 1) > 0.8, off

    former, preview = inset.geometry(), window.widgets.preview
    press_and_pull(inset, inset.rect().center(), QPoint(-preview.width() // 2, preview.height() // 2))
    assert session.sound_film.corner == "bottom left" and inset.x() < former.x() and inset.y() > former.y()
    press_and_pull(inset, QPoint(inset.width() - 4, 26), QPoint(80, 0))
    assert inset.width() > former.width() and session.sound_film.share > 0.3
    assert session.export.beside().path == counter

    kept = tmp_path / "kept.vsync"
    session.projects.save(kept, window.controls.scene.content())
    project = read_project(kept, session.projects.bundled)
    assert project.film == counter and project.view.film and project.view.film_corner == "bottom left" and project.hashes[counter]
    QTest.mouseClick(inset, Qt.MouseButton.LeftButton, pos=QPoint(inset.width() - 6, 6))
    assert not inset.isVisible() and not switch.isChecked() and session.export.beside() is None
    with qtbot.waitSignal(session.projects.opened, timeout=SLOW_MS):
        session.projects.open(kept)
    qtbot.waitUntil(inset.isVisible, timeout=SLOW_MS)


def test_a_long_film_shows_how_far_it_is_and_esc_ends_it(qtbot, open_window, counter, monkeypatch):
    window = open_window()
    session, read, told = window.session, opening.read_audio, []

    def slowly(path, channel, encoder_delay_s, watch):
        def wait(fraction):
            told.append(fraction)
            while True:
                watch(fraction)

        return read(path, channel, encoder_delay_s, wait)

    monkeypatch.setattr(opening, "read_audio", slowly)
    session.opener.open(counter)
    status = window.widgets.status
    qtbot.waitUntil(lambda: "Reading the recording, " in status.activity.text() and status.bar.isVisible(), timeout=SLOW_MS)
    assert status.stop.isVisible() and told
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not session.workers.running("audio") and not session.workers.leaving, timeout=SLOW_MS)
    assert session.state.speech is None and session.speeches.file is None
