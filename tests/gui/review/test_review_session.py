"""One review from end to end in the real window: playlist, fault, note, drawing, voice, package, reply, approval, and all of it again."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.audio.clips import read_clip, write_wav
from app.core.arkit import ARKIT_INDEX
from app.core.speech import AudioClip
from app.core.track import Animation
from app.desktop import DEFAULT_AVATAR
from app.formats.notes import Reply, notes_of
from app.formats.takes.reading import read_about, read_take
from app.formats.takes.writing import change_take, write_take
from app.render.anatomy import head_of, mouth_of
from app.review.page.returning import document
from app.review.takes.playlist import ENDING, Playlist, read_playlist, write_playlist
from tests.gui.conftest import SLOW_MS

pytestmark = pytest.mark.gui
#: from the middle of the mouth
UPPER_LIP_M = 0.006
WORDS, ANSWER = "Lips must meet on this P", "Closed them two frames earlier"
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def press(window, key, modifier=NONE) -> None:
    QTest.keyClick(window.windowHandle() if modifier != NONE else window.widgets.preview, key, modifier)


def told(window) -> str:
    return window.widgets.preview.banner.text.text()


def settled(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.session.workers.busy and not window.session.projects.dirty, timeout=SLOW_MS)


# -- what is reviewed


def with_open_lips(made: Animation, start_s: float, end_s: float) -> Animation:
    """The same motion with the jaw down and the lips apart for a while, on the shapes and on the visemes."""
    shapes, visemes = made.arkit, made.visemes
    during = [(track.times_s >= start_s - 0.12) & (track.times_s <= end_s + 0.12) for track in (shapes, visemes)]
    bent, said = shapes.weights.copy(), visemes.weights.copy()
    bent[during[0], ARKIT_INDEX["jawOpen"]] = 0.5
    for name in ("mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"):
        bent[during[0], ARKIT_INDEX[name]] = 0.0
    said[during[1]] = 0.0
    said[during[1], visemes.index["viseme_aa"]] = 0.8
    return replace(made, arkit=shapes.with_weights(bent), visemes=visemes.with_weights(said))


@pytest.fixture
def reviewed(spoken, speak, tmp_path, qtbot):
    """A playlist of two takes, the first of which leaves the lips open on a P; nothing of it is open."""
    window, projects, files = spoken, spoken.session.projects, [tmp_path / "L010.vstake", tmp_path / "L020.vstake"]
    qtbot.waitUntil(lambda: bool(window.session.state.speech.phones) and not window.session.workers.busy, timeout=SLOW_MS)
    projects.save(files[0], window.controls.scene.content())
    take = read_take(files[0], projects.bundled)
    phone = next(p for p in take.speech.phones if p.base == "P")
    lane = take.lanes["A"]
    raw, tuned = (with_open_lips(made, phone.start_s, phone.end_s) for made in (lane.raw, lane.tuned))
    write_take(files[0], replace(take, line="L010", lanes={**take.lanes, "A": replace(lane, raw=raw, tuned=tuned)}), projects.bundled)
    projects.leave()
    speak(window, "Bob may buy.")
    qtbot.waitUntil(lambda: not window.session.playback.playing and not window.session.workers.busy, timeout=SLOW_MS)
    projects.save(files[1], window.controls.scene.content())
    change_take(files[1], lambda review: replace(review, line="L020"))
    projects.leave()
    playlist = tmp_path / f"monday{ENDING}"
    write_playlist(playlist, Playlist().with_takes(files))
    return window, playlist, phone


# -- the steps


def open_playlist(window, playlist: Path, qtbot, drop) -> None:
    drop(window, playlist)
    qtbot.waitUntil(lambda: len(window.session.playlists.about) == 2 and window.widgets.playlist.list.count() == 2, timeout=SLOW_MS)
    assert window.session.playlists.path == playlist


def step(window, qtbot) -> None:
    with qtbot.waitSignal(window.session.projects.opened, timeout=SLOW_MS):
        press(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    settled(window, qtbot)


def go_to_fault(window, phone, qtbot):
    """Find the open lips in Check, and click on them."""
    lint, linting = window.widgets.lint, window.session.linting
    window.controls.tools.open(lint)

    def here():
        return [f for f in linting.findings if f.rule == "open-lips" and f.time_s == pytest.approx(phone.start_s, abs=1e-3)]

    qtbot.waitUntil(lambda: bool(here()), timeout=SLOW_MS)
    item = lint.list.item(lint.shown.index(here()[0]))
    assert "The lips stay open on P" in item.text() and here()[0].severity == "error"
    lint.list.scrollToItem(item)
    QTest.mouseClick(lint.list.viewport(), LEFT, pos=lint.list.visualItemRect(item).center())
    assert window.session.playback.now() == pytest.approx(phone.start_s, abs=1e-3)
    assert window.widgets.curves.picked == ["jawOpen", "mouthClose"]
    window.controls.loop.tick()
    assert window.session.state.rig.applied["viseme_aa"] == pytest.approx(0.8, abs=0.01), "and it is seen on the face"


def upper_lip(window) -> QPoint:
    """Where the upper lip is on the picture."""
    picture = window.controls.overlay.pictures.now()[0]
    avatar = picture.rig.avatar
    lip = mouth_of(avatar, head_of(avatar)) + np.array([0.0, UPPER_LIP_M, 0.0])
    seen = picture.camera.projection(picture.aspect) @ picture.camera.view_matrix() @ np.append(lip, 1.0)
    x, y = seen[:2] / seen[3]
    return QPoint(round((0.5 + x / 2) * picture.rect.width()), round((0.5 - y / 2) * picture.rect.height()))


def pin_and_draw(window, qtbot):
    """A note with words at the playhead, pinned on the lip, with an arrow to it."""
    overlay, widgets = window.controls.overlay, window.widgets
    widgets.preview.frame("face")
    press(window, Qt.Key.Key_N)
    qtbot.keyClicks(widgets.notes.form.text, WORDS)
    window.controls.fields.leave()
    lip = upper_lip(window)
    press(window, Qt.Key.Key_P)
    QTest.mouseClick(overlay, LEFT, pos=lip)
    press(window, Qt.Key.Key_D)
    QTest.mouseClick(widgets.pen_bar.button("arrow"), LEFT)
    QTest.mousePress(overlay, LEFT, pos=lip + QPoint(150, -100))
    for point in (lip + QPoint(90, -60), lip + QPoint(30, -16)):
        move = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), QPointF(overlay.mapToGlobal(point)), Qt.MouseButton.NoButton, LEFT, NONE
        )  # fmt: skip
        QApplication.sendEvent(overlay, move)
    QTest.mouseRelease(overlay, LEFT, pos=lip + QPoint(30, -16))
    press(window, Qt.Key.Key_Escape)
    note = window.session.notes.all[0]
    assert len(window.session.notes.all) == 1 and (note.text, note.side, note.phone) == (WORDS, "A", "P")
    assert note.point is not None and note.point.mesh == "Head_Mesh"
    assert [(s.kind, len(s.points)) for s in note.strokes] == [("arrow", 2)]
    window.controls.loop.tick()
    scene = window.controls.note_picture.scenes()[0]
    pin = scene.pins[0]
    assert (pin.x * scene.rect.width(), pin.y * scene.rect.height()) == pytest.approx((lip.x(), lip.y()), abs=1.5)
    assert len(scene.strokes) == 1 and widgets.notes.list.shown == [note] and widgets.note_lane.isVisible()


def say_and_point(window, qtbot, hover, tmp_path) -> None:
    """Record what is said while the pointer goes over the picture; the microphone hears the null sink."""
    t, file = np.arange(48000 * 20) / 48000, tmp_path / "hum.wav"
    write_wav(file, AudioClip((0.4 * np.sin(2 * np.pi * 330 * t)).astype(np.float32), 48000, "hum"))
    spoken, overlay, key = window.session.voice_notes, window.controls.overlay, (Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    with subprocess.Popen(["paplay", str(file)]) as hum:
        try:
            press(window, *key)
            assert spoken.recording and overlay.mode == "point" and window.widgets.notes.form.record.text() == "Stop"
            qtbot.waitUntil(lambda: spoken.at_s > 0.4 and spoken.level > 0.01, timeout=SLOW_MS)
            for x in (300, 400, 500):
                n, at_s = len(spoken._moves), spoken.at_s
                hover(overlay, QPoint(x, 220))
                qtbot.waitUntil(lambda n=n, at_s=at_s: len(spoken._moves) > n and spoken.at_s > at_s + 0.1, timeout=SLOW_MS)
            with qtbot.waitSignal(spoken.recorded, timeout=SLOW_MS):
                press(window, *key)
        finally:
            hum.terminate()
    note = window.session.notes.all[0]
    assert len(window.session.notes.all) == 1 and note.voice and len(note.pointer) >= 3 and note.text == WORDS
    heard = read_clip(window.session.notes.media.file_of(note.voice))
    assert heard.duration_s > 0.4 and np.abs(heard.samples).max() > 0.05
    assert window.widgets.notes.form.play.isVisible()


def hand_off(window, qtbot, monkeypatch, out: Path) -> dict:
    """Write the package -> what its review page holds."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(out), ""))
    with qtbot.waitSignal(window.session.hand_off.written, timeout=8 * SLOW_MS):
        window.widgets.actions["pack"].trigger()
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        page = next(archive.read(name).decode() for name in names if name.endswith(".html"))
        (Path(out.parent) / "sent.vstake").write_bytes(next(archive.read(name) for name in names if name.endswith(".vstake")))
    assert {"mp4", "vstake", "html", "png"} <= {name.rpartition(".")[2] for name in names}
    sent = read_take(out.parent / "sent.vstake", window.session.projects.bundled)
    assert sent.notes == window.session.notes.all and sent.id == window.session.projects.review.id and sent.line == "L010"
    former = window.session.projects.take
    assert sent.lanes["A"].source == former.lanes["A"].source and sent.thumbnail == former.thumbnail
    return json.loads(re.search(r'id="take">(.*?)</script>', page, re.DOTALL)[1])


def answered(data: dict, file: Path) -> Path:
    """What the page saves after somebody answered the note and called it addressed."""
    notes, damaged = notes_of(data["notes"])
    assert not damaged and [note.text for note in notes] == [WORDS]
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)).isoformat(timespec="seconds")
    note = replace(notes[0], status="addressed", changed=later, replies=[Reply("r1", "Bo", later, ANSWER)])
    file.write_text(json.dumps(document(data["take"]["id"], data["take"]["line"], [note], "in review")), "utf-8")
    return file


def take_in(window, file: Path, monkeypatch, said: str) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(file), ""))
    window.widgets.actions["take_notes"].trigger()
    assert said in told(window)
    see_answer(window)


def see_answer(window) -> None:
    """The note is there once, with all that it has, in the session and on the widgets."""
    notes, widgets = window.session.notes, window.widgets
    assert [(note.text, note.status, [reply.text for reply in note.replies]) for note in notes.all] == [(WORDS, "addressed", [ANSWER])]
    note, form = notes.all[0], widgets.notes.form
    assert note.point is not None and [s.kind for s in note.strokes] == ["arrow"] and len(note.pointer) >= 3
    assert read_clip(notes.media.file_of(note.voice)).duration_s > 0.4
    window.controls.noting.open(note.id)
    window.controls.loop.tick()
    assert widgets.notes.list.shown == [note] and form.text.toPlainText() == WORDS and form.status.currentData() == "addressed"
    assert form.replies.isVisible() and form.replies.text() == f"↳ Bo: {ANSWER}" and form.play.isVisible()
    scene = window.controls.note_picture.scenes()[0]
    assert len(scene.pins) == 1 and len(scene.strokes) == 1 and widgets.note_lane.isVisible()


def approve(window, file: Path, playlist: Path, qtbot) -> None:
    """Say that the take is good, and save it."""
    press(window, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    assert window.session.projects.review.status == "approved" and read_about(file).review.status == "approved"
    assert [entry.status for entry in read_playlist(playlist).entries] == ["approved", "to do"]
    assert window.session.projects.dirty, "the note is not saved yet"
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not window.session.projects.dirty and not window.isWindowModified()
    kept = read_about(file).review
    assert kept.status == "approved" and list(kept.notes) == list(window.session.notes.all)
    qtbot.waitUntil(lambda: window.widgets.playlist.list.item(0).text() == "▸ L010\napproved · 1 note, none open", timeout=SLOW_MS)


def test_a_review_from_the_playlist_to_the_approval(reviewed, open_window, qtbot, *, drop, hover, monkeypatch, tmp_path, shoot):
    window, playlist, phone = reviewed
    file = tmp_path / "L010.vstake"
    open_playlist(window, playlist, qtbot, drop)
    step(window, qtbot)
    assert window.session.projects.path == file and window.session.state.sides["A"].kept and not window.session.notes.all
    assert window.widgets.playlist.list.item(0).text() == "▸ L010\nto do"
    go_to_fault(window, phone, qtbot)
    window.controls.loop.tick()
    shoot(window, "review_fault")
    pin_and_draw(window, qtbot)
    shoot(window, "review_note")
    say_and_point(window, qtbot, hover, tmp_path)
    saved = answered(hand_off(window, qtbot, monkeypatch, tmp_path / "hand-off.zip"), tmp_path / "notes.json")
    take_in(window, saved, monkeypatch, "One note came back")
    assert window.session.projects.review.status == "in review"
    take_in(window, saved, monkeypatch, "all of them were here already")
    shoot(window, "review_answer")
    approve(window, file, playlist, qtbot)
    step(window, qtbot)
    assert window.session.projects.path == tmp_path / "L020.vstake" and not window.session.notes.all
    assert window.widgets.notes.list.shown == [] and window.widgets.playlist.list.item(0).text().startswith("L010\napproved")
    window.close()
    window = open_window(DEFAULT_AVATAR)
    open_playlist(window, playlist, qtbot, drop)
    assert window.widgets.playlist.list.item(0).text() == "L010\napproved · 1 note, none open"
    assert window.widgets.playlist.list.item(1).text() == "L020\nto do"
    step(window, qtbot)
    assert window.session.projects.path == file and window.session.projects.review.status == "approved"
    see_answer(window)
    window.controls.tools.open(window.widgets.playlist)
    assert (
        window.widgets.playlist.statuses["approved"].isChecked() and window.widgets.playlist.summary.text() == "monday: 1 to do, 1 approved"
    )
    shoot(window, "review_again")
