"""USD's text form: the few pieces of its grammar that a face needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

#: in the layer's documentation, by which ours are known
MADE_BY = "Written by VisemeSync Preview"


def identifier(name: str, taken: set[str]) -> str:
    """A name as USD allows it, unlike all that are taken, among which it is afterwards."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    plain = f"_{plain}" if plain[0].isdigit() else plain
    made, n = plain, 1
    while made in taken:
        n += 1
        made = f"{plain}_{n}"
    taken.add(made)
    return made


def quoted(text: str) -> str:
    """A string."""
    escaped = "".join(c if c.isprintable() else " " for c in text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def asset(path: str) -> str:
    """A path to another file; ``@`` would end it."""
    plain = "".join(c if c.isprintable() else " " for c in path)
    return f"@@@{plain.replace('@@@', '@@')}@@@" if "@" in plain else f"@{plain}@"


def tokens(names: Iterable[str]) -> str:
    """A list of names."""
    return f"[{', '.join(quoted(name) for name in names)}]"


def exact(values: np.ndarray) -> str:
    """A list of float32 numbers that come back to the bit."""
    return f"[{', '.join(values.astype(np.float32).astype('U24').tolist())}]"


def numbers(values: np.ndarray, digits: int = 6) -> str:
    """A list of numbers with so many digits, without brackets."""
    flat = np.asarray(values).reshape(-1)
    if flat.dtype.kind in "iu":
        return ", ".join(map(str, flat.tolist()))
    text: str = ", ".join([f"%.{digits}g"] * len(flat)) % tuple(flat.tolist())
    return text


def tuples(values: np.ndarray, digits: int = 6) -> str:
    """A list of (n, k) tuples of numbers with so many digits."""
    n, k = values.shape
    row = f"({', '.join([f'%.{digits}g'] * k)})"
    text: str = ", ".join([row] * n) % tuple(values.reshape(-1).tolist())
    return f"[{text}]"


def matrices(values: Sequence[np.ndarray]) -> str:
    """A list of (4, 4) matrices for row vectors, as USD writes them."""
    made = []
    for matrix in values:
        rows = ", ".join(f"({', '.join(f'{value:.9g}' for value in row)})" for row in matrix)
        made.append(f"( {rows} )")
    return f"[{', '.join(made)}]"


def samples(times: Sequence[float], values: Iterable[str]) -> str:
    """Values at time codes."""
    lines = [f"        {time:.9g}: {value}," for time, value in zip(times, values, strict=True)]
    return "{\n" + "\n".join(lines) + "\n    }"


def indented(text: str, by: int = 4) -> str:
    """A block one step further in."""
    space = " " * by
    return "\n".join(space + line if line else line for line in text.split("\n"))
