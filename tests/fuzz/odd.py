"""Values that readers do not expect: numbers that are none, absurd counts, paths that lead out, halves of characters, depth without end."""

from __future__ import annotations

import copy
import struct
from random import Random
from typing import Any


class Raw(str):
    """A piece of JSON that is written as it stands, valid or not."""


#: of the folder that nothing may be read from or written to, beside the one of the input
FORBIDDEN_FOLDER = "forbidden"

NUMBERS = (
    0, -1, 1, 2, 3, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32, 2**40, 2**53 + 1, 2**63, -(2**63), 0.5, -0.0, 1e-320, 1e30, -1e30, 1e308,
    -1e308, Raw("1e400"), Raw("-1e400"), Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("9" * 400), Raw("-" + "9" * 400),
    Raw("9" * 5000), Raw("0." + "0" * 400 + "1"), 86_400, 3600, 29.97, 1001, 100_000_000,
)  # fmt: skip
PATHS = (
    f"../{FORBIDDEN_FOLDER}/secret.txt", f"../../{FORBIDDEN_FOLDER}/secret.txt", f"..\\{FORBIDDEN_FOLDER}\\secret.txt", "/etc/passwd",
    "//server/share/x", "\\\\server\\share\\x", "file:///etc/passwd", "http://127.0.0.1:9/x", "C:\\x", "CON", "nul.txt", ".", "..", "/",
    "take:../x", "bundled:../x", "bundled:..", "take:", "file:", f"file:../{FORBIDDEN_FOLDER}/secret.txt", "x/" * 3000, "%2e%2e/x",
    "a\0b", " ", "data:,", "data:;base64,AAAA", "data:application/octet-stream;base64,!", "remote:ws://127.0.0.1:9/x", "nvidia:/etc",
)  # fmt: skip
TEXTS = (
    "", "x", "\ud800", "a\udfff", "\0", "\u202e", "\ufeff", "é" * 300, "x" * 70_000, "\n", "\r\n", "'", '"', "<", "&amp;", "]]>", "=1+1",
    "NaN", "inf", "-inf", "1e400", "1_0", "٣", "½", "00:00:00:00", "99:99:99:99.999", "-1:00:00:00", "9" * 400, "true", "null", "%s", "{}",
    "jawOpen", "PP", "A", "en-US", "𝟘", "1\u2028", "\x1b[2J", "İ", "ß", "\u0130" * 50,
)  # fmt: skip
SHAPES: tuple[Any, ...] = (None, True, False, [], {}, [[]], [{}], {"": {}}, [0], [-1], [None], {"a": []}, ["x"], [[0.5] * 52] * 2)
#: as a list, as an object, and both in turn
DEPTHS = tuple(
    Raw(opening * n + middle + closing * n)
    for n in (70, 990, 20_000)
    for opening, middle, closing in (("[", "", "]"), ('{"a":', "1", "}"), ('[{"a":', "0", "}]"))
)
INTEGERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    127,
    128,
    255,
    256,
    1000,
    4096,
    32_767,
    32_768,
    65_535,
    65_536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
)
_LAYOUTS = ("B", "<H", ">H", "<I", ">I", "<Q", ">Q")
_FLOATS = (float("nan"), float("inf"), float("-inf"), 1e38, -1e38, 1e-45, 3e38, 0.0)


def value(random: Random) -> Any:
    """Any odd value of JSON."""
    kind = random.random()
    if kind < 0.4:
        return random.choice(NUMBERS)
    if kind < 0.6:
        return random.choice(TEXTS)
    if kind < 0.7:
        return random.choice(PATHS)
    return copy.deepcopy(random.choice(SHAPES)) if kind < 0.93 else random.choice(DEPTHS)


def packed(random: Random) -> bytes:
    """An odd number as files hold it."""
    if random.random() < 0.2:
        return struct.pack(random.choice(("<f", ">f", "<d", ">d")), random.choice(_FLOATS)) if random.random() < 0.7 else b"\0" * 16
    layout = random.choice(_LAYOUTS)
    number = random.choice(INTEGERS) if random.random() < 0.8 else random.getrandbits(64)
    return struct.pack(layout, number % (1 << 8 * struct.calcsize(layout)))
