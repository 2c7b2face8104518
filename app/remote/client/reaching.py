"""Why a server cannot be reached: every way has its own sentence, with what to do about it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import InvalidMessage, ProxyError

from app.core.errors import ServiceError
from app.remote.link.addresses import server_name
from app.remote.link.proxies import proxy_for, proxy_name
from app.remote.link.tls import OtherCertificate, SpeaksTls, shown_certificate, tls_error
from app.remote.link.trust import UntrustedCertificate, fingerprint_of
from app.remote.link.waiting import Unreachable

#: VisemeSync's and ours
USUAL_PORT = 8000
OR_ELSE = "or choose another server or the source a2f or mock"
_LOOK_S = 3.0
#: OpenSSL's X509_V_ERR: self-signed, alone or at the end of a chain
_SELF_SIGNED = (18, 19)
_EXPIRED, _NOT_YET, _OTHER_NAME = 10, 9, (62, 63, 64)
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
#: on the way through a proxy it is the proxy that is meant
_OF_PROXIES = (httpx.ProxyError, ProxyError, ConnectionRefusedError, socket.gaierror, TimeoutError)


class _Place(NamedTuple):
    """Where a server was looked for."""

    url: str
    host: str
    port: int
    is_tls: bool

    @property
    def name(self) -> str:
        """For people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The address without a path, and without a password that may stand in it."""
        return f"{'https' if self.is_tls else 'http'}://{self.name}"


def _place(url: str) -> _Place:
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    return _Place(url, parts.hostname or "", parts.port or (443 if is_tls else 80), is_tls)


def name_of(url: str) -> str:
    """Host and port of a server, for people."""
    return _place(url).name


def why_not(url: str, error: BaseException) -> ServiceError:
    """The error for people; call it on a worker thread, as it may look at the server once more.

    Args:
        url: of the server.
        error: of httpx, of websockets or of the system.

    Returns:
        Unreachable where another try may find somebody; UntrustedCertificate where a person may vouch for the server.
    """
    place = _place(url)
    beneath = tls_error(error)
    if beneath is not None:
        return _tls_refusal(place, beneath)
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout | httpx.PoolTimeout):
        return ServiceError(_silent(place))
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | InvalidMessage):
        return _no_http(place)
    if isinstance(error, TimeoutError | httpx.ConnectTimeout) and "handshake" in str(error):
        return Unreachable(_silent(place))
    words = next((found for each in _chain(error) if (found := _words(place, each))), f"the connection was cut; start it again, {OR_ELSE}")
    return Unreachable(f"The server {place.name} cannot be reached: {words}.")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


def _words(place: _Place, error: BaseException) -> str:
    """What an error of the system means, "" where it says nothing."""
    proxy = proxy_for(place.url)
    if proxy is not None and isinstance(error, _OF_PROXIES):
        what = f"the proxy {proxy_name(proxy)}, which this computer names, does not let it through"
        return f"{what}; mend the proxy, or add {place.host} to NO_PROXY"
    if isinstance(error, socket.gaierror):
        return f"no computer is called {place.host}; check how the address is spelt, and that this computer is online"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens on port {place.port} there; start it, check the port (usually {USUAL_PORT}), {OR_ELSE}"
    if isinstance(error, OSError) and error.errno in _NO_WAY:
        return "no way leads from this computer to it; check the network, the VPN and the address"
    if isinstance(error, httpx.ConnectTimeout | TimeoutError):
        what = "nothing comes back, as when a firewall is in the way"
        advice = f"let port {place.port} through there, or expose it where the machine is rented, see that the machine runs"
        return f"{what}; {advice}, and try curl {place.origin}/health"
    return ""


def _silent(place: _Place) -> str:
    what = f"The server {place.name} takes too long: it took the connection and then said nothing"
    return f"{what}; look at its log, it may be overloaded or another program, or take one in a region nearer to you."


def _no_http(place: _Place) -> ServiceError:
    """It was reached, and what came was no HTTP."""
    if not place.is_tls and shown_certificate(place.host, place.port):
        return SpeaksTls(f"The server {place.name} speaks TLS; write https:// instead of http:// before its address.")
    what = f"The server {place.name} cannot be reached: what listens there gives no answer that can be read"
    return Unreachable(f"{what}; check the port (usually {USUAL_PORT}), and look at its log.")


def _tls_refusal(place: _Place, error: ssl.SSLError) -> ServiceError:
    if isinstance(error, OtherCertificate | ssl.SSLCertVerificationError):
        return _untrusted(place, error)
    if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) and _speaks_plainly(place):
        what = f"The server {place.name} does not speak TLS"
        return ServiceError(f"{what}; write http:// instead of https:// before its address, or start it with --tls-cert and --tls-key.")
    what = f"The server {place.name} cannot be reached: it broke off while the encryption was being agreed"
    return Unreachable(f"{what}; look at its log, and at what stands between it and this computer.")


def _speaks_plainly(place: _Place) -> bool:
    """Whether plain HTTP is answered."""
    try:
        with socket.create_connection((place.host, place.port), _LOOK_S) as way:
            way.settimeout(_LOOK_S)
            way.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return way.recv(5) == b"HTTP/"
    except OSError:
        return False


def _untrusted(place: _Place, error: ssl.SSLError) -> ServiceError:
    """Nobody vouches for its certificate."""
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    if code == _EXPIRED:
        return ServiceError(f"The certificate of {place.name} has expired; put a new one on the server.")
    if code == _NOT_YET:
        return ServiceError(f"The certificate of {place.name} is not valid yet; check the clock of this computer and that of the server.")
    certificate = shown_certificate(place.host, place.port)
    if not certificate:
        return Unreachable(f"The server {place.name} cannot be reached: it shows no certificate any more; try again.")
    fingerprint = fingerprint_of(certificate)
    advice = f"trust it under Remote server…, write #sha256={fingerprint} behind the address, or name its file with --tls-ca"
    if isinstance(error, OtherCertificate):
        what = "is another one than you trusted: it was exchanged, or somebody stands in between"
        advice = f"ask who runs it, and only if SHA-256 {fingerprint} is right, trust it anew under Remote server… or behind the address"
    elif code in _SELF_SIGNED:
        what = f"is signed by nobody but itself (SHA-256 {fingerprint})"
    elif code in _OTHER_NAME:
        what, advice = "is made for another name than this one", f"use the name that it is made for, or {advice}"
    else:
        what = f"is signed by an authority that this computer does not know (SHA-256 {fingerprint})"
    return UntrustedCertificate(f"The certificate of {place.name} {what}; {advice}.", server_name(f"remote:{place.url}"), fingerprint)
