"""Stands before every route: token, origin, and the size of what is uploaded."""

from __future__ import annotations

import hmac
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.remote.server.logs import note
from app.remote.server.metrics import Metrics
from app.remote.server.settings import ServerSettings

#: what may be seen without a token: whether the server lives, and pages that hold nothing but code
OPEN_PATHS = (
    "/v1/health/ready", "/audio2face-client.js", "/audio2face-client.mjs", "/azure-services-a2f.js", "/azure-services-a2f.mjs", "/demo",
    "/conversation",
)  # fmt: skip
_OPEN_FOLDERS = ("/demo/", "/conversation/")
#: a multipart envelope around the upload
_ENVELOPE = 16_384
_PREFIX = "/t/"


class _TooLarge(Exception):
    """The upload went over its limit while it was read."""


class _Refusal(NamedTuple):
    status: int
    reason: str
    sentence: str


class Guard:
    """ASGI middleware.

    Args:
        app: what it protects.
        settings: token, origins, upload limit.
        metrics: counts refusals and answers.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope, token = _without_prefix(scope)
        if not self._may_pass(scope, token):
            await self._refuse(scope, receive, send, _Refusal(401, "token", "Give this server's token: Authorization: Bearer TOKEN."))
        elif scope["type"] == "websocket":
            if self._origin_allowed(Headers(scope=scope).get("origin")):
                await self._app(scope, receive, send)
            else:
                await self._refuse(scope, receive, send, _Refusal(403, "origin", "This page may not use this server."))
        else:
            await self._limited(scope, receive, send)

    def _may_pass(self, scope: Scope, prefix_token: str) -> bool:
        if not self._settings.token or scope["path"] in OPEN_PATHS or scope["path"].startswith(_OPEN_FOLDERS):
            return True
        given = prefix_token
        words = Headers(scope=scope).get("authorization", "").split(maxsplit=1)
        if len(words) == 2 and words[0].lower() == "bearer":
            given = words[1].strip()
        elif not given:
            given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self._settings.token.encode())

    def _origin_allowed(self, origin: str | None) -> bool:
        allowed = self._settings.cors
        return origin is None or "*" in allowed or origin in allowed or urlsplit(origin).hostname in ("localhost", "127.0.0.1")

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: _Refusal) -> None:
        self._metrics.refused.labels(refusal.reason).inc()
        note("refused", reason=refusal.reason, path=scope["path"])
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence})
            return
        headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else None
        await JSONResponse({"detail": refusal.sentence}, refusal.status, headers)(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._settings.max_upload_bytes + _ENVELOPE
        state: dict[str, Any] = {"read": 0, "over": False, "status": 0}
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and (len(length) > 18 or int(length) > limit):
            await self._too_large(scope, receive, send)
            return

        async def counted() -> Message:
            message = await receive()
            state["read"] += len(message.get("body", b""))
            if state["read"] > limit:
                state["over"] = True
                raise _TooLarge
            return message

        async def answer(message: Message) -> None:
            if not state["over"]:
                if message["type"] == "http.response.start":
                    state["status"] = message["status"]
                await send(message)

        try:
            await self._app(scope, counted, answer)
        except _TooLarge:
            note("upload cut off", read=state["read"])
        if state["over"]:
            await self._too_large(scope, receive, send)
        else:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(route, str(state["status"])).inc()

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        megabytes = self._settings.max_upload_bytes / (1 << 20)
        sentence = f"Uploads have at most {megabytes:g} MiB; send a shorter clip."
        await self._refuse(scope, receive, send, _Refusal(413, "upload size", sentence))


def _without_prefix(scope: Scope) -> tuple[Scope, str]:
    """Take ``/t/TOKEN`` off the path: VisemeSync's client cannot send headers, but its server address may have a path."""
    path: str = scope["path"]
    if not path.startswith(_PREFIX):
        return scope, ""
    token, _, rest = path[len(_PREFIX) :].partition("/")
    return {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}, token
