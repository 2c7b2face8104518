"""Who takes part in a conversation: what was chosen for every role, and the dialogue that is made of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from app.conversation.chain.chain import Chain
from app.conversation.chain.listening import Manners
from app.conversation.chain.pacing import PARTS_AHEAD
from app.conversation.chain.speaking import SentenceVoice
from app.conversation.chat.choice import make_chat
from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.personas import Persona
from app.conversation.chat.scripted import ScriptedChat
from app.conversation.chat.usage import Usage
from app.conversation.dialogue import Dialogue
from app.conversation.recognition.choice import make_recogniser
from app.conversation.recognition.embedded import Reader
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.steps import ChatModel, Recogniser
from app.core.counting import Count, uncounted
from app.core.errors import ServiceError, SpeechError
from app.keys.access import ChatAccess, SpeechAccess
from app.keys.found import chat_access, live_access, speech_access
from app.speech.azure.engine import AzureEngine
from app.speech.azure.voices import PREFIX, VISEMESYNC_VOICES
from app.speech.engine import TtsEngine
from app.speech.hibari import HibariEngine

AZURE_FIRST, EMBEDDED_FIRST = VISEMESYNC_VOICES[0][0], "heart"
_NO_CHAT = (
    "No chat model is known: set AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT and AZURE_OPENAI_API_KEY and start again, or talk with the"
    " scripted persona."
)
_NO_LIVE = (
    "No speech-to-speech service is known: set AZURE_VOICELIVE_ENDPOINT and AZURE_VOICELIVE_API_KEY and start again, or choose a"
    " recogniser, a chat model and a voice."
)

#: who hears: ``embedded``, ``azure``, ``none`` for typing only, "" for what there is
Ears = Literal["", "embedded", "azure", "none"]
#: who answers: ``scripted``, a ``chat`` model, or a service that hears and speaks as well; "" for what there is
Answering = Literal["", "scripted", "chat", "voice-live", "realtime"]


@dataclass(frozen=True)
class Ways:
    """The ways to the services; none of them is usable where nothing is known of it.

    Attributes:
        speech: to Azure's Speech service.
        chat: to a chat model.
        live: to Voice Live or Realtime; its ``deployment`` is the model.
    """

    speech: SpeechAccess = field(default_factory=SpeechAccess)
    chat: ChatAccess = field(default_factory=ChatAccess)
    live: ChatAccess = field(default_factory=ChatAccess)

    @classmethod
    def found(cls) -> Ways:
        """As they were typed, or as the environment names them. May ask a keyring: call it on a worker thread."""
        return cls(speech_access(), chat_access(), live_access())


@dataclass(frozen=True)
class Partners:
    """What is chosen; "" leaves a role to what there is: the services where there are keys, the embedded parts elsewhere.

    Attributes:
        ears: who hears.
        answering: who answers.
        voice_id: a voice of the embedded engine, or one of Azure's as ``azure:NAME``; "" for the persona's own.
        language: BCP 47 tag that the user speaks; "" for the persona's. Several, separated by commas, are told apart by the recogniser.
        speed: of the voice, 0.5 to 2.
        hands_free: whether silence ends an utterance; else only the end of speech that is told (push-to-talk, a recording).
        backchannels_interrupt: whether a short “mm-hm” over an answer interrupts it.
        parts_ahead: sentences that are spoken before they are heard; None where nobody hears them in time.
    """

    ears: Ears = ""
    answering: Answering = ""
    voice_id: str = ""
    language: str = ""
    speed: float = 1.0
    hands_free: bool = True
    backchannels_interrupt: bool = True
    parts_ahead: int | None = PARTS_AHEAD


def settled(partners: Partners, persona: Persona, ways: Ways) -> Partners:
    """The choice with every role filled.

    Args:
        partners: as chosen.
        persona: who is talked with.
        ways: to the services.

    Returns:
        Without "" for ears, answering, voice and language; a voice of Azure's where its service can be reached.
    """
    speaks = ways.speech.usable
    if speaks:
        voice = f"{PREFIX}{persona.azure_voice or AZURE_FIRST}"
    else:
        installed = [each.id for each in HibariEngine().voices() if each.installed]
        voice = persona.embedded_voice if persona.embedded_voice in installed else EMBEDDED_FIRST
    return replace(
        partners,
        ears=partners.ears or ("azure" if speaks else "embedded"),
        answering=partners.answering or ("chat" if ways.chat.usable else "scripted"),
        voice_id=partners.voice_id or voice,
        language=partners.language or persona.language,
    )


def make_dialogue(
    partners: Partners,
    persona: Persona,
    ways: Ways,
    *,
    engine: TtsEngine | None = None,
    memory: ChatMemory | None = None,
    count: Count = uncounted,
    reader: Callable[[threading.Event], Reader] | None = None,
    greets: bool = False,
) -> Dialogue:
    """Somebody to talk with. Imports what is heavy: call it on a worker thread.

    Args:
        partners: what is chosen for the roles.
        persona: who is talked with.
        ways: to the services.
        engine: the voices, when there is an engine already; it is not closed with the dialogue.
        memory: takes what is said; None for one of the dialogue's own.
        count: told what paid services were used for.
        reader: loads the embedded recogniser's network, on its thread; None for the usual way, which says nothing meanwhile.
        greets: whether the persona speaks first; a service that hears and speaks by itself does as it pleases.

    Returns:
        A dialogue that has not begun.

    Raises:
        ServiceError: a service was chosen that cannot be reached, and what to do about it.
        SpeechError: there is no such voice.
    """
    chosen = settled(partners, persona, ways)
    memory = memory or ChatMemory(persona.system_prompt, name=persona.title)
    if chosen.answering in ("voice-live", "realtime"):
        return _service(chosen, persona, ways, count)
    recogniser = _recogniser(chosen, ways, reader)
    return Chain(
        recogniser,
        _chat(chosen, persona, ways, count),
        _voice(chosen, ways, engine, count),
        memory,
        languages=_languages(chosen, recogniser),
        manners=Manners(chosen.backchannels_interrupt),
        activity=None if recogniser is None else VoiceActivity(),
        parts_ahead=chosen.parts_ahead,
        count=count,
        greeting=persona.greeting if greets else "",
    )


def _recogniser(chosen: Partners, ways: Ways, reader: Callable[[threading.Event], Reader] | None) -> Recogniser | None:
    if chosen.ears == "none":
        return None
    return make_recogniser("azure" if chosen.ears == "azure" else "embedded", ways.speech, hands_free=chosen.hands_free, reader=reader)


def _languages(chosen: Partners, recogniser: Recogniser | None) -> tuple[str, ...]:
    """Those that are spoken, as far as the recogniser knows them."""
    spoken = [tag.strip() for tag in chosen.language.split(",") if tag.strip()]
    known = recogniser.languages if recogniser is not None else ()
    return tuple(tag for tag in spoken if tag in known)


def _chat(chosen: Partners, persona: Persona, ways: Ways, count: Count) -> ChatModel:
    if chosen.answering == "scripted":
        return ScriptedChat()
    if not ways.chat.endpoint.strip():
        raise ServiceError(_NO_CHAT)

    def used(usage: Usage) -> None:
        count("chat", "tokens_in", usage.prompt_tokens, usage.deployment)
        count("chat", "tokens_out", usage.completion_tokens, usage.deployment)

    return make_chat(ways.chat, temperature=persona.temperature, used=used)


def _voice(chosen: Partners, ways: Ways, engine: TtsEngine | None, count: Count) -> SentenceVoice:
    if not chosen.voice_id.startswith(PREFIX):
        engine = engine or HibariEngine()
        known = [voice.id for voice in engine.voices()]
        if chosen.voice_id not in known:
            named = ", ".join(voice for voice in known if not voice.startswith(PREFIX))
            raise SpeechError(f"There is no voice “{chosen.voice_id}”; choose one of {named}, or one of Azure's as {PREFIX}{AZURE_FIRST}.")
        return SentenceVoice(engine, chosen.voice_id, chosen.speed)
    if engine is not None:
        return SentenceVoice(engine, chosen.voice_id, chosen.speed)  # who made the engine counts what it is paid
    own = AzureEngine(lambda: ways.speech, counted=count)
    return SentenceVoice(own, chosen.voice_id, chosen.speed, let_go=own.close)


def _service(chosen: Partners, persona: Persona, ways: Ways, count: Count) -> Dialogue:
    from app.conversation.realtime.openai_realtime import RealtimeDialogue, RealtimeSettings
    from app.conversation.realtime.spending import Spent
    from app.conversation.realtime.voice_live import VoiceLiveDialogue, VoiceLiveSettings

    def spent(what: Spent) -> None:
        count("realtime", "minutes_heard", what.heard_s / 60, what.model)
        count("realtime", "minutes_spoken", what.spoken_s / 60, what.model)

    live, languages = ways.live, tuple(tag.strip() for tag in chosen.language.split(",") if tag.strip())
    if chosen.answering == "realtime":
        way = live if live.usable else ways.chat
        if not way.usable:
            raise ServiceError(_NO_LIVE)
        return RealtimeDialogue(way, RealtimeSettings(instructions=persona.system_prompt, language=languages[0]), spent=spent)
    speech = SpeechAccess(key=live.key, endpoint=live.endpoint, token=live.token) if live.endpoint else ways.speech
    if not speech.usable:
        raise ServiceError(_NO_LIVE)
    voice = chosen.voice_id.removeprefix(PREFIX) if chosen.voice_id.startswith(PREFIX) else persona.azure_voice or AZURE_FIRST
    settings = VoiceLiveSettings(voice=voice, instructions=persona.system_prompt, languages=languages)
    return VoiceLiveDialogue(speech, replace(settings, model=live.deployment or settings.model), spent=spent)
