"""Where faces are sent to or heard from, as data."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from app.core.errors import StreamingError

Wire = Literal["livelink", "livelink5", "vmc", "websocket"]
#: wire -> the port that its programs listen on by default
PORTS: MappingProxyType[str, int] = MappingProxyType({"livelink": 11111, "livelink5": 11111, "vmc": 39539, "websocket": 39600})
#: how each is called where people choose
TITLES: MappingProxyType[str, str] = MappingProxyType({
    "livelink": "Live Link Face (Unreal)", "livelink5": "Live Link, packet 5 (Unreal of 2019)", "vmc": "VMC (OSC)",
    "websocket": "WebSocket",
})  # fmt: skip

#: every network of this machine
ANY = "0.0.0.0"


@dataclass(frozen=True)
class Address:
    """A program at the other end, or where this one listens.

    Attributes:
        wire: what is spoken.
        host: name or address.
        port: 1 to 65535; 0 where this program listens and takes a free one.
    """

    wire: Wire
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.wire}:{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """What somebody wrote: ``livelink``, ``livelink:192.168.1.7``, ``vmc:39539``, ``vmc:localhost:39539``, ``websocket:[::1]:39600``.

        Raises:
            StreamingError: it is not of that form.
        """
        return cls._parsed(text, "127.0.0.1", 1)

    @classmethod
    def parse_own(cls, text: str) -> Address:
        """Where this program shall listen: ``livelink``, ``livelink:11111``, ``vmc:127.0.0.1:39540``; on all its networks, unless one is
        named.

        A WebSocket is joined rather than listened on, so that its address means another program's as in ``parse``.

        Raises:
            StreamingError: it is not of that form.
        """
        if text.strip().partition(":")[0] == "websocket":
            return cls.parse(text)
        return cls._parsed(text, ANY, 0)

    @classmethod
    def _parsed(cls, text: str, host_if_none: str, lowest_port: int) -> Address:
        wire, _, rest = text.strip().partition(":")
        if rest.isascii() and rest.isdigit():  # a port alone
            rest = f":{rest}"
        host, _, port = rest.rpartition(":") if rest.startswith("[") or rest.count(":") == 1 else (rest, "", "")
        if rest.startswith("[") and rest.endswith("]"):
            host, port = rest, ""
        number = PORTS.get(wire, 0) if not port else int(port) if port.isascii() and port.isdigit() and len(port) < 6 else -1
        if wire not in PORTS or not lowest_port <= number < 65536 or len(host) > 253 or any(c.isspace() for c in host):
            raise StreamingError(f"{text[:60]!r} is no address; write for example livelink:192.168.1.7:11111 or vmc:127.0.0.1.")
        return cls(wire, host.strip("[]") or host_if_none, number)  # type: ignore[arg-type]


def place_of(address: Address) -> tuple[int, tuple[str, int] | tuple[str, int, int, int]]:
    """The family and place of an address for datagrams. Of a name that has both, IPv4: most programs listen there only.

    Raises:
        OSError: there is no such name.
        UnicodeError: no such name can be.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, place  # type: ignore[return-value]
