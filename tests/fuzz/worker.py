"""A process that makes inputs and judges them until its time is over; it may die of one, and another one goes on."""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from tests.fuzz.judge import Judge, Verdict
from tests.fuzz.mutating import MOST_BYTES, cut
from tests.fuzz.target import Target

#: one input in so many is watched line by line; one that reaches a new line is a seed from then on
_WATCHED = 4
_MOST_SEEDS = 400
#: of one reader before it is the next one's turn: inputs, and processor time
_TURN, _TURN_S = 60, 0.2
#: of processor time, to make an input that shows a fault smaller
_SHRINKING_S = 6.0
#: seeds of this size are taken half as often as small ones
_LARGE_BYTES = 20_000


class Lines:
    """The program's lines that were reached."""

    def __init__(self) -> None:
        self._known: set[tuple[str, int]] = set()
        self.new = 0

    def __enter__(self) -> Lines:
        self.new = 0
        sys.settrace(self._call)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if "/app/" in frame.f_code.co_filename else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            if place not in self._known:
                self._known.add(place)
                self.new += 1
        return self._line


class Reader:
    """One target with the inputs that it was given.

    Args:
        target: which.
        folder: for its seeds.
        random: where its damage comes from.
    """

    def __init__(self, target: Target, folder: Path, random: Random) -> None:
        self.target, self._folder, self._random = target, folder, random
        self._seeds: list[bytes] = []
        self._unread: list[bytes] = []
        self.counts: Counter[str] = Counter()

    def begin(self) -> None:
        """Make the seeds, when it is the reader's turn for the first time."""
        if not self._seeds:
            self._folder.mkdir(parents=True)
            self._seeds = [seed for seed in self.target.seeds(self._folder) if seed] or [b"x"]
            self._first = len(self._seeds)
            self._unread = list(self._seeds)

    def next(self) -> bytes:
        """The next input: first the seeds as they are, then damage without end."""
        if self._unread:
            return self._unread.pop()
        random = self._random
        data = random.choice(self._seeds)
        if len(data) > _LARGE_BYTES and random.random() < 0.5:
            data = random.choice(self._seeds)
        if random.random() < 0.1:
            return cut(data, random)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            data = random.choice(self.target.mutators)(data, random)
        if random.random() < 0.03:
            other = random.choice(self._seeds)
            at = random.randrange(len(data) + 1)
            data = data[:at] + other[random.randrange(len(other)) :]
        return data[: 4 * MOST_BYTES]

    def keep(self, data: bytes) -> None:
        """Take an input that reached something new as a seed."""
        if not 0 < len(data) <= 1 << 18:
            return
        if len(self._seeds) >= _MOST_SEEDS:
            self._seeds.pop(self._random.randrange(self._first, len(self._seeds)) if self._first < _MOST_SEEDS else -1)
        self._seeds.append(data)


class Worker:
    """Judges inputs in turns, and says on standard output what came of them.

    Args:
        targets: which.
        folder: of this worker alone.
        seed: of all chance.
    """

    def __init__(self, targets: list[Target], folder: Path, seed: int) -> None:
        self._folder = folder
        self._judge = Judge(folder)
        self._lines = Lines()
        self._found: Counter[str] = Counter()
        self._readers = [Reader(each, folder / "seeds" / each.name, Random(f"{seed} {each.name}")) for each in targets]
        self._inputs = Random(seed)
        self._inputs.shuffle(self._readers)

    def run(self, seconds: float) -> None:
        """Work for so long."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            for reader in self._readers:
                self._turn(reader, end_s)

    def _turn(self, reader: Reader, end_s: float) -> None:
        (self._folder / "target").write_text(reader.target.name)
        reader.begin()
        begun_s = _used_s()
        for _ in range(_TURN):
            if time.monotonic() >= end_s or _used_s() > begun_s + _TURN_S:
                break
            data = reader.next()
            verdict = self._judged(reader, data)
            reader.counts[verdict.kind] += 1
            if verdict.kind == "fault":
                self._tell(reader.target, verdict, data)
        _say({"target": reader.target.name, "counts": reader.counts})
        reader.counts.clear()

    def _judged(self, reader: Reader, data: bytes) -> Verdict:
        if self._inputs.randrange(_WATCHED):
            return self._judge.judge(reader.target, data)
        with self._lines as lines:
            verdict = self._judge.judge(reader.target, data)
        if lines.new and verdict.kind != "fault":
            reader.keep(data)
        if verdict.what.startswith("takes longer"):  # being watched takes time
            return self._judge.judge(reader.target, data)
        return verdict

    def _tell(self, target: Target, verdict: Verdict, data: bytes) -> None:
        name = f"{target.name} {verdict.key}"
        self._found[name] += 1
        if self._found[name] <= 2:
            data = self._shrunk(target, verdict, data)
            path = self._folder / "found" / f"{verdict.key}-{self._found[name]}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            _say({"target": target.name, "fault": verdict.key, "what": verdict.what, "details": verdict.details, "file": str(path)})

    def _shrunk(self, target: Target, verdict: Verdict, data: bytes) -> bytes:
        """A smaller input that shows the same fault, found by leaving pieces out."""
        end_s, size = _used_s() + _SHRINKING_S, len(data) // 2
        while size >= 1 and _used_s() < end_s:
            at = 0
            while at < len(data) and _used_s() < end_s:
                smaller = data[:at] + data[at + size :]
                if self._judge.judge(target, smaller).what == verdict.what:
                    data = smaller
                else:
                    at += size
            size //= 2
        return data


def _used_s() -> float:
    """Processor time of this process and of those that it started."""
    return sum(os.times()[:4])


def _say(words: dict[str, Any]) -> None:
    print(json.dumps(words), flush=True)


def main(words: list[str]) -> None:
    """Run as a process: FOLDER SEED SECONDS NAME..."""
    from tests.fuzz.targets import TARGETS

    folder, seed, seconds, names = Path(words[0]), int(words[1]), float(words[2]), words[3:]
    faulthandler.enable()
    logging.disable()
    Worker([TARGETS[name] for name in names], folder, seed).run(seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
