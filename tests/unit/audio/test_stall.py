"""A device that stops asking for sound: time goes on from where it was, and the sound comes back when the device does."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.feeder import Feeder
from app.audio.outputs import DeviceOutput, SilentOutput
from app.audio.playback_clock import LineClock
from app.audio.player import Player
from app.audio.playhead import PlayHead
from app.audio.stall import STALL_S, StallWatch
from app.core.speech import AudioClip

RATE = 24000
LATENCY_S = 0.03
FRAME_S = 1 / 60


class Wall:
    """Seconds that pass when told to, and the devices that run on them."""

    def __init__(self) -> None:
        self.t = 100.0
        self.devices: list[Device] = []

    def __call__(self) -> float:
        return self.t


class Device(DeviceOutput):
    """A sound device on a made-up wall clock: PortAudio's part of it is played by ``pass_to``."""

    def __init__(self, wall: Wall, name: str = "speaker") -> None:
        self.rate, self.name, self.head = 48000, name, PlayHead(48000)
        self.line_clock = LineClock(self.rate, LATENCY_S)
        self.stalled = False
        self.closed_by: list[str] = []
        self._wall, self._finished, self._closed = wall, False, False
        self._line_s = wall.t
        self._block = np.zeros(480, np.float32)
        wall.devices.append(self)

    def time(self) -> float:
        return self._wall.t

    def pass_to(self, t: float) -> None:
        """Ask for the blocks that are due; after a stall the line goes on from there."""
        if self.stalled or self._closed or self._finished:
            self._line_s = t
            return
        while self._line_s + 0.01 <= t:
            self._line_s += 0.01
            cue = self.head.wanted
            if cue is not None:
                cue.produce_until((self.head.position if cue is self.head.live else 0) + 9600)
            self.head.fill(self._block, self._line_s + LATENCY_S, self._line_s)

    def close(self) -> None:
        self._closed = True


@pytest.fixture
def wall(monkeypatch):
    monkeypatch.setattr(Feeder, "follow", lambda *_: None)
    return Wall()


@pytest.fixture
def player(wall):
    player = Player(time_s=wall)
    player.load(AudioClip(np.full(90 * RATE, 0.1, np.float32), RATE))
    player.take_over(Device(wall), None)
    yield player
    player.close()


def run(wall: Wall, player: Player, seconds: float) -> np.ndarray:
    """Let time pass, drawing 60 pictures a second -> media time on each of them."""
    seen = []
    for _ in range(round(seconds / FRAME_S)):
        wall.t += FRAME_S
        for device in wall.devices:
            device.pass_to(wall.t)
        assert player.playing
        seen.append(player.clock.now())
    return np.array(seen)


def test_a_stall_of_a_second_is_waited_through(wall, player):
    device = wall.devices[0]
    player.play()
    before = run(wall, player, 1.0)[-1]
    device.stalled = True
    during = run(wall, player, 1.0)
    device.stalled = False
    after = run(wall, player, 1.0)
    assert player.status.silent_reason == "" and player.status.device == "speaker"
    assert before <= during[0] and np.diff(during).max() < 0.05 and during[-1] - before < 0.1, "what is not heard is not shown"
    assert np.diff(np.concatenate([during, after])).min() >= 0 and after[-1] - during[-1] == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_a_long_stall_runs_on_the_wall_clock_and_the_same_stream_is_taken_up_again(wall, player, seconds):
    device = wall.devices[0]
    player.play()
    run(wall, player, 1.0)
    device.stalled = True
    during = run(wall, player, seconds)
    status = player.status
    assert status.clock_kind == "wall" and status.awaited == "speaker" and "stalled" in status.silent_reason
    device.stalled = False
    after = run(wall, player, 2.0)
    status = player.status
    assert (status.clock_kind, status.device, status.silent_reason, status.awaited) == ("dac", "speaker", "", "")
    assert np.diff(during[120:]) == pytest.approx(FRAME_S, abs=2e-3), "time goes on while the device does not"
    steps = np.diff(np.concatenate([during, after]))
    assert steps.min() >= 0 and steps.max() < 0.05, "no jump, neither into the stall nor out of it"
    assert after[-1] - after[-61] == pytest.approx(1.0, abs=0.02) and player.playing


def test_a_device_that_goes_away_is_said_at_once(wall, player):
    player.play()
    run(wall, player, 0.5)
    wall.devices[0]._finished = True
    seen = run(wall, player, 1.0)
    assert "went away" in player.status.silent_reason and player.status.awaited == "speaker"
    assert np.diff(seen) == pytest.approx(FRAME_S, abs=5e-3)


def test_another_stream_takes_over_where_the_stalled_one_stood(wall, player):
    player.play()
    run(wall, player, 1.0)
    wall.devices[0].stalled = True
    before = run(wall, player, 3.0)
    stalled = player.retire()
    assert stalled is wall.devices[0] and player.retire() is None
    assert "stalled" in player.status.silent_reason, "what is said of it stays"
    stalled.close()
    player.take_over(Device(wall, "speaker again"), None)
    after = run(wall, player, 1.0)
    assert player.status.device == "speaker again" and player.status.awaited == ""
    steps = np.diff(np.concatenate([before, after]))
    assert steps.min() >= 0 and steps.max() < 0.05 and after[-1] - before[-1] == pytest.approx(1.0, abs=0.1)


def test_standing_still_it_stands_still(wall, player):
    player.seek(5.0)
    wall.devices[0].stalled = True
    for _ in range(300):
        wall.t += FRAME_S
        assert not player.playing and player.clock.now() == 5.0
    assert player.status.awaited == "speaker"
    wall.devices[0].stalled = False
    for _ in range(60):
        wall.t += FRAME_S
        wall.devices[0].pass_to(wall.t)
        assert not player.playing
    assert player.clock.now() == 5.0 and player.status.device == "speaker"


def test_a_stalled_device_that_is_exchanged_or_closed_is_given_back(wall, player):
    wall.devices[0].stalled = True
    player.play()
    run(wall, player, 2.0)
    old = player.release()
    assert old is wall.devices[0] and player.status.awaited == "speaker"
    player.take_over(SilentOutput("none", wall), None)
    assert player.status.awaited == ""
    player.take_over(Device(wall, "other"), None)
    wall.devices[1].stalled = True
    run(wall, player, 2.0)
    player.take_over(Device(wall, "third"), None)
    assert wall.devices[1]._closed
    wall.devices[2].stalled = True
    run(wall, player, 2.0)
    player.close()
    assert wall.devices[2]._closed


def test_nobody_looking_is_no_stall():
    """While a large library is imported neither the callback nor the one who looks has the interpreter."""
    wall = Wall()
    watch = StallWatch(wall)
    report = 1
    assert watch.silent_s(report) == 0.0
    wall.t += 20.0
    assert watch.silent_s(report) < STALL_S / 2
    assert watch.silent_s(2) == 0.0
    for _ in range(120):
        wall.t += FRAME_S
        silent_s = watch.silent_s(report)
    assert silent_s == pytest.approx(2.0, abs=0.05)
