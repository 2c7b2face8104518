"""How every request is answered that nobody answers otherwise: one sentence of JSON, and HEAD wherever there is GET."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as PlainHTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("visemesync.server")
_FORM = "send one sound file as the field 'audio' of a form (multipart/form-data), with at most 8 other fields."
#: what the libraries say in their own words
_SENTENCES = MappingProxyType({
    400: f"This form cannot be read; {_FORM}", 404: "There is no such page; check the address.",
    405: "This address is asked in another way; see the header Allow, or /docs.",
})  # fmt: skip
_BROKEN = "Something went wrong on the server; try again, and look into its log if it happens again."


class Refused(HTTPException):
    """A request that is answered with a status and a sentence of ours: ``Refused(status, sentence, headers)``."""


class Problem(BaseModel):
    """What every error answers."""

    detail: str = Field(description="one sentence that says what to do")


#: for the description of routes: status -> what it answers
PROBLEMS: Mapping[int | str, dict[str, Any]] = MappingProxyType({
    status: {"model": Problem, "description": words}
    for status, words in (
        (400, "too short, or no form"), (413, "too large"), (422, "no file in the field 'audio'"), (500, "no sound, or the source failed"),
        (503, "busy, stopping, or not ready"),
    )
})  # fmt: skip


class Answers:
    """ASGI middleware, the innermost: HEAD is served as GET, whose body the server leaves out; what breaks is logged and said.

    Args:
        app: the routes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(asked, receive, answer)
        except ClientDisconnect:  # nobody is there to be told
            return
        except Exception:  # whatever a route does: the log has the trail, the caller a sentence
            if begun:
                raise
            log.exception("a request failed")
            await JSONResponse({"detail": _BROKEN}, 500)(scope, receive, send)
        finally:
            scope.update({name: asked[name] for name in ("route",) if name in asked})


async def _refused(_: Request, error: Exception) -> JSONResponse:
    """Our own have their sentence; what the libraries raise gets one."""
    assert isinstance(error, PlainHTTPException)
    sentence = error.detail if isinstance(error, Refused) else _SENTENCES.get(error.status_code, _BROKEN)
    headers = dict(error.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    return JSONResponse({"detail": sentence}, error.status_code, headers)


async def _not_valid(_: Request, __: Exception) -> JSONResponse:
    """FastAPI's list of what is wrong: here it is always the file that is missing."""
    return JSONResponse({"detail": f"This request holds no sound; {_FORM}"}, 422)


def answer_in_sentences(app: FastAPI) -> None:
    """Let every error of an application be one sentence.

    Args:
        app: before anything else is put around it.
    """
    app.add_exception_handler(PlainHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(Answers)
