"""Builds the FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app import __version__
from app.lipsync.registry import abilities_of
from app.remote.server import bridge_routes, pages, stream_routes, talk_routes
from app.remote.server.answers import answer_in_sentences
from app.remote.server.door.entry import Door
from app.remote.server.door.origins import Cors
from app.remote.server.guard import Guard
from app.remote.server.logs import note
from app.remote.server.metrics import Metrics
from app.remote.server.own_cost import admission_for
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState
from app.remote.server.streams.bridge_sessions import BridgeSessions
from app.remote.server.streams.live import LiveStreams
from app.remote.server.telling.tracing import tracing_for
from app.remote.server.voices.admission import Admission
from app.remote.server.voices.animators import Animator, make_animator
from app.remote.server.voices.engine import Engine, Worker
from app.remote.server.voices.process import ProcessWorker
from app.remote.server.voices.watchdog import watch
from app.remote.server.voices.worker import EngineWorker

_ABOUT = """Speech in, 52 ARKit weights out. `VisemeSync` is the contract of its bridge server; `streaming` is our own protocol, in which
frames come while the sound is still being spoken. A token, where one is set, goes into `Authorization: Bearer`, into `?token=`, or before
the path as `/t/TOKEN/...`."""


#: of an upload: one file, and what else a client may put beside it
FORM_LIMITS: Any = {"max_files": 1, "max_fields": 8, "max_part_size": 4096}


def load_engine(settings: ServerSettings, animator: Animator | None = None) -> Worker:
    """Load the source; the network runs in a process of its own, what is light, or already here, on a thread.

    Args:
        settings: what to serve.
        animator: already loaded; None loads that of the settings.

    Raises:
        SourceError: the source is missing something.
    """
    if animator is None and abilities_of(settings.source).is_own_network:
        return ProcessWorker(settings.source, settings.device, settings.model, settings.batch_wait_s)
    return EngineWorker(animator or make_animator(settings.source, settings.device, settings.model), settings.batch_wait_s)


@asynccontextmanager
async def _running(state: ServerState, given: Animator | Worker | None, admission: Admission | None) -> AsyncIterator[None]:
    """Load, measure and watch the engine, and end all that was begun."""
    settings = state.settings
    worker = given if isinstance(given, EngineWorker | ProcessWorker) else await asyncio.to_thread(load_engine, settings, given)
    allowed = admission if admission is not None else await asyncio.to_thread(admission_for, settings, worker)
    state.engine = engine = Engine(worker, allowed, state.metrics)
    engine.start()
    loaded = engine.animator
    note("serving", source=loaded.name, mock=loaded.is_mock, device=loaded.device, voices=allowed.capacity)
    doing = (state.sweep_forever(), engine.watch_the_loop(), watch(engine, engine.another_worker))
    watching = [asyncio.create_task(each) for each in doing]
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        state.streams.close()
        await asyncio.to_thread(engine.stop)
        if state.streams.tracing is not None:
            await asyncio.to_thread(state.streams.tracing.stop)
        note("stopped")


def create_app(
    settings: ServerSettings | None = None,
    given: Animator | Worker | None = None,
    sessions: BridgeSessions | None = None,
    answering: talk_routes.Answering | None = None,
    admission: Admission | None = None,
) -> FastAPI:
    """The server as an ASGI application.

    Args:
        settings: what to serve; the defaults when None.
        given: an animator or a worker already loaded; None loads the source of the settings when the server starts.
        sessions: of VisemeSync's contract, where they are shared with other servers; None keeps them here.
        answering: answers pages that have no chat model; None where nobody does.
        admission: for a worker that was measured already; None measures when the server starts.

    Returns:
        The application; ``app.state.server`` holds its parts.
    """
    settings = settings or ServerSettings()
    metrics = Metrics()
    door = Door(settings, metrics)
    kept = BridgeSessions(settings.session_s, settings.worker, settings.sessions_folder) if sessions is None else sessions
    state = ServerState(settings, metrics, door, None, kept, LiveStreams(settings, metrics), set())
    state.answering, state.replica = answering, settings.worker
    state.streams.tracing = tracing_for(settings, settings.worker)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _running(state, given, admission):
            yield

    app = FastAPI(title="VisemeSync Preview server", version=__version__, description=_ABOUT, lifespan=lifespan, form_limits=FORM_LIMITS)
    app.state.server = state
    for routes in (bridge_routes, stream_routes, pages, talk_routes):
        app.include_router(routes.router)
    answer_in_sentences(app)
    app.add_middleware(Guard, settings=settings, metrics=metrics, door=door)
    app.add_middleware(Cors, origins=door.origins, listed=settings.cors)
    return app
