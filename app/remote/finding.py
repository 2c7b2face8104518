"""What answers at an address: our server, VisemeSync's bridge, or NVIDIA's microservice."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import PreviewError, ServiceError
from app.remote.link.addresses import host_of, kind_of, server_name, server_url, split_token
from app.remote.link.keys import KEYS
from app.remote.link.meter import LinkedSource, LinkStatus
from app.remote.link.tls import SpeaksTls
from app.remote.link.trust import TRUSTED, split_fingerprint

#: schemes with which people write the address of a gRPC service
_GRPC = ("nim:", "grpc://", "grpcs://")
PROTOCOLS = {"ours": "VisemeSync Preview (streaming)", "bridge": "VisemeSync bridge (whole clips)", "nim": "NVIDIA NIM (gRPC)"}


@dataclass(frozen=True)
class Found:
    """A server that answered.

    Attributes:
        spec: the source, without any key.
        status: what it says about itself.
        key: the one that opened it, "" for none.
    """

    spec: str
    status: LinkStatus
    key: str = ""

    @property
    def mode(self) -> str:
        """For a person: a mock is called so."""
        return "MOCK: it moves the mouth without listening" if self.status.mock else "real"


def find_server(address: str, key: str = "") -> Found:
    """Ask an address what it is; call it on a worker thread.

    Args:
        address: a URL, ``host:port``, ``grpc://host:port`` or a source's words; ``/t/TOKEN`` behind it gives a token, and
            ``#sha256=FINGERPRINT`` at the very end trusts that certificate.
        key: token or API key; "" takes what is known for this server.

    Raises:
        ServiceError: nothing answers there, or nothing that can be used.
        UntrustedCertificate: nobody vouches for the server's certificate; a person may.
    """
    address = address.strip().removeprefix("remote:")
    if not address:
        raise ServiceError("Type the address of a server, for example 192.168.1.20:8000.")
    address, fingerprint = split_fingerprint(address)
    clean, in_address = split_token(address)
    key = key or in_address
    if address.startswith(_GRPC):
        return _ask_nim(address, key)
    url = server_url(f"https://{clean}" if fingerprint and "://" not in clean else clean)
    try:
        return _ask(f"remote:{url}", key, fingerprint)
    except SpeaksTls:
        if "://" in address:
            raise
        return _ask(f"remote:https{url.removeprefix('http')}", key)
    except ServiceError as error:
        if "://" in address or fingerprint or not urlsplit(f"//{address}").port:
            raise
        first = error
    try:
        return _ask_nim(address, key)
    except PreviewError as error:
        # a service that speaks gRPC and refuses says more than one that speaks nothing
        raise (error if "refuses this key" in str(error) else first) from error


def _ask_nim(address: str, key: str) -> Found:
    for scheme in _GRPC:
        address = address.removeprefix(scheme)
    return _ask(f"nim:{address.rstrip('/')}", key)


def _ask(spec: str, key: str, fingerprint: str = "") -> Found:
    """Ask one server with this key and certificate; what does not open it is not kept."""
    from app.remote.sources import make

    name = server_name(spec)
    before, trusted = KEYS.find(name), TRUSTED.find(name)
    if key:
        KEYS.use(name, key)
    if fingerprint:
        TRUSTED.use(name, fingerprint)
    source = make(spec)
    assert isinstance(source, LinkedSource)
    try:
        return Found(spec, source.check(), key or before)
    except ServiceError:
        if key:
            KEYS.use(name, before)
        if fingerprint:
            TRUSTED.use(name, trusted)
        raise


def server_label(spec: str, mock: bool = False) -> str:
    """A server as the pickers name it; what must not be overlooked comes before what may be cut off.

    Args:
        spec: ``remote:URL`` or ``nim:HOST:PORT``.
        mock: whether it ignores the sound.
    """
    kind = kind_of(spec)
    return f"{kind.title if kind else 'Server'}{' (mock mode)' if mock else ''}: {host_of(spec)}"
