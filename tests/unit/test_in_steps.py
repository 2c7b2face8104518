"""Work of the window in pieces: events happen between them, and whoever needs all of it at once gets it."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from app.ui.kit.in_steps import PIECE_S, InSteps


def _slow(done: list[int], n: int):
    for i in range(n):
        ends_s = time.monotonic() + PIECE_S * 1.5
        while time.monotonic() < ends_s:
            pass
        done.append(i)
        yield


def test_events_happen_between_the_pieces(qapp, qtbot):
    owner, done, seen = QObject(), [], []
    timer = QTimer(owner)
    timer.timeout.connect(lambda: seen.append(len(done)))
    timer.start(0)
    steps = InSteps(owner)
    steps.begin(_slow(done, 6))
    assert done == [0], "the first piece is done at once"
    qtbot.waitUntil(lambda: len(done) == 6, timeout=10_000)
    assert len(set(seen)) > 2


def test_all_of_it_can_be_had_now_and_other_steps_take_its_place(qapp):
    owner, done = QObject(), []
    steps = InSteps(owner)
    steps.begin(_slow(done, 3))
    steps.finish()
    assert done == [0, 1, 2]
    steps.begin(_slow(done, 3))
    steps.begin(iter(()))
    steps.finish()
    assert done == [0, 1, 2, 0]
