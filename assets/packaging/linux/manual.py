"""The manual page, made from the command line itself: ``-m assets.packaging.linux.manual OUT``."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from assets.packaging.contents import PROGRAM
from assets.packaging.linux.desktop_files import DESCRIPTION, NAME, SUMMARY, source_time_s, version


def manual_page(verbs: dict[str, str], made_s: int) -> str:
    """The page in the language of man.

    Args:
        verbs: verb -> what it does, in one line.
        made_s: date of the source, in seconds since 1970.
    """
    day = datetime.fromtimestamp(made_s, UTC).date().isoformat()
    lines = [
        f'.TH {PROGRAM.upper()} 1 "{day}" "{NAME} {version()}" "User Commands"',
        ".SH NAME", _plain(f"{PROGRAM} - {SUMMARY[0].lower()}{SUMMARY[1:]}"),
        ".SH SYNOPSIS", f".B {_plain(PROGRAM)}", r"[\fIFILE\fR]", ".br", f".B {_plain(PROGRAM)}", r"\fIVERB\fR [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
    ]  # fmt: skip
    for text in DESCRIPTION:
        lines += [_plain(text), ".PP"]
    lines += [f"Without a verb the window opens. \\fB{_plain(PROGRAM)} VERB --help\\fR tells what a verb takes.", ".SH VERBS"]
    for verb, words in verbs.items():
        lines += [".TP", f".B {_plain(verb)}", _plain(words)]
    lines += [
        ".SH OPTIONS", ".TP", r".B \-\-version", "The version.", ".TP", r".B \-\-smoke\-test",
        "Prove that the program works on this machine: window, avatar, voice, motion, film, project and server, each with its time.",
        ".SH EXIT STATUS",
        "0 when all went well, 1 when something is wrong with a file, 2 for a wrong command line, 3 for a missing service or device.",
        ".SH FILES",
        "Settings, caches and logs are in the folders of the XDG Base Directory Specification. Removing the package leaves them.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def verbs_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Verb -> what it does, of a command line."""
    actions = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return {each.dest: each.help or "" for action in actions for each in action._choices_actions}


def _plain(text: str) -> str:
    """A text in which nothing is a command of man."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    from app.cli import build_parser

    place = Path(sys.argv[1])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(manual_page(verbs_of(build_parser()), source_time_s()), "utf-8")
