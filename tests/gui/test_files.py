"""Opening, dropping, refusing and writing files."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.desktop import DEFAULT_AVATAR
from app.formats.registry import read_track
from app.ui.compare.side_row import SideRow

pytestmark = pytest.mark.gui
SLOW_MS = 120_000


def test_a_broken_avatar_is_a_banner_and_the_old_one_stays(window, qtbot, tmp_path, drop, shoot):
    """One sentence, dismissable, no dialog; the avatar on show still moves."""
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF\x02\x00\x00\x00" + bytes(40))
    rig = window.session.state.rig
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS) as failed:
        drop(window, broken)
    banner = window.widgets.preview.banner
    assert banner.isVisible() and banner.is_error and "broken" in banner.text.text()
    assert failed.args[0].count(".") >= 1 and "Traceback" not in failed.args[0]
    assert window.session.state.rig is rig and window.widgets.preview.view.rig is rig
    shoot(window, "error")
    qtbot.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_an_unknown_kind_is_refused(window, qtbot, drop, tmp_path):
    """The sentence names what can be opened."""
    stray = tmp_path / "notes.txt"
    stray.write_text("hello")
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS):
        drop(window, stray)
    assert "GLB" in window.widgets.preview.banner.text.text()


def test_an_avatar_dropped_is_shown(window, qtbot, shared, drop, speak):
    """Another avatar takes the stage and speaks."""
    with qtbot.waitSignal(window.session.state.avatar_changed, timeout=SLOW_MS):
        drop(window, shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb")
    assert window.session.state.rig.has_arkit and "brunette" in window.widgets.speak_bar.avatar.currentText()
    speak(window, "Brown bears bring blueberries.")
    qtbot.waitUntil(lambda: window.session.playback.now() > 0.5, timeout=SLOW_MS)
    assert window.session.state.rig.applied


def test_an_avatar_that_holds_motion_offers_it(window, qtbot, shared, drop, shoot):
    """Dropped, it is an avatar; one click plays what it holds."""
    with qtbot.waitSignal(window.session.state.avatar_changed, timeout=SLOW_MS):
        drop(window, shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb")
    banner = window.widgets.preview.banner
    assert "facecap_gltfpack_meshopt_ktx2.glb holds 11.2 s of a face's motion too." in banner.text.text()
    shoot(window, "avatar-with-motion")
    with qtbot.waitSignal(window.session.state.source_changed, timeout=SLOW_MS):
        qtbot.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    assert "facecap" in window.widgets.speak_bar.source.currentText()
    assert window.session.state.sides["A"].tuned.arkit.column("jawOpen").max() > 0.1


def test_an_avatar_with_visemes_only_moves_and_says_so(spoken, qtbot, shared, drop, shoot):
    """No ARKit shapes: the caption and the curves say it, the visemes move it."""
    with qtbot.waitSignal(spoken.session.state.avatar_changed, timeout=SLOW_MS):
        drop(spoken, shared / "data" / "avatars" / "rpm_forbiddenforge_visemes_only.glb")
    assert "visemes only" in spoken.widgets.preview.caption.text()
    assert "visemes" in spoken.widgets.curves.note.text()
    spoken.session.playback.seek(0.5)
    spoken.controls.loop.tick()
    assert any(name.startswith("viseme_") and value > 0.05 for name, value in spoken.session.state.rig.applied.items())
    shoot(spoken, "visemes-only")


def test_a_recording_gets_phones_and_then_a_transcript(window, qtbot, recording, drop, shoot):
    """Recognised first, and said so; exact words on request."""
    with qtbot.waitSignal(window.session.speeches.phones_guessed, timeout=SLOW_MS):
        drop(window, recording)
    banner = window.widgets.preview.banner
    assert banner.isVisible() and banner.action.text() == "Transcript…"
    assert window.session.state.speech.phones
    shoot(window, "recording")
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    with qtbot.waitSignal(window.session.state.speech_changed, timeout=SLOW_MS):
        window.session.speeches.set_transcript("Bob may buy a map.")
    words = {phone.word.lower() for phone in window.session.state.speech.phones if phone.word}
    assert {"bob", "may", "buy", "map"} <= words
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    assert np.ptp(window.session.state.sides["A"].tuned.arkit.column("jawOpen")) > 0.1


def test_a_transcript_that_does_not_fit_keeps_the_old_phones(window, qtbot, recording, drop):
    """A failed alignment is a sentence; nothing is lost."""
    with qtbot.waitSignal(window.session.speeches.phones_guessed, timeout=SLOW_MS):
        drop(window, recording)
    phones = window.session.state.speech.phones
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    with qtbot.waitSignal(window.session.messages.failed, timeout=SLOW_MS):
        window.session.speeches.set_transcript("  ")
    assert window.session.state.speech.phones == phones


def test_a_track_written_is_a_track_read(spoken, qtbot, tmp_path, drop):
    """Ctrl+S's work round trips, and dropping the file plays it."""
    path = tmp_path / "take.csv"
    before = spoken.session.state.sides["A"].tuned.arkit
    with qtbot.waitSignal(spoken.session.export.written, timeout=SLOW_MS):
        spoken.session.export.track(path)
    assert "take.csv" in spoken.widgets.preview.banner.text.text()
    read = read_track(path)
    assert len(read) == len(before)
    assert np.abs(read.column("jawOpen") - before.column("jawOpen")).max() < 1e-4
    with qtbot.waitSignal(spoken.session.state.source_changed, timeout=SLOW_MS):
        drop(spoken, path)
    qtbot.waitUntil(lambda: not spoken.session.workers.busy, timeout=SLOW_MS)
    assert "take.csv" in spoken.widgets.speak_bar.source.currentText()
    shown = spoken.session.state.sides["A"].tuned.arkit
    assert np.abs(shown.column("jawOpen")[: len(read)] - read.column("jawOpen")[: len(shown)]).max() < 0.02


def test_a_track_alone_plays_in_silence(window, qtbot, tmp_path, drop, spoken_track):
    """Without any sound the track's own length is played."""
    with qtbot.waitSignal(window.session.state.source_changed, timeout=SLOW_MS):
        drop(window, spoken_track)
    qtbot.waitUntil(lambda: window.session.state.sides["A"].tuned is not None and not window.session.workers.busy, timeout=SLOW_MS)
    assert window.session.playback.duration_s == pytest.approx(0.5, abs=0.02)
    assert not window.session.state.speech.audio.samples.any()


def test_video_is_written_with_progress(spoken, qtbot, tmp_path):
    """A small film in a process of its own, while the window lives."""
    path = tmp_path / "film.mp4"
    seen = []
    spoken.session.workers.progress_changed.connect(lambda task, fraction: seen.append(fraction) if task == "video" else None)
    with qtbot.waitSignal(spoken.session.export.written, timeout=SLOW_MS):
        spoken.session.export.video(path, width=160, height=120, fps=12.0)
    assert path.stat().st_size > 1000
    rising = [fraction for fraction in seen if 0 < fraction < 1]
    assert rising == sorted(rising) and len(rising) >= 5


def test_a_cancelled_video_leaves_nothing(spoken, qtbot, tmp_path):
    """Cancel stops the process and removes what it had begun."""
    session = spoken.session
    with qtbot.waitSignal(session.workers.progress_changed, timeout=SLOW_MS, check_params_cb=lambda task, f: task == "video" and f > 0):
        session.export.video(tmp_path / "film.mp4", width=320, height=240, fps=60.0)
    session.workers.stop_all()
    qtbot.waitUntil(lambda: not session.workers.leaving, timeout=SLOW_MS)
    assert not list(tmp_path.glob("film*"))


def test_nothing_to_write_is_said(window):
    """Export before anything was said."""
    window.widgets.actions["save_track"].trigger()
    assert "no animation yet" in window.widgets.preview.banner.text.text()


def test_a_broken_first_avatar_leaves_the_bundled_one(open_window, qtbot, tmp_path):
    broken = tmp_path / "broken.glb"
    broken.write_bytes(DEFAULT_AVATAR.read_bytes()[:3000])
    window = open_window(broken)
    assert window.widgets.preview.banner.isVisible() and "cut off" in window.widgets.preview.banner.text.text()
    assert window.session.state.avatar_path == DEFAULT_AVATAR and window.session.voices.engine is not None


def test_what_inspect_reads_the_window_opens(window, qtbot, tmp_path, drop, monkeypatch):
    """The ending .vrm: dropped, in the picker, among the recent files, and in every dialog's filter."""
    avatar = tmp_path / "friend.vrm"
    shutil.copy(DEFAULT_AVATAR, avatar)
    with qtbot.waitSignal(window.session.state.avatar_changed, timeout=SLOW_MS):
        drop(window, avatar)
    assert window.session.state.avatar_path == avatar
    assert "friend" in [name for name, _ in window.widgets.speak_bar.offered_avatars()]
    window.controls.files.fill_recent(window.widgets.recent_menu)
    assert "friend.vrm" in [action.text() for action in window.widgets.recent_menu.actions()]
    filters = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args, **_: (filters.append(args[-1]), ("", ""))[1])
    window.controls.files.ask_open("avatar")
    window.controls.files.ask_open()
    row = SideRow("B")
    qtbot.addWidget(row)
    row.show_avatar(None, [])
    row.avatar.activated.emit(row.avatar.count() - 1)
    assert len(filters) == 3 and all("*.vrm" in offered for offered in filters)
