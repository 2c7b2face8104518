"""Kills an editing session over and over and looks at what is left: ``python -m tests.monkey.kills --moments 50 --seed 1``.

Every session takes up what the one before left, in a real window, so that what was restored is what is edited on. The exit
status is 1 when a file does not open, or more is lost than was done in the last seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.monkey.stage import fill, has_display

#: so much of the user's work may be lost
MOST_LOST_S = 5.0
#: how long a session is let live after it has taken up the work, at least and at most
SHORTEST_S, LONGEST_S = 0.3, 12.0
_START_S = 300.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Life:
    """A session from its start to its end.

    Attributes:
        told: what it said.
        killed_s: when it was killed, on the clock that all processes agree on.
    """

    told: list[dict[str, Any]] = field(default_factory=list)
    killed_s: float = 0.0

    @property
    def begun(self) -> dict[str, Any] | None:
        """What it took up; None when it was killed before."""
        return next((each for each in self.told if "begun" in each), None)

    def lost_s(self, state: str) -> float | None:
        """How long ago the last work was done that a state lacks, at the kill; None for a state that never was."""
        states = [each for each in self.told if "state" in each]
        at = next((i for i in reversed(range(len(states))) if states[i]["state"] == state), None)
        if at is None:
            return None
        following = next((each for each in states[at + 1 :] if each["state"] != state), None)
        return 0.0 if following is None else self.killed_s - following["t"]


def live(home: Path, seed: int, lives_s: float) -> Life:
    """Let a session live, and kill it without a word.

    Args:
        home: where it lives.
        seed: of its edits.
        lives_s: from when it has taken up the work.
    """
    life, has_begun = Life(), threading.Event()
    command = [sys.executable, "-m", "tests.monkey.editing", str(home), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:

        def read() -> None:
            assert child.stdout is not None
            for line in child.stdout:
                life.told.append(json.loads(line))
                if "begun" in life.told[-1]:
                    has_begun.set()
            has_begun.set()

        reader = threading.Thread(target=read, name="reader")
        reader.start()
        has_begun.wait(_START_S)
        time.sleep(lives_s)
        life.killed_s = time.monotonic()
        child.kill()
        reader.join()
    return life


@dataclass
class Tally:
    """What came of all kills.

    Attributes:
        lost_s: for each kill.
        ways: how often work was taken up from where.
        faults: sentences.
    """

    lost_s: list[float] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def kill_often(home: Path, moments: int, seed: int, longest_s: float = LONGEST_S, tells: bool = False) -> Tally:
    """Kill sessions at random moments, each the heir of the one before.

    Args:
        home: where they live; filled.
        moments: how many kills.
        seed: of all choices.
        longest_s: a session lives at most so long.
        tells: say what came of each.
    """
    rng, tally, before = random.Random(seed), Tally(), None
    for number in range(moments + 1):
        life = live(home, seed * 1000 + number, rng.uniform(SHORTEST_S, longest_s) if number < moments else 0.0)
        begun = life.begun
        if begun is None:
            tally.faults.append(f"session {number} did not begin")
            continue
        tally.faults += begun["faults"]
        if before is not None:
            tally.ways.append(begun["begun"])
            lost_s = before.lost_s(begun["state"])
            if lost_s is None:
                tally.faults.append(f"session {number} took up from the {begun['begun']} what the one before never was")
            else:
                tally.lost_s.append(lost_s)
        if tells:
            done = sum("did" in each for each in life.told)
            lost = f"{tally.lost_s[-1]:.2f} s lost" if tally.lost_s else "nothing before"
            print(f"{number}: from the {begun['begun']}, {lost}; {done} edits, then killed; {tally.faults[-1:]}", flush=True)
        before = life
    return tally


def main() -> int:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.monkey.kills", description="Kill an editing session and look at what is left.")
    parser.add_argument("--moments", type=int, default=50, help="how many kills")
    parser.add_argument("--seed", type=int, default=1, help="of all choices")
    parser.add_argument("--longest", type=float, default=LONGEST_S, help="seconds that a session lives at most")
    options = parser.parse_args()
    if not has_display():
        print("There is no display; start it under xvfb-run, or from a desktop session.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as name:
        fill(Path(name) / "home" / "files", has_voices=False)
        tally = kill_often(Path(name), options.moments, options.seed, options.longest, tells=True)
    lost = sorted(tally.lost_s)
    ways = {way: tally.ways.count(way) for way in sorted(set(tally.ways))}
    print(f"{len(lost)} kills, seed {options.seed}: median {lost[len(lost) // 2]:.2f} s lost, most {lost[-1]:.2f} s; taken up from {ways}")
    print(f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    for fault in tally.faults:
        print(f"FAULT {fault}")
    return 1 if tally.faults or lost[-1] > MOST_LOST_S else 0


if __name__ == "__main__":
    sys.exit(main())
