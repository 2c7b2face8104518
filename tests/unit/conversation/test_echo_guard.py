"""The echo guard in made-up rooms: what it takes away, what it notices, and what it hands on."""

from __future__ import annotations

import builtins
import threading

import numpy as np
import pytest

from app.audio.cue import Cue, Reel
from app.audio.playback_clock import LineClock
from app.audio.playhead import PlayHead
from app.conversation.echo import guard as guarding
from app.conversation.echo.gate import LEARN_S, VoiceGate
from app.conversation.echo.guard import HEADPHONES, LEAKING, MISSING, TOO_LOUD, EchoGuard
from app.conversation.echo.linear import BANDS, BLOCK, LinearCanceller
from app.conversation.echo.reference import LEAD_S, PlayedReference, resampled_at
from tests.rooms.synthetic import RATE, Room, babble, play_scene

pytest.importorskip("pywebrtc_audio")


@pytest.fixture(scope="module")
def avatar():
    """Eight seconds of something like a voice."""
    return babble(8.0, pitch_hz=190.0, seed=1)


@pytest.fixture(scope="module")
def person():
    """A second and a half of somebody else, as loud as the avatar's echo."""
    return 0.7 * babble(1.5, pitch_hz=110.0, seed=2)


def level(samples):
    """Decibels of full scale."""
    return 10 * np.log10(np.mean(np.square(samples)) + 1e-12)


@pytest.mark.parametrize("room", [Room(), Room(echo_db=6.0), Room(drift_ppm=50.0)], ids=["plain", "loud", "drifting"])
def test_the_avatar_alone_is_never_taken_for_the_user(avatar, room):
    outcome = play_scene(None, avatar, room)
    assert outcome.verdicts == [] and not outcome.handed[: round(7.9 * RATE)].any()


def test_the_linear_canceller_takes_the_echo_and_leaves_the_user(avatar, person):
    echo = np.convolve(avatar, Room().response(np.random.default_rng(3)))[: len(avatar)].astype(np.float32)
    user = np.zeros_like(echo)
    user[5 * RATE : 5 * RATE + len(person)] = person
    canceller, left = LinearCanceller(), []
    for start in range(0, len(echo) // BLOCK * BLOCK, BLOCK):
        left.append(canceller.process((echo + user)[start : start + BLOCK], avatar[start : start + BLOCK]).samples)
    out = np.concatenate(left)
    alone, both = slice(3 * RATE, 5 * RATE), slice(5 * RATE, 5 * RATE + len(person))
    assert level(echo[alone]) - level(out[alone]) > 12
    assert level(user[both]) - level(out[both] - user[both]) > 10, "the user's voice is not learnt as an echo"


def test_who_speaks_over_the_avatar_is_noticed_and_keeps_the_first_word(avatar, person):
    outcome = play_scene(None, avatar, Room(), near=person, near_s=5.0)
    assert 5.0 < outcome.at("pause") <= 5.25 and outcome.at("yield") - outcome.at("pause") < 0.5
    assert [verdict for _, verdict in outcome.verdicts] == ["pause", "yield"]
    shift = len(outcome.handed) - len(outcome.near)
    handed = outcome.handed[5 * RATE + shift : 5 * RATE + shift + len(person)]
    assert level(person) - level(handed - person) > 8, "from its first sample on"


def test_a_cough_lets_the_avatar_go_on(avatar):
    cough = 0.3 * np.random.default_rng(5).normal(size=round(0.13 * RATE)).astype(np.float32)
    outcome = play_scene(None, avatar, Room(), near=cough, near_s=4.0)
    assert [verdict for _, verdict in outcome.verdicts] == ["pause", "resume"]
    assert guarding.NOTHING_S <= outcome.at("resume") - outcome.at("pause") <= guarding.NOTHING_S + 0.15


def test_while_nobody_plays_everything_is_heard(person):
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32))
    handed = [guard.push(block, 0.0, speaking=False).samples for block in np.array_split(person, 60)]
    out = np.concatenate(handed)
    assert len(person) - len(out) < BLOCK and np.allclose(out, person[: len(out)], atol=1e-6)


def test_the_meter_tells_how_much_is_taken_away(avatar):
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32))
    assert guard.figures.measured_s == 0.0 and guard.sentence == HEADPHONES
    play_scene(guard, avatar, Room(echo_db=-6.0))
    figures = guard.figures
    assert figures.echo_db == pytest.approx(-6.0, abs=2.0) and figures.removed_db > 10 and figures.measured_s > 3
    assert figures.told_apart_db < -12 and guard.mode == "guard"


def test_an_echo_that_cannot_be_told_apart_makes_it_half_duplex(avatar):
    """A reference that has nothing to do with what sounds: the wrong device, for instance."""
    other = babble(9.0, pitch_hz=140.0, seed=9)
    guard, at = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32)), [0]

    def wrong(_age_s, n):
        at[0] += n
        return other[at[0] - n : at[0]]

    guard.listen_to(wrong)
    verdicts = []
    for start in range(0, len(avatar) - 320, 320):
        verdicts.append(guard.push(0.5 * avatar[start : start + 320], 0.0, speaking=True).verdict)
    assert guard.mode == "half-duplex" and guard.sentence == LEAKING
    assert not any(verdicts[-100:]), "it does not interrupt itself"


def test_half_duplex_hears_nothing_until_the_room_is_quiet(avatar, person):
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32), mode="half-duplex")
    block = person[:320]
    assert not any(guard.push(block, 0.0, speaking=True).samples.any() for _ in range(50))
    tail = [guard.push(block, 0.0, speaking=False).samples.any() for _ in range(30)]
    assert not any(tail[: round(guarding.TAIL_S / 0.02) - 1]) and all(tail[round(guarding.TAIL_S / 0.02) + 1 :])
    assert guard.sentence == ""


def test_headphones_need_no_reference(person):
    def nobody_asks(_age_s, _n):
        raise AssertionError("there is no echo in headphones")

    guard = EchoGuard(nobody_asks, mode="headphones")
    sound = np.concatenate([1e-4 * np.random.default_rng(1).normal(size=RATE).astype(np.float32), person])
    verdicts = [guard.push(block, 0.0, speaking=True).verdict for block in np.array_split(sound, len(sound) // 320)]
    assert [verdict for verdict in verdicts if verdict] == ["pause", "yield"]
    assert 50 <= verdicts.index("pause") <= 62


def test_without_the_package_it_is_half_duplex_and_says_so(monkeypatch):
    real = builtins.__import__

    def refuse(name, *more, **keys):
        if name == "pywebrtc_audio":
            raise ImportError(name)
        return real(name, *more, **keys)

    monkeypatch.setattr(builtins, "__import__", refuse)
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32))
    assert guard.mode == "half-duplex" and guard.sentence == MISSING
    guard.set_mode("headphones")
    assert guard.mode == "headphones" and guard.sentence == ""


def test_the_next_answer_is_guarded_again(avatar, person):
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32))
    first = play_scene(guard, avatar, Room(), near=person, near_s=5.0)
    second = play_scene(guard, avatar[: 4 * RATE], Room(), near=person, near_s=2.5)
    assert first.at("yield") > 5 and second.at("pause", from_s=2.5) < 2.75 and second.at("yield") > 2.5


def test_the_gate_learns_before_it_judges():
    gate = VoiceGate()
    for _ in range(round(LEARN_S / 0.01) - 2):
        gate.judge(left=np.full(BANDS, 1e-3), echo=np.full(BANDS, 1e-7), played=0.01)
        assert not gate.voiced, "an echo that is not cancelled yet is no user"


class Device:
    """An output whose blocks are heard 60 ms after their callback."""

    name, rate = "Loudspeakers", 48000

    def __init__(self, clip, *, fast_ppm=0.0):
        self.head, self.line_clock = PlayHead(self.rate), LineClock(self.rate, 0.06)
        cue = Cue(Reel(clip, 16000), 0.0, self.rate)
        cue.produce_until(10**9)
        self.head.wanted, self.now_s, self._lines = cue, 10.0, 0
        self._speed = 1 + 1e-6 * fast_ppm

    def time(self):
        return self.now_s

    def run_until(self, now_s):
        out = np.zeros(480, np.float32)
        while self.now_s < now_s:
            self.head.fill(out, self.now_s + 0.06, self.now_s)
            self._lines += 1
            self.now_s = 10.0 + self._lines * 0.01 / self._speed


def test_the_reference_is_what_sounded_when_the_block_was_recorded():
    clip = babble(4.0, pitch_hz=150.0, seed=4)
    device = Device(clip)
    reference = PlayedReference(lambda: device)
    read, began_s = [], None
    for k in range(150):
        device.run_until(10.2 + 0.02 * k)
        age_s = 0.05
        began_s = began_s if began_s is not None else device.now_s - age_s
        read.append(reference.read(age_s, 320))
    out = np.concatenate(read)
    # the clip's first sample is heard at 10.06 s; the reference runs LEAD_S ahead
    shift = round((began_s - 10.06 + LEAD_S) * 16000)
    wanted = clip[shift : shift + len(out)]
    likeness = [np.corrcoef(out[100:-100], np.roll(wanted, lag)[100:-100])[0, 1] for lag in range(-48, 49)]
    assert abs(int(np.argmax(likeness)) - 48) <= 16 and max(likeness) > 0.99, "within a millisecond"


def test_the_reference_follows_clocks_that_run_apart():
    device = Device(babble(30.0, pitch_hz=150.0, seed=4), fast_ppm=200.0)
    reference = PlayedReference(lambda: device)
    late = []
    for k in range(1, 1300):
        device.run_until(10.1 + 0.02 * k)
        # the microphone has a clock of its own, by which every block lasts 20 ms
        reference.read(device.now_s - (10.1 + 0.02 * k) + 0.05, 320)
        wanted = reference._clock.line_at(device.head.published, 10.1 + 0.02 * k - 0.05 + LEAD_S)
        late.append(wanted + 960 - reference._next)
    assert np.abs(late[200:]).max() < 0.015 * 48000, "never far from where the clocks say it should be"


def test_the_reference_is_silence_where_nothing_is_heard():
    device = Device(babble(1.0, pitch_hz=150.0, seed=4))
    reference = PlayedReference(lambda: device)
    assert not reference.read(0.05, 320).any(), "before the first callback"
    device.name = ""
    device.run_until(10.5)
    assert not reference.read(0.05, 320).any(), "time runs on unheard"


def test_a_device_that_was_changed_is_followed():
    clip = babble(2.0, pitch_hz=150.0, seed=4)
    devices = [Device(clip), Device(clip)]
    reference = PlayedReference(lambda: devices[0])
    devices[0].run_until(10.6)
    before = reference.read(0.05, 320)
    devices.reverse()
    devices[0].run_until(10.6)
    assert before.any() and np.allclose(reference.read(0.05, 320), before, atol=1e-5)


def test_the_rate_is_converted_without_aliases():
    t = np.arange(48000) / 48000

    def tone(hz):
        line = np.sin(2 * np.pi * hz * t).astype(np.float32)
        return lambda start, stop: line[start:stop]

    positions = 1000.3 + 3.0 * np.arange(1600)
    kept = resampled_at(tone(1000.0), positions, 3.0)
    assert np.abs(kept - np.sin(2 * np.pi * 1000.0 * positions / 48000)).max() < 0.01
    assert np.abs(resampled_at(tone(11000.0), positions, 3.0)).max() < 0.02


def test_it_keeps_up_with_the_sound_on_the_listening_thread(avatar):
    """And starts no thread of its own."""
    before = threading.active_count()
    guard = EchoGuard(lambda _age_s, n: avatar[:n])
    import time

    start = time.process_time()
    for k in range(100):
        guard.push(avatar[k * 320 : (k + 1) * 320], 0.0, speaking=True)
    assert threading.active_count() == before
    assert time.process_time() - start < 1.0, "two seconds of sound"


def test_loudspeakers_that_drown_the_user_are_told(avatar):
    guard = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32))
    play_scene(guard, 0.3 * avatar, Room(echo_db=12.0))
    assert guard.mode == "guard" and guard.sentence == TOO_LOUD


@pytest.mark.parametrize("noise_db", [-80.0, -66.0, -46.0])
def test_where_no_echo_comes_back_the_user_may_speak_over_the_avatar(avatar, noise_db):
    """Headphones that nobody told it of, or a sound that is off."""
    noise = np.random.default_rng(4).normal(0.0, 10 ** (noise_db / 20), len(avatar)).astype(np.float32)
    guard, at = EchoGuard(lambda _age_s, n: np.zeros(n, np.float32)), [0]
    guard.listen_to(lambda _age_s, n: avatar[at[0] : at[0] + n])
    for start in range(0, len(avatar) - 320, 320):
        at[0] = start
        assert guard.push(noise[start : start + 320], 0.0, speaking=True).verdict == ""
    assert guard.mode == "guard" and guard.sentence == HEADPHONES
