"""Films, frames, stills and sheets from the window: what is asked, the queue, and what is cancelled."""

from __future__ import annotations

import threading

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from app.core.lips import lip_opening
from app.render.output import encoders
from app.render.output.ffmpeg import VARIABLE
from app.ui.pictures.picture_dialog import KINDS, PictureDialog

pytestmark = pytest.mark.gui
SLOW_MS = 120_000


@pytest.fixture
def folder(tmp_path):
    """An empty one; settings lie beside it."""
    made = tmp_path / "exports"
    made.mkdir()
    return made


def pixels(path) -> np.ndarray:
    """A picture that was written."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def states(session) -> list[str]:
    """How far each entry of the queue is."""
    return [entry.state for entry in session.export.queue.entries]


def test_several_exports_are_written_one_after_the_other(spoken, qtbot, folder, shoot):
    """The list shows each with its progress; one that waits is cancelled, and the others are written."""
    session, films = spoken.session, spoken.controls.files.films
    session.counting.set_rate(25.0)
    session.counting.set_start("10:00:00:00")
    look = {"width": 160, "height": 96, "fps": 12.0}
    session.export.video(folder / "one.mp4", **look)
    session.export.video(folder / "two.mov", burn_in=True, curves=True, **look)
    session.export.video(folder / "never.mp4", **look)
    session.export.video(folder / "frame.##.png", "frames", width=64, height=48, fps=5.0)
    session.export.video(folder / "sheet.png", "visemes", width=300, height=1)
    assert states(session) == ["running", "waiting", "waiting", "waiting", "waiting"]
    films.open_list()
    qtbot.mouseClick(films.rows[3].cross, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: films.rows[1].bar.value() > 0, timeout=SLOW_MS)
    shoot(films, "exports")
    qtbot.waitUntil(lambda: all(entry.is_over for entry in session.export.queue.entries), timeout=SLOW_MS)
    assert states(session) == ["done", "done", "cancelled", "done", "done"], [e.sentence for e in session.export.queue.entries]
    assert sorted(path.suffix for path in folder.iterdir()) == [".mov", ".mp4", *[".png"] * (len(list(folder.glob("frame.*"))) + 1)]
    with av.open(str(folder / "two.mov")) as film:
        assert film.streams.video[0].metadata["timecode"] == "10:00:00:00"
    assert pixels(folder / "sheet.png").std() > 8
    films.clear.click()
    assert not films.rows and films.empty.isVisible()
    films.close()


def test_a_running_one_is_cancelled_and_the_next_begins(spoken, qtbot, folder):
    session = spoken.session
    session.export.video(folder / "long.mp4", width=320, height=240, fps=60.0)
    session.export.video(folder / "still.png", "still", width=120, height=90, time_s=0.4)
    qtbot.waitUntil(lambda: session.export.queue.entries[0].progress > 0, timeout=SLOW_MS)
    session.export.queue.cancel(1)
    qtbot.waitUntil(lambda: session.export.queue.entries[1].is_over, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert states(session) == ["cancelled", "done"]
    assert [path.name for path in folder.iterdir()] == ["still.png"]


def test_escape_gives_up_what_runs_and_what_waits(spoken, qtbot, folder):
    session = spoken.session
    for name in ("one.mp4", "two.mp4"):
        session.export.video(folder / name, width=320, height=240, fps=60.0)
    qtbot.waitUntil(lambda: session.export.queue.entries[0].progress > 0, timeout=SLOW_MS)
    session.workers.stop_all()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert states(session) == ["cancelled", "cancelled"] and not list(folder.iterdir())


def test_the_dialog_asks_for_what_there_is(spoken, monkeypatch, folder, qtbot):
    """A still of the present frame, through the dialog, at the place of the playhead."""
    session, asked = spoken.session, []

    def choose(dialog):
        assert dialog.sides == ("A",) and dialog.ending == ".mp4"
        for i, (_, kind, _) in enumerate(KINDS):
            dialog.kind_box.setCurrentIndex(i)
            if kind == "before-after":
                assert not dialog.sides and "tune this one" in dialog.note.text()
        dialog.kind_box.setCurrentIndex(3)
        dialog.burn_in.setChecked(True)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(PictureDialog, "exec", choose)
    monkeypatch.setattr("app.ui.window.files.ask_save", lambda _window, _title, proposal, _kind: asked.append(proposal) or folder / "s.png")
    session.playback.seek(0.5)
    with qtbot.waitSignal(session.export.written, timeout=SLOW_MS):
        spoken.widgets.actions["save_video"].trigger()
    assert asked[0].name == "maybe-my-puppy-barks-still.png"
    assert pixels(folder / "s.png").shape == (720, 1280, 3)


def test_raw_and_tuned_are_set_side_by_side_at_the_marks(spoken, qtbot, folder):
    session = spoken.session
    spoken.widgets.tuning.row("intensity").edited.emit(1.8)
    session.marks.restore(())
    raw = session.state.sides["A"].tuned.arkit
    halves = np.array_split(lip_opening(raw.weights), 2)
    for first, half in ((0, halves[0]), (len(halves[0]), halves[1])):
        session.marks.add(float(raw.times_s[first + np.argmax(half)]))
    moments = tuple(mark.time_s for mark in session.marks.all)
    with qtbot.waitSignal(session.export.written, timeout=SLOW_MS):
        session.export.video(folder / "pair.png", "before-after", ("raw", "A"), width=500, moments_s=moments, framing="mouth")
    sheet = pixels(folder / "pair.png").astype(int)
    cell = (500 - 6) // 2 - 6
    assert sheet.shape[0] > 2 * cell and np.abs(sheet[40:200, 6 : 6 + cell] - sheet[40:200, 12 + cell : 12 + 2 * cell]).mean() > 0.5


MISFITS = (
    ("film.avi", "film", ".mp4 or .mov"), ("still.jpg", "still", "ends in .png"), ("pair.png", "before-after", "two motions"),
    ("face.png", "frames", "face.%04d.png"),
)  # fmt: skip


def test_what_cannot_be_written_is_said(spoken, qtbot, folder):
    for name, kind, words in MISFITS:
        with qtbot.waitSignal(spoken.session.messages.failed, timeout=SLOW_MS) as told:
            spoken.session.export.video(folder / name, kind)
        assert words in told.args[0] and not list(folder.iterdir())


def test_the_dialog_says_who_will_encode_the_film(spoken, qtbot, shoot, monkeypatch):
    """H.264 where this machine can, else what the film will be instead and who cannot watch it; only of an MP4."""
    opens, h264 = encoders.opens, (encoders.LIBRARY, *encoders.CARDS)
    found = {"thread": threading.current_thread(), "h264": True}

    def opened(encoder, size):
        found["thread"] = threading.current_thread()
        return (encoder not in h264 or found["h264"]) and opens(encoder, size)

    monkeypatch.setattr(encoders, "opens", opened)
    monkeypatch.setenv(VARIABLE, "off")
    encoders.film_encoder.cache_clear()
    dialog = PictureDialog("A", False, 30.0, spoken.session.export.encoders, spoken)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.encoder.text() == "H.264 by libx264.")
    assert found["thread"] is not threading.main_thread() and dialog.kind_box.currentText() == KINDS[0][0]
    found["h264"] = False
    dialog.size_box.setCurrentIndex(2)
    qtbot.waitUntil(lambda: dialog.encoder.text().startswith("AV1: players older than 2019"))
    assert dialog.encoder.text().endswith("install ffmpeg for H.264.") and "AV1 and AAC" in dialog.kind_box.currentText()
    shoot(dialog, "export-av1")
    dialog.kind_box.setCurrentIndex(1)
    assert not dialog.encoder.isVisible() and dialog.buttons.geometry().bottom() < dialog.height()
    dialog.reject()
    encoders.film_encoder.cache_clear()
