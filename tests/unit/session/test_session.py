"""The parts together: nothing fails unheard, nothing listens twice to one voice, and no part knows the whole."""

from __future__ import annotations

import threading
import typing

import numpy as np
import pytest

from app.core.emotion import EmotionTimeline
from app.core.errors import SpeechError
from app.core.speech import AudioClip
from app.session import Session
from app.session.base.workers import Workers
from app.session.motion import animating
from app.session.motion.animating import Estimates


def broken(_job) -> None:
    raise SpeechError("This does not work; do something else.")


def test_whatever_job_fails_somebody_says_so(session, qtbot):
    told: list[str] = []
    session.messages.failed.connect(told.append)
    session.links.servers.refused.connect(told.append)
    everybody = session.findChildren(Workers)
    assert len(everybody) >= 7
    for n, workers in enumerate(everybody):
        workers.start("any task", broken)
        qtbot.waitUntil(lambda n=n: len(told) == n + 1, timeout=5000)


def test_no_part_is_given_the_whole_session(session):
    parts = [part for part in vars(session).values() if type(part).__module__.startswith("app.session")]
    assert len(parts) > 20
    for part in parts:
        assert Session not in typing.get_type_hints(type(part).__init__).values(), type(part)
        assert not any(value is session for value in vars(part).values()), type(part)


def test_what_is_no_source_is_one_sentence_and_changes_nothing(session):
    told: list[str] = []
    session.messages.failed.connect(told.append)
    before = session.state.sides["A"]
    session.sources.choose("A", "No source at all!")
    session.sources.choose("B", "")
    assert len(told) == 2 and "A source is written like" in told[0]
    assert session.state.sides["A"] is before and list(session.state.sides) == ["A"]


@pytest.fixture
def listened(monkeypatch) -> list[str]:
    """Names of the clips that were listened to."""
    names: list[str] = []
    lock = threading.Lock()

    def listen(clip: AudioClip, _cancel: object) -> EmotionTimeline:
        with lock:
            names.append(clip.name)
        return EmotionTimeline()

    monkeypatch.setattr(animating, "estimate_emotion", listen)
    return names


def test_a_voice_is_listened_to_once_by_all_threads_and_old_ones_are_forgotten(listened):
    estimates, cancel = Estimates(), threading.Event()
    clips = [AudioClip(np.full(10, n / 100, np.float32), 16000, str(n)) for n in range(animating.MOST_ESTIMATES + 1)]

    def listen() -> None:
        for clip in clips:
            estimates.of(clip, cancel)

    threads = [threading.Thread(target=listen) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listened.clear()
    estimates.of(clips[-1], cancel)
    assert listened == []
    estimates.of(clips[0], cancel)
    assert listened == ["0"]
