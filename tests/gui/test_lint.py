"""The list of findings in the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SLOW_MS = 120_000


def lips_open(window) -> list:
    return [f for f in window.session.linting.findings if f.rule == "open-lips"]


@pytest.fixture
def flawed(qtbot, spoken):
    """The window with VisemeSync's own settings, which leave lips open on some P, B and M."""
    spoken.controls.life.set_enabled(False)
    spoken.session.sources.choose("A", "visemes:visemesync")
    spoken.widgets.actions["tools"].trigger()
    qtbot.waitUntil(lambda: bool(lips_open(spoken)), timeout=SLOW_MS)
    spoken.widgets.tools.setCurrentWidget(spoken.widgets.lint)
    return spoken


def click(widget, item) -> None:
    QTest.mouseClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=widget.visualItemRect(item).center())


def test_one_click_goes_to_the_fault_and_enlarges_its_curves(flawed, shoot):
    lint = flawed.widgets.lint
    finding = lips_open(flawed)[0]
    item = lint.list.item(lint.shown.index(finding))
    lint.list.scrollToItem(item)
    click(lint.list, item)
    assert flawed.session.playback.now() == pytest.approx(finding.time_s, abs=1e-3)
    assert flawed.widgets.curves.picked == ["jawOpen", "mouthClose"]
    flawed.controls.loop.tick()
    shoot(flawed, "lint")


def test_the_tab_counts_and_notes_can_be_left_out(flawed):
    widgets = flawed.widgets
    n = sum(f.severity != "note" for f in flawed.session.linting.findings)
    assert widgets.tools.tabText(widgets.tools.indexOf(widgets.lint)) == f"Check ({n})"
    widgets.lint.notes.setChecked(False)
    assert widgets.lint.list.count() == n


def test_a_preset_repairs_and_undo_brings_the_fault_back(flawed, qtbot):
    panel = flawed.widgets.tuning
    panel.presets.fill()
    next(a for a in panel.presets.menu().actions() if a.text() == "Firm lips").trigger()
    qtbot.waitUntil(lambda: not lips_open(flawed), timeout=SLOW_MS)
    flawed.widgets.actions["undo"].trigger()
    qtbot.waitUntil(lambda: bool(lips_open(flawed)), timeout=SLOW_MS)


def test_a_broken_preset_is_one_sentence(flawed, tmp_path, qtbot):
    path = tmp_path / "p.json"
    path.write_text("{}")
    with qtbot.waitSignal(flawed.session.messages.failed) as failed:
        flawed.widgets.tuning.presets.load(path)
    assert failed.args[0].endswith(".")
