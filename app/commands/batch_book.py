"""What a batch has done so far, kept beside its tracks, so that the same command goes on where it was stopped."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from app.core.errors import AudioError, PreviewError

ENDINGS = (".wav", ".flac", ".ogg", ".mp3")
JOURNAL, REPORT = "batch-journal.jsonl", "batch-report.json"


@dataclass(frozen=True)
class Recording:
    """A recording and where its track goes.

    Attributes:
        audio: the file.
        name: its path below the batch's folder, with forward slashes.
        out: the track file.
    """

    audio: Path
    name: str
    out: Path


@dataclass(frozen=True)
class Entry:
    """What became of a recording.

    Attributes:
        audio: see Recording.name.
        out: name of the track below the output folder.
        status: ``made``, ``kept`` from an earlier run, or ``failed``.
        size: of the audio file in bytes; with ``changed_ns`` it tells whether the recording is still the same.
        changed_ns: when it was last written.
        made_with: source, frame rate and tuning in one line.
        frames: of the track; duration_s: of the sound.
        label: who made it; mock: whether it ignores the sound.
        error: one sentence, "" when all is well.
        notes: what was noticed in the sound, a sentence each.
    """

    audio: str
    out: str
    status: Literal["made", "kept", "failed"]
    size: int
    changed_ns: int
    made_with: str
    frames: int = 0
    duration_s: float = 0.0
    label: str = ""
    mock: bool = False
    error: str = ""
    notes: list[str] = field(default_factory=list)


def find_jobs(folder: Path, out: Path, ending: str) -> list[Recording]:
    """The recordings of a folder and all folders in it, by name.

    Args:
        folder: to look in.
        out: folder of the tracks.
        ending: of the tracks, with its dot.

    Raises:
        AudioError: there is no such folder, or no recording in it.
    """
    if not folder.is_dir():
        raise AudioError(f"There is no folder {folder}; check the path.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not files:
        raise AudioError(f"{folder} holds no wav, flac, ogg or mp3 file; choose another folder.")
    stems = [path.relative_to(folder).with_suffix("") for path in files]
    jobs = []
    for path, stem in zip(files, stems, strict=True):
        # a.wav beside a.mp3: both keep their ending, so that neither takes the other's place
        base = path.relative_to(folder) if stems.count(stem) > 1 else stem
        jobs.append(Recording(path, path.relative_to(folder).as_posix(), out / base.with_name(base.name + ending)))
    return jobs


def fresh_entry(job: Recording, out: Path, made_with: str) -> Entry:
    """The facts of a recording as it lies there now, before anything is done."""
    facts = job.audio.stat()
    return Entry(job.name, job.out.relative_to(out).as_posix(), "failed", facts.st_size, facts.st_mtime_ns, made_with)


class Book:
    """The journal of an output folder: one JSON line per finished recording, the last one counts.

    Args:
        folder: of the tracks; made when it is missing.

    Raises:
        PreviewError: nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._known = {entry.audio: entry for entry in self._read()}
            # a line that an interruption cut off must not swallow the next one
            self._file = (folder / JOURNAL).open("a", encoding="utf-8")
            self._file.write("\n")
        except OSError as error:
            raise PreviewError(f"Nothing can be written to {folder} ({error.strerror}); choose another folder with -o.") from error

    def _read(self) -> list[Entry]:
        path = self._folder / JOURNAL
        entries = []
        for line in path.read_text("utf-8", errors="replace").splitlines() if path.exists() else ():
            try:
                entries.append(Entry(**json.loads(line)))
            except (ValueError, TypeError):  # the line that was being written when the program was stopped
                continue
        return entries

    def kept(self, job: Recording, fresh: Entry) -> Entry | None:
        """The earlier result, when recording and settings are the same and the track is still there."""
        known = self._known.get(job.name)
        if known is None or known.status == "failed" or not job.out.is_file():
            return None
        same = (known.size, known.changed_ns, known.made_with, known.out) == (fresh.size, fresh.changed_ns, fresh.made_with, fresh.out)
        return replace(known, status="kept") if same else None

    def write(self, entry: Entry) -> None:
        """Note a result at once."""
        self._file.write(json.dumps(asdict(entry)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the journal."""
        self._file.close()


def write_report(folder: Path, document: dict[str, object]) -> None:
    """Write the report beside its place and rename it.

    Args:
        folder: of the tracks.
        document: see batch.run.
    """
    part = folder / (REPORT + ".part")
    part.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    part.replace(folder / REPORT)
