"""Jobs off the GUI thread: stale results are dropped, errors are sentences, threads end."""

from __future__ import annotations

import threading

import pytest

from app.core.errors import Cancelled, SpeechError
from app.session.base.workers import Workers

pytest.importorskip("pytestqt")


@pytest.fixture
def workers(qtbot):
    """Workers that are closed at the end."""
    made = Workers(lambda _task, _sentence: None)
    yield made
    made.close()


def test_results_arrive_in_the_gui_thread(workers, qtbot):
    """And in the order in which they were posted."""
    seen = []
    with qtbot.waitSignal(workers.ended):
        workers.start("count", lambda job: [job.post(lambda n=n: seen.append((n, threading.current_thread()))) for n in range(5)])
    assert [n for n, _ in seen] == list(range(5))
    assert {thread for _, thread in seen} == {threading.main_thread()}


def test_a_job_that_was_replaced_says_nothing_more(workers, qtbot):
    """The newer job waits for the older one's end, and only its results arrive."""
    seen, gate = [], threading.Event()

    def slow(job):
        gate.wait(10)
        job.post(seen.append, "old")

    workers.start("work", slow)
    with qtbot.waitSignal(workers.ended):
        workers.start("work", lambda job: job.post(seen.append, "new"))
        gate.set()
    assert seen == ["new"]


def test_an_error_that_nobody_foresaw_is_told_apart(workers, qtbot, monkeypatch):
    """Whoever starts jobs again when one ends must know not to."""
    caught, crashed = [], []
    monkeypatch.setattr(threading, "excepthook", caught.append)
    workers.crashed.connect(crashed.append)
    with qtbot.waitSignal(workers.ended):
        workers.start("work", lambda _job: {}["nothing"])
    qtbot.waitUntil(lambda: bool(caught))  # the thread ends a moment after its job
    assert crashed == ["work"] and caught[0].exc_type is KeyError


def test_an_error_for_the_user_is_a_sentence(qtbot):
    """The task fails, the others go on."""

    def fail(job):
        raise SpeechError("The voice is missing; choose another.")

    failures = []
    workers = Workers(lambda *args: failures.append(args))
    with qtbot.waitSignal(workers.ended):
        workers.start("speech", fail)
    assert failures == [("speech", "The voice is missing; choose another.")]
    assert not workers.busy


def test_a_cancelled_job_is_silent(workers, qtbot):
    """Neither a result nor an error."""
    failures = []
    workers.failed.connect(lambda *args: failures.append(args))

    def wait(job):
        job.cancel.wait(10)
        raise Cancelled("stopped")

    workers.start("work", wait)
    assert workers.busy
    workers.cancel("work")
    assert not workers.busy and workers.leaving
    qtbot.waitUntil(lambda: not workers.leaving)
    assert not failures


def test_busy_is_told_once(workers, qtbot):
    """On with the first job, off with the last."""
    told, gate = [], threading.Event()
    workers.busy_changed.connect(told.append)
    workers.start("a", lambda job: gate.wait(10))
    workers.start("b", lambda job: gate.wait(10))
    gate.set()
    qtbot.waitUntil(lambda: not workers.busy)
    assert told == [True, False]


def test_closing_waits_for_threads():
    """After close nothing is delivered."""
    workers, seen = Workers(lambda _task, _sentence: None), []
    workers.start("work", lambda job: (job.cancel.wait(10), job.post(seen.append, 1)))
    workers.close()
    assert not seen and not workers.busy
