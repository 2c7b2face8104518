"""The list of voices."""

from __future__ import annotations

import json

import pytest

from app.core.errors import ServiceError
from app.keys.access import SpeechAccess
from app.speech.azure.engine import AzureEngine
from app.speech.azure.utterance import Came
from app.speech.azure.voices import VISEMESYNC_VOICES, VoiceList, fetch_voices
from app.speech.engines import Engines
from app.speech.hibari import HibariEngine


def test_visemesyncs_fourteen_are_there_before_anything_was_asked(tmp_path):
    voices = VoiceList(tmp_path / "voices.json").voices(SpeechAccess())
    assert len(voices) == 14 and [voice.id.removeprefix("azure:") for voice in voices] == [name for name, _ in VISEMESYNC_VOICES]
    assert voices[0].name == "Andrew Multilingual, English (United States)" and voices[0].language == "en-US"
    assert all(voice.cloud and not voice.installed for voice in voices)


def test_the_list_of_the_place_follows_by_language_and_stays_offline(tmp_path, service, access):
    listed = VoiceList(tmp_path / "voices.json")
    assert listed.refresh(access) and not listed.refresh(access) and len(service.handshakes) == 1
    assert listed.refresh(access, even_if_fresh=True)
    voices = VoiceList(tmp_path / "voices.json").voices(access)
    assert [voice.language for voice in voices[14:]] == ["zh-CN", "de-DE", "pl-PL"]
    assert all(voice.installed and voice.visemes is None for voice in voices)
    jenny = next(voice for voice in voices if voice.id == "azure:en-US-JennyNeural")
    assert jenny in voices[:14] and "cheerful" in jenny.styles and jenny.gender == "female"
    yunxi = voices[14]
    assert yunxi.name == "Yunxi 云希, Chinese (Mandarin, Simplified)" and yunxi.roles == ("Boy", "Narrator") and yunxi.gender == "male"


@pytest.mark.parametrize(("status", "words"), [(401, "refused the key"), (404, "not one of a"), (429, "quota"), (302, "failed")])
def test_a_refused_list_is_one_sentence(tmp_path, service, access, status, words):
    service.refuse = status
    with pytest.raises(ServiceError, match=words):
        VoiceList(tmp_path / "voices.json").refresh(access)


def test_no_server_and_no_list_are_sentences(service, access):
    service.voices = ()
    assert fetch_voices(access) == ()
    with pytest.raises(ServiceError, match="cannot be reached"):
        fetch_voices(SpeechAccess(key="k", endpoint="ws://127.0.0.1:9"))


def test_what_a_voice_sent_once_it_can_send(tmp_path):
    listed = VoiceList(tmp_path / "voices.json")
    assert listed.seen("x") is None and listed.noticed("x", Came(True, True)) == ""
    assert listed.noticed("x", Came(False, False)) == "" and listed.seen("x") == Came(True, True)
    assert "blendshapes but no mouth shapes" in listed.noticed("y", Came(False, True))
    assert listed.noticed("y", Came(True, True)) == "" and VoiceList(tmp_path / "voices.json").seen("y") == Came(True, True)


@pytest.mark.parametrize("damage", ["", "[]", '{"places": {"a": 1}, "seen": {"en-US-AvaMultilingualNeural": 3}}', '{"places": []}'])
def test_a_broken_file_is_no_list(tmp_path, damage):
    (tmp_path / "voices.json").write_text(damage)
    assert len(VoiceList(tmp_path / "voices.json").voices(SpeechAccess(region="westeurope", key="k"))) == 14


def test_the_list_names_no_place_and_no_key(tmp_path, service, access):
    VoiceList(tmp_path / "voices.json").refresh(access)
    kept = (tmp_path / "voices.json").read_text()
    assert "127.0.0.1" not in kept and "good-key" not in kept and len(json.loads(kept)["places"]) == 1


def test_one_engine_routes_by_the_voice(make_engine, service):
    azure: AzureEngine = make_engine()
    both = Engines(HibariEngine(), azure)
    voices = both.voices()
    assert voices[0].id == "heart" and [voice.cloud for voice in voices] == sorted(voice.cloud for voice in voices)
    assert both.notes("你好", "azure:zh-CN-YunxiNeural") == () and both.notes("Hi 你好.", "heart") != ()
    (embedded,) = both.arrive("Hi.", "heart")
    (cloud,) = both.arrive("Hi.", "azure:en-US-JennyNeural")
    assert embedded.complete and embedded.so_far().phones and cloud.rate == 24000 and len(service.documents) == 1
