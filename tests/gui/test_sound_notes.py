"""What was noticed in a sound is said with a choice; the head of a capture turns the avatar's when it is wanted."""

from __future__ import annotations

import av
import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.core.arkit import ARKIT_INDEX
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track

pytestmark = pytest.mark.gui
SLOW_MS = 60_000


@pytest.fixture
def two_speakers(tmp_path, recorded):
    """One voice on the left, then another, deeper one on the right."""
    left = recorded.samples
    right = np.interp(np.arange(0, len(left), 0.8), np.arange(len(left)), left).astype(np.float32)
    both = np.zeros((len(left) + len(right), 2), np.float32)
    both[: len(left), 0], both[len(left) :, 1] = left, right
    path = tmp_path / "interview.wav"
    soundfile.write(path, both, recorded.rate)
    return path


def test_a_speaker_is_chosen_by_its_channel(window, qtbot, drop, two_speakers, recorded):
    speeches, banner = window.session.speeches, window.widgets.preview.banner
    with qtbot.waitSignal(speeches.noticed, timeout=SLOW_MS) as noticed:
        drop(window, two_speakers)
    (note,) = [note for note in noticed.args[1] if note.kind == "two_speakers"]
    assert "interview.wav" in banner.text.text() and note.sentence in banner.text.text()
    qtbot.waitUntil(lambda: not window.session.workers.busy, timeout=SLOW_MS)
    window.controls.sound_notes.ask(two_speakers, note)
    question = window.controls.sound_notes.question
    question.findChild(QComboBox).setCurrentText("left")
    with qtbot.waitSignal(window.session.state.sound_changed, timeout=SLOW_MS):
        question.accept()
    heard = window.session.state.speech.audio.samples
    half = len(recorded.samples)
    assert np.allclose(heard[:half], recorded.samples, atol=1e-3) and np.abs(heard[half + 100 :]).max() < 1e-3


@pytest.fixture
def turning(tmp_path):
    """Two seconds of a head that turns while the jaw opens."""
    weights = np.zeros((60, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 60)
    angles = np.zeros((60, 3), np.float32)
    angles[:, 0] = np.linspace(0.0, 0.5, 60)
    path = tmp_path / "turning.csv"
    write_track(path, BlendshapeTrack(weights, 30.0, side=SideChannels(("HeadYaw", "HeadPitch", "HeadRoll"), angles)))
    return path


def test_the_head_of_a_track_turns_the_avatars_when_it_is_wanted(window, qtbot, drop, turning):
    """By a key, remembered, and never part of what another avatar does."""
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS):
        drop(window, turning)
    qtbot.waitUntil(lambda: not window.session.workers.busy and window.session.state.rig is not None, timeout=SLOW_MS)
    window.widgets.actions["life"].trigger()
    rig = window.session.state.rig

    def nose_at(t: float) -> np.ndarray:
        window.session.posing.pose(t)
        return np.concatenate([part.positions for part in rig.parts if part.source.targets is not None]).mean(axis=0)

    straight = nose_at(1.9)
    assert np.allclose(straight[0], nose_at(0.0)[0], atol=2e-3)
    qtbot.keyClick(window.widgets.preview, Qt.Key.Key_H)
    assert window.session.posing.follows_head
    turned = nose_at(1.9)
    assert abs(turned[0] - straight[0]) > 0.01, "half a radian moves the front of the face by centimetres"
    assert np.allclose(nose_at(0.0)[0], straight[0], atol=2e-3)
    window.remember()
    assert window.settings.picture.head


def last_picture(path) -> np.ndarray:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)][-2].astype(np.int16)


def test_a_film_turns_its_head_where_the_window_does(window, qtbot, drop, turning, tmp_path):
    """What is reviewed is what is written."""
    with qtbot.waitSignal(window.session.sources.track_opened, timeout=SLOW_MS):
        drop(window, turning)
    qtbot.waitUntil(lambda: not window.session.workers.busy and window.session.state.rig is not None, timeout=SLOW_MS)
    pictures = {}
    for name in ("still", "turned"):
        with qtbot.waitSignal(window.session.export.written, timeout=SLOW_MS):
            window.session.export.video(tmp_path / f"{name}.mp4", width=160, height=160, fps=4.0)
        pictures[name] = last_picture(tmp_path / f"{name}.mp4")
        window.widgets.actions["head"].trigger()
    assert (np.abs(pictures["still"] - pictures["turned"]).max(axis=2) > 24).mean() > 0.03
