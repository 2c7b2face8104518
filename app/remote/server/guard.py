"""Stands before every route: names, origins, tokens, and the size of what is uploaded."""

from __future__ import annotations

import math
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.remote.server.door.entry import Door
from app.remote.server.door.guests import MOST_HEADERS, Phase, counted_as, guest_of
from app.remote.server.door.intake import IntakeFull
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
#: of a path in the log
_SHOWN = 80


class _TooLarge(Exception):
    """The upload went over its limit while it was read."""


class _Refusal(NamedTuple):
    status: int
    reason: str
    sentence: str
    retry_s: int = 0


_ANOTHER_NAME = "This server does not go by that name; start it with --allow-host NAME, or use its address."
_ANOTHER_PAGE = "This page may not use this server; list its origin with --cors."
_NO_TOKEN = "Give this server's token: Authorization: Bearer TOKEN."
_WRONG_TOKEN = "This is not this server's token; check it and give it as Authorization: Bearer TOKEN."


class Guard:
    """ASGI middleware.

    Args:
        app: what it protects.
        settings: upload limit.
        metrics: counts answers.
        door: tokens, names, origins, patience.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, metrics: Metrics, door: Door) -> None:
        self._app, self._settings, self._metrics, self._door = app, settings, metrics, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope, prefix_token = _without_prefix(scope)
        refusal = self._stranger(scope) or await self._without_token(scope, prefix_token)
        if refusal is not None:
            await self._refuse(scope, receive, send, refusal)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._limited(scope, receive, send)

    def _stranger(self, scope: Scope) -> _Refusal | None:
        """Why a request is not for this server, or comes from a page that may not ask."""
        if len(scope["headers"]) > MOST_HEADERS:
            return _Refusal(431, "headers", f"A request has at most {MOST_HEADERS} headers; send fewer.")
        headers, origins = Headers(scope=scope), self._door.origins
        host, origin = headers.get("host", ""), headers.get("origin")
        if not origins.host_allowed(host):
            return _Refusal(421, "host", _ANOTHER_NAME)
        if origin is not None and not origins.origin_allowed(origin, host):
            return _Refusal(403, "origin", _ANOTHER_PAGE)
        if not scope["path"].isprintable():
            return _Refusal(404, "path", "There is no such page; check the address.")
        return None

    async def _without_token(self, scope: Scope, prefix_token: str) -> _Refusal | None:
        """Why a request has no right to what it asks for; a wrong token waits for its answer."""
        tokens, path = self._door.tokens, scope["path"]
        if not tokens.asked or path in OPEN_PATHS or path.startswith(_OPEN_FOLDERS):
            return None
        given = _given(scope, prefix_token)
        if given and tokens.allow(given):
            return None
        status = 401 if scope["type"] == "http" else 403
        if not given:
            return _Refusal(status, "token", _NO_TOKEN)
        address = _address(scope)
        wait_s = self._door.patience.wrong(address)
        if not wait_s:
            return _Refusal(status, "token", _WRONG_TOKEN)
        guest = guest_of(scope)
        if guest is not None:
            guest.enter(Phase.HELD)
        await self._door.patience.hold(address, wait_s)
        seconds = math.ceil(wait_s)
        return _Refusal(429, "token", f"Too many wrong tokens came from this address; check it and try again in {seconds} s.", seconds)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: _Refusal) -> None:
        self._door.refusals.note(refusal.reason, _address(scope), path=scope["path"][:_SHOWN])
        headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
        if refusal.retry_s:
            headers["Retry-After"] = str(refusal.retry_s)
        if refusal.status in (413, 429):
            headers["Connection"] = "close"
        answer = JSONResponse({"detail": refusal.sentence}, refusal.status, headers)
        if scope["type"] == "websocket":
            await receive()
            if "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence})
                return
        await answer(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._settings.max_upload_bytes + _ENVELOPE
        state: dict[str, Any] = {"read": 0, "over": None, "status": 0}
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and (len(length) > 18 or int(length) > limit):
            await self._refuse(scope, receive, send, self._too_large())
            return
        share = self._door.intake.share(_address(scope))

        async def counted() -> Message:
            message = await receive()
            size = len(message.get("body", b""))
            state["read"] += size
            if state["read"] > limit:
                state["over"] = self._too_large()
                raise _TooLarge
            try:
                share.take(size)
            except IntakeFull as error:
                state["over"] = _Refusal(503, "uploads", str(error), 5)
                raise _TooLarge from error
            return message

        async def answer(message: Message) -> None:
            if state["over"] is None:
                if message["type"] == "http.response.start":
                    state["status"] = message["status"]
                await send(message)

        try:
            await self._app(scope, counted, answer)
        except _TooLarge:
            pass
        finally:
            share.give_back()
        if state["over"] is not None:
            await self._refuse(scope, receive, send, state["over"])
        else:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(route, str(state["status"])).inc()

    def _too_large(self) -> _Refusal:
        megabytes = self._settings.max_upload_bytes / (1 << 20)
        return _Refusal(413, "upload size", f"Uploads have at most {megabytes:g} MiB; send a shorter clip.")


def _given(scope: Scope, prefix_token: str) -> str:
    """The token in the header, before the path or in the question; "" for none."""
    words = Headers(scope=scope).get("authorization", "").split(maxsplit=1)
    if len(words) == 2 and words[0].lower() == "bearer":
        return words[1].strip()
    return prefix_token or parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return counted_as(client[0]) if client else ""


def _without_prefix(scope: Scope) -> tuple[Scope, str]:
    """Take ``/t/TOKEN`` off the path: VisemeSync's client cannot send headers, but its server address may have a path."""
    path: str = scope["path"]
    if not path.startswith(_PREFIX):
        return scope, ""
    token, _, rest = path[len(_PREFIX) :].partition("/")
    return {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}, token
