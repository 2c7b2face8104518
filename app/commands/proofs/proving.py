"""``--smoke-test``: a packaged program proves itself, step by step, each printed with its time; exit 0 when all went well."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from app import __version__
from app.commands.proofs.server import ask_server
from app.core.beside import write_whole
from app.core.errors import PreviewError
from app.core.installation import is_packed
from app.core.places import elsewhere
from app.startup.collector import leave_a_core, rest_collector
from app.startup.screen import has_display


@dataclass(frozen=True)
class ProvenStep:
    """One step.

    Attributes:
        name: what was tried.
        ok: whether it came out as it should.
        seconds: how long it took.
        detail: what was found, or what is wrong.
    """

    name: str
    ok: bool
    seconds: float
    detail: str


def main(words: Sequence[str]) -> int:
    """Run the proof.

    Args:
        words: after ``--smoke-test``.
    """
    parser = argparse.ArgumentParser(prog="visemesync-preview --smoke-test", description="Prove that this program works on this machine.")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the steps there, too, as JSON")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="write the window as seen at the end there")
    options = parser.parse_args(list(words))
    if not has_display():
        print("The smoke test opens the window, and there is no display; start it from a desktop session, or under Xvfb.", file=sys.stderr)
        return 1
    rest_collector()
    leave_a_core()
    print(f"VisemeSync Preview {__version__}, {'packed' if is_packed() else 'from source'}, {platform.platform()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="visemesync-proof-") as name, elsewhere(Path(name) / "kept"):
        steps = prove(Path(name), options.picture)
    good = bool(steps) and all(step.ok for step in steps)
    if options.report is not None:
        about = {"version": __version__, "packed": is_packed(), "platform": platform.platform(), "ok": good}
        write_whole(options.report, json.dumps({**about, "steps": [asdict(step) for step in steps]}, indent=1) + "\n")
    print("All is well." if good else "Something does not work; see the step marked FAIL.", flush=True)
    return 0 if good else 1


def prove(folder: Path, picture: Path | None = None) -> list[ProvenStep]:
    """Run all steps; the first that fails is the last.

    Args:
        folder: for what is written.
        picture: where the window as seen at the end goes.
    """
    from app.desktop import DEFAULT_AVATAR, begin, make_window
    from app.settings import Settings
    from app.startup.trace import seconds_since_start
    from app.ui.proof.licences import read_licences
    from app.ui.proof.neighbours import ask_neighbour
    from app.ui.proof.window_proof import WindowProof
    from app.ui.start.application import make_application

    app = make_application()
    window = make_window(Settings())
    proof = WindowProof(window, lambda: begin(window, DEFAULT_AVATAR), folder, seconds_since_start)
    steps: list[ProvenStep] = []
    try:
        for name, work in (
            ("window", proof.open_window), ("avatar", proof.see_avatar), ("voice", proof.speak), ("Audio2Face", proof.move),
            ("film", proof.film), ("project", proof.keep), ("server", ask_server),
            ("neighbours", partial(ask_neighbour, folder)), ("licences", partial(read_licences, window.upkeep.show_licences)),
        ):  # fmt: skip
            steps.append(_tried(name, work))
            if not steps[-1].ok:
                break
        if picture is not None:
            window.grab().save(str(picture))
    finally:
        proof.close()
        app.processEvents()
    return steps


def _tried(name: str, work: Callable[[], str]) -> ProvenStep:
    """One step, told as soon as it is over."""
    from app.ui.proof.waiting import Unproven

    start_s = time.monotonic()
    step = ProvenStep(name, False, 0.0, "")
    try:
        step = replace(step, ok=True, detail=work())
    except (Unproven, PreviewError) as error:
        step = replace(step, detail=str(error))
    except Exception as error:  # noqa: BLE001  (whatever is wrong with a package is what this is for)
        step = replace(step, detail=f"{type(error).__name__}: {error}")
    step = replace(step, seconds=round(time.monotonic() - start_s, 2))
    print(f"{'ok' if step.ok else 'FAIL':<5}{step.seconds:6.2f} s  {step.name}: {step.detail}", flush=True)
    return step
