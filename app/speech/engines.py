"""All voices as one engine: the embedded ones first, the cloud's after them; the voice's id says who speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.core.counting import Count
from app.core.marks.grammar import without_marks
from app.core.speech import Speech
from app.speech.azure.engine import AzureEngine
from app.speech.azure.ssml import is_ssml
from app.speech.azure.voices import PREFIX
from app.speech.delivery import Delivery
from app.speech.engine import TtsEngine, Voice


class Engines:
    """The embedded voices and Azure's.

    Args:
        embedded: speaks without a network.
        azure: speaks with a key.
    """

    def __init__(self, embedded: TtsEngine, azure: AzureEngine) -> None:
        self.embedded, self.azure = embedded, azure

    @property
    def delivery(self) -> Delivery:
        """How the cloud's voices say things; the embedded ones only know a speed."""
        return self.azure.delivery

    @delivery.setter
    def delivery(self, delivery: Delivery) -> None:
        self.azure.delivery = delivery

    @property
    def counted(self) -> Count:
        """Who is told what the cloud's voices are paid for; the embedded ones cost nothing."""
        return self.azure.counted

    @counted.setter
    def counted(self, counted: Count) -> None:
        self.azure.counted = counted

    def voices(self) -> tuple[Voice, ...]:
        """The embedded voices, then Azure's; asks no network."""
        return (*self.embedded.voices(), *self.azure.voices())

    def warm_up(self) -> None:
        """Load the embedded voice; the cloud's line is opened when one of its voices is chosen."""
        self.embedded.warm_up()

    def notes(self, text: str, voice_id: str = "") -> tuple[str, ...]:
        """What the user should know before a text is spoken; see TtsEngine.

        Args:
            text: any text.
            voice_id: by whom; "" for the embedded voice.
        """
        return self._of(voice_id).notes(text, voice_id)

    def noticed(self) -> tuple[str, ...]:
        """What was noticed while speaking since this was asked last."""
        return self.azure.noticed()

    def kept_bytes(self) -> int:
        """How much the kept lines of the cloud's voices are."""
        return self.azure.kept_bytes()

    def forget_lines(self) -> None:
        """Take them off the disk."""
        self.azure.forget_lines()

    def refresh_voices(self) -> bool:
        """Ask for the cloud's list; see HasVoiceList."""
        return self.azure.refresh_voices()

    def synthesize(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[Speech]:
        """Speak a text, sentence by sentence; see TtsEngine."""
        return self._of(voice_id).synthesize(text, voice_id, speed, cancel)

    def arrive(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[ArrivingSpeech]:
        """Speak a text, each sentence while it arrives; see ArrivingVoice. The embedded voice makes each sentence at once."""
        if voice_id.startswith(PREFIX):
            yield from self.azure.arrive(text, voice_id, speed, cancel)
            return
        for speech in self.embedded.synthesize(text, voice_id, speed, cancel):
            yield ArrivingSpeech.of(speech)

    def install(self, voice_id: str, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None) -> None:
        """Fetch an embedded voice, or open the line to the cloud; see TtsEngine."""
        self._of(voice_id).install(voice_id, progress, cancel)

    def close(self) -> None:
        """Let connections go."""
        self.azure.close()

    def _of(self, voice_id: str) -> TtsEngine:
        return self.azure if voice_id.startswith(PREFIX) else self.embedded


def plain_text_of(text: str) -> str:
    """What is read of a text: typed SSML without its tags, anything else without its marks."""
    if not is_ssml(text):
        return without_marks(text)
    from app.speech.markup import plain, without_markup

    return " ".join(plain(without_markup(text).text).split())


def is_cloud_voice(voice_id: str) -> bool:
    """Whether a service speaks for a voice."""
    return voice_id.startswith(PREFIX)


def all_voices() -> Engines:
    """The engines of this program: the embedded voice, and Azure's voices with the keys that are found."""
    from app.speech.hibari import HibariEngine

    return Engines(HibariEngine(), AzureEngine())
