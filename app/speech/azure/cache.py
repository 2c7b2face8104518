"""Lines that were spoken before: kept in the user's own folder, found by what was asked for, and never more than a limit."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from app.core.beside import write_whole
from app.core.places import where
from app.core.speech import AudioClip, FacialFrames, Speech, VisemeEvent, Word
from app.formats.takes.archive import ARRAY_DAMAGE
from app.speech.azure.utterance import RATE

#: bytes of all lines together
LIMIT_BYTES = 500_000_000
#: of the files; lines of another version are not found
_VERSION = "1"
_ENDING = ".npz"


def lines_folder() -> Path:
    """Where lines are kept for this user."""
    return where("lines")


class LineCache:
    """Spoken lines by their SSML, which says voice, text, rate, pitch and style. No key is ever part of it.

    A line is one file that only its user may read; a broken one counts as none. Methods may be called from any thread.

    Args:
        folder: where the lines are; None for the user's cache folder.
        limit_bytes: the lines that were not used for longest go beyond it.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder, self._limit_bytes = folder, limit_bytes
        self._writing = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where the lines are."""
        if self._folder is None:
            self._folder = lines_folder()
        return self._folder

    @property
    def size_bytes(self) -> int:
        """Of all lines together."""
        return sum(size for _, size, _ in self._lines())

    def find(self, ssml: str) -> Speech | None:
        """A line that was spoken before, or None."""
        path = self._path(ssml)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                speech = _speech_of({name: arrays[name] for name in arrays.files})
        except (*ARRAY_DAMAGE, OSError):
            return None
        with suppress(OSError):
            os.utime(path)
        return speech

    def keep(self, ssml: str, speech: Speech) -> None:
        """Keep a line; a full disk keeps none, which is no error."""
        with self._writing, suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(ssml)
            packed = io.BytesIO()
            np.savez(packed, allow_pickle=False, **_arrays_of(speech))
            write_whole(path, packed.getvalue(), private=True)
            self._stay_within_limit(path)

    def clear(self) -> None:
        """Forget all lines."""
        with self._writing:
            for path, _, _ in self._lines():
                with suppress(OSError):
                    path.unlink()

    def _path(self, ssml: str) -> Path:
        digest = hashlib.blake2b(f"{_VERSION}\n{RATE}\n{ssml}".encode(), digest_size=20).hexdigest()
        return self.folder / (digest + _ENDING)

    def _lines(self) -> list[tuple[Path, int, float]]:
        """(file, bytes, when it was used last) of every line."""
        found = []
        with suppress(OSError):
            for path in self.folder.glob("*" + _ENDING):
                with suppress(OSError):
                    stat = path.stat()
                    found.append((path, stat.st_size, stat.st_mtime))
        return found

    def _stay_within_limit(self, newest: Path) -> None:
        lines = sorted(self._lines(), key=lambda line: line[2])
        size = sum(line[1] for line in lines)
        for path, bytes_, _ in lines:
            if size <= self._limit_bytes:
                return
            if path != newest:
                path.unlink()
                size -= bytes_


def _arrays_of(speech: Speech) -> dict[str, np.ndarray]:
    words = {"text": speech.text, "words": [[w.text, w.start_s, w.end_s] for w in speech.words]}
    rows = [frames.values for frames in speech.facial]
    return {
        "sound": np.clip(np.rint(speech.audio.samples * 32768), -32768, 32767).astype(np.int16),
        "text": np.frombuffer(json.dumps(words).encode(), np.uint8),
        "visemes": np.array([[v.viseme_id, v.offset_s] for v in speech.visemes], np.float64).reshape(-1, 2),
        "facial": np.concatenate([np.zeros((0, 55), np.float32), *rows]),
        "chunks": np.array([[frames.first, len(frames.values)] for frames in speech.facial], np.int64).reshape(-1, 2),
    }


def _speech_of(arrays: dict[str, np.ndarray]) -> Speech:
    words = json.loads(arrays["text"].tobytes())
    text = str(words["text"])
    facial, done = [], 0
    for first, count in arrays["chunks"]:
        facial.append(FacialFrames(arrays["facial"][done : done + count].astype(np.float32, copy=False), int(first)))
        done += count
    return Speech(
        AudioClip(arrays["sound"].astype(np.float32) / 32768, RATE, text),
        text,
        visemes=tuple(VisemeEvent(int(number), float(at_s)) for number, at_s in arrays["visemes"]),
        words=tuple(Word(str(word), float(start_s), float(end_s)) for word, start_s, end_s in words["words"]),
        facial=tuple(facial),
    )
