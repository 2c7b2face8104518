"""Two sources in the real window: split, wipe, blink, swap, numbers, and one camera."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.arkit import ARKIT_INDEX
from app.render.pacing import FRAME_BUDGET_MS
from app.ui.preview.frame_budget import IDLE_BUDGET_MS

SLOW_MS = 60_000


@pytest.fixture
def compared(qtbot, spoken):
    """Visemes against VisemeSync's own settings, both on the picture."""
    spoken.session.comparing.set_source("B", "visemes:visemesync")
    spoken.widgets.actions["compare"].trigger()
    view, session = spoken.controls.compare_view, spoken.session
    qtbot.waitUntil(lambda: view.active and not session.workers.busy, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: session.comparing.numbers is not None, timeout=SLOW_MS)
    spoken.controls.loop.tick()
    return spoken


def test_the_command_puts_another_source_against_the_first(qtbot, spoken):
    spoken.widgets.actions["compare"].trigger()
    assert set(spoken.session.state.sides) == {"A", "B"}
    assert spoken.session.state.sides["B"].spec != spoken.session.state.sides["A"].spec
    assert spoken.widgets.compare.isVisible()
    qtbot.waitUntil(lambda: spoken.controls.compare_view.active, timeout=SLOW_MS)


def test_both_sides_share_decode_and_camera_and_show_their_own_motion(compared, qtbot):
    session, view = compared.session, compared.controls.compare_view.views["B"]
    a, b = session.state.sides["A"].tuned, session.state.sides["B"].tuned
    t = float(np.argmax(np.abs(a.arkit.weights - b.arkit.weights[: len(a.arkit)]).max(axis=1)) / 60)
    compared.controls.scrubbing.go_to(t)
    compared.controls.loop.tick()
    assert session.comparing.side_rigs.of("B").avatar is session.state.rig.avatar
    assert view.camera is compared.widgets.preview.camera
    for rig, made in ((session.state.rig, a), (session.comparing.side_rigs.of("B"), b)):
        wanted = made.visemes if rig.has_visemes else made.arkit
        for name, value in zip(wanted.channels, wanted.sample(t).tolist(), strict=True):
            if name not in rig.viseme_missing + rig.arkit_missing:
                assert rig.applied.get(name, 0.0) == pytest.approx(value, abs=1e-4)
    assert session.state.rig.applied != session.comparing.side_rigs.of("B").applied


def test_split_and_wipe_look_right(compared, qtbot, shoot):
    view, preview = compared.controls.compare_view, compared.widgets.preview
    assert view.views["B"].width() == pytest.approx(preview.view.width(), abs=4)
    assert "Visemes" in view.labels["A"].text() and view.labels["A"].isVisible() and view.labels["B"].isVisible()
    assert not preview.tag.isVisible()
    shoot(compared, "compare_split")
    QTest.mouseClick(compared.widgets.compare.layouts["wipe"], Qt.MouseButton.LeftButton)
    assert view.views["B"].width() == preview.view.width() == preview.width()
    handle = view.handle
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(7, 100))
    QTest.mouseMove(handle, QPoint(7 - 150, 100))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(7, 100))
    assert view.edge < 0.45
    shoot(compared, "compare_wipe")


def test_heat_shows_where_the_sides_differ(compared, qtbot, shoot):
    session = compared.session
    a, b = session.state.sides["A"].tuned.arkit.weights, session.state.sides["B"].tuned.arkit.weights
    n = min(len(a), len(b))
    t = float(np.argmax(np.abs(a[:n] - b[:n]).sum(axis=1)) / 60)
    compared.controls.scrubbing.go_to(t)
    QTest.mouseClick(compared.widgets.compare.layouts["difference"], Qt.MouseButton.LeftButton)
    compared.controls.loop.tick()
    hottest = max(float(part.heat.max()) for part in session.state.rig.parts if part.heat is not None)
    assert 0.1 < hottest < 20.0
    assert "red is 5 mm" in compared.controls.compare_view.labels["A"].text()
    assert not compared.controls.compare_view.active
    shoot(compared, "compare_heat")
    QTest.mouseClick(compared.widgets.compare.layouts["split"], Qt.MouseButton.LeftButton)
    assert all(part.heat is None for part in session.state.rig.parts)


def test_blink_shows_the_other_side_while_the_key_is_held(compared):
    session, view = compared.session, compared.controls.compare_view
    QTest.mouseClick(compared.widgets.compare.layouts["one"], Qt.MouseButton.LeftButton)
    compared.widgets.preview.setFocus()
    compared.controls.loop.tick()
    assert view.labels["A"].isVisible() and not view.labels["B"].isVisible() and not view.active
    QTest.keyPress(compared.widgets.preview, Qt.Key.Key_X)
    assert session.comparing.pictured_side == "B"
    assert view.labels["B"].isVisible() and not view.labels["A"].isVisible()
    QTest.keyRelease(compared.widgets.preview, Qt.Key.Key_X)
    assert session.comparing.pictured_side == "A"


def test_swap_takes_source_and_tuning_along(compared):
    session = compared.session
    compared.widgets.tuning.row("intensity").number.setValue(0.5)
    a = session.state.sides["A"].tuned
    QTest.mouseClick(compared.widgets.compare.swap, Qt.MouseButton.LeftButton)
    assert str(session.state.sides["B"].spec) == "visemes"
    assert np.array_equal(session.state.sides["B"].tuned.arkit.weights, a.arkit.weights)
    assert session.tunings.of("A").intensity == 1.0 and session.tunings.of("B").intensity == 0.5
    compared.widgets.actions["undo"].trigger()
    assert str(session.state.sides["A"].spec) == "visemes" and session.tunings.of("A").intensity == 0.5
    compared.widgets.actions["undo"].trigger()
    assert session.tunings.of("A").intensity == session.tunings.of("B").intensity == 1.0


def test_numbers_follow_a_tuning(compared, qtbot):
    table = compared.widgets.compare.table
    before = table.item(1, 1).text()
    compared.widgets.tuning.row("intensity").number.setValue(0.2)
    # a measurement of the motion before may still be on its way
    qtbot.waitUntil(lambda: table.item(1, 1).text() != before, timeout=SLOW_MS)
    assert "A 100 %" in compared.widgets.compare.closure.text()


@pytest.fixture
def three(compared, qtbot):
    """A mock as third side."""
    session = compared.session
    assert session.comparing.add("mock") == "C" and session.comparing.add("mock") == ""
    qtbot.waitUntil(lambda: set(compared.controls.compare_view.views) == {"B", "C"} and not session.workers.busy, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: set(session.comparing.numbers_by) == {"B", "C"}, timeout=SLOW_MS)
    compared.controls.scrubbing.go_to(0.5)
    compared.controls.loop.tick()
    return compared


def test_three_sides_stand_in_columns_with_labels_that_cannot_be_misread(three, shoot):
    view, preview = three.controls.compare_view, three.widgets.preview
    widths = [preview.view.width(), *(view.views[side].width() for side in "BC")]
    assert max(widths) - min(widths) <= 2 and sum(widths) <= preview.width()
    lefts = [label.x() for label in view.labels.values()]
    assert lefts == sorted(lefts) and all(label.isVisible() for label in view.labels.values())
    assert all(label.x() + label.width() <= left for label, left in zip(view.labels.values(), lefts[1:], strict=False))
    assert "MOCK" in view.labels["C"].text() and ", C " in three.widgets.compare.closure.text()
    assert all(rig is not None for rig in map(three.session.comparing.side_rigs.of, "ABC"))
    budgets = [each._governor.budget_ms for each in (preview.view, *view.views.values())]
    assert sum(budgets) == pytest.approx(FRAME_BUDGET_MS)
    shoot(three, "compare_three")


def test_the_numbers_are_those_of_the_chosen_pair(three):
    panel = three.widgets.compare
    QTest.mouseClick(panel.pairs["B"], Qt.MouseButton.LeftButton)
    against_b = panel.table.item(1, 1).text()
    QTest.mouseClick(panel.pairs["C"], Qt.MouseButton.LeftButton)
    assert panel.table.item(1, 1).text() != against_b
    assert panel.table.horizontalHeaderItem(5).text() == "Jitter C" and panel.swap.text() == "Swap A and C"


def test_one_side_alone_and_back(three):
    view, session = three.controls.compare_view, three.session
    QTest.keyClick(three, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert session.comparing.soloed == "C" and session.state.shown == "C" and not view.active
    assert [side for side, label in view.labels.items() if label.isVisible()] == ["C"]
    QTest.keyClick(three, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert session.comparing.layout == "split" and set(session.comparing.sides) == {"B", "C"}


def test_the_ghost_is_seen_through(compared, qtbot, shoot):
    """Half of what is seen is side A: the picture lies between A's and B's own."""
    session, view, preview = compared.session, compared.controls.compare_view, compared.widgets.preview
    a, b = (session.state.sides[name].tuned.arkit.weights for name in "AB")
    n = min(len(a), len(b))
    compared.controls.scrubbing.go_to(float(np.argmax(np.abs(a[:n] - b[:n]).sum(axis=1)) / 60))
    QTest.mouseClick(compared.widgets.compare.layouts["overlay"], Qt.MouseButton.LeftButton)
    pictures = {}
    for cover in (0.1, 0.5, 0.9):
        compared.widgets.compare.ghost.setValue(round(100 * cover))
        compared.controls.loop.tick()
        qtbot.waitUntil(lambda: preview.view.is_still and view.views["B"].is_still, timeout=SLOW_MS)
        image = preview.grab().toImage()
        pictures[cover] = np.array([image.pixelColor(x, image.height() // 2).getRgb()[:3] for x in range(0, image.width(), 3)], float)
    thin, half, thick = pictures.values()
    assert np.abs(thick - thin).max() > 20
    assert np.abs(half - (thin + thick) / 2).max() <= 6
    assert np.abs(thick[0] - thin[0]).max() == 0
    assert "ghost" in view.labels["B"].text()
    shoot(compared, "compare_ghost")
    compared.widgets.preview.setFocus()
    QTest.keyPress(compared.widgets.preview, Qt.Key.Key_X)
    assert not view.labels["A"].isVisible() and view.labels["B"].isVisible()
    QTest.keyRelease(compared.widgets.preview, Qt.Key.Key_X)


def test_a_held_key_wipes_to_the_other_side(compared):
    view = compared.controls.compare_view
    QTest.mouseClick(compared.widgets.compare.layouts["wipe"], Qt.MouseButton.LeftButton)
    compared.widgets.preview.setFocus()
    QTest.keyPress(compared.widgets.preview, Qt.Key.Key_X)
    assert view.views["B"].parentWidget().geometry() == compared.widgets.preview.rect() and not view.handle.isVisible()
    QTest.keyRelease(compared.widgets.preview, Qt.Key.Key_X)
    assert view.views["B"].parentWidget().x() == round(0.5 * compared.widgets.preview.width()) and view.handle.isVisible()


def test_cameras_move_together_until_they_are_unlinked(compared):
    view, panel, camera = compared.controls.compare_view, compared.widgets.compare, compared.widgets.preview.camera
    assert view.views["B"].camera is camera
    QTest.mouseClick(panel.linked, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.linked.height() // 2))
    own = view.views["B"].camera
    assert own is not camera and own.state == pytest.approx(camera.state)
    camera.orbit(0.2, 0.0)
    compared.widgets.preview.view.framing_changed.emit()
    assert own.yaw == 0.0
    QTest.mouseClick(panel.linked, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.linked.height() // 2))
    assert view.views["B"].camera is camera


def test_a_side_has_an_avatar_of_its_own(compared, qtbot, shared, shoot):
    """Decoded once, framed like A's, named on the picture; heat stays on A's face; swapping takes it along."""
    session, view = compared.session, compared.controls.compare_view
    bodies, path = session.comparing.side_rigs, shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"
    bodies.set_avatar("B", path)
    qtbot.waitUntil(lambda: bodies.of("B") is not None and view.views["B"].rig is bodies.of("B"), timeout=SLOW_MS)
    own, camera = view.views["B"].camera, compared.widgets.preview.camera
    assert "brunette" in view.labels["B"].text() and "Default avatar" in view.labels["A"].text()
    camera.orbit(0.1, 0.0)
    compared.widgets.preview.view.framing_changed.emit()
    assert own is not camera and own.yaw == pytest.approx(camera.yaw)
    compared.controls.scrubbing.go_to(0.6)
    compared.controls.loop.tick()
    shoot(compared, "compare_avatars")
    first, second = session.state.rig.avatar, bodies.of("B").avatar
    session.comparing.set_layout("difference")
    qtbot.waitUntil(lambda: session.comparing.both, timeout=SLOW_MS)
    compared.controls.loop.mark_dirty()
    compared.controls.loop.tick()
    assert max(float(part.heat.max()) for part in session.state.rig.parts if part.heat is not None) > 0.0
    session.comparing.set_layout("split")
    QTest.mouseClick(compared.widgets.compare.swap, Qt.MouseButton.LeftButton)
    assert session.state.rig.avatar is second and bodies.of("B").avatar is first
    assert session.state.avatar_path == path and str(session.state.sides["B"].spec) == "visemes" and session.state.sides["A"].avatar is None
    bodies.set_avatar("B", shared / "data" / "avatars" / "rpm_basim_avatar1.glb")
    bodies.set_avatar("B", path)
    assert session.state.sides["B"].avatar is None
    qtbot.waitUntil(lambda: bodies.of("B") is not None and bodies.of("B").avatar is second, timeout=SLOW_MS)


def test_an_avatar_that_cannot_be_read_gives_way_to_the_shared_one(compared, qtbot, tmp_path):
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF" + bytes(40))
    with qtbot.waitSignal(compared.session.messages.failed, timeout=SLOW_MS):
        compared.session.comparing.side_rigs.set_avatar("B", broken)
    bodies = compared.session.comparing.side_rigs
    assert compared.session.state.sides["B"].avatar is None
    qtbot.waitUntil(lambda: bodies.of("B") is not None and bodies.of("B").avatar is compared.session.state.rig.avatar, timeout=SLOW_MS)


def test_side_b_is_given_up(compared, mouth_error_at):
    """One picture is left, and it still shows side A's motion."""
    compared.session.comparing.set_source("B", "")
    assert list(compared.session.state.sides) == ["A"]
    assert not compared.controls.compare_view.active
    assert compared.widgets.preview.view.width() == compared.widgets.preview.width()
    jaw, track = ARKIT_INDEX["jawOpen"], compared.session.state.sides["A"].tuned.arkit
    t = float(track.times_s[track.column("jawOpen").argmax()])
    compared.controls.scrubbing.go_to(t)
    compared.controls.loop.tick()
    assert not compared.controls.compare_view.labels["A"].isVisible() and compared.widgets.preview.tag.isVisible()
    assert compared.session.posing.weights_at(t)[jaw] == pytest.approx(track.weights[:, jaw].max(), abs=1e-4)
    assert track.weights[:, jaw].max() > 0.1 and mouth_error_at(compared, t) < 1e-3


def test_edge_ghost_and_link_are_remembered(compared, open_window):
    compared.controls.compare_view.set_edge(0.25)
    compared.widgets.compare.ghost.setValue(70)
    compared.session.comparing.set_linked(False)
    compared.close()
    again = open_window(ready=False)
    view = again.controls.compare_view
    assert (view.edge, view.ghost, again.session.comparing.linked) == (0.25, 0.7, False)
    assert again.widgets.compare.ghost.value() == 70


def choose(row, spec: str) -> None:
    """Choose in the picker of a side's row."""
    index = row.source.findData(spec)
    row.source.setCurrentIndex(index)
    row.source.activated.emit(index)


def test_a_source_chosen_for_side_a_is_remembered_and_others_are_not(compared):
    rows, settings = compared.widgets.compare.rows, compared.settings.sources
    choose(rows["A"], "visemes:visemesync-early")
    assert settings.chosen == "visemes:visemesync-early" == str(compared.session.state.sides["A"].spec)
    choose(rows["B"], "visemes")
    assert settings.chosen == "visemes:visemesync-early" and str(compared.session.state.sides["B"].spec) == "visemes"


def test_a_side_that_goes_while_playing_gives_its_share_of_the_time_back(compared, qtbot):
    """Not only once the playback pauses: side A draws at its full rate from then on."""
    session, preview = compared.session, compared.widgets.preview
    session.playback.seek(0.0)
    session.playback.play()
    qtbot.waitUntil(lambda: session.playback.now() > 0.05, timeout=SLOW_MS)
    compared.controls.loop.tick()
    assert preview.view._governor.budget_ms == pytest.approx(FRAME_BUDGET_MS / 2)
    session.comparing.set_source("B", "")
    assert session.playback.playing
    compared.controls.loop.tick()
    assert preview.view._governor.budget_ms == pytest.approx(FRAME_BUDGET_MS)
    session.playback.pause()
    compared.controls.loop.tick()
    assert preview.view._governor.budget_ms == pytest.approx(IDLE_BUDGET_MS)
