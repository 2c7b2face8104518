"""Where a long sound lies in another one is looked for in a worker, once; a short one at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.outline import outline_of
from app.core.placing import Places
from app.core.speech import AudioClip, Speech
from app.session.base.workers import Workers
from app.session.carry.searching import LONG_S, TASK, Searching


@pytest.fixture
def workers(qapp):
    made = Workers(lambda _task, sentence: pytest.fail(sentence))
    yield made
    made.close()


def _noise(rng, seconds: float) -> Speech:
    return Speech(AudioClip((0.1 * rng.random(int(1000 * seconds))).astype(np.float32), 1000))


def test_a_short_sound_is_looked_at_when_somebody_asks(workers, rng):
    searching, short = Searching(workers), _noise(rng, 2.0)
    first = searching.outline(short)
    assert searching.is_known(short, (), trusted=False) and searching.outline(short) is first
    searching.prepare(short)
    assert not workers.busy


def test_a_long_sound_is_looked_at_once_in_a_worker(workers, rng, qtbot, monkeypatch):
    former, present = _noise(rng, LONG_S + 1), _noise(rng, LONG_S + 2)
    old, searching = outline_of(former), Searching(workers)
    assert not searching.is_known(present, (old,), trusted=True)
    with qtbot.waitSignal(workers.ended, timeout=20_000) as ended:
        searching.look(present, (old,), trusted=True)
        searching.look(present, (old,), trusted=True)
    assert ended.args == [TASK] and searching.is_known(present, (old,), trusted=True)
    monkeypatch.setattr(Places, "__init__", lambda *_args, **_named: pytest.fail("it was looked for again"))
    places = searching.places(old, searching.outline(present), True)
    assert places.trusted and places.means == "ends"
    assert not searching.is_known(present, (old,), trusted=False)


def test_other_words_of_the_same_sound_do_not_need_its_loudness_again(workers, rng, qtbot, monkeypatch):
    searching, long = Searching(workers), _noise(rng, LONG_S + 1)
    with qtbot.waitSignal(workers.ended, timeout=20_000):
        searching.prepare(long)
    monkeypatch.setattr("app.session.carry.searching.loudness", lambda _clip: pytest.fail("it was listened to again"))
    searching.prepare(long)
    said = replace(long, text="Something.")
    assert searching.outline(said).text == "Something." and len(searching.outline(said).loud)
