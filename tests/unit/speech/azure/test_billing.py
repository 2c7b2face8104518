"""What a voice of the cloud is paid for is counted once."""

from __future__ import annotations

import pytest

from app.core.errors import ServiceError
from app.speech.azure.ssml import billable_characters
from app.speech.engine import IsPaid
from app.speech.engines import Engines
from app.speech.hibari import HibariEngine

JENNY = "azure:en-US-JennyNeural"


@pytest.mark.parametrize(
    ("ssml", "characters"),
    [
        ("<speak version='1.0' xml:lang='en-US'><voice name='x'>Hello.</voice></speak>", 6),
        ("<speak><voice name='x'><prosody rate='+10%'>Hi</prosody></voice></speak>", len("<prosody rate='+10%'>Hi</prosody>")),
        ("<speak><voice name='x'>你好 ok</voice></speak>", 7),
    ],
)
def test_markup_is_charged_for_but_the_frame_is_not(ssml, characters):
    assert billable_characters(ssml) == characters


def test_a_line_is_counted_once_and_never_from_the_disk(make_engine, service):
    engine = Engines(HibariEngine(), make_engine())
    counted = []
    assert isinstance(engine, IsPaid)
    engine.counted = lambda *what: counted.append(what)
    for _ in range(2):
        assert list(engine.synthesize("Bob may buy a map.", JENNY))
    ((kind, unit, characters),) = counted
    assert (kind, unit) == ("tts", "characters") and characters == billable_characters(service.documents[0]) >= len("Bob may buy a map.")


def test_what_was_refused_costs_nothing(make_engine, service):
    service.refuse = 401
    engine, counted = make_engine(), []
    engine.counted = lambda *what: counted.append(what)
    with pytest.raises(ServiceError):
        list(engine.synthesize("Bob may buy a map.", JENNY))
    assert counted == []
