"""Praat's TextGrids, long and short: what counts in both are the free-standing numbers, texts in quotes and flags, in their order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import SpeechError

#: a text in quotes, a flag, a comment, or a word; only words that are numbers count
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|<(\w+)>|!.*|([^\s"]+)')


@dataclass(frozen=True)
class Tier:
    """A tier of intervals.

    Attributes:
        name: as written.
        rows: (text, start and end in seconds) of every interval.
    """

    name: str
    rows: tuple[tuple[str, float, float], ...]


def looks_like(text: str) -> bool:
    """Whether a text is a TextGrid in either form."""
    return "TextGrid" in text[:400] or "IntervalTier" in text[:20_000]


def _tokens(text: str) -> list[str | float]:
    """Texts, and numbers as floats; labels such as ``xmin =`` and ``intervals [1]:`` are left away."""
    out: list[str | float] = []
    for match in _TOKEN.finditer(text):
        if match[1] is not None:
            out.append(match[1].replace('""', '"'))
        elif match[3] is not None:
            try:
                out.append(float(match[3]))
            except ValueError:
                continue
    return out


def read_tiers(text: str, name: str) -> tuple[Tier, ...]:
    """The interval tiers of a TextGrid.

    Args:
        text: the file.
        name: for messages.

    Raises:
        SpeechError: it ends early, or is no TextGrid.
    """
    tokens, tiers, at = _tokens(text), [], 0
    while at < len(tokens):
        if tokens[at] not in ("IntervalTier", "TextTier"):
            at += 1
            continue
        width = 3 if tokens[at] == "IntervalTier" else 2
        head = tokens[at + 1 : at + 5]
        if len(head) < 4 or not isinstance(head[0], str) or not all(isinstance(part, float) and math.isfinite(part) for part in head[1:]):
            raise SpeechError(f"{name} is a broken TextGrid; save it again in Praat.")
        count = head[3]
        assert isinstance(count, float)
        cells = tokens[at + 5 : at + 5 + width * max(int(min(count, 1e7)), 0)]
        at += 5 + len(cells)
        if width == 3:
            tiers.append(Tier(head[0], _rows(cells, name)))
    if not tiers:
        raise SpeechError(f"{name} holds no tier of intervals; save the alignment as a TextGrid with a tier of phones.")
    return tuple(tiers)


def _rows(cells: list[str | float], name: str) -> tuple[tuple[str, float, float], ...]:
    rows = []
    for i in range(0, len(cells) - 2, 3):
        start, end, label = cells[i : i + 3]
        if not isinstance(start, float) or not isinstance(end, float) or not isinstance(label, str) or not math.isfinite(start + end):
            raise SpeechError(f"{name} is a broken TextGrid; save it again in Praat.")
        rows.append((label, start, end))
    return tuple(rows)


def text_of_tiers(tiers: Sequence[Tier], end_s: float) -> str:
    """A TextGrid in the long form; Praat wants every tier to be covered, so that gaps become empty intervals.

    Args:
        tiers: rows by time; what overlaps the row before is cut.
        end_s: of the grid, at the least.
    """
    end_s = max([end_s, *(row[2] for tier in tiers for row in tier.rows)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", f"xmax = {_number(end_s)} ", "tiers? <exists> "]
    lines += [f"size = {len(tiers)} ", "item []: "]
    for k, tier in enumerate(tiers, 1):
        rows = list(_covering(tier.rows, end_s))
        lines += [f"    item [{k}]:", '        class = "IntervalTier" ', f"        name = {_quoted(tier.name)} ", "        xmin = 0 "]
        lines += [f"        xmax = {_number(end_s)} ", f"        intervals: size = {len(rows)} "]
        for i, (label, start, end) in enumerate(rows, 1):
            lines += [f"        intervals [{i}]:", f"            xmin = {_number(start)} ", f"            xmax = {_number(end)} "]
            lines += [f"            text = {_quoted(label)} "]
    return "\n".join(lines) + "\n"


def _covering(rows: Sequence[tuple[str, float, float]], end_s: float) -> Iterator[tuple[str, float, float]]:
    now_s = 0.0
    for label, start, end in rows:
        start_s = max(start, now_s)
        if round(end, 9) <= round(start_s, 9):
            continue
        if round(start_s, 9) > round(now_s, 9):
            yield "", now_s, start_s
        yield label, start_s, end
        now_s = end
    if round(end_s, 9) > round(now_s, 9):
        yield "", now_s, end_s


def _number(time_s: float) -> str:
    return f"{round(time_s, 9):.9f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
