"""Lets the monkey loose: ``python -m tests.monkey --actions 5000 --seed 7 [--record FILE] [--replay FILE]``.

Prints what was done, what went wrong, and where the window hung; the exit status is 1 when anything did.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import sys
import tempfile
import time
from pathlib import Path

from tests.monkey.deeds import Deed
from tests.monkey.stage import fill, has_display, open_window, set_home


def main() -> int:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.monkey", description="Random, seeded, replayable hands at the real window.")
    parser.add_argument("--actions", type=int, default=5000, help="how many deeds")
    parser.add_argument("--seed", type=int, default=1, help="of all choices")
    parser.add_argument("--seconds", type=float, default=math.inf, help="end after so long, however few deeds were done")
    parser.add_argument("--record", type=Path, help="where every deed is written, one a line, before it is done")
    parser.add_argument("--replay", type=Path, help="do the deeds of a record again")
    parser.add_argument("--tells", action="store_true", help="say how far it is")
    options = parser.parse_args()
    if not has_display():
        print("There is no display; start it under xvfb-run, or from a desktop session.", file=sys.stderr)
        return 2
    faulthandler.enable()
    with tempfile.TemporaryDirectory(prefix="monkey-", ignore_cleanup_errors=True) as name:
        return _run(options, Path(name))


def _run(options: argparse.Namespace, folder: Path) -> int:
    set_home(folder)
    files = folder / "home" / "files"
    fill(files)
    app, window = open_window()
    from tests.monkey.monkey import Monkey

    replay = None if options.replay is None else [Deed.of(line) for line in options.replay.read_text("utf-8").splitlines()]
    monkey = Monkey(window, files, folder / "kept" / "state" / "autosave", n=options.actions, seed=options.seed, replay=replay)
    monkey.ends_s = time.monotonic() + options.seconds
    begun_s = time.monotonic()
    if options.record is not None:
        record = options.record.open("w", encoding="utf-8", buffering=1)
        monkey.told = lambda deed: record.write(deed.line() + "\n")
    if sys.stderr.isatty() or options.tells:
        monkey.faults.told = lambda fault: print(f"FAULT {fault}", file=sys.stderr, flush=True)
        monkey.checked.connect(lambda: print(f"{len(monkey.done)} deeds, {monkey.state}", file=sys.stderr, flush=True))
    monkey.finished.connect(lambda: app.exit(0))  # quitting would ask about what is unsaved
    window.session.voices.voices_changed.connect(monkey.start)
    app.exec()
    monkey.close()
    print(f"{len(monkey.done)} deeds in {time.monotonic() - begun_s:.0f} s, seed {options.seed}: {dict(monkey.counts)}")
    print(f"looked after: {dict(monkey.keeper.checks)}")
    print(f"{len(monkey.watch.hangs)} hangs over 100 ms of the GUI thread, longest {1e3 * monkey.watch.worst_s:.0f} ms")
    for hang in monkey.watch.hangs:
        times = f"{1e3 * hang.took_s:.0f} ms ({1e3 * hang.cpu_s:.0f} its own, {1e3 * hang.wall_s:.0f} on the wall)"
        print(f"\nHANG {times}, doing {hang.doing}\n{hang.stack}")
    for what in (*monkey.faults.found, *monkey.keeper.losses):
        print(f"\nFAULT {what}")
    window.controls.projects.asks = lambda _words, answers: "Discard" if "Discard" in answers else answers[-1]
    window.close()
    print(f"{len(monkey.faults.found)} faults, {len(monkey.keeper.losses)} losses")
    return 1 if monkey.watch.hangs or monkey.faults.found or monkey.keeper.losses else 0


if __name__ == "__main__":
    sys.exit(main())
