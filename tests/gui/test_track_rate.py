"""A track says where its rate comes from; the user can overrule it; readers' warnings are seen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track
from app.formats.track_file import SIDES_SWAPPED

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.fixture
def capture(tmp_path):
    """Two seconds of an opening jaw at 30 fps as a Live Link Face CSV."""
    weights = np.zeros((60, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 60)
    path = tmp_path / "capture.csv"
    write_track(path, BlendshapeTrack(weights, 30.0))
    return path


def test_a_track_tells_its_rate_and_is_read_at_another(window, qtbot, drop, capture, jaw_at):
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS) as opened:
        drop(window, capture)
    banner = window.widgets.preview.banner
    assert opened.args[2] == 30.0 and banner.isVisible()
    assert "capture.csv: 30 fps from 60 timecodes" in banner.text.text()
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    assert jaw_at(window, 1.0) == pytest.approx(0.4, abs=0.03)
    assert window.session.playback.duration_s == pytest.approx(2.0, abs=0.05)
    qtbot.mouseClick(banner._offer_row.itemAt(0).widget() if banner.offers.isVisible() else banner.action, Qt.MouseButton.LeftButton)
    dialog = window.controls.rate.dialog
    assert dialog.rate.value() == 30.0
    dialog.rate.selectAll()
    qtbot.keyClicks(dialog.rate, "60")
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS) as opened:
        dialog.accept()
    assert opened.args[2] == 60.0
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    assert window.session.playback.duration_s == pytest.approx(1.0, abs=0.05), "the silence is as long as the track"
    assert jaw_at(window, 0.5) == pytest.approx(0.4, abs=0.03)


def test_what_a_reader_doubts_is_seen(window, qtbot, drop, tmp_path):
    path = tmp_path / "short.csv"
    names = [name[0].upper() + name[1:] for name in ARKIT_CHANNELS[:40]]
    rows = [f"00:00:00:{i:02d}.000,40," + ",".join(["0.1"] * 40) for i in range(30)]
    path.write_text("\n".join([f"Timecode,BlendshapeCount,{','.join(names)}", *rows]))
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS) as opened:
        drop(window, path)
    assert any("lacks 12 of the 52 channels" in sentence for sentence in opened.args[1])
    window.controls.rate.ask(path, opened.args[1], opened.args[2])
    dialog = window.controls.rate.dialog
    texts = [label.text() for label in dialog.findChildren(type(window.widgets.transport.rest))]
    assert all(sentence in texts for sentence in opened.args[1])
    dialog.reject()


def test_a_track_whose_sides_look_swapped_is_repaired_with_a_click(window, qtbot, drop, tmp_path, shots):
    swing = (0.3 + 0.3 * np.sin(np.arange(240) / 9)).astype(np.float32)
    weights = np.zeros((240, 52), np.float32)
    for name in ("mouthLeft", "jawLeft", "mouthSmileLeft", "mouthStretchLeft"):
        weights[:, ARKIT_INDEX[name]] = swing
    path = tmp_path / "swapped.csv"
    write_track(path, BlendshapeTrack(weights, 60.0))
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS):
        drop(window, path)
    banner = window.widgets.preview.banner
    assert "look swapped" in banner.text.text() and "r = 1.00" in banner.text.text()
    window.grab().save(str(shots / "sides-look-swapped.png"))
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS) as opened:
        qtbot.mouseClick(banner._offer_row.itemAt(0).widget(), Qt.MouseButton.LeftButton)
    assert opened.args[1][-1] == SIDES_SWAPPED and not opened.args[4]
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    shown = window.session.state.shown_side.tuned.arkit
    assert shown.column("jawRight").max() > 0.5 and shown.column("jawLeft").max() == 0.0
    window.controls.rate.ask(path, opened.args[1], opened.args[2])
    dialog = window.controls.rate.dialog
    assert dialog.swap.isChecked()
    dialog.grab().save(str(shots / "how-the-track-is-read.png"))
    dialog.swap.setChecked(False)
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS) as opened:
        dialog.accept()
    assert opened.args[4] and opened.args[2] == 60.0


def test_a_track_on_another_side_tells_of_itself_once(spoken, qtbot, capture):
    said = []
    spoken.session.messages.noticed.connect(said.append)
    spoken.session.comparing.set_source("B", f"file:{capture}")
    qtbot.waitUntil(lambda: any("30 fps from 60 timecodes" in sentence for sentence in said), timeout=SLOW_MS)
    spoken.session.motion.animate_all()
    qtbot.waitUntil(lambda: not spoken.session.workers.busy, timeout=SLOW_MS)
    assert sum("Side B" in sentence for sentence in said) == 1
