"""Real services on free ports, for the sources that need one: our server, VisemeSync's bridge, NVIDIA's microservice."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import numpy as np
import pytest

#: spelled as a service does: capital first
JAW, LIPS = "JawOpen", "MouthFunnel"


@contextlib.contextmanager
def served(app) -> Iterator[str]:
    """Any ASGI application under uvicorn in a thread -> HOST:PORT."""
    import uvicorn

    from app.remote.protocol.wire import MAX_MESSAGE
    from app.remote.server.serving import bind
    from app.remote.server.settings import ServerSettings

    listener = bind(ServerSettings(source="mock", port=0))
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_max_size=MAX_MESSAGE, log_config=None, access_log=False, ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="contract-server", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def our_server(source: str):
    """Our application with a source already loaded."""
    from app.remote.server.application import create_app
    from app.remote.server.settings import ServerSettings
    from app.remote.server.voices.animators import make_animator

    return create_app(ServerSettings(source=source), make_animator(source))


def bridge():
    """VisemeSync's bridge in mock mode: a length guessed from the bytes, the mouth moved with sines."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def root(_):
        return JSONResponse({"status": "ok", "a2f_available": False, "mode": "mock", "fps": 30})

    async def health(_):
        config = {"fps": 30, "model": "mark", "emotion_strength": 0.6, "smoothing": 0.3}
        facts = {"status": "healthy", "processor_ready": True, "active_sessions": 0, "active_connections": 0}
        return JSONResponse({**facts, "config": config})

    async def process_sync(request):
        async with request.form() as form:
            count = max(int(len(await form["audio"].read()) / 32000 * 30), 30)
        jaws = 0.3 + 0.3 * np.sin(0.4 * np.arange(count))
        frames = [{"frame": i, "timestamp": i / 30, "blendshapes": {"jawOpen": jaw}} for i, jaw in enumerate(jaws.tolist())]
        return JSONResponse({"fps": 30, "frame_count": count, "frames": frames})

    return Starlette(routes=[Route("/", root), Route("/health", health), Route("/process-sync", process_sync, methods=["POST"])])


def microservice(requests, _):
    """ProcessAudioStream of NVIDIA's service: 30 frames a second whose jaw follows the loudness."""
    from app.remote.nim.nim_messages import messages

    kinds = messages()
    reply, rate, sound, made = kinds["AnimationDataStream"], 0, b"", 0
    for request in requests:
        part = request.WhichOneof("stream_part")
        if part == "audio_stream_header":
            rate = request.audio_stream_header.audio_header.samples_per_second
            names = kinds["SkelAnimationHeader"](blend_shapes=[LIPS, JAW])
            yield reply(animation_data_stream_header=kinds["AnimationDataStreamHeader"](skel_animation_header=names))
        elif part == "audio_with_emotion":
            sound += request.audio_with_emotion.audio_buffer
        samples = np.frombuffer(sound[: len(sound) // 2 * 2], "<i2") / 32768.0
        until = -(-len(samples) * 30 // rate) if part == "end_of_audio" else len(samples) * 30 // rate
        blocks = [samples[i * rate // 30 : (i + 1) * rate // 30] for i in range(made, until)]
        jaws = [float(np.abs(block).max(initial=0.0)) * (0.5 + 0.5 * np.sin(0.3 * (made + i))) for i, block in enumerate(blocks)]
        frames = [kinds["FloatArrayWithTimeCode"](time_code=(made + i) / 30, values=[0.0, jaw]) for i, jaw in enumerate(jaws)]
        made = until
        yield reply(animation_data=kinds["AnimationData"](skel_animation=kinds["SkelAnimation"](blend_shape_weights=frames)))
    yield reply(status=kinds["Status"](code=0, message="done"))


@pytest.fixture(scope="module", autouse=True)
def services(serve_microservice) -> Iterator[dict[str, str]]:
    """Words of the sources that need a service, while it runs; empty without the packages of the clients."""
    try:
        import fastapi  # noqa: F401
        import grpc  # noqa: F401
        import httpx  # noqa: F401
    except ModuleNotFoundError:
        yield {}
        return
    with contextlib.ExitStack() as stack:
        yield {
            "remote": f"remote:http://{stack.enter_context(served(our_server('mock')))}",
            "remote a2f:light": f"remote:{stack.enter_context(served(our_server('a2f:light')))}",
            "remote bridge": f"remote:{stack.enter_context(served(bridge()))}",
            "nim": f"nim:{stack.enter_context(serve_microservice(microservice))}",
        }
