"""VisemeSync's bridge contract, served so that its browser client works unmodified."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, File, Request, UploadFile, WebSocket, WebSocketDisconnect
from starlette.responses import StreamingResponse

from app.core.errors import AudioError, PreviewError
from app.remote.protocol.messages import WireError
from app.remote.protocol.plain import number
from app.remote.server.answers import PROBLEMS, Refused
from app.remote.server.door.guests import client_of, stream_begins
from app.remote.server.door.intake import IntakeFull
from app.remote.server.logs import note
from app.remote.server.state import ServerState, state_of
from app.remote.server.streams.bridge_sessions import BridgeSession, frame_message
from app.remote.server.uploads import UploadedSound, open_upload
from app.remote.server.voices.animators import RATE, VoiceOptions

router = APIRouter(tags=["VisemeSync"])
#: smaller bodies are no speech
LEAST_BYTES = 1000
#: a socket may come before its upload is through, and may wait for the sound to play
SESSION_WAIT_S, START_WAIT_S = 10.0, 30.0
#: our browser client asks for frames this much before their time at most; VisemeSync's does not ask
MOST_LEAD_S = 5.0
#: sound handed to the engine at once
_BLOCK = 4 * RATE
#: frames of /process-sync that are put into words at once
_PIECE_FRAMES = 32
Upload = Annotated[UploadFile, File(description="wav, mp3, ogg, flac, or 16-bit mono PCM at 16 kHz")]


@router.get("/")
async def status(request: Request) -> dict[str, object]:
    """Whether the server is there, and whether it is real."""
    server = state_of(request)
    mock = server.engine is None or server.engine.animator.is_mock
    return {"status": "ok", "a2f_available": not mock, "mode": "mock" if mock else "real", "fps": server.settings.fps}


@router.get("/health")
async def health(request: Request) -> dict[str, object]:
    """VisemeSync's health report, with what really animates beside it."""
    server = state_of(request)
    settings, engine = server.settings, server.engine
    animator = engine.animator if engine is not None else None
    return {
        "status": "healthy" if engine is not None and engine.running else "unhealthy",
        "processor_ready": server.ready,
        "active_sessions": len(server.sessions),
        "active_connections": len(server.sockets),
        "config": {
            "fps": settings.fps,
            "model": animator.model if animator else settings.model,
            "emotion_strength": settings.emotion_strength,
            "smoothing": settings.smoothing,
        },
        "source": animator.name if animator else settings.source,
        "label": animator.label if animator else "",
        "device": animator.device if animator else "",
        "voices": engine.voices if engine else 0,
        "capacity": engine.admission.capacity if engine else 0,
        **({"replica": server.replica} if server.replica else {}),
    }


async def _animate(server: ServerState, sound: UploadedSound) -> np.ndarray:
    """Frames of a whole clip, which is decoded no faster than it is heard.

    Raises:
        AudioError: it cannot be decoded to its end.
    """
    engine = server.engine
    if engine is None or not server.ready:
        raise Refused(503, "The server is stopping or not ready yet; try again in a moment.", {"Retry-After": "2"})
    try:
        seat = engine.open(VoiceOptions(server.settings.fps))
    except WireError as error:
        server.metrics.refused.labels("busy").inc()
        raise Refused(503, str(error), {"Retry-After": f"{error.retry_after_s:.0f}"}) from error

    async def read() -> np.ndarray:
        async with server.door.intake.decoding():
            reading = asyncio.create_task(asyncio.to_thread(sound.read))
            try:
                return await asyncio.shield(reading)
            finally:  # a thread cannot be cancelled, and must not find its file closed
                await asyncio.wait({reading})

    async def speak() -> None:
        try:
            while len(piece := await read()):
                for first in range(0, len(piece), _BLOCK):
                    await seat.room()
                    seat.push(piece[first : first + _BLOCK])
            seat.finish()
        except AudioError:
            seat.close()  # which ends the frames, too
            raise

    speaking = asyncio.create_task(speak())
    try:
        frames = [part async for part in seat.frames()]
        await speaking
    except WireError as error:
        passing = error.code == "closing"
        raise Refused(503 if passing else 500, str(error), {"Retry-After": "2"} if passing else None) from error
    finally:
        speaking.cancel()
        seat.close()
        await asyncio.gather(speaking, return_exceptions=True)
    return np.concatenate(frames)


async def _while_there(request: Request, work: Coroutine[Any, Any, np.ndarray]) -> np.ndarray:
    """Work for a client as long as it waits for the answer."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            note("client left its clip", client=client_of(request))
            raise Refused(408, "The client left before its clip was animated.")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _frames_of(request: Request, audio: UploadFile) -> tuple[np.ndarray, float]:
    """Frames of an upload, and the seconds of sound in it."""
    server = state_of(request)
    intake = server.door.intake
    if (size := audio.size or 0) < LEAST_BYTES:
        raise Refused(400, f"The audio has only {size} bytes; send at least {LEAST_BYTES}.")
    try:
        async with intake.decoding():
            sound = await asyncio.to_thread(open_upload, audio.file, audio.content_type or "", server.settings.max_clip_s)
        with intake.animating(client_of(request), sound.most_s):
            return await _while_there(request, _animate(server, sound)), sound.duration_s
    except IntakeFull as error:
        raise Refused(503, str(error), {"Retry-After": "5"}) from error
    except PreviewError as error:
        raise Refused(500, str(error)) from error


@router.post("/process", responses=dict(PROBLEMS))
async def process(request: Request, audio: Upload) -> dict[str, object]:
    """Animate a clip and keep its frames for the socket ``/ws/{session_id}``."""
    server, begun_s = state_of(request), time.perf_counter()
    frames, duration_s = await _frames_of(request, audio)
    session = await server.sessions.add(frames, server.settings.fps, client=client_of(request))
    took_s = time.perf_counter() - begun_s
    facts = {"frames": len(frames), "duration_s": round(duration_s, 3), "took_s": round(took_s, 3)}
    note("clip animated", client=client_of(request), **facts)
    return {
        "session_id": session.name,
        "frame_count": len(frames),
        "duration_sec": round(duration_s, 4),
        "fps": session.fps,
        "process_time_sec": round(took_s, 4),
    }


@router.post("/process-sync", response_class=StreamingResponse, responses=dict(PROBLEMS))
async def process_sync(request: Request, audio: Upload) -> StreamingResponse:
    """Animate a clip and answer with all its frames."""
    server = state_of(request)
    frames, _ = await _frames_of(request, audio)
    server.metrics.frames.labels("process-sync").inc(len(frames))
    return StreamingResponse(frames_as_json(frames, server.settings.fps), media_type="application/json")


@router.websocket("/ws/{session_id}")
async def play(socket: WebSocket, session_id: str) -> None:
    """Send the frames of a session in real time, from ``{"action": "start"}`` on."""
    server = state_of(socket)
    await socket.accept()
    server.connected(socket)
    try:
        await _play(socket, server, session_id)
    except (WebSocketDisconnect, RuntimeError):
        note("session left", session=session_id)
    finally:
        server.disconnected(socket)


async def frames_as_json(frames: np.ndarray, fps: int) -> AsyncIterator[str]:
    """One JSON object in pieces of a few milliseconds' work each, so that half an hour of frames stops no voice and fills no memory.

    Args:
        frames: (n, 52) weights.
        fps: frames per second.
    """
    yield f'{{"fps":{fps},"frame_count":{len(frames)},"frames":['
    for first in range(0, len(frames), _PIECE_FRAMES):
        part = [frame_message(frames, i, fps) for i in range(first, min(first + _PIECE_FRAMES, len(frames)))]
        yield ("," if first else "") + json.dumps(part, separators=(",", ":"))[1:-1]
        await asyncio.sleep(0)
    yield "]}"


async def _play(socket: WebSocket, server: ServerState, session_id: str) -> None:
    session = await server.sessions.find(session_id, SESSION_WAIT_S)
    if session is None:
        await _refuse(socket, "There is no such session; upload the sound to /process first.")
        return
    session.playing += 1
    try:
        lead_s = await _started(socket)
        if lead_s is not None:
            stream_begins(socket.scope)
            await _send_paced(socket, server, session, lead_s)
    finally:
        session.playing -= 1
        server.sessions.played(session)


async def _refuse(socket: WebSocket, sentence: str) -> None:
    await socket.send_json({"type": "error", "message": sentence})
    await socket.close(1008)


async def _started(socket: WebSocket) -> float | None:
    """Wait for the client's start; returns how many seconds early it wants its frames, None when it does not come."""
    try:
        async with asyncio.timeout(START_WAIT_S):
            while True:
                try:
                    word = await socket.receive_json()
                except (ValueError, KeyError, RecursionError):
                    word = None
                sentence = 'Send {"action": "start"} when the sound begins.'
                if isinstance(word, dict) and word.get("action") == "start":
                    lead_s = number(word.get("lead_s", 0.0))
                    if lead_s is not None:
                        return min(max(lead_s, 0.0), MOST_LEAD_S)
                    sentence = f"lead_s is a number of seconds from 0 to {MOST_LEAD_S:g}; send the start again."
                await socket.send_json({"type": "error", "message": sentence})
    except TimeoutError:
        await _refuse(socket, "No start came in time; connect again when the sound plays.")
        return None


async def _send_paced(socket: WebSocket, server: ServerState, session: BridgeSession, lead_s: float) -> None:
    """Every frame at its time after the start; ends when the client leaves."""
    loop = asyncio.get_running_loop()
    leaving = asyncio.create_task(_until_gone(socket))
    begun_s = loop.time()
    try:
        for i in range(len(session.frames)):
            rest_s = begun_s + i / session.fps - lead_s - loop.time()
            if rest_s > 0:
                await asyncio.wait({leaving}, timeout=rest_s)
            if leaving.done():
                return
            await socket.send_json({"type": "frame", "data": frame_message(session.frames, i, session.fps)})
            server.metrics.frames.labels("ws").inc()
        await socket.send_json({"type": "complete"})
        leaving.cancel()
        await socket.close(1000)
    finally:
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
