"""One question by plain HTTP, and exactly what stood in its way when there is no answer."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from app.conversation.check.checked import Cause
from app.core.errors import ServiceError
from app.keys.secret import redacted
from app.speech.azure.config import proxy_for

#: waited for an answer
TIMEOUT_S = 10.0
#: from here on Entra ID's tokens and certificates are refused
SKEW_S = 300.0
#: a name that is known wherever there is a network
KNOWN_NAME = "login.microsoftonline.com"
_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class HttpAnswer:
    """An answer of any status.

    Attributes:
        status: of HTTP.
        headers: by their names in small letters.
        body: the beginning of it.
        skew_s: by how much this machine's clock is ahead of the server's; None where it does not tell the time.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    skew_s: float | None


class Unreachable(ServiceError):
    """There is no answer.

    Args:
        sentence: what stands in the way.
        cause: which kind of thing that is.
        skew_s: of the clock, where that was found out.
    """

    def __init__(self, sentence: str, cause: Cause, skew_s: float | None = None) -> None:
        super().__init__(sentence)
        self.cause, self.skew_s = cause, skew_s


@dataclass(frozen=True)
class Wire:
    """The way to the network; tests replace its parts where a name server or a clock would be needed.

    Attributes:
        resolve: a host's name -> anything, or OSError.
        now_s: this machine's clock, in seconds since 1970.
        timeout_s: waited for an answer.
    """

    resolve: Callable[[str], object] = field(default=lambda name: socket.getaddrinfo(name, 443))
    now_s: Callable[[], float] = time.time
    timeout_s: float = TIMEOUT_S

    def ask(self, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> HttpAnswer:
        """Ask once; follows no redirection, because a key goes to the place that it was given for and nowhere else.

        Args:
            url: http or https.
            headers: of the question; they may hold a key.
            body: of a POST, None for a GET.

        Raises:
            Unreachable: there is no answer.
        """
        parts = urlsplit(url)
        request = urllib.request.Request(url, body)
        for name, value in (headers or {}).items():
            request.add_unredirected_header(name, value)
        try:
            return self._asked(parts, request, ssl.create_default_context())
        except (OSError, http.client.HTTPException) as error:
            raise self._told(parts, error) from None
        except ValueError:  # a key that no header can hold
            raise Unreachable("The key holds characters that no key has; copy it again.", "key") from None

    def _asked(self, parts: SplitResult, request: urllib.request.Request, context: ssl.SSLContext) -> HttpAnswer:
        proxies: dict[str, str] | None = {} if proxy_for(parts.hostname or "") is None else None
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
        ):  # fmt: skip
            opener.add_handler(handler)
        try:
            answer = opener.open(request, timeout=self.timeout_s)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return HttpAnswer(answer.status, _small(answer.headers), answer.read(_MOST_BYTES), self._skew_s(answer.headers))

    def _skew_s(self, headers: Message) -> float | None:
        try:
            return self.now_s() - parsedate_to_datetime(headers.get("Date", "")).timestamp()
        except ValueError:
            return None

    # -- what stands in the way

    def _told(self, parts: SplitResult, error: Exception) -> Unreachable:
        host, reason = parts.hostname or "", getattr(error, "reason", error)
        proxy = proxy_for(host)
        if proxy is not None and not isinstance(reason, ssl.SSLError):
            return self._of_proxy(host, proxy, reason)
        if isinstance(reason, ssl.SSLError):
            return self._of_certificate(parts, reason)
        if isinstance(reason, socket.gaierror):
            return self._of_name(host)
        if isinstance(reason, TimeoutError):
            seconds = f"{self.timeout_s:.0f} seconds"
            return Unreachable(f"{host} did not answer within {seconds}; check the network, the firewall and the proxy.", "network")
        if isinstance(reason, ConnectionRefusedError):
            return Unreachable(f"{parts.netloc} refuses the connection; check the address, and whether a firewall blocks it.", "network")
        return Unreachable(f"The connection to {host} broke off; check the network and try again.", "network")

    def _of_proxy(self, host: str, proxy: SplitResult, reason: object) -> Unreachable:
        name = f"{proxy.hostname}:{proxy.port or 80}"
        if "407" in str(reason):
            return Unreachable(f"The proxy {name} wants a name and a password; put them into HTTPS_PROXY.", "proxy")
        return Unreachable(
            f"The proxy {name} does not lead to {host}; check HTTPS_PROXY, or put the host into NO_PROXY where no proxy is needed.", "proxy"
        )

    def _of_name(self, host: str) -> Unreachable:
        """No such name: is the name wrong, or is there no network?"""
        try:
            self.resolve(KNOWN_NAME)
        except OSError:
            return Unreachable("This machine finds no names on the internet; connect it, and check its DNS.", "network")
        return Unreachable(f"There is no service named {host}; check how it is spelt.", "endpoint")

    def _of_certificate(self, parts: SplitResult, reason: ssl.SSLError) -> Unreachable:
        """A certificate is refused: because of the clock, or because somebody stands in between? No key is sent to find that out."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        skew_s: float | None = None
        try:
            skew_s = self._asked(parts, urllib.request.Request(f"{parts.scheme}://{parts.netloc}/"), context).skew_s
        except (OSError, http.client.HTTPException):
            skew_s = None
        if skew_s is not None and abs(skew_s) > SKEW_S:
            return Unreachable(skew_sentence(skew_s), "clock", skew_s)
        word = redacted(str(getattr(reason, "verify_message", "") or reason.reason or "it cannot be verified"))
        return Unreachable(
            f"The certificate of {parts.hostname} is refused ({word}); a proxy or virus scanner in between must be trusted by this system.",
            "network",
            skew_s,
        )


def skew_sentence(skew_s: float) -> str:
    """A clock that is wrong."""
    minutes = round(abs(skew_s) / 60)
    amount = (
        f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours" if minutes < 2880 else f"{round(minutes / 1440)} days"
    )
    way = "ahead of" if skew_s > 0 else "behind"
    return f"This machine's clock is {amount} {way} Azure's: secure connections and sign-ins fail; let the system set its time by itself."


def _small(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
