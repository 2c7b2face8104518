"""What is shown as a value for other threads, and the stream of a face: lost, back, followed, and kept."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from app.avatar.liveliness import Liveliness, LivelinessSettings
from app.core.arkit import ARKIT_INDEX
from app.core.errors import DeviceError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES, angles_of, angles_of_turn, head_rotations, turn_of, with_gaze
from app.core.side import SideChannels
from app.core.speech import Speech
from app.core.track import Animation, BlendshapeTrack
from app.formats.registry import read_track
from app.session.base import opening
from app.session.base.media_place import MediaPlace, place_of
from app.session.base.opening import waveform
from app.session.live.stream_rest import BACK_S, LOST_S, REST_S, StreamRest
from app.session.live.take_files import RATE, beside_face
from app.session.pose.shown import ShownFace, ShownLife, ShownMotion
from app.session.streaming.live_out import ChosenReceiver
from app.session.streaming.sampler import FaceSampler
from app.streaming.address import Address
from app.streaming.heard import HeardFace, Sender

JAW, BLINK, LOOK_IN = (ARKIT_INDEX[name] for name in ("jawOpen", "eyeBlinkLeft", "eyeLookInRight"))
PHONE, OTHER = Sender("10.0.0.5", 50000, "iPhone"), Sender("10.0.0.6", 50000, "Other")


def rising(seconds: float = 2.0, slope: float = 0.4, side: SideChannels | None = None) -> BlendshapeTrack:
    weights = np.zeros((round(60 * seconds), 52), np.float32)
    weights[:, JAW] = slope * np.arange(len(weights)) / 60
    return BlendshapeTrack(weights, 60.0, side=side)


def test_a_place_goes_on_by_itself_ends_and_repeats():
    place = MediaPlace(1.0, 100.0, 2.0, 0.0, 2.5)
    assert place.at(100.5) == pytest.approx(2.0) and place.at(103.0) == 2.5
    assert replace(place, speed=-1.0).at(103.0) == 0.0
    assert replace(place, speed=0.0).at(103.0) == 1.0
    assert replace(place, start_s=0.5, end_s=1.5, loops=True).at(100.5) == pytest.approx(1.0)
    assert replace(place, t_s=2.0, start_s=0.5, end_s=1.5, loops=True).at(100.1) == pytest.approx(2.0), "behind the loop it stands"


def test_sound_that_was_started_and_is_not_heard_yet_stands_still(session, hum, monkeypatch):
    session.playback.load(hum)
    monkeypatch.setattr(type(session.playback), "playing", property(lambda _: True))
    before = place_of(session.playback, 10.0, MediaPlace(0.0, 9.9))
    assert before.t_s == 0.0 and before.speed == 0.0
    session.playback._fixed.t = 0.1
    assert place_of(session.playback, 10.1, before).speed == 1.0


def test_a_face_is_mixed_eased_and_turned_as_the_avatar_shows_it():
    angles = np.zeros((120, 9), np.float32)
    angles[:, 0] = np.linspace(0.0, 0.5, 120)
    shown = ShownFace(MediaPlace(1.0), (ShownMotion(rising(), angles, 0.75), ShownMotion(rising(slope=0.1), None, 0.25)), 0.5, 1.0)
    weights, turned = shown.at(5.0)
    assert weights[JAW] == pytest.approx(0.5 * (0.75 * 0.4 + 0.25 * 0.1))
    assert turned[0] == pytest.approx(0.75 * angles[60, 0])
    assert ShownFace().at(0.0)[1] is None and not ShownFace().at(0.0)[0].any()


def test_idle_life_is_sent_as_the_avatar_shows_it_or_not_at_all():
    settings = LivelinessSettings()
    times_s = np.arange(0, 20, 0.05)
    blink_s = next(t for t in times_s if Liveliness(0, settings).at(t).arkit[BLINK] > 0.5)
    life = ShownLife(settings, False, own_s=blink_s - 1.0)
    sampler = FaceSampler()
    sampler.publish(ShownFace(MediaPlace(0.0, 100.0), (ShownMotion(rising(), None, 1.0),), life=life), "Me", True)
    face, expected = sampler.face(101.0), Liveliness(0, settings).at(blink_s)
    assert face.subject == "Me" and face.weights[BLINK] == pytest.approx(expected.arkit[BLINK], abs=1e-3)
    np.testing.assert_allclose(turn_of(face.angles), expected.head_rotation, atol=1e-5)
    sampler.publish(replace(sampler._published[0]), "Me", False)
    assert sampler.face(101.0).weights[BLINK] == 0.0 and sampler.face(101.0).angles is None


def test_angles_travel_as_they_turn_the_head():
    turn = np.array([0.1, -0.2, 0.3])
    np.testing.assert_allclose(turn_of(angles_of_turn(turn)), turn, atol=1e-6)
    track = rising(side=SideChannels(("HeadYaw", "LeftEyeYaw"), np.full((120, 2), 0.2, np.float32)))
    angles = angles_of(track)
    np.testing.assert_allclose(turn_of(angles[0]), head_rotations(track)[0], atol=1e-6)
    assert angles[0, ANGLES.index("LeftEyeYaw")] == pytest.approx(0.2) and angles_of(rising()) is None
    gaze = np.zeros(9, np.float32)
    gaze[ANGLES.index("RightEyeYaw")] = -0.2
    assert with_gaze(np.zeros(52, np.float32), gaze)[LOOK_IN] > 0


def test_a_lost_face_goes_to_rest_and_comes_back_without_a_jump():
    rest = StreamRest()
    assert rest.share(5.0) == 1.0 and not rest.is_lost(5.0)
    rest.note(10.0)
    assert rest.share(10.0 + LOST_S) == 1.0
    half = rest.share(10.0 + LOST_S + REST_S / 2)
    assert half == pytest.approx(0.5) and rest.is_lost(11.5) and rest.share(12.0) == 0.0
    back_s = 10.0 + LOST_S + REST_S / 2
    rest.note(back_s)
    assert rest.share(back_s) == pytest.approx(half) and rest.share(back_s + BACK_S) == 1.0
    shares = [rest.share(back_s + at) for at in np.arange(0, BACK_S, 0.01)]
    assert np.diff(shares).min() >= 0


def test_sound_begins_and_ends_with_the_face():
    samples = np.arange(2 * RATE, dtype=np.float32)
    begun, early_s = beside_face(samples, 10.0, 10.25, 1.0)
    assert early_s == 0.25 and begun[0] == 0.25 * RATE and len(begun) == RATE
    padded, late_s = beside_face(samples, 10.0, 9.5, 3.0)
    assert late_s == -0.5 and not padded[: RATE // 2].any() and padded[RATE // 2 + 7] == 7 and len(padded) == 3 * RATE


@pytest.fixture
def hear(session):
    """``hear(sender, jaw)``: a face came in; without a socket."""

    class Listening:
        fault = ""
        seen: tuple[Sender, ...] = ()

        def senders(self):
            return self.seen

        def close(self):
            pass

    session.incoming._listener = listening = Listening()

    def do(sender: Sender, jaw: float, at_s: float, **face) -> None:
        weights = np.zeros(52, np.float32)
        weights[JAW] = jaw
        listening.seen = tuple(dict.fromkeys((*listening.seen, sender)))
        session.incoming._inbox.append(HeardFace(FaceFrame(weights, subject=sender.subject, **face), at_s, sender))
        session.incoming._drain()

    session.incoming.toggled.emit(True)
    yield do
    session.incoming.stop()


def test_the_first_sender_is_followed_until_it_is_lost_or_another_is_wanted(session, hear):
    incoming, live, now = session.incoming, session.live, {"s": 100.0}
    incoming.clock_s = lambda: now["s"]
    hear(PHONE, 0.4, 100.0)
    hear(OTHER, 0.9, 100.0)
    assert incoming.followed == PHONE and live.follows_stream and live.weights[JAW] == pytest.approx(0.4)
    now["s"] = 102.0
    assert "lost" in incoming.label and live.weights[JAW] == 0.0 and not live.owns_eyes
    hear(OTHER, 0.9, 102.0)
    assert incoming.followed == OTHER and live.weights[JAW] < 0.9, "it comes in gently"
    incoming.want("iPhone")
    hear(OTHER, 0.9, 102.0)
    assert incoming.followed is None
    hear(PHONE, 0.3, 102.0)
    assert incoming.followed == PHONE and incoming.newest.face.weights[JAW] == pytest.approx(0.3)


def test_who_plays_the_clip_takes_the_face_back_and_the_port_stays_open(session, hear):
    hear(PHONE, 0.4, time.perf_counter())
    session.playback.playback_changed.emit(True)
    assert not session.live.active and session.live.weights is None and session.incoming.active
    hear(PHONE, 0.5, time.perf_counter())
    assert session.live.weights is None and session.incoming.newest.face.weights[JAW] == pytest.approx(0.5)
    session.live.follow(True)
    hear(PHONE, 0.5, time.perf_counter(), angles=np.array([0.2, *[0.0] * 8], np.float32))
    np.testing.assert_allclose(session.live.turn, (0.0, -0.2, 0.0), atol=1e-6)
    assert session.live.weights[JAW] == pytest.approx(0.5)


def test_what_goes_out_over_our_websocket_comes_in_over_it(session, another, hum, qtbot):
    """One program plays; another one joins it and shows the same face."""
    with_motion = Animation(rising(2.0), label="A")
    session.state.begin_speech(Speech(hum), waveform(hum), [(0.0, Speech(hum))])
    session.playback.load(hum)
    session.state.put(replace(session.state.sides["A"], raw=with_motion, tuned=with_motion))
    session.playback.seek(1.0)
    told: list[str] = []
    session.messages.failed.connect(told.append)
    session.live_out.set_receivers((ChosenReceiver(Address("websocket", "127.0.0.1", free_port())),))
    session.live_out.start()
    qtbot.waitUntil(lambda: bool(session.live_out.counters), timeout=20_000)
    other = another()
    address = session.live_out.chosen[0].address
    other.incoming.listen_at("websocket", address.port, address.host)
    other.incoming.start()
    qtbot.waitUntil(lambda: other.live.weights is not None, timeout=20_000)
    assert other.live.weights[JAW] == pytest.approx(0.4, abs=1e-3) and not told
    assert session.live_out.counters[0].clients == 1
    assert not session.live_out.token, "only this machine can join"
    session.live_out.stop()
    qtbot.waitUntil(lambda: "gone" in other.incoming.fault or "served" in other.incoming.fault, timeout=20_000)
    other.incoming.stop()
    assert not other.live.active


def test_others_join_with_the_token_of_this_start_only(session, another, qtbot):
    port = free_port()
    session.live_out.set_receivers((ChosenReceiver(Address("websocket", "0.0.0.0", port)),))
    session.live_out.start()
    qtbot.waitUntil(lambda: bool(session.live_out.counters), timeout=20_000)
    other, token = another(), session.live_out.token
    other.incoming.listen_at("websocket", port)
    with qtbot.waitSignal(other.messages.failed, timeout=20_000) as refused:
        other.incoming.start()
    assert "refuses" in refused.args[0] and token not in refused.args[0] and not other.incoming.active
    other.incoming.token = token
    other.incoming.start()
    qtbot.waitUntil(lambda: other.incoming.newest is not None, timeout=20_000)
    session.live_out.stop()
    session.live_out.start()
    assert session.live_out.token not in ("", token)


def free_port() -> int:
    """A port that nobody listens at."""
    import socket

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class RampMicrophone:
    """Its sound says when it was made: a tenth of the seconds since it was opened."""

    latency_s = 0.02

    def __init__(self) -> None:
        self.opened_s, self._n = time.perf_counter(), 0

    def read_new(self) -> np.ndarray:
        n = int((time.perf_counter() - self.opened_s - self.latency_s) * RATE)
        new, self._n = np.arange(self._n, max(n, self._n)) / RATE / 10, max(n, self._n)
        return new.astype(np.float32)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_face_and_microphone_are_recorded_in_sync(session, hear, tmp_path, monkeypatch, qtbot):
    opened: list[RampMicrophone] = []
    monkeypatch.setattr(opening, "open_microphone", lambda *_: opened.append(RampMicrophone()) or opened[-1])
    taking = session.taking
    taking.folder, taking.with_sound = tmp_path, True
    hear(PHONE, 0.0, time.perf_counter())
    taking.record()
    qtbot.waitUntil(lambda: bool(opened) and time.perf_counter() - opened[0].opened_s > 0.1, timeout=5000)
    first_s = time.perf_counter()
    with qtbot.waitSignal(taking.recorded, timeout=5000) as told:
        for i in range(13):
            qtbot.waitUntil(lambda at=first_s + i / 60: time.perf_counter() >= at, timeout=5000)
            hear(PHONE, i / 20, first_s + i / 60, time_s=i / 60, index=i)
        taking.toggle(False)
    take = told.args[0]
    clip, _peaks = opening.read_audio(take.sound)
    np.testing.assert_allclose(read_track(take.track).column("jawOpen"), np.arange(13) / 20, atol=1e-3)
    assert clip.duration_s == pytest.approx(take.duration_s, abs=1e-3) and take.sound.stem == take.track.stem
    # the sound that was made when the first face came
    assert 10 * clip.samples[0] == pytest.approx(first_s - opened[0].opened_s, abs=0.02)
    assert "were cut off, by when both arrived here" in take.notes[-1]


def test_without_a_microphone_the_face_is_kept(session, hear, tmp_path, monkeypatch, qtbot):
    def refuse(*_: object):
        raise DeviceError("There is no microphone; connect one.")

    monkeypatch.setattr(opening, "open_microphone", refuse)
    session.taking.folder, session.taking.with_sound = tmp_path, True
    with qtbot.waitSignal(session.messages.failed, timeout=5000) as failed:
        session.taking.record()
    assert "no microphone" in failed.args[0] and session.taking.recording
    with qtbot.waitSignal(session.taking.recorded, timeout=5000) as told:
        for i in range(3):
            hear(PHONE, 0.1 * i, 10.0 + i / 60, time_s=i / 60, index=i)
        session.taking.finish()
    assert told.args[0].sound is None and len(read_track(told.args[0].track)) == 3
