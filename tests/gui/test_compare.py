"""Two sources in the real window: split, wipe, blink, swap, numbers, and one camera."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX

SLOW_MS = 60_000


@pytest.fixture
def compared(qtbot, spoken):
    """Visemes against VisemeSync's own settings, both on the picture."""
    spoken.session.comparing.set_source("B", "visemes:visemesync")
    spoken.actions_by_name["compare"].trigger()
    studio, session = spoken.studio, spoken.session
    qtbot.waitUntil(lambda: studio.compare_view.active and not session.workers.busy, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.comparing.numbers is not None, timeout=SLOW_MS)
    spoken.loop.tick()
    return spoken


def test_the_command_puts_another_source_against_the_first(qtbot, spoken):
    spoken.actions_by_name["compare"].trigger()
    assert set(spoken.session.slots) == {"A", "B"}
    assert spoken.session.slots["B"].spec != spoken.session.slots["A"].spec
    assert spoken.studio.compare.isVisible()
    qtbot.waitUntil(lambda: spoken.studio.compare_view.active, timeout=SLOW_MS)


def test_both_sides_share_decode_and_camera_and_show_their_own_motion(compared, qtbot):
    session, view = compared.session, compared.studio.compare_view.views["B"]
    a, b = session.slots["A"].tuned, session.slots["B"].tuned
    t = float(np.argmax(np.abs(a.arkit.weights - b.arkit.weights[: len(a.arkit)]).max(axis=1)) / 60)
    compared.go_to(t)
    compared.loop.tick()
    assert session.comparing.bodies.of("B").avatar is session.rig.avatar
    assert view.camera is compared.preview.camera
    for rig, made in ((session.rig, a), (session.comparing.bodies.of("B"), b)):
        wanted = made.visemes if rig.has_visemes else made.arkit
        for name, value in zip(wanted.channels, wanted.sample(t).tolist(), strict=True):
            if name not in rig.viseme_missing + rig.arkit_missing:
                assert rig.applied.get(name, 0.0) == pytest.approx(value, abs=1e-4)
    assert session.rig.applied != session.comparing.bodies.of("B").applied


def test_split_and_wipe_look_right(compared, qtbot, shoot):
    view, preview = compared.studio.compare_view, compared.preview
    assert view.views["B"].width() == pytest.approx(preview.view.width(), abs=4)
    assert "Visemes" in view.labels["A"].text() and view.labels["A"].isVisible() and view.labels["B"].isVisible()
    assert not preview.tag.isVisible()
    shoot(compared, "compare_split")
    QTest.mouseClick(compared.studio.compare.layouts["wipe"], Qt.MouseButton.LeftButton)
    assert view.views["B"].width() == preview.view.width() == preview.width()
    handle = view.handle
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(7, 100))
    QTest.mouseMove(handle, QPoint(7 - 150, 100))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(7, 100))
    assert view.edge < 0.45
    shoot(compared, "compare_wipe")


def test_heat_shows_where_the_sides_differ(compared, qtbot, shoot):
    session = compared.session
    a, b = session.slots["A"].tuned.arkit.weights, session.slots["B"].tuned.arkit.weights
    n = min(len(a), len(b))
    t = float(np.argmax(np.abs(a[:n] - b[:n]).sum(axis=1)) / 60)
    compared.go_to(t)
    QTest.mouseClick(compared.studio.compare.layouts["difference"], Qt.MouseButton.LeftButton)
    compared.loop.tick()
    hottest = max(float(part.heat.max()) for part in session.rig.parts if part.heat is not None)
    assert 0.1 < hottest < 20.0
    assert "red is 5 mm" in compared.studio.compare_view.labels["A"].text()
    assert not compared.studio.compare_view.active
    shoot(compared, "compare_heat")
    QTest.mouseClick(compared.studio.compare.layouts["split"], Qt.MouseButton.LeftButton)
    assert all(part.heat is None for part in session.rig.parts)


def test_blink_shows_the_other_side_while_the_key_is_held(compared):
    session, view = compared.session, compared.studio.compare_view
    QTest.mouseClick(compared.studio.compare.layouts["one"], Qt.MouseButton.LeftButton)
    compared.preview.setFocus()
    compared.loop.tick()
    assert view.labels["A"].isVisible() and not view.labels["B"].isVisible() and not view.active
    QTest.keyPress(compared.preview, Qt.Key.Key_X)
    assert session.comparing.shown_slot == "B"
    assert view.labels["B"].isVisible() and not view.labels["A"].isVisible()
    QTest.keyRelease(compared.preview, Qt.Key.Key_X)
    assert session.comparing.shown_slot == "A"


def test_swap_takes_source_and_tuning_along(compared):
    session = compared.session
    compared.studio.tuning.row("intensity").number.setValue(0.5)
    a = session.slots["A"].tuned
    QTest.mouseClick(compared.studio.compare.swap, Qt.MouseButton.LeftButton)
    assert session.slots["B"].spec == "visemes"
    assert np.array_equal(session.slots["B"].tuned.arkit.weights, a.arkit.weights)
    assert session.tunings.of("A").intensity == 1.0


def test_numbers_follow_a_tuning(compared, qtbot):
    table = compared.studio.compare.table
    before = table.item(1, 1).text()
    with qtbot.waitSignal(compared.session.comparing.measured, timeout=SLOW_MS):
        compared.studio.tuning.row("intensity").number.setValue(0.2)
    assert table.item(1, 1).text() != before
    assert "A 100 %" in compared.studio.compare.closure.text()


def test_side_b_is_given_up(compared):
    compared.session.comparing.set_source("B", "")
    assert list(compared.session.slots) == ["A"]
    assert not compared.studio.compare_view.active
    assert compared.preview.view.width() == compared.preview.width()
    compared.loop.tick()
    assert not compared.studio.compare_view.labels["A"].isVisible() and compared.preview.tag.isVisible()
    assert compared.session.weights_at(0.5)[ARKIT_INDEX["jawOpen"]] >= 0.0
