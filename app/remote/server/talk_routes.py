"""What a page needs to talk without a key: the embedded voice, and the scripted persona in the words of chat completions."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, BackgroundTasks, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.core.errors import PreviewError
from app.core.visemes import azure_events
from app.remote.protocol.plain import number, shown
from app.remote.server.answers import Refused
from app.remote.server.embedded_voice import MOST_CHARACTERS, VoiceBusy, as_wav
from app.remote.server.state import state_of

router = APIRouter(tags=["conversation"])
#: of a request; a conversation's last messages are far shorter
MOST_BYTES = 65_536
MOST_MESSAGES = 64
#: between two words of a streamed answer
WORD_S = 0.02
#: the name under which the scripted persona is asked
MODEL = "scripted"
#: (role, text) of a conversation -> the answer to its last question
Answering = Callable[[Sequence[tuple[str, str]]], str]
_numbers = itertools.count(1)


class _Line(NamedTuple):
    role: str
    text: str


async def _read(request: Request) -> dict[str, Any]:
    """A small JSON object."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Refused(413, f"A question has at most {MOST_BYTES >> 10} KiB; send a shorter one.")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused(400, "Send a JSON object.")
    return data


@router.get("/voices")
async def voices(request: Request, later: BackgroundTasks) -> dict[str, object]:
    """The voices that this server speaks with; whoever asks will soon need one, so it is loaded."""
    voice = state_of(request).voice
    known = await asyncio.to_thread(voice.voices)
    later.add_task(voice.warm_up)
    return {"voices": [{"id": v.id, "name": v.name, "language": v.language, "gender": v.gender} for v in known]}


@router.post("/speech", response_class=Response)
async def speech(request: Request) -> Response:
    """Speak ``{"text", "voice", "speed"}``: WAV, or with ``Accept: application/json`` the same in base64 with its viseme IDs."""
    data = await _read(request)
    text, voice = data.get("text"), data.get("voice", "")
    speed = number(data.get("speed", 1.0))
    if not isinstance(text, str) or not isinstance(voice, str) or speed is None or not 0.5 <= speed <= 2.0:
        raise Refused(400, "Send text, and if you like a voice and a speed from 0.5 to 2.")
    if len(text) > MOST_CHARACTERS:
        raise Refused(413, f"A text to be spoken has at most {MOST_CHARACTERS} characters; send it in sentences.")
    try:
        said = await state_of(request).voice.say(shown(text), shown(voice), speed)
    except VoiceBusy:
        raise Refused(503, "The voice has too much to say at present; try again in a moment.", {"Retry-After": "2"}) from None
    except PreviewError as error:
        raise Refused(400, str(error)) from error
    sound = await asyncio.to_thread(as_wav, said)
    if "application/json" not in request.headers.get("accept", ""):
        return Response(sound, media_type="audio/wav")
    events = said.visemes or azure_events(said.phones)
    visemes = [{"visemeId": each.viseme_id, "audioOffset": round(each.offset_s * 1000, 1)} for each in events]
    return JSONResponse({
        "audio": base64.b64encode(sound).decode(), "duration_sec": round(said.audio.duration_s, 4), "visemes": visemes,
    })  # fmt: skip


def _messages(data: dict[str, Any]) -> list[_Line]:
    lines = data.get("messages")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_MESSAGES:
        raise Refused(400, f"Send 1 to {MOST_MESSAGES} messages.")
    said = [_Line(line.get("role"), line.get("content")) for line in lines if isinstance(line, dict)]  # type: ignore[arg-type]
    if len(said) != len(lines) or not all(isinstance(line.role, str) and isinstance(line.text, str) for line in said):
        raise Refused(400, "Every message has a role and a content, both text.")
    return [_Line(line.role, shown(line.text)) for line in said]


@router.post("/v1/chat/completions", response_model=None)
async def chat(request: Request) -> Response:
    """The scripted persona, as any client of chat completions asks."""
    data = await _read(request)
    lines = _messages(data)
    answering = state_of(request).answering
    if answering is None:
        raise Refused(404, "Nobody answers on this server; give the page the address of a chat model.")
    answer = await asyncio.to_thread(answering, lines)
    about = {"id": f"scripted-{next(_numbers)}", "created": int(time.time()), "model": MODEL}
    if data.get("stream") is True:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(_streamed(answer, about), media_type="text/event-stream", headers=headers)
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
    return JSONResponse({**about, "object": "chat.completion", "choices": [choice]})


async def _streamed(answer: str, about: dict[str, object]) -> AsyncIterator[str]:
    """Word by word."""

    def block(delta: dict[str, str], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**about, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"

    yield block({"role": "assistant", "content": ""})
    for word in re.findall(r"\s*\S+", answer):
        yield block({"content": word})
        await asyncio.sleep(WORD_S)
    yield block({}, "stop")
    yield "data: [DONE]\n\n"
