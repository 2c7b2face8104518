"""One warm engine for all speech tests."""

from __future__ import annotations

import pytest

from app.speech.hibari import HibariEngine


@pytest.fixture(scope="session")
def engine() -> HibariEngine:
    engine = HibariEngine()
    engine.warm_up()
    return engine
