"""A server on this machine that streams chat completions as Azure OpenAI does, and fails as it fails; what it does hangs on the model."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

KEY = "planted-key-of-the-chat-0123456789"
ANSWER = ("Hel", "lo", " there", ", friend", ". How", " are you", "?")
USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19, "prompt_tokens_details": {"cached_tokens": 4}}


@dataclass(frozen=True)
class Refusal:
    """An answer that is none.

    Attributes:
        status: of HTTP.
        code: of the error, None for null.
        message: of the error.
        param: that the error names.
        headers: beside it.
        more: further fields of the error.
    """

    status: int
    code: str | None
    message: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """As JSON."""
        error = {"code": self.code, "message": self.message, "param": self.param, "type": None, **self.more}
        return json.dumps({"error": error}).encode()


#: in Azure's own words
UNAUTHORISED = Refusal(401, "401", f"Access denied due to invalid subscription key {KEY} or wrong API endpoint.")
FORBIDDEN = Refusal(403, "AuthenticationTypeDisabled", "Access denied due to Virtual Network/Firewall rules.")
MISSING = Refusal(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
NO_ROUTE = Refusal(404, "404", "Resource not found")
RETIRED = Refusal(410, "ModelDeprecated", "The model of this deployment has been retired.")
FAULT = Refusal(500, "InternalServerError", "The server had an error.")
FILTERED = Refusal(
    400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "prompt",
    more={"innererror": {"code": "ResponsibleAIPolicyViolation"}},
)  # fmt: skip
TOO_LONG = Refusal(400, "context_length_exceeded", "This model's maximum context length is 128000 tokens.", "messages")
BROKE = Refusal(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")


def busy(after: str) -> Refusal:
    """The quota is used up for so long."""
    return Refusal(429, "RateLimitReached", "Your requests have exceeded the call rate limit.", headers={"retry-after": after})


def refused_parameter(body: Mapping[str, Any], with_param: bool = True) -> Refusal | None:
    """As GPT-5 refuses: one parameter at a time."""
    if "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return Refusal(400, "unsupported_parameter", message, "max_tokens" if with_param else None)
    if body.get("temperature", 1) != 1:
        message = f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. Only the default (1) is."
        return Refusal(400, "unsupported_value", message, "temperature" if with_param else None)
    return None


def chunk(delta: Mapping[str, Any] | None, finish: str | None = None) -> dict[str, Any]:
    """One block of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], "usage": None}


class ChatService:
    """The server, as a context.

    Attributes:
        asked: path, headers and body of every question.
        release: set it to let the models ``slow`` and ``stalls`` go on.
        key: that is accepted; "" accepts everyone.
    """

    def __init__(self, key: str = KEY) -> None:
        self.key = key
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.release = threading.Event()
        self.left = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Route)
        self._http.service = self
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        self.url = f"http://{self.host}/openai/v1/"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="chat service")

    def __enter__(self) -> ChatService:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.release.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def bodies(self) -> list[dict[str, Any]]:
        """What was asked."""
        return [body for _, _, body in self.asked]


class _Http(ThreadingHTTPServer):
    service: ChatService
    block_on_close = True
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is part of the tests."""


class _Route(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Let pages of other servers ask."""
        for name in ("origin", "headers", "methods"):
            self.send_header(f"access-control-allow-{name}", "*")
        self.send_header("access-control-expose-headers", "retry-after")
        super().end_headers()

    def do_OPTIONS(self) -> None:
        """A browser asks whether it may ask."""
        self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        """Answer a question."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        service = self.server.service
        service.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.close_connection = True
        refusal = self._refusal(service, body)
        if refusal is not None:
            self._refuse(refusal)
        elif body["model"] == "hangs-up":
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._stream(service, body)

    def _refusal(self, service: ChatService, body: dict[str, Any]) -> Refusal | None:
        model, tries = body["model"], sum(each["model"] == body["model"] for each in service.bodies())
        given = self.headers.get("api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")
        if service.key and given != service.key:
            return UNAUTHORISED
        if not self.path.split("?")[0].endswith("/v1/chat/completions"):
            return NO_ROUTE
        always: dict[str, Refusal] = {
            "forbidden": FORBIDDEN, "missing": MISSING, "retired": RETIRED, "fault": FAULT, "filtered": FILTERED, "long": TOO_LONG,
            "busy-300": busy("300"), "busy-1": busy("1"), "broke": BROKE, "gpt-4o": MISSING,
        }  # fmt: skip
        once: dict[str, Refusal] = {"busy-once": busy("0.05"), "fault-once": FAULT}
        picky: dict[str, Callable[[], Refusal | None]] = {
            "gpt-5": lambda: refused_parameter(body),
            "gpt-5-null": lambda: refused_parameter(body, with_param=False),
            "picky": lambda: Refusal(400, None, "No.", next((name for name in ("temperature", "stream_options") if name in body), "model")),
            "stubborn": lambda: refused_parameter({"temperature": body["temperature"]} if "temperature" in body else body),
        }  # fmt: skip
        if model in picky:
            return picky[model]()
        return always.get(model) or (once.get(model) if tries == 1 else None)

    def _refuse(self, refusal: Refusal) -> None:
        self.send_response(refusal.status)
        for name, value in {"content-type": "application/json", "content-length": str(len(refusal.body)), **refusal.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(refusal.body)

    def _stream(self, service: ChatService, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for block in self._blocks(service, body):
            data = f"data: {block if isinstance(block, str) else json.dumps(block)}\n\n".encode()
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
            except OSError:
                service.left.set()
                return
        self.wfile.write(b"0\r\n\r\n")

    def _blocks(self, service: ChatService, body: dict[str, Any]) -> Iterator[dict[str, Any] | str]:
        model, words = body["model"], ANSWER
        if model == "slow":
            self._wait(service)
        yield {**chunk(None), "id": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}
        yield chunk({"role": "assistant", "content": ""})
        if model == "thinks":
            words = ("<th", "ink>Hm", "m.</thi", "nk>\n\n", *ANSWER)
        if model == "ponders" and body.get("max_completion_tokens", body.get("max_tokens", 0)) < 1000:
            yield chunk({}, "length")
            return
        for number, word in enumerate(words):
            if number == 2 and model in ("drops", "breaks", "half", "stalls", "cut"):
                yield from self._middle(service, model)
                if model != "stalls":
                    return
            yield chunk({"content": word})
        yield chunk(None)
        yield chunk({}, "stop")
        if (body.get("stream_options") or {}).get("include_usage"):
            yield {**chunk(None), "choices": [], "usage": USAGE}
        yield "[DONE]"

    def _middle(self, service: ChatService, model: str) -> Iterator[dict[str, Any]]:
        """What goes wrong after two words."""
        if model == "drops":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif model == "breaks":
            yield {"error": {"code": "500", "message": f"The server had an error while processing {KEY}.", "type": "server_error"}}
        elif model == "cut":
            yield chunk({}, "content_filter")
        elif model == "stalls":
            self._wait(service)

    def _wait(self, service: ChatService) -> None:
        """Nothing, until it is released or the client has gone."""
        self.connection.settimeout(0.01)
        while not service.release.wait(0.01):
            try:
                gone = not self.connection.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
            except OSError:
                gone = True
            if gone:
                service.left.set()
                return
