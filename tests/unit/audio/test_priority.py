"""What is not heard gives way to what is."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading

import pytest

from app.audio.priority import NICENESS, give_way, give_way_as_process
from app.core.errors import PreviewError
from app.session.base import opening

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="priorities of threads are read as Linux tells them")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def in_thread(call) -> list[int]:
    """Niceness of a thread before and after a call in it, and of one that it starts afterwards."""
    seen: list[int] = []

    def run() -> None:
        seen.append(niceness())
        call()
        seen.append(niceness())
        heir = threading.Thread(target=lambda: seen.append(niceness()))
        heir.start()
        heir.join()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return seen


def test_a_thread_gives_way_once_and_its_heirs_with_it():
    before = niceness()

    def twice() -> None:
        give_way()
        give_way()

    lowered = min(before + NICENESS, 19)
    assert in_thread(twice) == [before, lowered, lowered]
    give_way()
    assert niceness() == before, "the main thread draws"


def test_what_loads_gives_way_and_what_opens_sound_does_not(tmp_path):
    before = niceness()

    def load() -> None:
        with pytest.raises(PreviewError):
            opening.read_avatar(tmp_path / "none.glb")

    assert in_thread(load)[1] == min(before + NICENESS, 19)
    assert in_thread(lambda: opening.open_player("no such device").close())[1] == before


def _tell_niceness(report) -> None:
    give_way_as_process()
    report.send(os.getpriority(os.PRIO_PROCESS, 0))


def test_a_process_gives_way():
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_tell_niceness, args=(theirs,))
    process.start()
    assert ours.recv() == min(niceness() + NICENESS, 19)
    process.join()
    ours.close()
    theirs.close()
