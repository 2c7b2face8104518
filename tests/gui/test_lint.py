"""The list of findings in the real window, and an animator's five minutes with it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SLOW_MS = 120_000


def lips_open(window) -> list:
    return [f for f in window.session.linting.findings if f.rule == "open-lips"]


@pytest.fixture
def flawed(qtbot, spoken):
    """The window with VisemeSync's own settings, which leave lips open on some P, B and M."""
    spoken.set_life(False)
    spoken.session.set_source("A", "visemes:visemesync")
    spoken.actions_by_name["tools"].trigger()
    qtbot.waitUntil(lambda: bool(lips_open(spoken)), timeout=SLOW_MS)
    spoken.studio.tools.setCurrentWidget(spoken.studio.lint)
    return spoken


def click(widget, item) -> None:
    QTest.mouseClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=widget.visualItemRect(item).center())


def test_one_click_goes_to_the_fault_and_enlarges_its_curves(flawed, shoot):
    lint = flawed.studio.lint
    finding = lips_open(flawed)[0]
    item = lint.list.item(lint.shown.index(finding))
    lint.list.scrollToItem(item)
    click(lint.list, item)
    assert flawed.session.playback.now() == pytest.approx(finding.time_s + finding.duration_s / 2, abs=0.02)
    assert flawed.curves.picked == ["jawOpen", "mouthClose"]
    flawed.loop.tick()
    shoot(flawed, "lint")


def test_the_tab_counts_and_notes_can_be_left_out(flawed):
    studio = flawed.studio
    n = sum(f.severity != "note" for f in flawed.session.linting.findings)
    assert studio.tools.tabText(studio.tools.indexOf(studio.lint)) == f"Check ({n})"
    studio.lint.notes.setChecked(False)
    assert studio.lint.list.count() == n


def test_a_preset_repairs_and_undo_brings_the_fault_back(flawed, qtbot):
    panel = flawed.studio.tuning
    panel.presets.fill()
    next(a for a in panel.presets.menu().actions() if a.text() == "Firm lips").trigger()
    qtbot.waitUntil(lambda: not lips_open(flawed), timeout=SLOW_MS)
    flawed.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: bool(lips_open(flawed)), timeout=SLOW_MS)


def test_five_minutes_of_an_animator(shared, qtbot, open_window, shoot):
    """Brunette and a recorded line; visemes against another source; an open lip found, repaired, undone, repaired, kept."""
    avatar = shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"
    audio = shared / "data" / "speech" / "nvidia" / "Mark_neutral.wav"
    window = open_window(avatar)
    session = window.session
    window.files.open(audio)
    qtbot.waitUntil(lambda: session.speech is not None and bool(session.speech.phones), timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    session.comparing.set_source("B", "visemes:visemesync")
    window.actions_by_name["compare"].trigger()
    qtbot.waitUntil(lambda: window.studio.compare_view.active and session.comparing.numbers is not None, timeout=SLOW_MS)
    QTest.mouseClick(window.studio.tuning.slots["B"], Qt.MouseButton.LeftButton) if window.studio.tuning.isVisible() else session.show("B")
    qtbot.waitUntil(lambda: session.linting.slot == "B" and bool(lips_open(window)), timeout=SLOW_MS)
    studio = window.studio
    studio.tools.setCurrentWidget(studio.lint)
    finding = lips_open(window)[0]
    click(studio.lint.list, studio.lint.list.item(studio.lint.shown.index(finding)))
    t = session.playback.now()
    window.loop.tick()
    fault = dict(session.comparing.bodies.of("B").applied)
    studio.tuning.presets.chosen.emit(*_preset(window, "Firm lips"))
    qtbot.waitUntil(lambda: not lips_open(window), timeout=SLOW_MS)
    window.loop.tick()
    repaired = dict(session.comparing.bodies.of("B").applied)
    assert repaired != fault
    window.actions_by_name["undo"].trigger()
    window.loop.tick()
    assert session.comparing.bodies.of("B").applied == pytest.approx(fault)
    window.actions_by_name["redo"].trigger()
    window.loop.tick()
    shoot(window, "five_minutes")
    kept = session.slots["B"].tuned.arkit.weights.copy()
    window.close()
    again = open_window(avatar)
    again.files.open(audio)
    again.session.comparing.set_source("B", "visemes:visemesync")
    qtbot.waitUntil(lambda: again.studio.compare_view.active and not again.session.workers.busy, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: _ready(again, len(kept)), timeout=SLOW_MS)
    assert np.allclose(again.session.slots["B"].tuned.arkit.weights, kept, atol=1e-5)
    again.go_to(t)
    again.loop.tick()
    assert again.session.comparing.bodies.of("B").applied == pytest.approx(repaired, abs=1e-4)


def _preset(window, name: str):
    from app.core.presets import BUILT_IN

    return BUILT_IN[name][0], name


def _ready(window, n: int) -> bool:
    made = window.session.slots["B"].tuned
    return made is not None and len(made.arkit) == n and bool(window.session.speech.phones) and not window.session.workers.busy


def test_a_broken_preset_is_one_sentence(flawed, tmp_path, qtbot):
    path = tmp_path / "p.json"
    path.write_text("{}")
    with qtbot.waitSignal(flawed.session.failed) as failed:
        flawed.studio.tuning.presets.load(path)
    assert failed.args[0].endswith(".")
