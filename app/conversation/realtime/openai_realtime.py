"""OpenAI-style Realtime, at Azure OpenAI or any address that speaks like it: a voice without visemes, whose sound drives the face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.conversation.realtime.faults import Lost, Place, missing, refused, unreachable
from app.conversation.realtime.service_dialogue import HANDSHAKE_S, WAITS_S, ServiceDialogue
from app.conversation.realtime.spending import Spent
from app.conversation.realtime.upstream import RATE
from app.keys.access import ChatAccess

NAME = "OpenAI Realtime"
#: the same things under the names of Voice Live
_NAMES = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_text.delta": "response.text.delta",
}


@dataclass(frozen=True)
class RealtimeSettings:
    """What a session is asked for.

    Attributes:
        voice: one of the service's.
        instructions: the persona.
        language: BCP 47 tag that the user speaks, "" for any.
        transcription: the model that writes down what the user says.
        silence_ms: of the user, after which a turn ends.
    """

    voice: str = "marin"
    instructions: str = ""
    language: str = ""
    transcription: str = "gpt-4o-mini-transcribe"
    silence_ms: int = 500


class RealtimeDialogue(ServiceDialogue):
    """See Dialogue. It has no ears for its own echo, so a guard has to stand before it.

    Args:
        access: the way to the deployment.
        settings: of the session.
        spent: is given what was used.
        handshake_s: how long a handshake may take.
        waits_s: pauses between tries to connect anew.
    """

    answer_type = "output_text"

    def __init__(
        self,
        access: ChatAccess,
        settings: RealtimeSettings,
        *,
        spent: Callable[[Spent], None] | None = None,
        handshake_s: float = HANDSHAKE_S,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        place = Place(NAME, urlsplit(access.endpoint).netloc or access.endpoint, access.deployment, access.key)
        super().__init__(place, "openai-realtime", spent=spent, handshake_s=handshake_s, waits_s=waits_s)
        self._access, self._settings = access, settings
        self._talk.silence_s = settings.silence_ms / 1e3

    def _session(self, given_up: int) -> dict[str, Any] | None:
        wished, audio_format = self._settings, {"type": "audio/pcm", "rate": RATE}
        if given_up > 1:
            return None
        transcription = {"model": wished.transcription, **({"language": wished.language.split("-")[0]} if wished.language else {})}
        hearing: dict[str, Any] = {
            "format": audio_format,
            "turn_detection": {
                "type": "server_vad",
                "silence_duration_ms": wished.silence_ms,
                "interrupt_response": True,
                "create_response": True,
            },
        }
        if given_up == 0:
            hearing["transcription"] = transcription
        session: dict[str, Any] = {
            "type": "realtime",
            "output_modalities": ["audio"],
            "audio": {"input": hearing, "output": {"format": audio_format, "voice": wished.voice}},
        }
        if wished.instructions:
            session["instructions"] = wished.instructions
        return session

    async def _open(self, stack: AsyncExitStack) -> _RealtimeWire:
        try:
            from openai import AsyncOpenAI, OpenAIError
            from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
        except ImportError as error:
            raise missing(NAME, "openai[realtime]") from error
        access = self._access
        token = access.token

        async def bearer() -> str:
            assert token is not None
            return await asyncio.to_thread(token)

        try:
            client = await stack.enter_async_context(
                AsyncOpenAI(base_url=base_address(access.endpoint), api_key=bearer if token is not None else access.key or "none")
            )
            # a server that does not answer a farewell is not waited for; the SDK hands this on to its socket
            options: Any = {"close_timeout": 1.0, "open_timeout": None}
            wire = await stack.enter_async_context(client.realtime.connect(model=access.deployment, websocket_connection_options=options))
        except InvalidStatus as error:
            raise refused(self._place, error.response.status_code, dict(error.response.headers)) from None
        except (OSError, OpenAIError, InvalidHandshake, InvalidURI):
            raise unreachable(self._place) from None
        return _RealtimeWire(wire)


def base_address(endpoint: str) -> str:
    """The address under which an endpoint speaks version 1 of the API.

    Args:
        endpoint: of an Azure resource, or one that ends in ``/v1``.
    """
    bare = endpoint.strip().rstrip("/")
    if bare.endswith("/v1"):
        return bare + "/"
    return f"{bare.removesuffix('/openai')}/openai/v1/"


class _RealtimeWire:
    """See Wire.

    Args:
        connection: of the SDK.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def send(self, message: dict[str, Any]) -> None:
        """See Wire."""
        from openai import OpenAIError
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(message)
        except (ConnectionClosed, OpenAIError) as error:
            raise Lost from error

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """See Wire."""
        from openai import OpenAIError
        from websockets.exceptions import ConnectionClosed

        try:
            async for event in self._connection:
                message: dict[str, Any] = event.to_dict(warnings=False)
                message["type"] = _NAMES.get(message.get("type", ""), message.get("type"))
                yield message
        except (ConnectionClosed, OpenAIError) as error:
            raise Lost from error
