"""Prints the table of attacks: what was tried, what it cost, how long a well-behaved client had to wait.

``python -m tests.attacks [SECONDS] [NAME ...]``; each attack meets a server of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tests.attacks import bombs, floods, pages
from tests.attacks.victim import Victim, Witness

TOKEN = "a-token-of-the-attacks-0123456789"
ATTACKS: dict[str, Callable[[Victim, float], str]] = {
    each.__name__: each
    for each in (
        floods.endless_header, floods.endless_headers, floods.half_requests, floods.half_handshakes, floods.silent_sockets,
        floods.quick_resets, floods.ping_flood, floods.small_pings, floods.empty_fragments, floods.oversized_frames, floods.endless_chunks,
        floods.slow_bodies, floods.unread_answers, floods.many_parts, floods.wrong_tokens, bombs.flac_bomb, bombs.wide_bomb, bombs.slow_wav,
        pages.foreign_page, pages.wrong_host, pages.odd_paths,
    )
}  # fmt: skip


def main(seconds: float, names: list[str]) -> None:
    """Run attacks and print a row for each."""
    print("| attack | seen | most memory | longest wait of a good client | refused |\n|---|---|---|---|---|")
    for name in names or ATTACKS:
        # the guide's 1,024 descriptors, as most systems give them
        with Victim(token=TOKEN if name == "wrong_tokens" else "") as victim:
            before_mb = victim.most_mb
            with Witness(victim) as witness:
                try:
                    seen = ATTACKS[name](victim, seconds)
                except (OSError, AssertionError) as error:
                    seen = f"gave up: {error}"
            row = f"{seen} | {before_mb:.0f} → {victim.most_mb:.0f} MB | {witness.stall_s:.2f} s | {witness.refused}"
        print(f"| {name.replace('_', ' ')} | {row} |", flush=True)
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0, sys.argv[2:])
