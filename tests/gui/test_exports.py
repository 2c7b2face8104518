"""Export track…: every format, what it leaves out, the one of last time; and files of any name that are dropped."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.core.arkit import ARKIT_INDEX
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.registry import WRITTEN, decode_track, write_track
from app.settings import Settings

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.fixture
def turning() -> BlendshapeTrack:
    """A second of a jaw that opens and a head that turns."""
    weights, angles = np.zeros((30, 52), np.float32), np.zeros((30, 3), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 30)
    angles[:, 0] = np.linspace(0.0, 0.5, 30)
    return BlendshapeTrack(weights, 30.0, side=SideChannels(("HeadYaw", "HeadPitch", "HeadRoll"), angles))


@pytest.fixture
def dropped(window, qtbot, drop):
    """Drops a file on the window and waits until it moves the face; the window."""

    def do(path):
        with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS):
            drop(window, path)
        qtbot.waitUntil(lambda: window.session.state.shown_side.tuned is not None and not window.session.workers.busy, timeout=SLOW_MS)
        return window

    return do


def test_a_track_is_written_in_the_format_that_is_picked(qtbot, dropped, turning, shoot, request):
    """The list has them all, says before what is lost and after what was lost, completes the name and remembers."""
    tmp_path, monkeypatch = request.getfixturevalue("tmp_path"), request.getfixturevalue("monkeypatch")
    source = tmp_path / "turning.csv"
    write_track(source, turning)
    window = dropped(source)
    files = window.controls.files
    window.widgets.actions["save_track"].trigger()
    dialog = files.tracks.dialog
    assert dialog.dialect.key == "livelink" and set(dialog.list._items) == {each.key for each in WRITTEN}
    qtbot.waitUntil(lambda: "keeps everything" in dialog.words.text(), timeout=SLOW_MS)
    dialog.list.pick("a2f")
    qtbot.waitUntil(lambda: "HeadYaw" in dialog.words.text(), timeout=SLOW_MS)
    assert dialog.facts.text().startswith(".a2f.csv, ") and dialog.facts.text().endswith(" kB")
    QTest.qWait(20)
    shoot(dialog, "export-formats")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    with qtbot.waitSignal(window.session.export.written, timeout=SLOW_MS):
        dialog.accept()
    told = window.widgets.preview.banner.text.text()
    assert "Wrote out.a2f.csv." in told and "HeadYaw" in told
    assert decode_track((tmp_path / "out.a2f.csv").read_bytes(), "out").dialect == "Audio2Face-3D CSV"
    window.remember()
    assert Settings.load().exports.format == "a2f"
    window.widgets.actions["save_track"].trigger()
    assert files.tracks.dialog.dialect.key == "a2f"
    files.tracks.dialog.reject()


def test_any_name_is_read_by_its_content_and_its_head_is_offered(window, dropped, turning, tmp_path):
    """Three formats under names that say nothing; the first one's head turns the avatar's when that is wanted."""
    capture, omniverse, rhubarb = tmp_path / "capture.take", tmp_path / "face.txt", tmp_path / "mouth"
    write_track(tmp_path / "capture.csv", turning)
    (tmp_path / "capture.csv").rename(capture)
    dropped(capture)
    banner = window.widgets.preview.banner
    assert "turns the head (yaw 29" in banner.text.text() and not window.session.posing.follows_head
    next(button for button in banner.offers.findChildren(QPushButton) if button.text() == "Let it turn them").click()
    assert window.session.posing.follows_head and window.widgets.actions["head"].isChecked() and not banner.isVisible()
    rows = [[0.0] * 52 for _ in range(30)]
    names = list(ARKIT_INDEX)
    omniverse.write_text(
        json.dumps({"exportFps": 30, "trackPath": "", "numPoses": 52, "numFrames": 30, "facsNames": names, "weightMat": rows})
    )
    dropped(omniverse)
    assert "30 fps" in banner.text.text() and "head" not in banner.text.text()
    rhubarb.write_text(json.dumps({"metadata": {"duration": 0.5}, "mouthCues": [{"start": 0.0, "end": 0.5, "value": "D"}]}))
    dropped(rhubarb)
    assert "mouth" in window.widgets.speak_bar.source.currentText()
