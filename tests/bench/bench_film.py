"""A film of a line of 4.9 s at 1280x720 in studio quality, one side: the whole verb ``render`` in a fresh process, as often as real time.

The line is cut from the longest recording at hand, so that it lasts the same everywhere. The first film of an avatar finds out what
drawing asks about it and keeps that; the films after it are those that are looked at.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.bench_render import avatars
from tests.bench.budgets import Budget

ROOT = Path(__file__).resolve().parents[2]
LINE_S = 4.9
N_FILMS = 3
LIMIT_S = 300
#: of the avatars to measure, with what each may take: the bundled one, and a Ready Player Me one where the test data is
OWN, OTHER = "avatar", "brunette"
RATE = "film, 1280x720, studio"
BUDGETS = (Budget(f"{OTHER}: {RATE}", "x real time", least=1.0), Budget(f"{OWN}: {RATE}", "x real time", least=1.0))


def line(path: Path) -> None:
    """Write the line: recorded speech where the test data is, else the embedded voice."""
    from app.audio.clips import read_clip, write_wav
    from app.core.speech import AudioClip

    recorded = ROOT.parent / "shared" / "data" / "speech" / "nvidia" / "Mark_neutral.wav"
    if recorded.exists():
        clip = read_clip(recorded)
    else:
        from app.commands.pipeline import speech_from_text
        from app.commands.progress import Progress

        clip = speech_from_text(
            "This is how a film is made: picture after picture, with its sound, for five seconds.", None, 1.0, Progress("none")
        ).audio
    samples = clip.samples[: round(LINE_S * clip.rate)]
    write_wav(path, AudioClip(samples, clip.rate))


def film(folder: Path, sound: Path, avatar: Path) -> tuple[float, float]:
    """Make a film; wall and processor seconds of its process from start to end."""
    private = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    command = [sys.executable, "-m", "app", "render", str(sound), "--avatar", str(avatar), "-o", str(folder / "film.mp4"), "--json"]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "--size", "1280x720", "--progress", "none"],
        env={**os.environ, **private, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, check=True, timeout=LIMIT_S,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert json.loads(done.stdout)["duration_s"] > LINE_S - 0.1
    return time.perf_counter() - began, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def run() -> list[dict]:
    """Rows of the benchmark."""
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as name:
        sound = Path(name) / "line.wav"
        line(sound)
        for avatar, path in avatars().items():
            if avatar not in (OWN, OTHER):
                continue
            folder = Path(name) / avatar
            folder.mkdir()
            first, *others = [film(folder, sound, path) for _ in range(1 + N_FILMS)]
            rows += [
                {"name": f"{avatar}: {RATE}", "value": LINE_S / median(wall for wall, _ in others), "unit": "x real time"},
                {"name": f"{avatar}: the first film of it", "value": LINE_S / first[0], "unit": "x real time"},
                {"name": f"{avatar}: processor time of a film", "value": median(cpu for _, cpu in others), "unit": "s"},
            ]
    return rows
