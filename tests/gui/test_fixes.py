"""Fixes in the real window: looked at, made, taken back, made for a kind and for all."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track

SLOW_MS = 120_000


def faults(window, rule: str = "") -> list:
    found = window.session.linting.findings
    return [f for f in found if f.severity != "note" and rule in ("", f.rule)]


def settled(window) -> bool:
    session = window.session
    return not session.fixing.busy and not session.linting._timer.isActive() and not session.linting._workers.busy


@pytest.fixture
def flawed(qtbot, spoken):
    """The window with VisemeSync's own settings, which leave lips open on some P, B and M, and visemes on show."""
    spoken.controls.life.set_enabled(False)
    spoken.session.sources.choose("A", "visemes:visemesync")
    spoken.widgets.actions["tools"].trigger()
    qtbot.waitUntil(lambda: len(faults(spoken, "open-lips")) > 1, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: settled(spoken), timeout=SLOW_MS)
    spoken.widgets.tools.setCurrentWidget(spoken.widgets.lint)
    return spoken


def lips_gap(window) -> float:
    """How far the lips of the posed body are apart where it stands, by the weights that it was sent."""
    applied = window.session.state.rig.applied
    return sum(weight for name, weight in applied.items() if name.startswith("viseme_") and name != "viseme_PP")


def test_a_fix_is_looked_at_made_and_taken_back(flawed, qtbot, hover, shoot):
    session, panel, loop = flawed.session, flawed.widgets.lint, flawed.controls.loop
    fault = max(faults(flawed, "open-lips"), key=lambda f: f.duration_s)
    assert "visemes" in panel.judged.text()
    item = panel.list.item(panel.shown.index(fault))
    panel.list.scrollToItem(item)
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualItemRect(item).center())
    assert flawed.widgets.curves.picked == ["jawOpen", "mouthClose"] and not session.fixing.wanted
    tuned = session.state.sides["A"].tuned
    button = panel.list.buttons[fault]
    hover(button, button.rect().center())
    qtbot.waitUntil(lambda: "A" in session.edits.previewed, timeout=SLOW_MS)
    loop.tick()
    closed = lips_gap(flawed)
    assert session.playback.now() == pytest.approx(fault.time_s + min(fault.duration_s / 2, 0.15))
    assert [o.name for o in flawed.controls.content.overlays()] == ["Tried on"]
    assert session.state.sides["A"].tuned is tuned and not session.state.sides["A"].edits
    assert "lips" in button.toolTip()
    shoot(flawed, "fix_looked_at")
    hover(panel.summary, panel.summary.rect().center())
    qtbot.waitUntil(lambda: not session.edits.previewed, timeout=SLOW_MS)
    assert session.playback.now() == pytest.approx(fault.time_s)
    session.playback.seek(fault.time_s + min(fault.duration_s / 2, 0.15))
    loop.tick()
    assert closed < lips_gap(flawed) - 0.05
    n = len(faults(flawed))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(faults(flawed)) == n - 1 and settled(flawed), timeout=SLOW_MS)
    assert fault not in faults(flawed)
    (edit,) = session.state.sides["A"].edits
    assert edit.group and edit.why == "Fix: lips apart on P, B or M"
    changed = np.abs(session.state.sides["A"].tuned.visemes.weights - tuned.visemes.weights).max(axis=1) > 0
    times_s = tuned.arkit.times_s
    assert changed.any() and not changed[(times_s < edit.start_s) | (times_s > edit.end_s)].any()
    flawed.widgets.actions["undo"].trigger()
    assert not session.state.sides["A"].edits
    qtbot.waitUntil(lambda: len(faults(flawed)) == n and settled(flawed), timeout=SLOW_MS)
    QTest.mouseClick(panel.shapes, Qt.MouseButton.LeftButton, pos=panel.shapes.rect().center())
    qtbot.waitUntil(lambda: "52 shapes" in panel.judged.text(), timeout=SLOW_MS)
    assert not session.linting.by_visemes


def planted(track: BlendshapeTrack, bilabial_s: float) -> BlendshapeTrack:
    """A track with faults of ten kinds: lips apart on a phone, and nine of shapes that have little to do with speech."""
    w, n = track.weights.copy(), len(track)
    hump = np.sin(np.pi * np.arange(n) / n).astype(np.float32) ** 2

    def put(name: str, values: np.ndarray) -> None:
        w[:, ARKIT_INDEX[name]] = values

    around = np.clip(2 - np.abs(track.times_s - bilabial_s) / 0.08, 0, 1)
    for name in ("mouthLowerDownLeft", "mouthLowerDownRight"):
        w[:, ARKIT_INDEX[name]] += 0.5 * around
    put("browInnerUp", np.minimum(3 * hump, 1.0))
    put("cheekPuff", 1.4 * hump)
    for side in ("Left", "Right"):
        put(f"mouthFrown{side}", -0.3 * hump)
        put(f"eyeLookIn{side}", 0.9 * hump)
        put(f"browDown{side}", hump * (0.3 + 0.03 * (-1.0) ** np.arange(n)))
    put("cheekSquintLeft", 0.6 * hump)
    put("mouthLeft", 0.4 * (np.abs(np.arange(n) - n // 2) < 8))
    put("tongueOut", 0.9 * hump)
    put("jawLeft", 0.5 * hump)
    put("jawRight", 0.5 * hump)
    return track.with_weights(w)


@pytest.fixture
def faulty(qtbot, spoken, tmp_path):
    """The window with a recorded track of the line that has faults of ten kinds."""
    session = spoken.session
    spoken.controls.life.set_enabled(False)
    spoken.widgets.actions["tools"].trigger()
    phone = next(p for p in session.state.speech.phones if p.base == "B" and p.word == "barks")
    path = tmp_path / "take.a2f.csv"
    write_track(path, planted(session.state.sides["A"].tuned.arkit, (phone.start_s + phone.end_s) / 2))
    session.sources.choose("A", f"file:{path}")
    qtbot.waitUntil(lambda: len({f.rule for f in faults(spoken)}) >= 10 and settled(spoken), timeout=30_000)
    spoken.widgets.tools.setCurrentWidget(spoken.widgets.lint)
    return spoken


def test_enter_mends_a_row_a_button_its_kind_and_all_of_ten_kinds_as_one_step(faulty, qtbot, shoot):
    session, panel, undo = faulty.session, faulty.widgets.lint, faulty.widgets.actions["undo"]
    assert "52 shapes" in panel.judged.text()
    kinds = {f.rule for f in faults(faulty)}
    assert len(kinds) >= 10, kinds
    n = len(faults(faulty))
    panel.list.setCurrentRow(panel.shown.index(faults(faulty, "open-lips")[0]))
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: "A" in session.edits.previewed, timeout=SLOW_MS)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not faults(faulty, "open-lips") and settled(faulty), timeout=SLOW_MS)
    panel.list.setCurrentRow(panel.shown.index(faults(faulty, "negative")[0]))
    QTest.mouseClick(panel.fix_kind, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not faults(faulty, "negative") and settled(faulty), timeout=SLOW_MS)
    undo.trigger()
    undo.trigger()
    qtbot.waitUntil(lambda: len(faults(faulty)) == n and settled(faulty), timeout=SLOW_MS)
    before = session.state.sides["A"].tuned.arkit
    QTest.mouseClick(panel.fix_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not faults(faulty) and settled(faulty), timeout=SLOW_MS)
    assert panel.result.text().endswith("fixed")
    shoot(faulty, "fixed_all")
    after, edits = session.state.sides["A"].tuned.arkit, session.state.sides["A"].edits
    touched = np.zeros(before.weights.shape, bool)
    for edit in edits:
        inside = (before.times_s > edit.start_s) & (before.times_s < edit.end_s)
        touched[np.ix_(inside, [ARKIT_INDEX[name] for name in edit.channels])] = True
    assert np.abs(after.weights - before.weights)[~touched].max() == 0.0
    bar = faulty.widgets.edit_bar
    bar.list.setCurrentRow(0)
    QTest.mouseClick(bar.remove, Qt.MouseButton.LeftButton)
    assert session.state.sides["A"].edits == tuple(edit for edit in edits if edit.group != edits[0].group)
    undo.trigger()
    undo.trigger()
    assert not session.state.sides["A"].edits
