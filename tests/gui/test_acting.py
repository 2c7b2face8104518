"""Acting in the real window: switched on by a click, seen, undone, tuned, and kept by a project."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.avatar.liveliness import Liveliness
from app.core.arkit import ARKIT_INDEX
from app.core.head import angles_of, head_rotations
from app.formats.project import ProjectView, read_project
from app.formats.registry import read_track
from app.session.base.media_place import MediaPlace

SLOW_MS = 60_000

LINE = "I never said that you should take the money. The weather is wonderful today."
BLINK = ARKIT_INDEX["eyeBlinkLeft"]


@pytest.fixture
def lined(window, speak, qtbot):
    """The window after a line of two sentences."""
    session = window.session
    speak(window, LINE)
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    session.playback.pause()
    qtbot.waitUntil(lambda: not session.playback.playing, timeout=SLOW_MS)
    return window


def shown_at(session, t: float) -> tuple[np.ndarray, np.ndarray]:
    """(52,) weights and (9,) angles that leave the program at a time of the clip, idle life and all."""
    face = session.posing.shown_face(MediaPlace(t))
    assert face.life is not None and face.life.settings.enabled
    weights, angles = face.at(0.0, Liveliness(0, face.life.settings))
    assert angles is not None
    return weights, angles


def angles_are_curves(lined, made, time_s, shoot):
    """The angles stand in the list of curves, and are edited there like shapes; all of it is taken back."""
    session, widgets = lined.session, lined.widgets
    curves, editing = widgets.curves, lined.controls.editing
    assert [row.title for row in curves.all.rows if row.group == "angles"][:4] == [
        "Head and eye angles",
        "Head yaw",
        "Head pitch",
        "Head roll",
    ]
    curves.toggle_pick("HeadPitch")
    editing.mark(time_s - 0.3, time_s + 0.5)
    editing.apply("scale")
    editing.change(0, "amount", 0.0, 1)
    session.state.tell_motion()
    calmed = session.state.shown_side.tuned
    assert session.state.shown_side.edits[0].channels == ("HeadPitch",)
    middle = round((time_s + 0.1) * 60)
    assert abs(angles_of(made.arkit)[middle, 1]) > 0.01 > abs(angles_of(calmed.arkit)[middle, 1])
    assert np.array_equal(angles_of(calmed.arkit)[:, 0], angles_of(made.arkit)[:, 0])
    # what only shapes have says so
    for command in ("set_key", "copy_curves", "mirror_curves"):
        widgets.actions[command].trigger()
    assert len(session.state.shown_side.edits) == 1 and not session.workers.running("copy")
    assert editing.why_still("HeadPitch") == "" and widgets.curves.large.rows[0].channels == ("HeadPitch",)
    lined.controls.content.show()
    curves.set_values(lined.controls.content.values_at(time_s))
    shoot(lined, "acting-curves")
    widgets.edit_bar.cleared.emit()
    curves.clear_picks()
    editing.unmark()
    while session.undo.undoText() != "Act what is said":
        session.undo.undo()
    widgets.actions["acting"].trigger()


def is_written_and_kept(lined, before, made, qtbot, tmp_path):
    """What is acted is in a track; a project switches it on again after it was taken back."""
    session, panel, acting = lined.session, lined.widgets.acting, lined.session.acting
    with qtbot.waitSignal(session.export.written, timeout=SLOW_MS):
        session.export.track(tmp_path / "line.csv")
    written = read_track(tmp_path / "line.csv")
    assert np.allclose(head_rotations(written), head_rotations(made.arkit), atol=1e-4)
    session.projects.save(tmp_path / "line.vsync", ProjectView())
    assert read_project(tmp_path / "line.vsync", session.projects.bundled).acting == acting.settings
    session.undo.undo()
    assert session.state.shown_side.tuned.arkit is before.arkit and not panel.on.isChecked()
    session.projects.open(tmp_path / "line.vsync")
    qtbot.waitUntil(lambda: panel.on.isChecked() and (now := session.state.shown_side.tuned) is not None and now.owns_head, timeout=SLOW_MS)
    assert np.allclose(head_rotations(session.state.shown_side.tuned.arkit), head_rotations(made.arkit), atol=1e-3)


def test_a_line_is_acted_with_one_click(lined, qtbot, shoot, tmp_path):
    session, widgets = lined.session, lined.widgets
    panel, acting = widgets.acting, session.acting
    before = session.state.shown_side.tuned
    assert not widgets.actions["head"].isChecked()
    widgets.actions["acting"].trigger()
    assert panel.isVisible() and not panel.dice.isEnabled()

    with qtbot.waitSignal(acting.acted, timeout=SLOW_MS):
        panel.on.click()
    made = session.state.shown_side.tuned
    turns = np.degrees(head_rotations(made.arkit))
    assert made.owns_eyes and made.owns_head and 2.0 < np.abs(turns[:, 0]).max() < 10.0
    assert widgets.actions["head"].isChecked() and session.posing.follows_head
    assert "nods" in panel.told.text() and "blink" in panel.told.text()

    # what is seen, and sent, is the track's own head, gaze and lids: idle life adds none of them
    nod = max((each for each in acting.plan.nods), key=lambda each: each.turn[0])
    session.playback.seek(nod.time_s)
    for frame in (round(nod.time_s * 60), round(acting.plan.blinks[0].start_s * 60) + 7):
        weights, angles = shown_at(session, frame / 60)
        assert np.allclose(weights, made.arkit.weights[frame], atol=1e-6) and np.allclose(angles, angles_of(made.arkit)[frame], atol=1e-6)
        session.posing.pose(frame / 60)
    assert made.arkit.weights[frame, BLINK] > 0.9 and session.life.breath(0.0) is not None
    shoot(lined, "acting")

    angles_are_curves(lined, made, nod.time_s, shoot)

    # another way, a slider, and back
    with qtbot.waitSignal(acting.acted, timeout=SLOW_MS):
        qtbot.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    other = session.state.shown_side.tuned
    assert acting.settings.seed != 1 and not np.array_equal(head_rotations(other.arkit), head_rotations(made.arkit))
    with qtbot.waitSignal(acting.acted, timeout=SLOW_MS):
        panel.rows["head"].number.setValue(0.0)
    still = session.state.shown_side.tuned
    assert not head_rotations(still.arkit).any() and still.arkit.weights[:, BLINK].any() and not still.owns_head
    for _ in range(2):
        with qtbot.waitSignal(acting.acted, timeout=SLOW_MS):
            session.undo.undo()
    assert np.array_equal(head_rotations(session.state.shown_side.tuned.arkit), head_rotations(made.arkit))

    is_written_and_kept(lined, before, made, qtbot, tmp_path)
