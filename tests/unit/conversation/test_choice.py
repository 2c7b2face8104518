"""Who takes part: what is taken where nobody chose, and one sentence where somebody chose what is not there."""

from __future__ import annotations

import pytest

from app.conversation.chain.chain import Chain
from app.conversation.chat.personas import Persona, Personas
from app.conversation.choice import Partners, Ways, make_dialogue, settled
from app.core.errors import ServiceError, SpeechError
from app.keys.access import ChatAccess, SpeechAccess

NOTHING = Ways()
CLOUD = Ways(
    SpeechAccess("key", "westeurope"),
    ChatAccess("https://mine.openai.azure.com", "gpt", "key"),
    ChatAccess("https://mine.cognitiveservices.azure.com", "gpt-realtime", "key"),
)
PERSONA = Persona("test", "Test", "Be brief.", azure_voice="de-DE-KatjaNeural", embedded_voice="heart", language="de-DE")


def test_without_keys_everything_is_embedded():
    assert settled(Partners(), PERSONA, NOTHING) == Partners("embedded", "scripted", "heart", "de-DE")
    assert settled(Partners(), Personas().get("andrew"), NOTHING).voice_id == "heart", "a voice that is not installed speaks nothing"


def test_with_keys_the_services_are_taken_and_what_was_chosen_stays():
    assert settled(Partners(), PERSONA, CLOUD) == Partners("azure", "chat", "azure:de-DE-KatjaNeural", "de-DE")
    mixed = Partners("embedded", "scripted", "azure:en-US-JennyNeural", "en-US")
    assert settled(mixed, PERSONA, CLOUD) == mixed


def test_the_chain_is_made_of_what_is_there():
    dialogue = make_dialogue(Partners(hands_free=False), PERSONA, NOTHING)
    assert isinstance(dialogue, Chain) and dialogue.is_stand_in and dialogue.hears_echo and not dialogue.hands_free
    assert "Scripted" in dialogue.label and "Moonshine" in dialogue.label and "Heart" in dialogue.label
    dialogue.hands_free = True
    assert dialogue.hands_free
    typed = make_dialogue(Partners(ears="none"), PERSONA, NOTHING)
    assert "Moonshine" not in typed.label
    dialogue.close()
    typed.close()


def test_clouds_are_labelled_and_no_stand_ins():
    mixed = make_dialogue(Partners(ears="embedded"), PERSONA, CLOUD)
    assert not mixed.is_stand_in and "gpt at mine.openai.azure.com" in mixed.label and "key" not in mixed.label
    mixed.close()
    for answering, name in (("voice-live", "Voice Live"), ("realtime", "Realtime")):
        live = make_dialogue(Partners(answering=answering), PERSONA, CLOUD)
        assert name in live.label and not live.is_stand_in
        live.close()


@pytest.mark.parametrize("answering", ["chat", "voice-live", "realtime"])
def test_a_service_without_a_way_to_it_says_what_to_set(answering):
    with pytest.raises(ServiceError, match=r"set AZURE_\w+"):
        make_dialogue(Partners(answering=answering), PERSONA, NOTHING)


def test_an_unknown_voice_is_refused_before_anything_is_asked():
    with pytest.raises(SpeechError, match="no voice “nobody”; choose one of heart"):
        make_dialogue(Partners(voice_id="nobody"), PERSONA, NOTHING)
