"""A short run of the monkey at the real window, and those who watch it; long runs are ``python -m tests.monkey``."""

from __future__ import annotations

import os
import threading
import time

import pytest
from PySide6.QtGui import QDesktopServices

from app.audio.clips import write_wav
from app.core.curve_edits import CurveEdit
from app.core.places import where
from tests.monkey.deeds import Deed
from tests.monkey.keeping import Keeper
from tests.monkey.kills import MOST_LOST_S, kill_often
from tests.monkey.monkey import Monkey
from tests.monkey.stage import fill
from tests.monkey.watching import Moment, Watch


@pytest.fixture
def yard(tmp_path, monkeypatch):
    """A home of its own, in which dialogs of files begin; nothing leaves it."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "yard"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    return tmp_path / "yard"


def test_random_hands_break_and_lose_nothing(yard, spoken_track, recorded, window, qtbot):
    """Seeded, of all kinds; what breaks here is done again with ``--replay`` of a record."""
    files = yard / "files"
    files.mkdir(parents=True)
    write_wav(files / "voice.wav", recorded)
    spoken_track.replace(files / "jaw.csv")
    monkey = Monkey(window, files, where("autosave"), n=40, seed=3)
    try:
        with qtbot.waitSignal(monkey.finished, timeout=120_000):
            monkey.start()
    finally:
        monkey.close()
    assert monkey.faults.found == [] and monkey.keeper.losses == []
    assert len(monkey.counts) > 5 and monkey.keeper.checks["at the end"] == 1


def test_a_hang_is_seen_where_it_is(qapp, qtbot):
    watch = Watch()
    watch.start()
    try:
        watch.doing = "waiting for a lock"
        _wait_for_nobody(0.4)
        qtbot.waitUntil(lambda: bool(watch.hangs), timeout=10_000)
        watch.doing = "turning in circles"
        _turn_in_circles(0.25)
        qtbot.waitUntil(lambda: len(watch.hangs) > 1, timeout=10_000)
    finally:
        watch.close()
    waits, turns = watch.hangs
    assert waits.took_s > 0.1 > waits.cpu_s and waits.doing == "waiting for a lock" and "_wait_for_nobody" in waits.stack
    assert turns.cpu_s > 0.1 and turns.doing == "turning in circles" and "_turn_in_circles" in turns.stack


def test_what_other_programs_take_is_no_hang():
    begun = Moment(10.0, 1.0, {"gui": 0.5, "draw": 2.0})
    assert Moment(10.3, 1.05, {"gui": 0.75, "draw": 2.0}).own_s(begun, "gui") == pytest.approx(0.05), "it had no core"
    assert Moment(10.3, 1.05, {"gui": 0.5, "draw": 2.2}).own_s(begun, "gui") == pytest.approx(0.1), "whoever it waits for had none"
    assert Moment(10.3, 1.05, {"gui": 0.5, "draw": 2.0}).own_s(begun, "gui") == pytest.approx(0.3), "it waits"
    assert Moment(10.3, 1.05, {}).own_s(begun, "gui") == pytest.approx(0.05), "where nobody counts, its own time alone tells"


def _wait_for_nobody(seconds: float) -> None:
    threading.Event().wait(seconds)


def _turn_in_circles(seconds: float) -> None:
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        pass


def test_work_that_goes_without_a_step_is_a_loss(spoken):
    session, keeper = spoken.session, Keeper(spoken)
    session.edits.add("A", CurveEdit("scale", ("jawOpen",), 0.1, 0.3, 0.5))
    keeper.look("an edit")
    session.undo.undo()
    keeper.look("taking it back")
    session.undo.redo()
    keeper.look("doing it again")
    keeper.take_back_and_again()
    assert keeper.losses == []
    session.edits.restore("A", ())  # as nobody may
    keeper.look("a mistake")
    assert len(keeper.losses) == 1 and "1 edits are gone" in keeper.losses[0]


def test_deeds_are_written_and_read():
    deed = Deed("drag", 1, 2, 30, 40, "left", 0, "escape", "Splitter")
    assert Deed.of(deed.line()) == deed


@pytest.mark.skipif(os.name != "posix", reason="processes are killed without a word")
def test_killed_while_editing_it_goes_on_where_it_was(tmp_path):
    """Two of the kills of ``python -m tests.monkey.kills``."""
    fill(tmp_path / "home" / "files", has_voices=False)
    tally = kill_often(tmp_path, moments=2, seed=4, longest_s=2.5)
    assert tally.faults == []
    assert len(tally.lost_s) == 2 and max(tally.lost_s) < MOST_LOST_S
