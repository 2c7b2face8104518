"""Phones of a recording are found in a process of its own: in this one the window would stand still for a tenth of its length."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import Cancelled, PreviewError
from app.core.speech import AudioClip
from app.session.base import opening
from app.session.base.workers import Job, Workers
from app.speech import align


@pytest.fixture
def job(qapp, monkeypatch):
    """A worker's, in a process whose interpreter nobody may keep."""

    def keep(*_what: object) -> None:
        raise AssertionError("pocketsphinx keeps the interpreter to itself")

    monkeypatch.setattr(align, "align", keep)
    monkeypatch.setattr(align, "recognise_phones", keep)
    workers = Workers(lambda _task, _sentence: None)
    return Job("phones", 1, lambda _job: None, workers, None)


@pytest.fixture
def hum():
    """Half a second that hums and hisses."""
    t = np.arange(8000) / 16000
    return AudioClip((0.2 * np.sign(np.sin(2 * np.pi * 120 * t)) * (t < 0.3)).astype(np.float32), 16000, "hum.wav")


def test_another_process_finds_them(job, hum):
    phones = opening.find_phones(job, hum, "")
    assert phones[0].start_s == 0.0 and phones[-1].end_s == pytest.approx(0.5)
    with pytest.raises(PreviewError, match="does not fit the recording"):
        opening.find_phones(job, hum, "She had your dark suit in greasy wash water all year.")


def test_whoever_gives_up_waits_for_nothing(job, hum):
    job.cancel.set()
    with pytest.raises(Cancelled):
        opening.find_phones(job, hum, "")
