"""Wrong tokens: whoever goes on guessing waits longer and longer for the answer; whoever gives a right one never waits."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict

#: so many wrong tokens of one address are answered at once
FREE = 8
#: the first wait; every further wrong token doubles it, up to the longest
FIRST_S, LONGEST_S = 0.25, 4.0
#: one wrong token is forgotten in this time
FORGOTTEN_S = 5.0
#: answers that are held back at once, of one address and in all; beyond these they are given at once
MOST_HELD_OF_ONE, MOST_HELD = 32, 256
_MOST_GUESSES = FREE + 8
_MOST_ADDRESSES = 4096


class Patience:
    """The wrong tokens of the last minute, by address."""

    def __init__(self) -> None:
        #: address -> wrong tokens that are not forgotten, and when that was reckoned
        self._wrong: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._held: Counter[str] = Counter()

    def wrong(self, address: str, now_s: float | None = None) -> float:
        """Count a wrong token.

        Args:
            address: of who gave it.
            now_s: on the monotonic clock; now when None.

        Returns:
            Seconds to wait before it is answered.
        """
        now_s = time.monotonic() if now_s is None else now_s
        count, then_s = self._wrong.pop(address, (0.0, now_s))
        count = min(max(count - (now_s - then_s) / FORGOTTEN_S, 0.0) + 1.0, _MOST_GUESSES)
        self._wrong[address] = (count, now_s)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        return 0.0 if count <= FREE else min(FIRST_S * 2 ** math.floor(count - FREE - 1e-9), LONGEST_S)

    async def hold(self, address: str, wait_s: float) -> None:
        """Wait before a wrong token is answered."""
        if self._held[address] >= MOST_HELD_OF_ONE or self._held.total() >= MOST_HELD:
            return
        self._held[address] += 1
        try:
            await asyncio.sleep(wait_s)
        finally:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
