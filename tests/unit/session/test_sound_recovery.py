"""A sound device that stalls is tried again by itself, by Play, and when a person asks, and says so meanwhile."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.outputs import SilentOutput
from app.audio.player import Player, PlayerStatus
from app.core.speech import AudioClip
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.recovery import GAPS_S, STEADY_S, Recovery, SoundState

FRAME_S = 1 / 60
SOUNDING = PlayerStatus("speaker", 0.03, "dac", "", 0)
STALLED = PlayerStatus("", 0.0, "wall", "It stalled.", 0, awaited="speaker")
ABSENT = PlayerStatus("", 0.0, "wall", "There is none.", 0)


class Wall:
    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t


class FakeDevice(SilentOutput):
    """An output with a name, which passes for a device; what a device does to time is tried in tests/unit/audio/test_stall.py."""

    def __init__(self, wall: Wall, name: str = "speaker") -> None:
        super().__init__("", wall)
        self.name, self.closed = name, False

    def close(self) -> None:
        self.closed = True


class StallingPlayer(Player):
    """A player whose device stalls when it is told to."""

    def stall(self) -> None:
        self._rest(self._output, "It stalled.")


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def tries(monkeypatch, wall):
    """When a worker tried to open the device (made-up seconds), and what it found; ``tries.there`` says whether there is one."""

    class Tries(list):
        there = False
        given_back: list[object] = []  # noqa: RUF012

    told = Tries()
    told.given_back.clear()

    def revive(old, device, look_again):
        told.append((wall.t, device, look_again))
        told.given_back.append(old)
        return FakeDevice(wall) if told.there else SilentOutput("It is not back.", wall)

    monkeypatch.setattr(opening, "revived_output", revive)
    return told


@pytest.fixture
def playback(qapp, wall, monkeypatch):
    """Plays a minute on a fake device."""
    from app.audio.stall import Resting

    monkeypatch.setattr(Resting, "awake", property(lambda _self: False))
    made = Playback(Messages(), recovery=Recovery(wall))
    player = StallingPlayer(time_s=wall)
    player.take_over(FakeDevice(wall), None)
    made.load(AudioClip(np.zeros(60 * 16000, np.float32), 16000))
    made.attach(player)
    yield made
    made.close()


@pytest.fixture
def run(playback, wall, qtbot):
    """``run(seconds)``: pictures are drawn, and workers end, as time passes -> media time on each."""

    def do(seconds: float) -> np.ndarray:
        seen = []
        for _ in range(round(seconds / FRAME_S)):
            wall.t += FRAME_S
            playback.poll()
            if playback._workers.busy:
                qtbot.waitUntil(lambda: not playback._workers.busy, timeout=5000)
            seen.append(playback.heard())
        return np.array(seen)

    return do


def test_it_is_tried_with_growing_gaps_until_it_is_back(playback, run, tries, wall):
    told = []
    playback.sound_changed.connect(lambda sound: told.append(sound.kind))
    playback.play()
    run(1.0)
    playback.set_late(0.2)
    before = playback.heard()
    playback.player.stall()
    stalled_s = wall.t
    during = run(30.0)
    assert playback.sound == SoundState("stalled", "Sound stalled, trying again…", "It stalled.") and playback.sound.can_try_again
    gaps = np.diff([stalled_s, *(t for t, _, _ in tries)])
    assert gaps == pytest.approx(GAPS_S[: len(gaps)], abs=0.05) and len(gaps) == 5
    assert [look for _, _, look in tries] == [False, True, True, True, True], "devices are looked for when the first try was in vain"
    assert tries.given_back[0] is not None and set(tries.given_back[1:]) == {None}
    tries.there = True
    after = run(10.0)
    assert playback.sound == SoundState("sounding") and told == ["stalled", "sounding"]
    steps = np.diff(np.concatenate([[before], during, after]))
    assert steps.min() >= 0 and steps.max() < 0.05, "its measured delay stays, too"
    assert playback.playing and playback.player.status.device == "speaker"


def test_play_tries_at_once(playback, run, tries):
    playback.player.stall()
    run(0.1)
    assert not tries and playback.sound.kind == "stalled"
    tries.there = True
    playback.play()
    run(0.1)
    assert len(tries) == 1 and playback.sound.kind == "sounding" and playback.playing


def test_a_person_tries_again_and_the_gaps_are_short_again(playback, run, tries, wall):
    playback.player.stall()
    run(20.0)
    done = len(tries)
    playback.try_again()
    asked_s = wall.t
    run(5.0)
    assert len(tries) > done and np.diff([t for t, _, _ in tries[done:]]) == pytest.approx(GAPS_S[1:3], abs=0.05)
    assert tries[done][0] == asked_s
    playback.try_again()
    tries.there = True
    run(8.0)
    count = len(tries)
    playback.try_again()
    run(1.0)
    assert playback.sound.kind == "sounding" and len(tries) == count, "with sound there is nothing to try"


def test_without_any_device_it_is_said_and_only_tried_when_asked(playback, run, tries, wall):
    playback.player.take_over(SilentOutput("There is none.", wall), None)
    run(60.0)
    assert playback.sound == SoundState("silent", "No sound", "There is none.") and not tries
    playback.play()
    run(0.5)
    assert len(tries) == 1 and playback.playing
    playback.pause()
    tries.there = True
    playback.try_again()
    run(0.5)
    assert playback.sound.kind == "sounding"


def test_another_device_that_is_chosen_meanwhile_is_no_stall(playback, run, tries, wall, monkeypatch):
    playback.player.stall()
    run(1.0)
    chosen = []
    monkeypatch.setattr(
        opening, "reopened_output", lambda old, device, _look: chosen.append((old.name, device)) or FakeDevice(wall, "other")
    )
    playback.set_device("other")
    run(1.0)
    assert chosen == [("speaker", "other")] and playback.sound.kind == "sounding" and playback.device_name == "other" and not tries


def test_sound_that_does_not_last_is_not_tried_faster_and_faster():
    wall = Wall()
    recovery = Recovery(wall)
    gaps = []
    for _ in range(6):
        recovery.state(STALLED, False)
        before_s = wall.t
        while not recovery.due:
            wall.t += 0.1
        gaps.append(wall.t - before_s)
        recovery.note_try()
        recovery.state(SOUNDING, False)
        wall.t += 1.0
        recovery.state(SOUNDING, False)
    assert gaps == pytest.approx(GAPS_S[:6], abs=0.11)
    wall.t += STEADY_S
    recovery.state(SOUNDING, False)
    assert recovery.tries == 0


def test_the_state_says_what_is_so():
    recovery = Recovery(Wall())
    assert recovery.state(SOUNDING, True).kind == "sounding"
    assert recovery.state(ABSENT, False) == SoundState("silent", "No sound", "There is none.")
    assert recovery.state(STALLED, True).kind == "opening" and not recovery.state(STALLED, True).can_try_again
    assert recovery.state(STALLED, False).sentence == "It stalled."
