"""A server in each dialect, and a dialogue with it."""

from __future__ import annotations

import pytest

from tests.clouds.realtime_service import Script, serving
from tests.clouds.realtime_talk import DIALECTS, Ear, dialogue_for, voice


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """openai sends even what is on this machine to a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


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
