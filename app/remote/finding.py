"""What answers at an address: our server, VisemeSync's bridge, or NVIDIA's microservice."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import PreviewError, ServiceError
from app.remote.link.addresses import host_of, kind_of, server_name, server_url, split_token
from app.remote.link.keys import KEYS
from app.remote.link.meter import LinkedSource, LinkStatus

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
        address: a URL, ``host:port``, ``grpc://host:port`` or a source's words; ``/t/TOKEN`` at its end gives a token.
        key: token or API key; "" takes what is known for this server.

    Raises:
        ServiceError: nothing answers there, or nothing that can be used.
    """
    address = address.strip().removeprefix("remote:")
    if not address:
        raise ServiceError("Type the address of a server, for example 192.168.1.20:8000.")
    clean, in_address = split_token(address)
    key = key or in_address
    if address.startswith(_GRPC):
        return _ask_nim(address, key)
    try:
        return _ask(f"remote:{server_url(clean)}", key)
    except ServiceError as error:
        if "://" in address or not urlsplit(f"//{address}").port:
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


def _ask(spec: str, key: str) -> Found:
    from app.remote.sources import make

    name = server_name(spec)
    before = KEYS.find(name)
    if key:
        KEYS.use(name, key)
    source = make(spec)
    assert isinstance(source, LinkedSource)
    try:
        return Found(spec, source.check(), key or before)
    except ServiceError:
        if key:
            KEYS.use(name, before)
        raise


def server_label(spec: str, mock: bool = False) -> str:
    """A server as the pickers name it; what must not be overlooked comes before what may be cut off.

    Args:
        spec: ``remote:URL`` or ``nim:HOST:PORT``.
        mock: whether it ignores the sound.
    """
    kind = kind_of(spec)
    return f"{kind.title if kind else 'Server'}{' (mock mode)' if mock else ''}: {host_of(spec)}"
