"""A Dockerfile, read: its steps, what is wrong with them, and which files of the checkout they take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

_SECRET = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL)\w*\s*=\s*\S", re.IGNORECASE)
_VERSION = re.compile(r"^[\w./-]+:\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$")


@dataclass(frozen=True)
class Step:
    """One instruction.

    Attributes:
        word: FROM, RUN, COPY, ...
        rest: what follows, lines joined.
        line: where it begins.
    """

    word: str
    rest: str
    line: int

    @property
    def words(self) -> list[str]:
        """What follows as a list, from JSON's form or by blanks."""
        return [str(word) for word in json.loads(self.rest)] if self.is_exec else self.rest.split()

    @property
    def is_exec(self) -> bool:
        """Whether it names a program and its arguments, instead of a line for a shell."""
        return self.rest.startswith("[")

    @property
    def options(self) -> dict[str, str]:
        """Options in front, such as ``--from=build``."""
        return dict(re.findall(r"(?:^|(?<=\s))--([\w-]+)=(\S+)", self.rest.split("CMD")[0]))


def steps_of(text: str) -> list[Step]:
    """All instructions of a Dockerfile, comments left out, continued lines joined."""
    steps: list[Step] = []
    held, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("#") or (not line and not held):
            continue
        start = start if held else number
        held += line.removesuffix("\\")
        if not line.endswith("\\"):
            word, _, rest = held.partition(" ")
            steps.append(Step(word.upper(), rest.strip(), start))
            held = ""
    return steps


def stages_of(steps: list[Step]) -> list[list[Step]]:
    """The instructions of each stage, FROM first."""
    stages: list[list[Step]] = []
    for step in steps:
        if step.word == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(step)
    return stages


def copied(step: Step) -> tuple[list[str], str]:
    """Sources and target of a COPY."""
    words = [word for word in step.words if not word.startswith("--")]
    return words[:-1], words[-1]


def faults(text: str, root: Path, ignore: str = "") -> list[str]:
    """What is wrong, one sentence each, as hadolint and a person who reads for safety would say it.

    Args:
        text: the Dockerfile.
        root: what is built from.
        ignore: its ``.dockerignore``.
    """
    steps = steps_of(text)
    return [*_of_steps(steps), *_of_the_last(stages_of(steps)), *_of_copies(steps, root, ignore)]


def _of_steps(steps: list[Step]) -> Iterator[str]:
    for step in steps:
        at = f"Line {step.line}: "
        if step.word == "FROM" and not _VERSION.match(step.words[0]):
            yield f"{at}the base {step.words[0]} names no full version."
        if step.word == "RUN" and "apt-get install" in step.rest:
            if "rm -rf /var/lib/apt/lists" not in step.rest:
                yield f"{at}the lists of apt stay in the image."
            if "--no-install-recommends" not in step.rest:
                yield f"{at}apt installs what is only recommended."
        if step.word == "RUN" and "pip install" in step.rest and "--no-cache-dir" not in step.rest:
            yield f"{at}pip's cache stays in the image."
        if step.word in ("RUN", "ADD") and re.search(r"\b(curl|wget)\b|https?://", step.rest):
            yield f"{at}something is fetched that no checksum holds."
        if step.word in ("ARG", "ENV", "RUN") and _SECRET.search(step.rest):
            yield f"{at}a secret would stay in the image; give it when the image is run."
        if step.word in ("CMD", "ENTRYPOINT") and not step.is_exec:
            yield f"{at}{step.word} goes through a shell, which keeps signals from the server."
        if step.word == "ADD":
            yield f"{at}COPY says what ADD only guesses."


def _of_the_last(stages: list[list[Step]]) -> Iterator[str]:
    last = stages[-1] if stages else []
    users = [step.rest for step in last if step.word == "USER"]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        yield "The server would run as root; end with a USER."
    if not any(step.word == "HEALTHCHECK" and step.rest != "NONE" for step in last):
        yield "There is no HEALTHCHECK."
    if not any(step.word in ("ENTRYPOINT", "CMD") for step in last):
        yield "Nothing is started; an ENTRYPOINT is missing."


def _of_copies(steps: list[Step], root: Path, ignore: str) -> Iterator[str]:
    for step in steps:
        if step.word != "COPY" or "from" in step.options:
            continue
        for source in copied(step)[0]:
            if source in (".", "./", "*"):
                yield f"Line {step.line}: the whole checkout is copied; name what is needed."
            elif not (root / source).exists():
                yield f"Line {step.line}: {source} is not in the checkout."
            elif not files_of(root, source, ignore):
                yield f"Line {step.line}: {source} is left out by .dockerignore."


def files_of(root: Path, source: str, ignore: str) -> list[Path]:
    """The files that a COPY of a source takes.

    Args:
        root: what is built from.
        source: a file or folder there.
        ignore: the ``.dockerignore``.
    """
    path = root / source
    found = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return [each for each in found if not is_ignored(PurePosixPath(each.relative_to(root).as_posix()), ignore)]


def is_ignored(name: PurePosixPath, ignore: str) -> bool:
    """Whether ``.dockerignore`` keeps a file out: the last line that matches it or a folder above it decides."""
    ignored = False
    for line in (each.strip() for each in ignore.splitlines()):
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").strip("/")
        if any(_matches(str(each), pattern) for each in (name, *name.parents) if str(each) != "."):
            ignored = not line.startswith("!")
    return ignored


def _matches(name: str, pattern: str) -> bool:
    """Docker's ``*`` stops at a slash, ``**`` does not."""
    if pattern.startswith("**/"):
        return any(_matches("/".join(name.split("/")[i:]), pattern[3:]) for i in range(name.count("/") + 1))
    return name.count("/") == pattern.count("/") and all(fnmatch(*pair) for pair in zip(name.split("/"), pattern.split("/"), strict=True))
