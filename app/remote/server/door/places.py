"""Who has a place among the connections. Nobody can hold them against a client that behaves well: what is unfinished makes way."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from typing import NamedTuple

from app.remote.server.door.guests import Guest, Phase

#: connections that are told why they have no place, at once; further ones are just closed
_MOST_TOLD = 64


class NoPlace(NamedTuple):
    """Why a connection gets no place."""

    status: int
    sentence: str


class Places:
    """The connections of a server.

    Args:
        most: connections in all.
        per_address: connections of one address; 0 for any number.
        proxies: addresses or networks that may have any number.
    """

    def __init__(self, most: int, per_address: int, proxies: tuple[str, ...] = ()) -> None:
        self.most, self.per_address = most, per_address
        self._proxies = tuple(ipaddress.ip_network(each, strict=False) for each in proxies)
        self._by_address: dict[str, set[Guest]] = {}
        self._count = 0
        self._told: set[Guest] = set()
        #: connections that made way for others
        self.displaced = 0

    def __len__(self) -> int:
        return self._count

    def of(self, address: str) -> int:
        """Connections of one address."""
        return len(self._by_address.get(address, ()))

    def admit(self, guest: Guest) -> NoPlace | None:
        """Give a connection a place.

        Where there is none, one that has not said what it wants, or waits, makes way: of the same address when that has too many, else of
        the address that has most.

        Returns:
            None when it has one, else what to tell it.
        """
        mine = self._by_address.get(guest.address, set())
        if self.per_address and len(mine) >= self.per_address and not self._is_proxy(guest.address):
            if not self._one_of(mine):
                words = (
                    f"This address has {self.per_address} connections already; close one, or start the server with a higher --per-address."
                )
                return NoPlace(429, words)
        elif self._count >= self.most:
            crowd = max(self._by_address.values(), key=len, default=set())
            if not (self._one_of(crowd) or self._one_of(each for group in self._by_address.values() for each in group)):
                return NoPlace(503, f"The server has {self.most} connections already; try again in a moment.")
        self._by_address.setdefault(guest.address, set()).add(guest)
        self._count += 1
        return None

    def _is_proxy(self, address: str) -> bool:
        try:
            network = ipaddress.ip_network(address)
        except ValueError:
            return False
        return any(network.network_address in each for each in self._proxies)

    def _one_of(self, guests: Iterable[Guest]) -> bool:
        """Have the first in order make way."""
        now_s = time.monotonic()
        first = min(guests, key=lambda each: each.order(now_s), default=None)
        if first is None or first.phase is Phase.BUSY:
            return False
        self.leave(first)
        self.displaced += 1
        first.end(503, "This connection made way for another one; connect again and send the whole request at once.")
        return True

    def may_tell(self, guest: Guest) -> bool:
        """Whether a connection without a place is told why; it is remembered until it leaves."""
        if len(self._told) >= _MOST_TOLD:
            return False
        self._told.add(guest)
        return True

    def leave(self, guest: Guest) -> None:
        """A connection is gone; safe to call twice."""
        self._told.discard(guest)
        group = self._by_address.get(guest.address)
        if group is not None and guest in group:
            group.discard(guest)
            self._count -= 1
            if not group:
                del self._by_address[guest.address]

    def look(self) -> None:
        """End what took too long."""
        now_s = time.monotonic()
        for group in [*self._by_address.values(), self._told]:
            for guest in list(group):
                guest.look(now_s)
