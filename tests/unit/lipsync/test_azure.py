"""Azure's own lanes: viseme IDs and blendshapes as they come, with everything that is odd about them."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, VISEME_INDEX
from app.core.errors import SourceError
from app.core.speech import FACIAL_VALUES, AudioClip, FacialFrames, Phone, Speech, VisemeEvent
from app.core.track import concatenate
from app.core.visemes import VISEMESYNC_TABLE
from app.lipsync.azure import FACIAL_CHANNELS, AzureBlendshapes, AzureVisemes, blendshapes_missing, visemes_missing
from app.lipsync.viseme_lanes import DISPLAY_FPS

SOUND = AudioClip(np.zeros(24000, np.float32), 24000)
#: the first row of a chunk with FrameIndex 249 that somebody published
ROW = (
    0.423, 0.215, 0, 0.008, 0, 0.208, 0, 0.423, 0.214, 0.119, 0, 0, 0.208, 0, 0.05, 0.021, 0, 0.172, 0.132, 0.116, 0.065, 0.008, 0.003,
    0.005, 0.015, 0.018, 0.012, 0.042, 0.039, 0.092, 0.074, 0.055, 0.044, 0.014, 0.075, 0.017, 0.018, 0.178, 0.173, 0.015, 0.015, 0.076,
    0.076, 0.106, 0, 0, 0.016, 0.041, 0.044, 0.029, 0.029, 0, 0.015, 0, 0.005,
)  # fmt: skip


def made(source, speech):
    """All of it as one animation."""
    return concatenate(list(source.generate(speech, threading.Event())))


def facial(*chunks: FacialFrames) -> Speech:
    """A second of silence with frames."""
    return Speech(SOUND, facial=chunks)


def frames(count: int, first: int = 0, value: float = 0.5) -> FacialFrames:
    """Frames of one value throughout."""
    return FacialFrames(np.full((count, FACIAL_VALUES), value, np.float32), first)


@pytest.mark.parametrize("viseme_id", range(22))
def test_every_id_shows_the_viseme_of_visemesyncs_table(viseme_id):
    """An ID is no index: 21 closes the lips, 1 opens the mouth."""
    speech = Speech(SOUND, visemes=(VisemeEvent(viseme_id, 0.0), VisemeEvent(6, 0.8)))
    shown = made(AzureVisemes("visemesync"), speech).visemes.weights[40]
    assert shown.argmax() == VISEME_INDEX[VISEMESYNC_TABLE[viseme_id]] and shown.max() == pytest.approx(0.8, abs=0.01)


def test_visemesyncs_smoothing_is_followed_exactly():
    """0.15 of the way per display frame towards 0.8."""
    track = made(AzureVisemes("visemesync"), Speech(SOUND, visemes=(VisemeEvent(2, 0.0),))).visemes
    wanted = 0.8 * (1 - 0.85 ** np.arange(1, 61))
    assert DISPLAY_FPS == 60.0
    np.testing.assert_allclose(track.column("viseme_aa" if "viseme_aa" in track.channels else "aa"), wanted, atol=1e-6)


def test_the_recommended_profile_closes_the_lips_on_21_whatever_the_phones_say():
    """English phones of another aligner are not looked at."""
    events = (VisemeEvent(0, 0.0), VisemeEvent(2, 0.2), VisemeEvent(21, 0.45), VisemeEvent(2, 0.55), VisemeEvent(0, 0.8))
    alone = made(AzureVisemes(), Speech(SOUND, visemes=events))
    beside = made(AzureVisemes(), Speech(SOUND, visemes=events, phones=(Phone("AA1", 0.0, 1.0),)))
    assert np.array_equal(alone.arkit.weights, beside.arkit.weights)
    pressed = alone.arkit.column("mouthPressLeft")
    assert 0.4 < alone.arkit.times_s[pressed.argmax()] < 0.55 and alone.label == "Azure visemes"


def test_a_speech_without_events_says_what_to_do():
    """One sentence each; only the ID of silence is another case."""
    silent = Speech(SOUND, visemes=(VisemeEvent(0, 0.0), VisemeEvent(0, 0.5)))
    for source, speech, words in (
        (AzureVisemes(), Speech(SOUND, phones=(Phone("AA1", 0.0, 1.0),)), "without Azure's visemes"),
        (AzureVisemes("visemesync"), silent, "only the ID for silence"),
        (AzureBlendshapes(), Speech(SOUND), "without Azure's blendshapes"),
        (AzureBlendshapes(), facial(frames(0)), "without Azure's blendshapes"),
    ):
        with pytest.raises(SourceError, match=words):
            made(source, speech)
    assert "only the ID" in visemes_missing(silent) and "without" in visemes_missing(Speech(SOUND))
    assert not visemes_missing(replace(silent, visemes=(VisemeEvent(3, 0.0),)))
    assert blendshapes_missing(Speech(SOUND)) and not blendshapes_missing(facial(frames(1)))
    with pytest.raises(SourceError, match="azure-visemes:visemesync"):
        AzureVisemes("loud")


def test_values_go_to_the_channels_of_their_names():
    """A published row, by Azure's documented order."""
    rows = FacialFrames(np.tile(np.asarray(ROW, np.float32), (60, 1)))
    track = made(AzureBlendshapes(), facial(rows)).arkit
    assert track.channels == ARKIT_CHANNELS
    at = dict(zip(track.channels, track.weights[10].tolist(), strict=True))
    wanted = {"eyeBlinkLeft": 0.423, "jawOpen": 0.172, "mouthClose": 0.132, "jawLeft": 0.021, "jawRight": 0.0, "browInnerUp": 0.106}
    assert {name: at[name] for name in wanted} == pytest.approx(wanted)
    assert track.side is not None and track.side.find("headRoll")[10] == pytest.approx(0.015)
    assert track.side.find("rightEyeRoll")[10] == pytest.approx(0.005) and len(FACIAL_CHANNELS) == FACIAL_VALUES


def test_values_outside_are_limited_and_angles_are_not():
    """Azure goes to -0.05, and an angle may be negative."""
    values = np.full((60, FACIAL_VALUES), -0.05, np.float32)
    values[:, 17] = 1.2
    track = made(AzureBlendshapes(), facial(FacialFrames(values))).arkit
    assert track.column("jawOpen").max() == 1.0 and track.weights.min() == 0.0
    assert track.side.find("HeadRoll")[0] == pytest.approx(-0.05)


def test_chunks_out_of_order_are_sorted_and_gaps_are_bridged():
    """A straight line from the last frame before to the first one after."""
    track = made(AzureBlendshapes(), facial(frames(20, 40, 0.8), frames(20, 0, 0.2), frames(0))).arkit
    jaw = track.column("jawOpen")
    np.testing.assert_allclose(jaw[19:41], np.linspace(0.2, 0.8, 22), atol=1e-5)
    assert jaw[0] == pytest.approx(0.2) and jaw[59] == pytest.approx(0.8)


def test_what_is_missing_at_the_start_is_the_first_frame():
    """No motion is made up before it."""
    jaw = made(AzureBlendshapes(), facial(frames(50, 10, 0.4))).arkit.column("jawOpen")
    assert np.allclose(jaw, 0.4)


def test_the_face_rests_where_the_frames_end_before_the_sound():
    """Lost on the way; nothing jumps."""
    jaw = made(AzureBlendshapes(), facial(frames(15))).arkit.column("jawOpen")
    assert jaw[14] == 0.5 and jaw[59] == 0.0 and np.abs(np.diff(jaw)).max() < 0.06


def test_another_frame_rate_is_read_between_azures_frames():
    """24 a second from 60 a second."""
    values = np.zeros((60, FACIAL_VALUES), np.float32)
    values[:, 17] = np.linspace(0, 0.59, 60)
    track = made(AzureBlendshapes(24.0), facial(FacialFrames(values))).arkit
    assert len(track) == 24
    np.testing.assert_allclose(track.column("jawOpen"), np.arange(24) * 2.5 / 100, atol=1e-6)
