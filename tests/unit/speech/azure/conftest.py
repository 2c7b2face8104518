"""A Speech service on this machine, and an engine that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.keys.access import SpeechAccess
from app.speech.azure.cache import LineCache
from app.speech.azure.engine import AzureEngine
from app.speech.azure.voices import VoiceList
from tests.clouds.speech_synthesis import SynthesisServer


@pytest.fixture
def service() -> Iterator[SynthesisServer]:
    with SynthesisServer() as server:
        yield server


@pytest.fixture
def access(service) -> SpeechAccess:
    return SpeechAccess(key="good-key", endpoint=service.address)


@pytest.fixture
def make_engine(access, tmp_path) -> Iterator[Callable[..., AzureEngine]]:
    """``make_engine(access=…, first_s=…)``: an engine with folders of this test only."""
    made: list[AzureEngine] = []

    def make(at: SpeechAccess = access, first_s: float = 5.0) -> AzureEngine:
        engine = AzureEngine(lambda: at, LineCache(tmp_path / "lines"), VoiceList(tmp_path / "voices.json"), first_s)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.close()
