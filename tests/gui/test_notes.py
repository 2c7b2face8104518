"""Notes in the real window: by key, pinned on the lip, drawn, undone, saved with the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.render.pins import pin_place
from app.ui.review.notes.note_words import about

SLOW_MS = 60_000


@pytest.fixture
def noted(spoken, qtbot):
    """A window that said a line, with the playhead on a vowel and one note with words."""
    spoken.session.notes.author = "Ana"
    spoken.controls.scrubbing.go_to(0.4)
    QTest.keyClick(spoken.widgets.preview, Qt.Key.Key_N)
    qtbot.keyClicks(spoken.widgets.notes.form.text, "Lips stay open here")
    spoken.controls.fields.leave()
    return spoken


def note_of(window):
    """The note that is looked at."""
    return window.session.notes.of(window.controls.noting.picked)


def drag(widget, *points: QPoint) -> None:
    """Press, move and release the left button."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        there, globally = QPointF(point), QPointF(widget.mapToGlobal(point))
        QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, there, globally, Qt.MouseButton.NoButton, left, none))
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=points[-1])


def scene_of(window):
    """What is over side A's picture."""
    return window.controls.note_picture.scenes()[0]


def lip_place(window) -> QPoint:
    """Where the middle of the mouth is on the picture."""
    picture = window.controls.overlay.pictures.now()[0]
    from app.render.anatomy import head_of, mouth_of

    mouth = mouth_of(picture.rig.avatar, head_of(picture.rig.avatar))
    view, projection = picture.camera.view_matrix(), picture.camera.projection(picture.aspect)
    seen = projection @ view @ np.append(mouth, 1.0)
    x, y = seen[:2] / seen[3]
    return QPoint(round((0.5 + x / 2) * picture.rect.width()), round((0.5 - y / 2) * picture.rect.height()))


def test_a_key_puts_a_note_at_the_playhead_about_what_is_on_show(spoken, qtbot, shoot):
    spoken.widgets.curves.toggle_pick("jawOpen")
    spoken.controls.scrubbing.go_to(0.4)
    assert not spoken.widgets.note_lane.isVisible()
    QTest.keyClick(spoken.widgets.preview, Qt.Key.Key_N)
    note = note_of(spoken)
    phone = next(p.symbol for p in spoken.session.state.speech.phones if p.start_s <= note.start_s < p.end_s)
    assert note.start_s == pytest.approx(0.4, abs=1e-3) and note.end_s is None
    assert (note.side, note.channel, note.phone) == ("A", "jawOpen", phone)
    form = spoken.widgets.notes.form
    assert spoken.widgets.tools.currentWidget() is spoken.widgets.notes and form.text.hasFocus()
    qtbot.keyClicks(form.text, "Too open on n, and now")
    assert note_of(spoken).text == "Too open on n, and now"
    assert len(spoken.session.notes.all) == 1, "letters are letters while typing"
    assert spoken.widgets.note_lane.isVisible()
    shoot(spoken, "notes_added")


def test_a_loop_makes_a_stretch(spoken):
    spoken.session.playback.set_looping(True)
    spoken.session.playback.set_loop((0.2, 0.6))
    spoken.controls.noting.add()
    note = note_of(spoken)
    assert (note.start_s, note.end_s) == (pytest.approx(0.2), pytest.approx(0.6))


def test_without_a_sound_one_sentence_says_what_to_do(window, qtbot):
    with qtbot.waitSignal(window.session.messages.noticed) as told:
        window.widgets.actions["note"].trigger()
    assert told.args[0].endswith("first.") and not window.session.notes.all


def test_a_pin_on_the_lip_follows_orbit_and_motion(noted, qtbot, shoot):
    window = noted
    window.widgets.preview.frame("face")
    place = lip_place(window)
    QTest.keyClick(window.widgets.preview, Qt.Key.Key_P)
    assert window.controls.overlay.mode == "pin"
    QTest.mouseClick(window.controls.overlay, Qt.MouseButton.LeftButton, pos=place)
    assert window.controls.overlay.mode == ""
    note = note_of(window)
    assert note.point is not None and note.point.mesh == "Head_Mesh" and note.side == "A"
    pin, rect = scene_of(window).pins[0], scene_of(window).rect
    assert (pin.x * rect.width(), pin.y * rect.height()) == pytest.approx((place.x(), place.y()), abs=1.0)
    shoot(window, "notes_pinned")
    view = window.widgets.preview.view
    drag(view, QPoint(200, 200), QPoint(260, 205), QPoint(330, 210))
    turned = scene_of(window).pins[0]
    picture = window.controls.overlay.pictures.now()[0]
    expected = pin_place(picture.rig, picture.camera, note.point, picture.aspect)
    assert (turned.x, turned.y) == (expected.x, expected.y) and abs(turned.x - pin.x) * rect.width() > 5
    shoot(window, "notes_orbited")
    picture.camera.orbit(1.0, 0.0)
    assert scene_of(window).pins[0].hidden, "on the far side it stands back"
    window.widgets.notes._show_removals()
    removals = window.widgets.notes.removals
    assert removals["point"].isEnabled() and not removals["voice"].isEnabled()
    removals["point"].trigger()
    assert note_of(window).point is None and not scene_of(window).pins


def test_beside_the_face_one_sentence_says_so(noted, qtbot):
    noted.controls.noting.pin()
    with qtbot.waitSignal(noted.session.messages.noticed):
        QTest.mouseClick(noted.controls.overlay, Qt.MouseButton.LeftButton, pos=QPoint(5, 100))
    assert note_of(noted).point is None and noted.controls.overlay.mode == "pin"
    noted.stop_work()
    assert noted.controls.overlay.mode == ""


def test_lines_and_arrows_are_drawn_erased_and_taken_back(noted, qtbot, shoot):
    window, overlay = noted, noted.controls.overlay
    QTest.keyClick(window.widgets.preview, Qt.Key.Key_D)
    bar = window.widgets.pen_bar
    assert bar.isVisible() and overlay.mode == "draw"
    middle = lip_place(window)
    ring = [middle + QPoint(round(60 * np.cos(a)), round(34 * np.sin(a))) for a in np.linspace(0, 2 * np.pi, 24)]
    drag(overlay, *ring)
    QTest.mouseClick(bar.button("arrow"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(bar.button("cyan"), Qt.MouseButton.LeftButton)
    drag(overlay, middle + QPoint(170, -120), middle + QPoint(110, -70), middle + QPoint(66, -20))
    strokes = note_of(window).strokes
    assert [(s.kind, s.colour) for s in strokes] == [("line", "red"), ("arrow", "cyan")]
    assert len(strokes[0].points) > 15 and len(strokes[1].points) == 2
    shoot(window, "notes_drawing")
    QTest.mouseClick(bar.button("erase"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 0))
    assert [s.kind for s in note_of(window).strokes] == ["arrow"]
    window.widgets.actions["undo"].trigger()
    assert note_of(window).strokes == strokes
    QTest.keyClick(window.widgets.preview, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert len(scene_of(window).strokes) == 1
    window.controls.scrubbing.go_to(1.2)
    window.controls.loop.tick()
    ghosts = scene_of(window).strokes
    assert [drawn.opacity for drawn in ghosts] == [pytest.approx(0.22)], "elsewhere it is a ghost"
    window.widgets.notes.ghosts.setChecked(False)
    assert not scene_of(window).strokes


def test_a_note_is_looked_at_from_where_it_was_drawn(noted):
    window = noted
    window.controls.noting.draw()
    drag(window.controls.overlay, QPoint(300, 200), QPoint(360, 240))
    window.controls.noting.leave()
    camera = window.widgets.preview.camera
    before = camera.state
    camera.orbit(0.4, 0.1)
    window.controls.scrubbing.go_to(1.0)
    window.widgets.notes.list.chosen.emit(window.session.notes.all[0].id)
    assert camera.state == pytest.approx(before)
    assert window.session.playback.now() == pytest.approx(0.4, abs=1e-3)


def test_answers_status_filters_and_deleting(noted, qtbot, shoot):
    window, notes, panel = noted, noted.session.notes, noted.widgets.notes
    first = note_of(window).id
    notes.author = "Bo"
    window.controls.scrubbing.go_to(1.0)
    window.controls.noting.add()
    qtbot.keyClicks(panel.form.text, "Smile fades too early")
    panel.form.status.setCurrentIndex(panel.form.status.findData("addressed"))
    panel.form.status.activated.emit(1)
    window.controls.noting.open(first)
    qtbot.keyClicks(panel.form.reply, "Closed it two frames earlier")
    QTest.keyClick(panel.form.reply, Qt.Key.Key_Return)
    assert [(r.author, r.text) for r in note_of(window).replies] == [("Bo", "Closed it two frames earlier")]
    assert window.widgets.tools.tabText(window.widgets.tools.indexOf(panel)) == "Notes (1)"
    shoot(window, "notes_list")
    panel.search.setText("smile bo")
    assert [note.text for note in panel.list.shown] == ["Smile fades too early"]
    panel.search.clear()
    panel.author.setCurrentIndex(panel.author.findData("Ana"))
    panel.refresh()
    assert [note.author for note in panel.list.shown] == ["Ana"]
    panel.clear_filters()
    QTest.mouseClick(panel.form.delete, Qt.MouseButton.LeftButton)
    assert [note.author for note in notes.all] == ["Bo"] and not panel.area.isVisible()
    window.widgets.actions["undo"].trigger()
    assert len(notes.all) == 2 and notes.of(first).replies


def test_a_mark_on_the_lane_is_a_way_there(noted):
    lane, playback = noted.widgets.note_lane, noted.session.playback
    noted.controls.scrubbing.go_to(1.0)
    x = round(lane._x(0.4))
    assert lane.note_at(x).text == "Lips stay open here"
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(x, 8))
    assert playback.now() == pytest.approx(0.4, abs=1e-3)
    assert noted.controls.noting.picked == lane.note_at(x).id


def test_each_side_of_a_comparison_has_its_own_pins(noted, qtbot, shoot):
    window = noted
    window.session.comparing.add("mock")
    qtbot.waitUntil(lambda: len(window.controls.overlay.pictures.now()) == 2, timeout=SLOW_MS)
    window.widgets.preview.frame("face")
    b = window.controls.overlay.pictures.now()[1]
    window.controls.noting.pin()
    QTest.mouseClick(window.controls.overlay, Qt.MouseButton.LeftButton, pos=b.rect.center())
    note = note_of(window)
    assert note.side == "B" and note.point is not None and about(note).startswith("side B")
    on_a, on_b = window.controls.note_picture.scenes()
    assert not on_a.pins and len(on_b.pins) == 1
    shoot(window, "notes_side_b")


def test_notes_are_work_and_come_back_with_the_project(noted, qtbot, tmp_path, open_window):
    window, projects = noted, noted.session.projects
    assert projects.dirty
    window.controls.noting.pin()
    QTest.mouseClick(window.controls.overlay, Qt.MouseButton.LeftButton, pos=lip_place(window))
    kept = window.session.notes.all
    file = tmp_path / "line.vsync"
    projects.save(file, window.controls.scene.content())
    assert not projects.dirty
    window.session.notes.change(kept[0].id, "Change status", status="done")
    qtbot.waitUntil(lambda: projects.dirty)
    window.session.notes.restore(())
    with qtbot.waitSignal(projects.opened, timeout=SLOW_MS):
        projects.open(file)
    assert window.session.notes.all == kept and not projects.dirty
    assert window.widgets.notes.list.shown == list(kept)


def test_notes_of_another_sound_are_there_again_when_it_is(noted, qtbot, speak):
    session, text = noted.session, noted.session.state.speech
    kept, peaks, parts = session.notes.all, session.state.peaks, session.state.parts
    speak(noted, "Another line.")
    assert not session.notes.all and session.projects.dirty
    qtbot.waitUntil(lambda: not session.workers.busy, timeout=SLOW_MS)
    session.speeches.restore(text, peaks, parts, None)
    assert session.notes.all == kept


def drop_on(widget, file: Path) -> bool:
    """Let a file fall on a widget; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(widget.rect().center(), Qt.DropAction.CopyAction, data, buttons, modifiers)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(widget.rect().center()), Qt.DropAction.CopyAction, data, buttons, modifiers))
    return enter.isAccepted()


def test_a_picture_that_falls_on_the_face_is_a_reference(noted, qtbot, tmp_path, shoot):
    from PIL import Image

    file = tmp_path / "frown.png"
    Image.fromarray(np.full((90, 160, 3), (40, 120, 200), np.uint8)).save(file)
    assert drop_on(noted.widgets.preview, file)
    note = note_of(noted)
    assert note.reference.file == "frown.png" and note.reference.offset_s == pytest.approx(0.4, abs=1e-3)
    qtbot.waitUntil(lambda: len(scene_of(noted).insets) == 1, timeout=SLOW_MS)
    assert scene_of(noted).insets[0].image.pixelColor(3, 3).blue() == 200
    row = noted.widgets.notes.form.reference_row
    assert row.isVisible() and not row.offset.isVisible(), "a picture has no start"
    row.corner.setCurrentIndex(row.corner.findData("top right"))
    row.corner.activated.emit(1)
    row.size_slider.setValue(40)
    assert (note_of(noted).reference.corner, note_of(noted).reference.share) == ("top right", pytest.approx(0.4))
    shoot(noted, "notes_reference")
    row.whole.setChecked(True)
    noted.controls.scrubbing.go_to(1.2)
    noted.controls.loop.tick()
    noted.widgets.notes.pick("")
    assert len(scene_of(noted).insets) == 1, "for the whole clip"


def test_a_film_plays_in_sync_with_the_clip(noted, qtbot, tmp_path):
    import av

    file = tmp_path / "ref.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(50):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 5 * i, np.uint8), format="rgb24")
            for packet in stream.encode(picture):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    noted.controls.noting.add_reference(file)
    note = note_of(noted)
    assert noted.widgets.notes.form.reference_row.offset.isVisible()
    noted.session.notes.change(note.id, "x", reference=type(note.reference)("ref.mp4", 0.1, whole=True))

    def shade_at(t: float) -> int:
        noted.controls.scrubbing.go_to(t)
        noted.controls.loop.tick()
        insets = scene_of(noted).insets
        return insets[0].image.pixelColor(30, 20).red() if insets else -1

    for t in (0.5, 1.1, 0.2):
        wanted = 5 * int((t - 0.1) * 25 + 1e-6)
        qtbot.waitUntil(lambda t=t, wanted=wanted: abs(shade_at(t) - wanted) <= 3, timeout=SLOW_MS)


def test_the_whole_picture_at_both_sizes(noted, qtbot, shoot):
    window = noted
    window.widgets.preview.frame("face")
    window.controls.noting.pin()
    QTest.mouseClick(window.controls.overlay, Qt.MouseButton.LeftButton, pos=lip_place(window))
    window.session.notes.reply(note_of(window).id, "Closed it two frames earlier.")
    for at_s, text, colour in ((0.9, "Brow is late", "purple"), (1.3, "Lovely smile, keep it", "green")):
        window.controls.scrubbing.go_to(at_s)
        window.controls.noting.add()
        qtbot.keyClicks(window.widgets.notes.form.text, text)
        window.session.notes.change(window.controls.noting.picked, "x", colour=colour, end_s=at_s + 0.25, status="addressed")
    window.controls.noting.open(window.session.notes.all[0].id)
    for width, height in ((1280, 800), (1920, 1080)):
        window.resize(width, height)
        QApplication.processEvents()
        window.controls.loop.tick()
        pixels = shoot(window, f"notes_{width}")
        assert pixels.std() > 10
    assert len(window.widgets.notes.list.shown) == 3
