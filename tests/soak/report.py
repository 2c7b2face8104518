"""What a long run leaves: its readings and verdicts as JSON, and a picture of the lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.soak.flatness import WARM_UP, Limit, Verdict, judge

WIDTH, ROW, LEFT, RIGHT, TOP = 1100, 96, 210, 24, 56
INK, PALE, GOOD, BAD, GROUND = "#1b1f24", "#c9ced6", "#1a7f37", "#cf222e", "#ffffff"


def judged(readings: Sequence[Mapping[str, float]], limits: Mapping[str, Limit]) -> dict[str, Verdict]:
    """A verdict for each line that has a limit."""
    t = [reading["s"] for reading in readings]
    return {name: judge(t, [reading[name] for reading in readings], limit) for name, limit in limits.items()}


def told_at_the_end(flat: bool, path: Path) -> int:
    """Say how a run ended and where its report is; gives the exit status."""
    print(f"{'flat' if flat else 'NOT FLAT'}: {path}")
    return 0 if flat else 1


def write(path: Path, told: Mapping[str, object], readings: Sequence[Mapping[str, float]], limits: Mapping[str, Limit]) -> bool:
    """Write the report as ``path`` and the picture beside it.

    Args:
        path: of the JSON.
        told: what was run, how, and what was done.
        readings: in their order; ``s`` is the time since the start.
        limits: of the lines, by name.

    Returns:
        Whether all lines are flat.
    """
    verdicts = judged(readings, limits)
    flat = all(verdict.flat for verdict in verdicts.values())
    lines = {name: {**asdict(verdict), "limit": asdict(limits[name])} for name, verdict in verdicts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**told, "flat": flat, "lines": lines, "readings": list(readings)}, indent=1), "utf-8")
    draw(path.with_suffix(".png"), str(told.get("title", path.stem)), readings, verdicts)
    return flat


def draw(path: Path, title: str, readings: Sequence[Mapping[str, float]], verdicts: Mapping[str, Verdict]) -> None:
    """Draw each line above the next, from zero to its greatest value, with its verdict."""
    height = TOP + ROW * len(verdicts) + 34
    image = Image.new("RGB", (WIDTH, height), GROUND)
    pen, font, small = ImageDraw.Draw(image), ImageFont.load_default(15), ImageFont.load_default(12)
    t = [reading["s"] for reading in readings]
    long_s = max(t[-1] - t[0], 1e-6)
    across = WIDTH - LEFT - RIGHT
    pen.text((16, 16), title, INK, ImageFont.load_default(19))
    warm = LEFT + across * WARM_UP
    for row, (name, verdict) in enumerate(verdicts.items()):
        top, floor = TOP + ROW * row + 10, TOP + ROW * (row + 1) - 8
        values = [reading[name] for reading in readings]
        most = max(*values, 1e-6)
        pen.rectangle((LEFT, top, warm, floor), "#f3f4f6")
        pen.line((LEFT, floor, WIDTH - RIGHT, floor), PALE)
        points = [(LEFT + across * (s - t[0]) / long_s, floor - (floor - top) * value / most) for s, value in zip(t, values, strict=True)]
        pen.line(points, GOOD if verdict.flat else BAD, 2)
        pen.text((16, top), name, INK, font)
        pen.text((16, top + 22), f"{verdict.first:,.0f} to {verdict.last:,.0f}", INK, small)
        pen.text((16, top + 40), f"{verdict.per_hour:+,.1f} an hour", GOOD if verdict.flat else BAD, small)
        pen.text((LEFT + 4, top), f"most {most:,.0f}", "#6e7781", small)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        pen.text((LEFT + across * share - 14, height - 24), f"{long_s * share / 60:.1f} min", INK, small)
    image.save(path)
