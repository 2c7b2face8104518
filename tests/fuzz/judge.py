"""One input to one reader: what came out, what it cost, and whether that is as it should be."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from app.core.errors import PreviewError
from tests.fuzz.odd import FORBIDDEN_FOLDER
from tests.fuzz.target import MB, Place, Target

#: what a process may take beyond what it has when it begins; larger asks fail with MemoryError
ROOM_MB = 3072
_LONGEST_SENTENCE = 1000


class TooSlowError(BaseException):
    """The reader has used up its time; no reader may catch it."""


@dataclass(frozen=True)
class Verdict:
    """What came of an input.

    Attributes:
        kind: ``read``, ``refused`` or ``fault``.
        what: of a fault, one line: two inputs with the same line show the same fault.
        details: of a fault, what a person reads.
    """

    kind: str
    what: str = ""
    details: str = ""

    @property
    def key(self) -> str:
        """A short word for a fault."""
        return hashlib.sha256(self.what.encode("utf-8", "replace")).hexdigest()[:8]


class Judge:
    """Watches one reader at a time; there is one judge in a process.

    Args:
        root: a folder of this process alone.
        limits_memory: whether the process may get no more than ROOM_MB from now on.
    """

    def __init__(self, root: Path, limits_memory: bool = True) -> None:
        self.folder = root / "input"
        self.folder.mkdir(parents=True, exist_ok=True)
        forbidden = root / FORBIDDEN_FOLDER
        forbidden.mkdir(exist_ok=True)
        (forbidden / "secret.txt").write_text("a secret of somebody else")
        self._outside = {path for path in root.rglob("*") if self.folder not in (path, *path.parents)}
        self._root = root
        self._target: Target | None = None
        self._trespass = ""
        self.limits_memory = limits_memory
        sys.addaudithook(self._heard)
        signal.signal(signal.SIGPROF, _stop)

    def judge(self, target: Target, data: bytes) -> Verdict:
        """Read an input.

        Args:
            target: whose reader.
            data: the input.
        """
        file = self.folder / f"input{target.ending}"
        file.write_bytes(data)
        self._trespass = ""
        before_mb = _memory_mb(forget=True)
        verdict = self._read(target, Place(file, self.folder))
        grown_mb = _memory_mb() - before_mb
        if verdict.kind != "fault" and grown_mb > target.most_mb:
            return Verdict("fault", "takes too much memory", f"{grown_mb:.0f} MB for {len(data)} bytes")
        if self._trespass:
            return Verdict("fault", self._trespass.split("|")[0], self._trespass)
        self._tidy()
        return verdict

    def _read(self, target: Target, place: Place) -> Verdict:
        try:
            with warnings.catch_warnings(), _limited(target.most_s, self.limits_memory):
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", ResourceWarning)
                self._target = target
                try:
                    target.read(place)
                finally:
                    self._target = None
        except TooSlowError as error:
            return _fault(f"takes longer than {target.most_s:g} s", error)
        except target.refusals as error:
            return _sentence(error)
        except Exception as error:  # noqa: BLE001 - whatever else a reader raises is what is looked for
            return _fault(type(error).__name__, error)
        return Verdict("read")

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python tells what a reader opens, starts and calls."""
        if self._target is None:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | Path):
            path = str(arguments[0])
            writes = isinstance(arguments[1], str) and any(letter in arguments[1] for letter in "wax+")
            if FORBIDDEN_FOLDER in path or path == "/etc/passwd" or (writes and not path.startswith((str(self.folder), "/dev/"))):
                self._trespass = f"opens what is not its own|{path} {arguments[1]}"
        elif event in ("socket.connect", "socket.getaddrinfo", "urllib.Request", "os.system"):
            self._trespass = f"reaches out with {event}|{arguments!r}"
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn") and not self._target.may_start:
            self._trespass = f"starts a process|{arguments!r}"

    def _tidy(self) -> None:
        """Remove what the reader wrote."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise TooSlowError


@contextlib.contextmanager
def _limited(most_s: float, limits_memory: bool) -> Iterator[None]:
    """Processor time and memory end for a while."""
    former = resource.getrlimit(resource.RLIMIT_AS)
    if limits_memory:
        resource.setrlimit(resource.RLIMIT_AS, (_status_kb("VmSize") * 1024 + ROOM_MB * MB, former[1]))
    signal.setitimer(signal.ITIMER_PROF, most_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, former)


def _sentence(error: BaseException) -> Verdict:
    """A refusal; one that a person reads is one sentence that can be shown."""
    words = str(error)
    if not isinstance(error, PreviewError):
        return Verdict("refused")
    try:
        words.encode()
    except UnicodeEncodeError:
        return _fault("a sentence with half a character", error)
    if not words.endswith((".", ".”", ".)")) or "\n" in words or len(words) > _LONGEST_SENTENCE:
        return _fault(f"no sentence: {words[:60]!r}" if len(words) < _LONGEST_SENTENCE else "a sentence without end", error)
    if any(ord(letter) < 32 for letter in words):
        return _fault("a sentence with control characters", error)
    return Verdict("refused")


def _fault(what: str, error: BaseException) -> Verdict:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename or "/models/" in frame.filename]
    place = "" if not ours else f" at {Path(ours[-1].filename).name}:{ours[-1].name}"
    details = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace").decode()
    return Verdict("fault", what + place, details)


def _memory_mb(forget: bool = False) -> float:
    """The most memory since it was last forgotten."""
    if forget:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    return _status_kb("VmHWM") / 1024


def _status_kb(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
