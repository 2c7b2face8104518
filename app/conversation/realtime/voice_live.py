"""Azure Voice Live: a service that hears and answers with an Azure voice, its visemes and, where it sends them, blendshapes."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.conversation.realtime.faults import Lost, Place, Refused, missing, refused, unreachable
from app.conversation.realtime.service_dialogue import HANDSHAKE_S, WAITS_S, ServiceDialogue
from app.conversation.realtime.spending import Spent
from app.conversation.realtime.upstream import RATE
from app.keys.access import SpeechAccess

NAME = "Azure Voice Live"
#: a token from Entra ID is asked for anew with every connection, so it need not be remembered for long
_TOKEN_LASTS_S = 300


@dataclass(frozen=True)
class VoiceLiveSettings:
    """What a session is asked for.

    Attributes:
        model: that answers.
        voice: an Azure voice's name (``en-US-AvaNeural``), or one of OpenAI's (``marin``), which sends no visemes.
        instructions: the persona.
        languages: BCP 47 tags that the user may speak; empty for any.
        silence_ms: of the user, after which a turn ends.
        cancels_echo: the service takes its own voice out of what it hears.
    """

    model: str = "gpt-realtime"
    voice: str = "en-US-AvaMultilingualNeural"
    instructions: str = ""
    languages: tuple[str, ...] = ()
    silence_ms: int = 500
    cancels_echo: bool = True

    @property
    def is_azure_voice(self) -> bool:
        """Whether the voice is one of Azure's."""
        return "-" in self.voice


class VoiceLiveDialogue(ServiceDialogue):
    """See Dialogue.

    Args:
        access: the way to an Azure AI resource; a region alone is enough.
        settings: of the session.
        spent: is given what was used.
        handshake_s: how long a handshake may take.
        waits_s: pauses between tries to connect anew.
    """

    def __init__(
        self,
        access: SpeechAccess,
        settings: VoiceLiveSettings,
        *,
        spent: Callable[[Spent], None] | None = None,
        handshake_s: float = HANDSHAKE_S,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        endpoint = access.endpoint or f"https://{access.region}.api.cognitive.microsoft.com"
        place = Place(NAME, urlsplit(endpoint).netloc or endpoint, settings.model, access.key)
        super().__init__(place, "voice-live", spent=spent, handshake_s=handshake_s, waits_s=waits_s)
        self.hears_echo = not settings.cancels_echo
        self._access, self._endpoint, self._settings = access, endpoint, settings
        self._talk.silence_s = settings.silence_ms / 1e3
        self._talk.wants_visemes = settings.is_azure_voice

    def _session(self, given_up: int) -> dict[str, Any] | None:
        wished = self._settings
        kind = "azure-standard" if wished.is_azure_voice else "openai"
        session: dict[str, Any] = {
            "modalities": ["text", "audio"],
            "voice": {"type": kind, "name": wished.voice},
            "input_audio_format": "pcm16",
            "input_audio_sampling_rate": RATE,
            "output_audio_format": "pcm16",
            # what was heard is known here only, so the service must not guess where to cut
            "turn_detection": {
                "type": "azure_semantic_vad",
                "silence_duration_ms": wished.silence_ms,
                "interrupt_response": True,
                "create_response": True,
                "auto_truncate": False,
            },
            "input_audio_transcription": {
                "model": "azure-speech",
                **({"language": ",".join(wished.languages)} if wished.languages else {}),
            },
            "input_audio_noise_reduction": {"type": "azure_deep_noise_suppression"},
        }
        if wished.languages:
            session["input_audio_transcription"]["language"] = ",".join(wished.languages)
        if wished.instructions:
            session["instructions"] = wished.instructions
        if wished.cancels_echo:
            session["input_audio_echo_cancellation"] = {"type": "server_echo_cancellation"}
        extras = self._extras()
        if given_up > len(extras):
            return None
        for name, value in [extra for wish in extras[: len(extras) - given_up] for extra in wish.items()]:
            session[name] = value
        if "animation" in session:
            session["modalities"] = ["text", "audio", "animation"]
        return session

    def _extras(self) -> list[dict[str, Any]]:
        """What may be refused, in the order in which it is worth having; a later one takes the place of an earlier one of its name."""
        if not self._settings.is_azure_voice:
            return []
        return [
            {"output_audio_timestamp_types": ["word"]},
            {"animation": {"outputs": ["viseme_id"]}},
            {"animation": {"outputs": ["viseme_id", "blendshapes"]}},
        ]

    async def _open(self, stack: AsyncExitStack) -> _VoiceLiveWire:
        try:
            from azure.ai.voicelive import aio
            from azure.core.credentials import AzureKeyCredential
            from azure.core.exceptions import AzureError
        except ImportError as error:
            raise missing(NAME, "azure-ai-voicelive[aiohttp]") from error
        access = self._access
        credential = _Token(access.token) if access.token is not None else AzureKeyCredential(access.key)
        try:
            wire = await stack.enter_async_context(
                aio.connect(
                    endpoint=self._endpoint,
                    credential=credential,
                    model=self._settings.model,
                    connection_options={"close_timeout": 1.0, "max_msg_size": 16 << 20},
                )
            )
        except asyncio.CancelledError as error:
            await _close_abandoned(error)
            raise
        except AzureError as error:
            raise self._refusal(error.__cause__ or error) from None
        return _VoiceLiveWire(wire)

    def _refusal(self, cause: BaseException) -> Refused:
        status = getattr(cause, "status", None)
        if isinstance(status, int) and status:
            return refused(self._place, status, getattr(cause, "headers", None))
        return unreachable(self._place)


class _Token:
    """A credential around a function that gives a token; asked on a thread of its own, because it may go over the network."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    async def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(await asyncio.to_thread(self._token), int(time.time()) + _TOKEN_LASTS_S)

    async def close(self) -> None:
        """Nothing is kept open."""

    async def __aenter__(self) -> _Token:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


class _VoiceLiveWire:
    """See Wire.

    Args:
        connection: of the SDK.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def send(self, message: dict[str, Any]) -> None:
        """See Wire."""
        from azure.core.exceptions import AzureError

        try:
            await self._connection.send(message)
        except AzureError as error:
            raise Lost from error

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """See Wire. A dropped socket ends the SDK's loop without a word."""
        from azure.core.exceptions import AzureError

        try:
            async for event in self._connection:
                yield event.as_dict()
        except AzureError as error:
            raise Lost from error


async def _close_abandoned(error: BaseException) -> None:
    """Close the HTTP session that the SDK leaves open when its handshake is broken off from outside."""
    import aiohttp

    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in list(frame.f_locals.values()):
            if isinstance(value, aiohttp.ClientSession) and not value.closed:
                await value.close()
