"""Who takes part in a conversation: what there is to choose for every role, what is chosen, and the dialogue made of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.personas import Persona, Personas
from app.core.counting import Count, uncounted
from app.keys.found import chat_access, live_access, speech_access
from app.session.base.messages import Messages
from app.session.base.voices import Voices
from app.session.base.workers import Job, Workers
from app.session.conversation.services import Services
from app.session.state import State

if TYPE_CHECKING:
    from app.conversation.dialogue import Dialogue
    from app.conversation.recognition.embedded import Reader
    from app.speech.engine import Voice

Role = Literal["persona", "recogniser", "answers", "voice", "language"]
ROLE_NAMES: tuple[Role, ...] = ("persona", "recogniser", "answers", "voice", "language")
Gender = Literal["female", "male", ""]
#: of the program's own avatars, by the file's name; others are read by words in their names
_AVATARS: Mapping[str, Gender] = MappingProxyType({"avatar": "female", "avatar_man": "male", "avatar_stylised": "female"})
_WORDS: Mapping[str, Gender] = MappingProxyType({
    "woman": "female", "female": "female", "girl": "female", "lady": "female",
    "man": "male", "male": "male", "boy": "male", "guy": "male",
})  # fmt: skip
#: what the embedded recogniser does not hear is left to Azure's
LANGUAGES: Mapping[str, str] = MappingProxyType({
    "en-US": "English (United States)", "en-GB": "English (United Kingdom)", "de-DE": "German", "fr-FR": "French", "es-ES": "Spanish",
    "it-IT": "Italian", "pt-BR": "Portuguese (Brazil)", "nl-NL": "Dutch", "pl-PL": "Polish", "sv-SE": "Swedish", "tr-TR": "Turkish",
    "hi-IN": "Hindi", "ja-JP": "Japanese", "ko-KR": "Korean", "zh-CN": "Chinese (Mandarin)",
})  # fmt: skip
NO_KEY = "No key is known for it; give one in Edit, Azure and keys."


@dataclass(frozen=True)
class Offer:
    """Something that can be chosen for a role.

    Attributes:
        id: as it is remembered.
        label: as shown; a stand-in says so here.
        hint: a sentence about it, or why it cannot be used.
        usable: whether it can be chosen now.
    """

    id: str
    label: str
    hint: str = ""
    usable: bool = True


@dataclass(frozen=True)
class Reach:
    """Which services there is a way to, as far as that is known; no key is in it."""

    speech: bool = False
    chat: bool = False
    live: bool = False


class Cast(QObject):
    """The choices, and the dialogue that they make.

    Args:
        voices: speak, and are offered.
        state: its avatar says which voice matches.
        services: say when other keys are in force.
        messages: told what is wrong with a persona.
        parent: the session.

    Attributes:
        count: told what paid services were used for.
        persona: who is talked with, as of the last dialogue.
        reader: loads the embedded recogniser; None for the usual way.
        greets: whether a persona speaks first where nothing was said yet.
    """

    #: there is something else to choose, or something else is chosen
    changed = Signal()

    def __init__(self, voices: Voices, state: State, services: Services, messages: Messages, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count: Count = uncounted
        self.reader: Callable[[threading.Event], Reader] | None = None
        self._voices, self._state, self._messages = voices, state, messages
        self._chosen: dict[Role, str] = {}
        self._known = Personas()
        self._personas: tuple[Persona, ...] = ()
        self._reach = Reach()
        self.persona: Persona | None = None
        self.greets = True
        self._workers = Workers(messages.fail_task, self)
        voices.voices_changed.connect(self.changed)
        services.changed.connect(self.look)
        state.avatar_changed.connect(lambda _: self.changed.emit())

    # -- what there is

    def look(self) -> None:
        """Find out, off the GUI thread, which services there is a way to; ``changed`` tells when that is known."""

        def work(job: Job) -> None:
            job.post(self._take_reach, Reach(speech_access().usable, chat_access().usable, live_access().usable))

        self._workers.start("services", work)

    def offers(self, role: Role) -> tuple[Offer, ...]:
        """What there is for a role."""
        if role == "persona":
            return tuple(Offer(persona.id, persona.title, persona.greeting) for persona in self._all_personas())
        return {"recogniser": self._ears, "answers": self._answers, "voice": self._spoken, "language": _languages}[role]()

    def chosen(self, role: Role) -> str:
        """What is chosen for a role, "" for what there is."""
        return self._chosen.get(role, "")

    def choose(self, role: Role, name: str) -> None:
        """Choose for a role."""
        if self._chosen.get(role, "") != name:
            self._chosen[role] = name
            self.changed.emit()

    @property
    def gender(self) -> Gender:
        """Of the avatar on show, "" where its file does not say."""
        return gender_of(self._state.avatar_path)

    # -- the dialogue

    def maker(self, said: ChatMemory, hands_free: bool, interruption: str, first: bool = False) -> Callable[[], Dialogue]:
        """A call for a worker thread that makes the dialogue of what is chosen now.

        Args:
            said: what was said before, which is remembered.
            hands_free: silence ends what is said; else the key does.
            interruption: ``off``, ``calm``, ``normal`` or ``quick``.
            first: nothing was said yet, and nobody is about to.
        """
        persona = self._chosen_persona()
        said.be(persona.system_prompt, persona.title)
        memory = _recalled(said, persona)
        self.persona, engine, count, reader = persona, self._voices.engine, self.count, self.reader
        ears: Any = self.chosen("recogniser")
        answering: Any = self.chosen("answers")
        greets = first and self.greets
        wished, gender, offered = dict(self._chosen), self.gender, self._voices.offered

        def make() -> Dialogue:
            from app.conversation.choice import Partners, Ways, make_dialogue, settled

            ways = Ways.found()
            partners = Partners(
                ears=ears, answering=answering,
                voice_id=wished.get("voice", ""), language=wished.get("language", ""), hands_free=hands_free,
                backchannels_interrupt=interruption != "calm",
            )  # fmt: skip
            partners = settled(partners, persona, ways)
            if not wished.get("voice"):
                partners = replace(partners, voice_id=matched_voice(partners.voice_id, gender, offered))
            return make_dialogue(partners, persona, ways, engine=engine, memory=memory, count=count, reader=reader, greets=greets)

        return make

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    # -- inside

    def _take_reach(self, reach: Reach) -> None:
        self._reach = reach
        self.changed.emit()

    def _all_personas(self) -> tuple[Persona, ...]:
        if not self._personas:
            self._personas = self._known.all()
            for problem in self._known.problems:
                self._messages.tell(problem)
        return self._personas

    def _chosen_persona(self) -> Persona:
        every = self._all_personas()
        return next((persona for persona in every if persona.id == self.chosen("persona")), every[0])

    def _ears(self) -> tuple[Offer, ...]:
        reach = self._reach
        return (
            Offer("", f"Automatic ({'Azure' if reach.speech else 'embedded'})", "Azure where there is a key, else the embedded one"),
            Offer("embedded", "Embedded (stand-in, English)", "Works without a network; its weights are fetched once"),
            Offer("azure", "Azure Speech", "Partial and final text, many languages" if reach.speech else NO_KEY, reach.speech),
            Offer("none", "Nobody: only typing", "The microphone stays closed"),
        )

    def _answers(self) -> tuple[Offer, ...]:
        reach = self._reach
        live, realtime = reach.live or reach.speech, reach.live or reach.chat
        return (
            Offer("", f"Automatic ({'chat model' if reach.chat else 'scripted'})", "A chat model where there is one, else the script"),
            Offer("scripted", "Scripted persona (stand-in)", "Needs no key and no network, and says what it is"),
            Offer("chat", "Chat model", "Azure OpenAI, or any address that speaks like it" if reach.chat else NO_KEY, reach.chat),
            Offer("voice-live", "Azure Voice Live", "One service hears, answers and speaks" if live else NO_KEY, live),
            Offer("realtime", "Realtime", "Speech to speech, OpenAI's protocol" if realtime else NO_KEY, realtime),
        )

    def _spoken(self) -> tuple[Offer, ...]:
        words = {"female": "a woman's", "male": "a man's", "": "the persona's"}[self.gender]
        matched = Offer("", f"Matched to the avatar ({words})", "The persona's voice where it fits the avatar")
        return (matched, *(Offer(each.id, each.name, each.language) for each in self._voices.offered if each.installed))


def _recalled(said: ChatMemory, persona: Persona) -> ChatMemory:
    """A memory that knows what was said; the turns of a new dialogue are counted from 1, former ones lie before them."""
    memory = ChatMemory(persona.system_prompt, name=persona.title)
    last = max((line.turn for line in said.lines), default=0)
    for line in said.lines:
        (memory.asked if line.role == "user" else memory.answered)(line.turn - last - 1, line.text)
    return memory


def gender_of(avatar: Path | None) -> Gender:
    """What an avatar's file says about its voice, "" for nothing.

    Args:
        avatar: its file.
    """
    if avatar is None:
        return ""
    if avatar.stem in _AVATARS:
        return _AVATARS[avatar.stem]
    # `man` is not to be found in `woman`, nor in names like Manuela
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", avatar.stem).lower())
    return next((_WORDS[word] for word in words if word in _WORDS), "")


def matched_voice(wished: str, gender: Gender, offered: Sequence[Voice]) -> str:
    """The persona's voice where it fits the avatar, else one that does: of the same engine, language first.

    Args:
        wished: id of the persona's voice.
        gender: of the avatar, "" for any.
        offered: all voices.
    """
    voice = next((each for each in offered if each.id == wished), None)
    if voice is None or not gender or not voice.gender or voice.gender == gender:
        return wished
    is_cloud = ":" in wished
    fitting = [each for each in offered if each.installed and each.gender == gender and (":" in each.id) == is_cloud]
    alike = [each for each in fitting if each.language == voice.language]
    return next((each.id for each in (*alike, *fitting)), wished)


def _languages() -> tuple[Offer, ...]:
    return (Offer("", "As the persona"), *(Offer(tag, name, tag) for tag, name in LANGUAGES.items()))
