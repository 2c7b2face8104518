"""Names under which Windows knows the program."""

from __future__ import annotations

from dataclasses import dataclass

from assets.packaging.contents import PROGRAM

TITLE = "VisemeSync Preview"
PUBLISHER = "VisemeSync"
#: for a command line; its twin without a console is what the Start menu opens
CONSOLE_STARTER = f"{PROGRAM}.exe"
WINDOW_STARTER = f"{TITLE}.exe"
#: the folder of this user's settings, caches and data in %LOCALAPPDATA%
USER_FOLDER = PROGRAM
#: beside the program it says that settings stay in the folder
PORTABLE_MARK = "portable.txt"


@dataclass(frozen=True)
class FileKind:
    """A kind of file that opens with the program.

    Attributes:
        ending: with its dot.
        identifier: under which Windows keeps it.
        words: as the Explorer calls it.
        is_own: only this program knows it, so that a double click opens it; else it is offered under "Open with".
    """

    ending: str
    identifier: str
    words: str
    is_own: bool


FILE_KINDS = (
    FileKind(".vsync", "VisemeSyncPreview.Project", "VisemeSync project", True),
    FileKind(".vstake", "VisemeSyncPreview.Take", "VisemeSync take", True),
    FileKind(".glb", "VisemeSyncPreview.Avatar", "3D avatar", False),
)


def version_numbers(text: str) -> tuple[int, int, int, int]:
    """A version as Windows wants it: four numbers, without what follows them."""
    numbers = []
    for part in text.split(".")[:4]:
        digits = part[: next((i for i, sign in enumerate(part) if not sign.isdigit()), len(part))]
        numbers.append(int(digits or 0))
        if digits != part:
            break
    first, second, third, fourth = [*numbers, 0, 0, 0, 0][:4]
    return first, second, third, fourth
