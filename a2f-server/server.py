"""``python server.py``: the A2F server, as VisemeSync's integration guide starts it.

It is ``python -m app serve`` of the checkout around this folder. With VISEMESYNC_TOKEN set it listens for other machines too, as a rented
GPU is for; without one for this machine alone. All options of ``serve`` may follow. What it needs is in requirements.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def command(words: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """What is started.

    Args:
        words: of the command line.
        environment: whether it holds a token decides who is listened to.
    """
    is_said = any(word == "--host" or word.startswith("--host=") for word in words)
    everybody = ["--host", "0.0.0.0"] if environment.get("VISEMESYNC_TOKEN") and not is_said else []
    return [sys.executable, "-m", "app", "serve", *everybody, *words]


def main(words: Sequence[str]) -> int:
    """Become the server (on Windows: wait for it)."""
    started = command(words, os.environ)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])}
    if os.name == "nt":
        return subprocess.run(started, env=environment, check=False).returncode
    os.execve(started[0], started, environment)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
