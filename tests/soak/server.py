"""A long run of a real server: voices come, speak, leave and come again, and what the server holds must stay the same.

``python -m tests.soak.server --minutes 60 --voices 64`` starts ``serve --source a2f:light`` with places for all of them, however busy the
machine is, lets groups of voices speak one after the other, and reads meanwhile what the server and its engine hold, and how many voices
speak at that moment.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from tests.attacks.victim import Victim, asked
from tests.soak.flatness import Limit
from tests.soak.holding import handles_of, memory_of, threads_of
from tests.soak.report import told_at_the_end, write

#: a voice speaks for so long, leaves, and another one comes
TURN_S = 20.0
LIMITS = {
    "server, MB": Limit(10.0, 6.0),
    "engine, MB": Limit(10.0, 6.0),
    "threads": Limit(1.0, 2.0),
    "handles": Limit(4.0, 12.0),
}


def engine_of(pid: int) -> int:
    """The process that animates for a server: of its children, the one with most memory; the server itself where it has none."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return max(children, key=lambda child: memory_of(child)["resident"], default=pid)


class Watched:
    """Reads what a server holds, again and again, in a thread of its own.

    Args:
        pid: of the server's process.
        port: that it listens on.
        every_s: seconds between two readings.

    Attributes:
        readings: in their order.
    """

    def __init__(self, pid: int, port: int, every_s: float) -> None:
        self.readings: list[dict[str, float]] = []
        self._pid, self._engine, self._port, self._every_s = pid, engine_of(pid), port, every_s
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
            health = json.loads(asked(self._port, "/health"))
            self.readings.append({
                "s": round(time.monotonic() - self._began_s, 2), "server, MB": round(memory_of(self._pid)["resident"], 1),
                "engine, MB": round(memory_of(self._engine)["resident"], 1), "threads": threads_of(self._pid) + threads_of(self._engine),
                "handles": handles_of(self._pid) + handles_of(self._engine), "voices": health["voices"],
            })  # fmt: skip
            if self._over.wait(self._every_s):
                return


def run(minutes: float, voices: int, out: Path, every_s: float, *, turn_s: float = TURN_S, source: str = "a2f:light") -> bool:
    """Run, and write the report.

    Args:
        minutes: how long.
        voices: that speak at once.
        out: the report.
        every_s: seconds between two readings.
        turn_s: for how long a voice speaks before it leaves.
        source: that the server serves.

    Returns:
        Whether everything stayed flat, every voice was let in, none lost a frame, and all of them spoke at once at some time.
    """
    from app.remote.load.crowd import speak_together
    from app.remote.load.voice import LoadPlan

    spoken = refused = lost = frames = 0
    late_s: list[float] = []
    # two places for each voice: one that leaves may not be gone when the next one comes
    places = ("--fixed-streams", str(2 * voices), "--per-address", str(3 * voices))
    with Victim(*places, source=source) as victim, Watched(victim.pid, victim.port, every_s) as watched:
        ends_s = time.monotonic() + 60 * minutes
        while time.monotonic() < ends_s:
            seconds = min(turn_s, max(ends_s - time.monotonic(), 1.0))
            crowd = speak_together(LoadPlan(f"http://127.0.0.1:{victim.port}", voices, seconds))
            spoken += len(crowd.voices)
            refused += sum(bool(voice.refusal) for voice in crowd.voices)
            lost += sum(bool(voice.broken or voice.lost or voice.doubled) for voice in crowd.voices if not voice.refusal)
            frames += sum(len(voice.late_s) for voice in crowd.voices)
            late_s.append(float(np.percentile([late for voice in crowd.voices for late in voice.late_s] or [0.0], 99)))
    most = max(reading["voices"] for reading in watched.readings)
    told = {
        "title": f"{source}, {most:g} of {voices} voices at once, {minutes:g} min: {spoken} came, {refused} refused, {lost} lost some",
        "minutes": minutes, "voices": voices, "most_at_once": most, "spoken": spoken, "refused": refused, "lost": lost, "frames": frames,
        "late_p99_ms": [round(1000 * each, 1) for each in late_s],
    }  # fmt: skip
    flat = write(out, told, watched.readings, LIMITS)
    return flat and not lost and not refused and most >= voices


def main() -> int:
    """Read the words and run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=60.0)
    words.add_argument("--voices", type=int, default=64)
    words.add_argument("--out", type=Path, default=Path("soak-server.json"))
    words.add_argument("--every", type=float, default=5.0, help="seconds between two readings")
    words.add_argument("--source", default="a2f:light", help="that the server serves")
    words.add_argument("--turn", type=float, default=TURN_S, help="seconds that a voice speaks")
    given = words.parse_args()
    flat = run(given.minutes, given.voices, given.out, given.every, turn_s=given.turn, source=given.source)
    return told_at_the_end(flat, given.out)


if __name__ == "__main__":
    sys.exit(main())
