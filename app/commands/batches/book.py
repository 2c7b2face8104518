"""What a batch has done so far, kept beside its tracks, so that the same command goes on where it was stopped."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from app.core.beside import write_whole
from app.core.errors import AudioError, PreviewError

#: of files that hold sound, alone or beside a picture; each of them is tried, and one that cannot be read is a failure with its sentence
ENDINGS = (
    ".wav", ".wave", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf",
    ".m4a", ".m4b", ".aac", ".ac3", ".wma", ".amr", ".gsm", ".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".mka", ".avi",
)  # fmt: skip
WORDS_ENDING = ".txt"
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
    """What became of a file.

    Attributes:
        audio: see Recording.name.
        out: name of the track below the output folder, "" for what is no sound.
        status: ``made``, ``kept`` from an earlier run, ``failed``, or ``left_out`` because it is no sound.
        size: of the audio file in bytes; with ``changed_ns`` it tells whether the recording is still the same.
        changed_ns: when it was last written.
        made_with: source, frame rate and tuning in one line.
        frames: of the track; duration_s: of the sound.
        label: who made it; mock: whether it ignores the sound.
        error: why it failed, one sentence; "" when all is well.
        notes: what was noticed in the sound, a sentence each.
        note: why it was left out, one sentence.
    """

    audio: str
    out: str
    status: Literal["made", "kept", "failed", "left_out"]
    size: int
    changed_ns: int
    made_with: str
    frames: int = 0
    duration_s: float = 0.0
    label: str = ""
    mock: bool = False
    error: str = ""
    notes: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class Found:
    """What lies in a folder.

    Attributes:
        jobs: the recordings, by name.
        others: entries of what is no recording, and of folders that cannot be looked into.
    """

    jobs: list[Recording]
    others: list[Entry]


def find_jobs(folder: Path, out: Path, ending: str) -> Found:
    """All files of a folder and of all folders in it, by name; none is passed over, but for what a batch itself writes.

    Args:
        folder: to look in.
        out: folder of the tracks.
        ending: of the tracks, with its dot.

    Raises:
        AudioError: there is no such folder, or no recording in it.
    """
    if not folder.is_dir():
        raise AudioError(f"There is no folder {folder}; check the path.")
    closed: list[Entry] = []

    def note_closed(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        words = f"The folder cannot be looked into ({error.strerror}); check its permissions."
        closed.append(Entry(name, "", "failed", 0, 0, "", error=words))

    paths = sorted(Path(place) / name for place, _, names in os.walk(folder, onerror=note_closed) for name in names)
    sounds = [path for path in paths if path.suffix.lower() in ENDINGS]
    if not sounds:
        raise AudioError(f"{folder} holds no wav, flac, ogg or mp3 file, nor any other recording; choose another folder.")
    jobs = _jobs(sounds, folder, out, ending)
    rest = sorted(set(paths) - set(sounds) - {job.out for job in jobs})
    return Found(jobs, closed + [_left_out(path, folder, jobs) for path in rest if not _is_ours(path, folder, out)])


def _jobs(files: list[Path], folder: Path, out: Path, ending: str) -> list[Recording]:
    stems = [path.relative_to(folder).with_suffix("") for path in files]
    often = Counter(stems)
    jobs = []
    for path, stem in zip(files, stems, strict=True):
        # a.wav beside a.mp3: both keep their ending, so that neither takes the other's place
        base = path.relative_to(folder) if often[stem] > 1 else stem
        jobs.append(Recording(path, path.relative_to(folder).as_posix(), out / base.with_name(base.name + ending)))
    return jobs


def _is_ours(path: Path, folder: Path, out: Path) -> bool:
    """Whether a batch has written a file that is no recording."""
    inside = out.resolve() != folder.resolve() and path.resolve().is_relative_to(out.resolve())
    return inside or path.name in (JOURNAL, REPORT)


def _left_out(path: Path, folder: Path, jobs: list[Recording]) -> Entry:
    spoken = next((job.audio.name for job in jobs if path == job.audio.with_suffix(WORDS_ENDING)), "")
    what = f"“{path.suffix}” is no ending of a recording" if path.suffix else "It has no ending of a recording"
    note = f"These are the words of {spoken}." if spoken else f"{what}; give it the right ending if it is a sound."
    return Entry(path.relative_to(folder).as_posix(), "", "left_out", 0, 0, "", note=note)


def fresh_entry(job: Recording, out: Path, made_with: str) -> Entry:
    """The facts of a recording as it lies there now, before anything is done; of one that is gone there are none."""
    try:
        facts = job.audio.stat()
        size, changed_ns = facts.st_size, facts.st_mtime_ns
    except OSError:  # a link to nothing, or taken away meanwhile: said when it is read
        size = changed_ns = 0
    return Entry(job.name, job.out.relative_to(out).as_posix(), "failed", size, changed_ns, made_with)


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
    write_whole(folder / REPORT, json.dumps(document, indent=1) + "\n")
