"""Takes out of a text what other people must not see: keys, what was said, and where things lie on this machine."""

from __future__ import annotations

import re
import sys
import sysconfig
import tempfile
from pathlib import Path
from urllib.parse import quote

from app.keys.secret import redacted
from app.upkeep.said import SAID

#: of the program: what lies here is written from here
PROGRAM = Path(__file__).resolve().parents[2]
#: folders of users, also of others
_HOMES = re.compile(r"(?:/home/|/Users/)[^\\/\s\"'<>|:;,]+|(?<![\w./~])/root(?=/)")
_WINDOWS_HOMES = re.compile(
    r"(?i)(?<!\w)[A-Z]:[\\/]+(?:Users|Documents and Settings)[\\/]+(?:[^\\/:*?\"'<>|\r\n]+(?=[\\/])|[^\\/:*?\"'<>|\s]+)"
)
#: a folder elsewhere; what the system itself brings is the same on every machine
_FOLDERS = re.compile(r"(?<![\w.~:/\\…>\])-])/(?!(?:usr|lib\w*|dev|proc|sys|etc)/)(?:[^\s/\"'<>|:;,()]+/)+")
_WINDOWS_FOLDERS = re.compile(
    r"(?i)(?:(?<![\w/])[A-Z]:[\\/]+|(?<![\w~…\\])\\\\(?=[\w.$-]+\\))(?!Windows\\|Program Files)(?:[^\\/:*?\"<>|\r\n]+[\\/]+)*"
)


def _known_folders() -> list[tuple[str, str]]:
    """Folders and what is written in their place, the longest first."""
    home = str(Path.home())
    places = {str(PROGRAM): "", home: "~", quote(home): "~", tempfile.gettempdir(): "<temp>", sys.prefix: "<python>"}
    for name in ("purelib", "platlib"):
        places[sysconfig.get_path(name)] = "site-packages"
    places[sysconfig.get_path("stdlib")] = "<python>"
    return sorted(((folder, short) for folder, short in places.items() if len(folder) > 3), key=lambda each: -len(each[0]))


def without_paths(text: str) -> str:
    """The text with folders of users written as ``~``, and others left out; names of files stay."""
    for folder, short in _known_folders():
        for spelled in {folder, folder.replace("\\", "/"), folder.replace("\\", "\\\\")}:
            pattern = re.escape(spelled) + (r"[\\/]+" if not short else r"(?![\w.-])")
            text = re.sub(pattern, lambda _, short=short: short, text, flags=re.IGNORECASE if sys.platform == "win32" else 0)
    text = _HOMES.sub("~", _WINDOWS_HOMES.sub("~", text))
    return _WINDOWS_FOLDERS.sub("…\\\\", _FOLDERS.sub("…/", text))


def scrubbed(text: str) -> str:
    """A text for logs and reports: without keys, without what was spoken or typed, without folders of users."""
    return SAID.of(without_paths(redacted(text)))
