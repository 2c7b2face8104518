"""Damage to bytes and to the structure in them; the same random numbers give the same damage."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz import odd

#: bytes, and where chance comes from -> damaged bytes
Mutator = Callable[[bytes, Random], bytes]
#: no input grows beyond it
MOST_BYTES = 1 << 20
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_QUOTED, _WORD = re.compile(rb'"[^"\n]*"'), re.compile(rb"[\w.]+")
_IN_QUOTES = tuple(f'"{each}"' for each in odd.TEXTS + odd.PATHS)
_LETTERS = tuple(bytes((letter,)) for letter in b',;\t\n\r":\0 .-<>[]=#')
_OTHERS = (b",", b";", b"\t", b"\n", b"", b'""', b"\x1a", b"\xa0", b"e", b"<", b"&")


# -- any bytes


def plain(data: bytes, random: Random) -> bytes:
    """Flip, cut, repeat, overwrite or insert a few bytes."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(made) + 1)
        match random.randrange(8):
            case 0 if made:
                made[at % len(made)] ^= 1 << random.randrange(8)
            case 1 if made:
                made[at % len(made)] = random.randrange(256)
            case 2:
                number = odd.packed(random)
                made[at : at + len(number)] = number
            case 3:
                made[at:at] = odd.packed(random) * random.choice((1, 1, 4, 50))
            case 4:
                del made[at : at + random.choice((1, 2, 4, 16, 1000))]
            case 5:
                size = random.choice((1, 4, 16, 256, 4000))
                made[at:at] = made[at : at + size] * random.choice((1, 2, 30))
            case 6:
                made[at : at + 4] = random.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
            case _:
                other = random.randrange(len(made) + 1)
                made[at : at + 8] = made[other : other + 8]
    return bytes(made[:MOST_BYTES])


def cut(data: bytes, random: Random) -> bytes:
    """End anywhere."""
    return data[: random.randrange(len(data) + 1)]


# -- text


def text(data: bytes, random: Random) -> bytes:
    """Change a number, a word, a line or the encoding."""
    kind = random.randrange(9)
    if kind < 4:
        pattern, choices = ((_NUMBER, odd.NUMBERS), (_NUMBER, odd.NUMBERS), (_QUOTED, _IN_QUOTES), (_WORD, odd.TEXTS))[kind]
        return _replaced(data, random, pattern, str(random.choice(choices)))
    if kind < 6:
        return _lines(data, random)
    if kind == 6:
        return _encoded(data, random)
    if kind == 7:
        at = random.randrange(len(data) + 1)
        return data[:at] + random.choice(odd.TEXTS).encode("utf-8", "surrogatepass") + data[at:]
    return data.replace(random.choice(_LETTERS), random.choice(_OTHERS), random.choice((1, 1, 2, -1)))[:MOST_BYTES]


def _replaced(data: bytes, random: Random, pattern: re.Pattern[bytes], made: str) -> bytes:
    found = list(pattern.finditer(data, *_window(data, random)))
    if not found:
        return plain(data, random)
    match = random.choice(found)
    return data[: match.start()] + made.encode("utf-8", "surrogatepass") + data[match.end() :]


def _window(data: bytes, random: Random) -> tuple[int, int]:
    """A part of long data, so that looking for a place in it takes no longer than reading it."""
    at = random.randrange(max(len(data) - 4000, 0) + 1) if random.random() < 0.6 else 0
    return at, at + 8000


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[other]] * random.choice((1, 2, 50))
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            random.shuffle(lines)
        case 4:
            lines[at] = lines[at].strip() + lines[other]
        case _:
            lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)] + b"\n"
    return b"".join(lines)[:MOST_BYTES]


def _encoded(data: bytes, random: Random) -> bytes:
    words = data.decode("utf-8", "replace")
    coding = random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "latin-1", "utf-7", "shift-jis"))
    made = words.encode(coding, "replace")
    return made if random.random() < 0.7 else random.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\0\0")) + data


# -- JSON


def values(data: bytes, random: Random) -> bytes:
    """Change values, keys and sizes in a JSON text; what is none is changed as text."""
    try:
        root = json.loads(data)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            root = changed(root, random)
        made = written(root, random if random.random() < 0.1 else None)
    except (ValueError, RecursionError, OverflowError):  # none, or one that was nested before
        return text(data, random)
    return made.encode("utf-8", "surrogatepass")[:MOST_BYTES]


def changed(root: Any, random: Random) -> Any:
    """A tree with one thing in it changed; the tree itself is used up."""
    holder, key = _somewhere(root, random)
    if holder is None:
        return odd.value(random)
    match random.randrange(10):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder[key:key] = [holder[key]] * random.choice((1, 2, 100))
        case 2 if isinstance(holder, dict):
            holder[random.choice(odd.TEXTS)] = holder[key]
        case 3 if isinstance(holder, dict):
            holder[random.choice(odd.TEXTS + odd.PATHS)] = holder.pop(key)
        case 4:
            other, place = _somewhere(root, random)
            holder[key] = holder[key] if other is None else json.loads(json.dumps(other[place])) if _is_small(other[place]) else 0
        case 5 if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            with_ = random.choice((-1, 0.5, 2, 10, 1000, 10**9, 1e-9))
            holder[key] = holder[key] * with_ if isinstance(holder[key], float) else int(holder[key] * with_)
        case 6 if isinstance(holder[key], str):
            holder[key] = random.choice(odd.PATHS + odd.TEXTS)
        case 7 if isinstance(holder, list):
            random.shuffle(holder)
        case _:
            holder[key] = odd.value(random)
    return root


def _is_small(tree: Any) -> bool:
    """Whether a tree can be copied by way of its text."""
    if isinstance(tree, odd.Raw):
        return False
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return len(inner) < 200 and all(map(_is_small, inner))


def _somewhere(root: Any, random: Random) -> tuple[Any, Any]:
    """A place in a tree: what holds it, and its key; None for the root."""
    holder, key, here = None, None, root
    while isinstance(here, dict | list) and here and (holder is None or random.random() < 0.8):
        key = random.choice(list(here)) if isinstance(here, dict) else random.randrange(len(here))
        holder, here = here, here[key]
    return holder, key


def written(tree: Any, doubling: Random | None = None) -> str:
    """A tree as JSON, raw pieces as they stand; keys are doubled here and there where chance is given."""
    if isinstance(tree, odd.Raw):
        return str(tree)
    if isinstance(tree, dict):
        rows = [f"{json.dumps(str(key))}: {written(each, doubling)}" for key, each in tree.items()]
        if doubling is not None and rows and doubling.random() < 0.4:
            rows.append(f"{json.dumps(str(next(iter(tree))))}: {written(odd.value(doubling))}")
        return "{" + ", ".join(rows) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(written(each, doubling) for each in tree) + "]"
    return json.dumps(tree)
