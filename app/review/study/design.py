"""Who is asked what in which order: every source equally often at every place, no clip twice in a row, checks of attention between.

Orders of sources are Williams squares (Williams 1949, "Experimental designs balanced for the estimation of residual effects of
treatments", Aust. J. Sci. Res. A 2): over their rows every source follows every other equally often. Checks are instructed answers
(Meade & Craig 2012, "Identifying careless responses in survey data", Psychological Methods 17(3)).
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

StudyKind = Literal["scale", "abx"]
Letter = Literal["A", "B"]
#: what is asked, with its words
SCALES = {"lip_sync": "Lip sync", "realism": "Realism", "expressiveness": "Expressiveness"}
POINTS = 7
#: orders in a page, at least: further ones repeat the square with other shuffles
_ORDERS = 24
#: a check for so many questions, at least one
_PER_CHECK = 8


@dataclass(frozen=True)
class Trial:
    """One question.

    Attributes:
        id: tells nothing about what is shown.
        clip: which line.
        sources: shown as A and, in comparisons, as B.
        x: which of the two X is, "" on scales.
        check: the answer that is asked for, "" for a real question.
    """

    id: str
    clip: str
    sources: tuple[str, ...]
    x: Letter | Literal[""] = ""
    check: str = ""


@dataclass(frozen=True)
class Design:
    """A whole study.

    Attributes:
        id: tells it from all others.
        kind: 7-point scales for one film at a time, or A and B and X.
        sources: what is compared.
        clips: names of the lines.
        trials: by id.
        orders: ids in the order in which a rater sees them; raters take them in turn.
        films: (clip, source) -> a name that says nothing.
    """

    id: str
    kind: StudyKind
    sources: tuple[str, ...]
    clips: tuple[str, ...]
    trials: dict[str, Trial]
    orders: tuple[tuple[str, ...], ...]
    films: dict[tuple[str, str], str]


def williams(n: int) -> tuple[tuple[int, ...], ...]:
    """Rows of a Williams square: n for an even n, 2 n for an odd one.

    Args:
        n: of treatments, at least 1.
    """
    first = [0]
    for step in range(1, n):
        first.append((step + 1) // 2 if step % 2 else n - step // 2)
    rows = [tuple((each + shift) % n for each in first) for shift in range(n)]
    return tuple(rows if n % 2 == 0 or n == 1 else rows + [row[::-1] for row in rows])


def designed(kind: StudyKind, clips: Sequence[str], sources: Sequence[str], seed: int) -> Design:
    """A study; the same words and seed give the same.

    Args:
        kind: of its questions.
        clips: names of the lines, each once.
        sources: at least two, each once.
        seed: of names and orders.
    """
    words = "\0".join([kind, str(seed), *clips, "\1", *sources])
    chance = random.Random(words)
    ident = hashlib.blake2b(words.encode(), digest_size=6).hexdigest()
    pairs = list(itertools.product(clips, sources))
    films = dict(zip(pairs, _names(len(pairs), chance, "f"), strict=True))
    questions = _scales(clips, sources) if kind == "scale" else _comparisons(clips, sources)
    checks = [_check(kind, clips, sources, chance) for _ in range(max(1, len(questions[0]) // _PER_CHECK))]
    trials = {each: each for each in itertools.chain(*questions, checks)}
    named = dict(zip(trials, _names(len(trials), chance, "t"), strict=True))
    made = {name: Trial(name, t.clip, t.sources, t.x, t.check) for t, name in named.items()}
    rounds = -(-_ORDERS // len(questions))
    orders = [
        _order(questions[row], checks, chance, len(sources) if kind == "scale" else 1)
        for _ in range(rounds)
        for row in range(len(questions))
    ]
    return Design(ident, kind, tuple(sources), tuple(clips), made, tuple(tuple(named[each] for each in order) for order in orders), films)


def _names(n: int, chance: random.Random, letter: str) -> list[str]:
    numbers = list(range(1, n + 1))
    chance.shuffle(numbers)
    return [f"{letter}{number:03d}" for number in numbers]


def _scales(clips: Sequence[str], sources: Sequence[str]) -> list[list[Trial]]:
    """Questions of each row, block by block: in a block every clip is seen once, its source as the square says."""
    square = williams(len(sources))
    return [
        [
            Trial("", clip, (sources[square[(row + number) % len(square)][block]],))
            for block in range(len(sources))
            for number, clip in enumerate(clips)
        ]
        for row in range(len(square))
    ]


def _comparisons(clips: Sequence[str], sources: Sequence[str]) -> list[list[Trial]]:
    """Questions of each row: over four rows every pair stands both ways, with X as either."""
    pairs = [(clip, pair) for pair in itertools.combinations(sources, 2) for clip in clips]
    ways: tuple[tuple[int, Letter], ...] = ((1, "A"), (-1, "B"), (1, "B"), (-1, "A"))
    rows = []
    for row in range(len(ways)):
        trials = []
        for number, (clip, pair) in enumerate(pairs):
            turn, x = ways[(row + number) % len(ways)]
            trials.append(Trial("", clip, pair[::turn], x))
        rows.append(trials)
    return rows


def _check(kind: StudyKind, clips: Sequence[str], sources: Sequence[str], chance: random.Random) -> Trial:
    if kind == "scale":
        return Trial("", chance.choice(clips), (chance.choice(sources),), "", str(chance.choice((1, 2, 3, 5, 6, 7))))
    first, second = chance.sample(list(sources), 2)
    return Trial("", chance.choice(clips), (first, second), chance.choice(("A", "B")), chance.choice(("A", "B")))


def _order(trials: Sequence[Trial], checks: Sequence[Trial], chance: random.Random, blocks: int) -> list[Trial]:
    """Questions shuffled within their blocks, no clip twice in a row where that can be, and the checks between, never first."""
    length = len(trials) // blocks
    order: list[Trial] = []
    for block in range(blocks):
        part = list(trials[block * length : (block + 1) * length])
        for _ in range(200):
            chance.shuffle(part)
            row = order[-1:] + part
            if all(a.clip != b.clip for a, b in itertools.pairwise(row)):
                break
        order += part
    for check in checks:
        order.insert(chance.randrange(1, len(order) + 1), check)
    return order
