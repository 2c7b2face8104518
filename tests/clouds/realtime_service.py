"""A server on this machine that speaks as Azure Voice Live and as OpenAI's Realtime do, for the real SDKs.

Its formats are those that the SDKs send and accept. It hears (loud or quiet), keeps the items of a conversation, checks what a client
claims, and speaks the answer that a test gives it; every fault is scripted.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from aiohttp import WSMsgType, web

from tests.clouds.listening import listen, port_of, shut

Dialect = Literal["voice-live", "openai"]
RATE = 24000
CHUNK_MS = 100
LOUD = 0.02
#: OpenAI's names for what Voice Live calls otherwise
OPENAI_NAMES = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
}


@dataclass
class Script:
    """What the service does.

    Attributes:
        sound: (n,) float32 of the answer at 24 kHz.
        words: (text, start ms, end ms) of the answer.
        visemes: (number, ms).
        face_values: numbers per frame of the blendshapes; 0 for none.
        face_fps: frames per second of them.
        face_as_text: they come as a string.
        transcript: what the user is said to have said; None where that fails.
        refusals: (status, headers) of the next handshakes.
        mute_handshakes: so many handshakes are never answered.
        drop_at_ms: the socket is dropped when so much of an answer was sent, once.
        hold_at_ms: an answer stands still when so much was sent, until it is cancelled.
        status: of a finished answer, with its details.
        refused_wishes: settings of a session that are refused.
        late_transcript: the user's text comes after the answer has begun.
        extra: messages sent before an answer.
    """

    sound: np.ndarray = field(default_factory=lambda: np.zeros(RATE, np.float32))
    words: tuple[tuple[str, int, int], ...] = (("Good", 0, 300), ("morning.", 300, 1000))
    visemes: tuple[tuple[int, int], ...] = ((0, 0), (20, 60), (8, 200), (19, 280), (21, 320), (0, 950))
    face_values: int = 55
    face_fps: int = 60
    face_as_text: bool = False
    transcript: str | None = "What time is it?"
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    mute_handshakes: int = 0
    drop_at_ms: int | None = None
    hold_at_ms: int | None = None
    status: tuple[str, dict[str, Any] | None] = ("completed", None)
    refused_wishes: tuple[str, ...] = ()
    late_transcript: bool = False
    extra: tuple[dict[str, Any], ...] = ()


class _Connection:
    """One socket: a session with its items, its ears and the answer under way."""

    def __init__(self, service: RealtimeService, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.service, self.socket, self.request = service, socket, request
        self.script = service.script
        self.session: dict[str, Any] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.sent_ms: dict[str, int] = {}
        self.speaking: asyncio.Task[None] | None = None
        self.response_id = self.item_id = self.user_item = ""
        self.heard_ms = 0.0
        self.quiet_ms = 0.0
        self.talking = False

    # -- what it says

    async def say(self, kind: str, **fields: Any) -> None:
        name = OPENAI_NAMES.get(kind, kind) if self.service.dialect == "openai" else kind
        await self.socket.send_json({"type": name, "event_id": self.service.new_id("event"), **fields})

    async def refuse(self, event: dict[str, Any], code: str, message: str, param: str | None = None) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": param, "event_id": event.get("event_id")}
        await self.say("error", error=error)

    async def added(self, item: dict[str, Any]) -> None:
        self.items[item["id"]] = item
        openai = self.service.dialect == "openai"
        names = ("conversation.item.added", "conversation.item.done") if openai else ("conversation.item.created",)
        for name in names:
            await self.say(name, previous_item_id=None, item=item)

    # -- what it is asked

    async def take(self, event: dict[str, Any]) -> None:
        act: Callable[[dict[str, Any]], Any] | None = getattr(self, "on_" + str(event.get("type")).replace(".", "_"), None)
        if act is None:
            await self.refuse(event, "invalid_value", f"Invalid value: '{event.get('type')}'.", "type")
        else:
            await act(event)

    async def on_session_update(self, event: dict[str, Any]) -> None:
        session = event["session"]
        if self.service.dialect == "openai" and session.get("type") != "realtime":
            return await self.refuse(event, "missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type")
        for wish in self.script.refused_wishes:
            if wish in json.dumps(session):
                return await self.refuse(event, "invalid_value", f"The session cannot have {wish}.", f"session.{wish}")
        self.session.update(session)
        await self.say("session.updated", session=self.session)

    async def on_conversation_item_create(self, event: dict[str, Any]) -> None:
        answer_type = "output_text" if self.service.dialect == "openai" else "text"
        kinds = {"user": "input_text", "assistant": answer_type}
        item = {"id": self.service.new_id("item"), "object": "realtime.item", "status": "completed", **event["item"]}
        if any(part["type"] != kinds[item["role"]] for part in item["content"]):
            return await self.refuse(event, "invalid_value", "Wrong type of content.", "item.content")
        await self.added(item)

    async def on_conversation_item_truncate(self, event: dict[str, Any]) -> None:
        item_id, end_ms = event["item_id"], event["audio_end_ms"]
        if item_id not in self.sent_ms:
            return await self.refuse(event, "item_not_found", f"There is no item {item_id}.", "item_id")
        if end_ms > self.sent_ms[item_id]:
            said = f"Audio content of {self.sent_ms[item_id]}ms is already shorter than {end_ms}ms"
            return await self.refuse(event, "invalid_value", said, "audio_end_ms")
        self.service.truncated.append((item_id, end_ms))
        await self.say("conversation.item.truncated", item_id=item_id, content_index=event["content_index"], audio_end_ms=end_ms)

    async def on_response_create(self, event: dict[str, Any]) -> None:
        if self.speaking is not None and not self.speaking.done():
            return await self.refuse(
                event, "conversation_already_has_active_response", "Conversation already has an active response in progress"
            )
        await self.begin_answer()

    async def on_response_cancel(self, event: dict[str, Any]) -> None:
        if self.speaking is None or self.speaking.done():
            return await self.refuse(event, "response_cancel_not_active", "Cancellation failed: no active response found")
        await self.stop("client_cancelled")

    async def on_input_audio_buffer_append(self, event: dict[str, Any]) -> None:
        try:
            sound = np.frombuffer(base64.b64decode(event["audio"], validate=True), "<i2").astype(np.float32) / 32768
        except (binascii.Error, ValueError):
            return await self.refuse(event, "invalid_value", "Audio is not PCM16 as base64.", "audio")
        self.service.heard.append(sound)
        for block in np.array_split(sound, max(1, len(sound) // 480)):
            await self.listen(block)

    async def listen(self, block: np.ndarray) -> None:
        """Loud and quiet, as a voice activity detector has it."""
        ms = len(block) * 1000 / RATE
        loud = bool(len(block)) and float(np.abs(block).max()) > LOUD
        if loud and not self.talking:
            self.talking, self.user_item = True, self.service.new_id("item")
            await self.say("input_audio_buffer.speech_started", audio_start_ms=round(self.heard_ms), item_id=self.user_item)
            if self.speaking is not None and not self.speaking.done():
                await self.stop("turn_detected")
        self.quiet_ms = 0.0 if loud else self.quiet_ms + ms
        self.heard_ms += ms
        detection = self.session.get("turn_detection") or self.session.get("audio", {}).get("input", {}).get("turn_detection") or {}
        if self.talking and self.quiet_ms >= detection.get("silence_duration_ms", 500):
            self.talking = False
            await self.say("input_audio_buffer.speech_stopped", audio_end_ms=round(self.heard_ms), item_id=self.user_item)
            await self.commit()

    async def commit(self) -> None:
        item_id = self.user_item
        await self.say("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        content = [{"type": "input_audio", "transcript": None}]
        await self.added({"id": item_id, "object": "realtime.item", "type": "message", "role": "user", "content": content})
        if not self.script.late_transcript:
            await self.transcribe(item_id)
        await self.begin_answer()

    async def transcribe(self, item_id: str) -> None:
        name, text = "conversation.item.input_audio_transcription", self.script.transcript
        if text is None:
            await self.say(f"{name}.failed", item_id=item_id, content_index=0, error={"type": "transcription_error", "message": "no"})
            return
        for delta in (text[: len(text) // 2], text[len(text) // 2 :]):
            await self.say(f"{name}.delta", item_id=item_id, content_index=0, delta=delta)
        await self.say(f"{name}.completed", item_id=item_id, content_index=0, transcript=text, usage={"type": "duration", "seconds": 1})

    # -- the answer

    async def begin_answer(self) -> None:
        self.response_id, self.item_id = self.service.new_id("resp"), self.service.new_id("item")
        self.sent_ms[self.item_id] = 0
        await self.say("response.created", response=self.response("in_progress"))
        self.speaking = asyncio.create_task(self.speak())

    def response(self, status: str, details: dict[str, Any] | None = None, usage: dict[str, Any] | None = None) -> dict[str, Any]:
        return {
            "id": self.response_id, "object": "realtime.response", "status": status, "status_details": details, "output": [],
            "usage": usage, "conversation_id": "conv_1",
        }  # fmt: skip

    @property
    def at(self) -> dict[str, Any]:
        return {"response_id": self.response_id, "item_id": self.item_id, "output_index": 0, "content_index": 0}

    async def speak(self) -> None:
        script = self.script
        for extra in script.extra:
            await self.say(**{"kind" if name == "type" else name: value for name, value in extra.items()})
        step, ms = RATE * CHUNK_MS // 1000, 0
        pcm = np.round(np.clip(script.sound, -1, 1) * 32767).astype("<i2")
        for start in range(0, len(pcm), step):
            await self.beside(ms, ms + CHUNK_MS)
            chunk = pcm[start : start + step]
            await self.say("response.audio.delta", **self.at, delta=base64.b64encode(chunk.tobytes()).decode())
            ms += len(chunk) * 1000 // RATE
            self.sent_ms[self.item_id] = ms
            if start == 0 and script.late_transcript and self.user_item:
                await self.transcribe(self.user_item)
            if script.drop_at_ms is not None and ms >= script.drop_at_ms:
                script.drop_at_ms = None
                assert self.request.transport is not None
                self.request.transport.abort()
                return
            if script.hold_at_ms is not None and ms >= script.hold_at_ms:
                self.service.holding.set()
                await asyncio.Event().wait()
        await self.say("response.audio.done", **self.at)
        await self.say("response.audio_transcript.done", **self.at, transcript=" ".join(word for word, *_ in script.words))
        await self.finish()

    async def beside(self, start_ms: int, end_ms: int) -> None:
        """What is said and seen between two moments, ahead of its sound."""
        script = self.script
        animation = (self.session.get("animation") or {}).get("outputs") or []
        for word, first, last in script.words:
            if start_ms <= first < end_ms:
                await self.say("response.audio_transcript.delta", **self.at, delta=word if first == 0 else f" {word}")
                if "word" in (self.session.get("output_audio_timestamp_types") or []):
                    times = {"audio_offset_ms": first, "audio_duration_ms": last - first}
                    await self.say("response.audio_timestamp.delta", **self.at, **times, text=word, timestamp_type="word")
        for viseme, at_ms in script.visemes if "viseme_id" in animation else ():
            if start_ms <= at_ms < end_ms:
                await self.say("response.animation_viseme.delta", **self.at, audio_offset_ms=at_ms, viseme_id=viseme)
        if "blendshapes" in animation and script.face_values:
            first, last = (ms * script.face_fps // 1000 for ms in (start_ms, end_ms))
            frames = [[round(n / 1000, 4)] * script.face_values for n in range(first, last)]
            shown = json.dumps(frames) if script.face_as_text else frames
            await self.say("response.animation_blendshapes.delta", **self.at, frame_index=first, frames=shown)

    async def finish(self) -> None:
        usage = {
            "total_tokens": 60, "input_tokens": 40, "output_tokens": 20,
            "input_token_details": {"text_tokens": 10, "audio_tokens": 30, "cached_tokens": 4},
            "output_token_details": {"text_tokens": 5, "audio_tokens": 15},
        }  # fmt: skip
        await self.say("response.done", response=self.response(*self.script.status, usage))

    async def stop(self, reason: str) -> None:
        assert self.speaking is not None
        self.speaking.cancel()
        await asyncio.wait([self.speaking])
        await self.say("response.audio.done", **self.at)
        await self.say("response.done", response=self.response("cancelled", {"type": "cancelled", "reason": reason}))


class RealtimeService:
    """The server, in a thread of its own.

    Args:
        dialect: whose words it speaks.
        script: what it does.
        key: that opens it.

    Attributes:
        url: for the SDK of the dialect.
        received: every message of the clients, in order.
        heard: sound of the clients.
        truncated: (item, milliseconds) of cuts that it accepted.
        handshakes: (path, query, headers).
        connections: all sockets so far.
        holding: set when an answer stands still by the script.
    """

    def __init__(self, dialect: Dialect, script: Script | None = None, key: str = "a-good-key") -> None:
        self.dialect, self.script, self.key = dialect, script or Script(), key
        self.received: list[dict[str, Any]] = []
        self.heard: list[np.ndarray] = []
        self.truncated: list[tuple[str, int]] = []
        self.handshakes: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.connections: list[_Connection] = []
        self.holding = threading.Event()
        self._numbers = itertools.count(1)
        self._arrived = threading.Condition()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="realtime-service")
        self._thread.start()
        self._ready.wait()
        self.url = f"http://127.0.0.1:{self.port}" + ("/openai/v1/" if dialect == "openai" else "")

    def new_id(self, kind: str) -> str:
        """A name that was not used before."""
        return f"{kind}_{next(self._numbers)}"

    def wait_for(self, found: Callable[[RealtimeService], Any], timeout_s: float = 10.0) -> Any:
        """Wait until something is true of what was received, and give it."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: found(self), timeout_s), [event.get("type") for event in self.received]
            return found(self)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Messages of a type, in order."""
        return [event for event in list(self.received) if event.get("type") == kind]

    def drop(self) -> None:
        """Drop the newest socket."""
        transport = self.connections[-1].request.transport
        assert transport is not None
        self._loop.call_soon_threadsafe(transport.abort)

    def close(self) -> None:
        """End it."""
        asyncio.run_coroutine_threadsafe(shut(self._listening, self._runner), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        self._listening = await listen(self._runner)
        self.port = port_of(self._listening)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.handshakes.append((request.path, dict(request.query), headers))
        if self.script.mute_handshakes > 0:
            self.script.mute_handshakes -= 1
            await asyncio.sleep(30)
        if self.script.refusals:
            status, more = self.script.refusals.pop(0)
            return web.json_response({"error": {"code": str(status), "message": "refused"}}, status=status, headers=more)
        if self.key not in (headers.get("api-key"), headers.get("authorization", "").removeprefix("Bearer ")):
            return web.json_response({"error": {"code": "401", "message": "Access denied"}}, status=401)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = _Connection(self, socket, request)
        self.connections.append(connection)
        await connection.say("session.created", session={"id": self.new_id("sess"), "model": request.query.get("model", "")})
        with contextlib.suppress(ConnectionError):
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    continue
                event = json.loads(message.data)
                await connection.take(event)
                with self._arrived:
                    self.received.append(event)
                    self._arrived.notify_all()
        if connection.speaking is not None:
            connection.speaking.cancel()
        return socket


@contextlib.contextmanager
def serving(dialect: Dialect, script: Script | None = None) -> Iterator[RealtimeService]:
    """A server for a while."""
    service = RealtimeService(dialect, script)
    try:
        yield service
    finally:
        service.close()
