"""Devices are opened and changed off the GUI thread, and nothing that was opened is lost."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from app.core.clock import FixedClock
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.playback import Playback


class FakeOutput:
    """An output that knows who closed it."""

    def __init__(self, device: object) -> None:
        self.device, self.closed = device, False

    def close(self) -> None:
        self.closed = True


class FakePlayer:
    """What Playback asks of a player while devices change."""

    def __init__(self, device: object) -> None:
        self.output, self.playing, self.duration_s = FakeOutput(device), True, 1.0
        self.clock, self.status = FixedClock(), SimpleNamespace(device="fake", silent_reason="", awaited="")

    def __getattr__(self, name: str) -> object:
        return lambda *_values, **_named: None

    def release(self) -> FakeOutput:
        old, self.output = self.output, FakeOutput("silence")
        return old

    def take_over(self, output: FakeOutput, _device: object) -> None:
        self.output = output

    def close(self) -> None:
        self.output.close()


@pytest.fixture
def opened(monkeypatch) -> list[tuple[object, bool, bool]]:
    """(device, looked again, in the GUI thread) of every output that is opened; ``opened.gate`` lets one through."""

    class Opened(list):
        gate = threading.Event()
        outputs: list[FakeOutput] = []  # noqa: RUF012

    told = Opened()
    told.gate.set()
    told.outputs.clear()

    def reopen(old: FakeOutput, device: object, look_again: bool) -> FakeOutput:
        told.gate.wait(10)
        old.close()
        told.append((device, look_again, threading.current_thread() is threading.main_thread()))
        told.outputs.append(FakeOutput(device))
        return told.outputs[-1]

    monkeypatch.setattr(opening, "reopened_output", reopen)
    return told


@pytest.fixture
def playback(qapp):
    """With a player on the first device."""
    messages = Messages()
    made = Playback(messages)
    made.attach(FakePlayer("first"))
    yield made
    made.close()


def test_another_device_is_opened_by_a_worker_while_time_runs_on(playback, opened, qtbot):
    playback.set_device("other")
    assert playback.playing and playback.device == "other"
    with qtbot.waitSignal(playback.output_changed):
        pass
    assert opened == [("other", False, False)] and playback.player.output.device == "other"


def test_the_last_of_quick_choices_counts_and_none_is_left_open(playback, opened, qtbot):
    opened.gate.clear()
    for device in ("one", "two", "three"):
        playback.set_device(device)
    playback.rescan()
    opened.gate.set()
    qtbot.waitUntil(lambda: playback.player.output.device == "three", timeout=5000)
    assert opened == [("one", False, False), ("three", True, False)]
    playback.close()
    assert all(output.closed for output in [opened.outputs[-1]])


def test_what_is_being_opened_when_the_window_closes_is_closed(playback, opened):
    opened.gate.clear()
    playback.set_device("late")
    threading.Timer(0.1, opened.gate.set).start()
    playback.close()
    assert [output.closed for output in opened.outputs] == [True]


def test_a_player_that_comes_when_the_window_is_closing_is_closed(qapp):
    """PortAudio would go on calling what nobody has any more, into freed memory."""
    playback, gate, came = Playback(Messages()), threading.Event(), []

    def open_one(device: object) -> FakePlayer:
        gate.wait(10)
        came.append(FakePlayer(device))
        return came[0]

    playback.open(open_one)
    threading.Timer(0.1, gate.set).start()
    playback.close()
    assert came[0].output.closed and playback.player is None


def test_a_device_chosen_while_the_first_is_opened_is_taken_afterwards(qapp, opened, qtbot):
    playback = Playback(Messages())
    playback.device = "remembered"
    gate = threading.Event()
    playback.open(lambda device: gate.wait(10) and FakePlayer(device))
    playback.set_device("chosen")
    gate.set()
    qtbot.waitUntil(lambda: playback.player is not None and playback.player.output.device == "chosen", timeout=5000)
    playback.close()
