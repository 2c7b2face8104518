"""What a verb uses of paid services goes into the same ledger as what the window uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.counting import Count


@contextmanager
def metered() -> Iterator[Count]:
    """Count into the ledger, which is written when the block ends."""
    from app.conversation.cost.ledger import Ledger
    from app.conversation.cost.meter import Meter
    from app.settings import ledger_folder

    meter = Meter(Ledger(ledger_folder()))
    try:
        yield meter.count
    finally:
        try:
            meter.flush()
        except OSError:
            print("What this cost could not be written down; check the space and the rights of the state folder.", file=sys.stderr)
