"""How much of what was uploaded the server has in hand at once: bytes that come, clips that are decoded, seconds that are animated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

#: bytes of uploads that are in hand, in all and from one address; what is over 1 MiB of each lies in a file
MOST_BYTES, MOST_BYTES_OF_ONE = 1 << 30, 1 << 28
#: clips decoded at once
DECODED_AT_ONCE = 2
#: of the longest clip: seconds of sound that wait for their frames, in all and from one address
MOST_CLIPS, MOST_CLIPS_OF_ONE = 8, 4


class IntakeFull(Exception):
    """The server has enough in hand; its words say so."""


class Ledger:
    """An amount that may be in hand, in all and for one address.

    Args:
        most: in all.
        most_of_one: for one address.
        sentence: when there is no more.
    """

    def __init__(self, most: float, most_of_one: float, sentence: str) -> None:
        self._most, self._most_of_one, self._sentence = most, most_of_one, sentence
        self._taken: Counter[str] = Counter()
        self.total = 0.0

    def take(self, address: str, amount: float) -> None:
        """Take more.

        Raises:
            IntakeFull: there is no more.
        """
        if self.total + amount > self._most or self._taken[address] + amount > self._most_of_one:
            raise IntakeFull(self._sentence)
        self.total += amount
        self._taken[address] += amount  # type: ignore[assignment]

    def give_back(self, address: str, amount: float) -> None:
        """Give something back."""
        self.total -= amount
        self._taken[address] -= amount  # type: ignore[assignment]
        if self._taken[address] <= 0:
            del self._taken[address]


class Share:
    """What one request has taken of a ledger."""

    def __init__(self, ledger: Ledger, address: str) -> None:
        self._ledger, self._address, self._amount = ledger, address, 0.0

    def take(self, amount: float) -> None:
        """See Ledger."""
        if amount:
            self._ledger.take(self._address, amount)
            self._amount += amount

    def give_back(self) -> None:
        """All of it."""
        if self._amount:
            self._ledger.give_back(self._address, self._amount)
            self._amount = 0.0


class Intake:
    """The uploads of a server.

    Args:
        max_clip_s: seconds of the longest clip.
    """

    def __init__(self, max_clip_s: float) -> None:
        self._bytes = Ledger(MOST_BYTES, MOST_BYTES_OF_ONE, "Too many uploads are coming at once; try again in a moment.")
        words = "The server has enough clips to animate; try again in a moment."
        self._seconds = Ledger(MOST_CLIPS * max_clip_s, MOST_CLIPS_OF_ONE * max_clip_s, words)
        self._decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    def share(self, address: str) -> Share:
        """For the bytes of one request."""
        return Share(self._bytes, address)

    @asynccontextmanager
    async def decoding(self) -> AsyncIterator[None]:
        """Wait for one's turn to decode."""
        async with self._decoding:
            yield

    @contextmanager
    def animating(self, address: str, duration_s: float) -> Iterator[None]:
        """While a clip waits for its frames.

        Raises:
            IntakeFull: too many do.
        """
        self._seconds.take(address, duration_s)
        try:
            yield
        finally:
            self._seconds.give_back(address, duration_s)
