"""A long run of a real server: voices come, speak, leave and come again, and what the server holds must stay the same.

``python -m tests.soak.server --minutes 60 --voices 64`` starts ``serve --source mock`` in a process of its own, lets groups of voices
speak one after the other, and reads the server's memory, threads and handles meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

from tests.attacks.victim import Victim
from tests.soak.flatness import Limit
from tests.soak.holding import handles_of, memory_of, threads_of
from tests.soak.report import told_at_the_end, write

#: a voice speaks for so long, leaves, and another one comes
TURN_S = 20.0
LIMITS = {
    "resident, MB": Limit(10.0, 6.0),
    "own, MB": Limit(10.0, 6.0),
    "threads": Limit(1.0, 2.0),
    "handles": Limit(4.0, 12.0),
}


class Watched:
    """Reads what a process holds, again and again, in a thread of its own.

    Args:
        pid: of the process.
        every_s: seconds between two readings.

    Attributes:
        readings: in their order.
    """

    def __init__(self, pid: int, every_s: float) -> None:
        self.readings: list[dict[str, float]] = []
        self._pid, self._every_s = pid, every_s
        self._over = threading.Event()
        self._began_s = time.monotonic()
        self._thread = threading.Thread(target=self._look, name="watch")

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            memory = memory_of(self._pid)
            self.readings.append({
                "s": round(time.monotonic() - self._began_s, 2), "resident, MB": round(memory["resident"], 1),
                "own, MB": round(memory["own"], 1), "threads": threads_of(self._pid), "handles": handles_of(self._pid),
            })  # fmt: skip
            if self._over.wait(self._every_s):
                return


def run(minutes: float, voices: int, out: Path, every_s: float, turn_s: float = TURN_S) -> bool:
    """Run, and write the report.

    Args:
        minutes: how long.
        voices: that speak at once.
        out: the report.
        every_s: seconds between two readings.
        turn_s: for how long a voice speaks before it leaves.

    Returns:
        Whether everything stayed flat and no voice that was let in lost a frame; a server that has too much to do refuses some.
    """
    from app.remote.load.crowd import speak_together
    from app.remote.load.voice import LoadPlan

    spoken = refused = lost = 0
    # two guests for each voice: one that leaves may not be gone when the next one comes
    with Victim("--max-streams", str(2 * voices)) as victim, Watched(victim.pid, every_s) as watched:
        ends_s = time.monotonic() + 60 * minutes
        while time.monotonic() < ends_s:
            seconds = min(turn_s, max(ends_s - time.monotonic(), 1.0))
            crowd = speak_together(LoadPlan(f"http://127.0.0.1:{victim.port}", voices, seconds))
            spoken += len(crowd.voices)
            refused += sum(bool(voice.refusal) for voice in crowd.voices)
            lost += sum(bool(voice.broken or voice.lost) for voice in crowd.voices)
    told = {
        "title": f"A server with {voices} voices at once for {minutes:g} minutes: {spoken} voices came, {refused} refused, {lost} lost",
        "minutes": minutes, "voices": voices, "spoken": spoken, "refused": refused, "lost": lost,
    }  # fmt: skip
    return write(out, told, watched.readings, LIMITS) and not lost


def main() -> int:
    """Read the words and run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=60.0)
    words.add_argument("--voices", type=int, default=64)
    words.add_argument("--out", type=Path, default=Path("soak-server.json"))
    words.add_argument("--every", type=float, default=5.0, help="seconds between two readings")
    given = words.parse_args()
    flat = run(given.minutes, given.voices, given.out, given.every)
    return told_at_the_end(flat, given.out)


if __name__ == "__main__":
    sys.exit(main())
