"""A server in each dialect, and a dialogue with it."""

from __future__ import annotations

import threading

import pytest

from tests.clouds.realtime_service import Script, serving
from tests.clouds.realtime_talk import DIALECTS, Ear, dialogue_for, voice


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """openai sends even what is on this machine to a proxy; closed dialogues end by themselves soon after."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("dialogue-"):
            thread.join(5)


@pytest.fixture(params=DIALECTS)
def service(request):
    with serving(request.param, Script(sound=voice())) as service:
        yield service


@pytest.fixture
def talk(service):
    """A started dialogue with the server, and the ear that hears it."""
    dialogue, ear = dialogue_for(service), Ear()
    dialogue.start(ear)
    yield dialogue, ear
    dialogue.close()
