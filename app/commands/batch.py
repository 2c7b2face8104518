"""``batch FOLDER|TABLE -o FOLDER``: animate many recordings or lines; the same command again goes on where it was stopped."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

from app.commands.batches.book import REPORT, WORDS_ENDING, Book, Entry, Recording, find_jobs, fresh_entry, write_report
from app.commands.batches.processes import in_processes
from app.commands.batches.work import AnimatedClip, BatchClip, animate_clip
from app.commands.options.face import face_report, named_avatar
from app.commands.options.tuned import tuning_of_options
from app.commands.options.writing import write_motion, write_options
from app.commands.pipeline import AS_IT_IS, source_or_default
from app.commands.progress import Progress
from app.commands.sound import SoundOptions, advice_of, sound_options
from app.core.errors import Cancelled, PreviewError
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.formats.dialogue.sheet import is_table
from app.formats.performance import Performance, WriteOptions
from app.formats.registry import format_named
from app.lipsync.registry import make_source

AS_USUAL = WriteOptions()


@dataclass(frozen=True)
class _Settings:
    source: SourceSpec
    fps: float
    tuning: Tuning
    how: SoundOptions
    in_fps: float | None = None
    writing: WriteOptions = AS_USUAL

    @property
    def words(self) -> str:
        """All that a track depends on besides its recording, in one line."""
        how = "" if self.how == AS_IT_IS else f" channel {self.how.channel or 'any'}, {1000 * self.how.encoder_delay_s:g} ms off the start"
        stated = "" if self.in_fps is None else f" read at {self.in_fps:g} fps"
        writing = "" if self.writing == AS_USUAL else f" written with {json.dumps(asdict(self.writing))}"
        return f"{self.source}{stated} {self.fps:g} fps {json.dumps(asdict(self.tuning), sort_keys=True, default=str)}{how}{writing}"


def _clip(job: Recording, settings: _Settings) -> BatchClip:
    """A job with everything that is needed to do it elsewhere."""
    text = job.audio.with_suffix(WORDS_ENDING)
    sound, transcript, unreadable, file = b"", "", "", job.audio
    try:
        sound, file = job.audio.read_bytes(), text
        transcript = text.read_text("utf-8-sig", errors="replace").strip() if text.is_file() else ""
    except OSError as error:
        unreadable = f"{file.name} cannot be read ({error.strerror}); check that it is there and that you may read it."
    except MemoryError:
        unreadable = f"{file.name} is larger than the memory; cut it into shorter files."
    return BatchClip(job.name, sound, transcript, settings.source, settings.fps, settings.tuning, settings.how, settings.in_fps, unreadable)


def _results(clips: Iterable[BatchClip], options: Namespace) -> Iterator[tuple[int, AnimatedClip | str]]:
    """Number and result of every clip, as they are done."""
    if options.cluster:
        from app.remote.cluster.work import spread

        return spread(animate_clip, clips, options.cluster)
    if options.jobs > 1:
        return in_processes(clips, options.jobs, animate_clip)
    return ((number, animate_clip(clip)) for number, clip in enumerate(clips))


def _finish(job: Recording, entry: Entry, made: AnimatedClip | str, options: Namespace) -> Entry:
    """Write a clip's motion."""
    if isinstance(made, str):
        return replace(entry, error=made)
    try:
        job.out.parent.mkdir(parents=True, exist_ok=True)
        motion = made.motion
        performance = Performance(
            motion.arkit, motion.visemes, made.phones, made.words, job.audio.name, made.duration_s, avatar=options.avatar,
        )  # fmt: skip
        told = write_motion(job.out, performance, options)
    except PreviewError as error:
        return replace(entry, error=str(error))
    except OSError as error:
        return replace(entry, error=f"{job.out.name} cannot be written ({error.strerror}); make room, or choose another folder with -o.")
    return replace(
        entry, status="made", frames=len(made.motion.arkit), duration_s=round(made.duration_s, 4), label=made.label, mock=made.is_mock,
        notes=[*(advice_of(note) for note in made.notes), *told],
    )  # fmt: skip


def _work(jobs: list[Recording], settings: _Settings, options: Namespace, book: Book) -> list[Entry]:
    """Do what is not done yet; every result is in the journal at once.

    Raises:
        Cancelled: Ctrl+C.
    """
    progress, fresh = Progress(options.progress), partial(fresh_entry, out=options.out, made_with=settings.words)
    entries = {job.name: book.kept(job, fresh(job)) for job in jobs}
    todo = [job for job in jobs if entries[job.name] is None]
    done = len(jobs) - len(todo)
    progress(f"{done}/{len(jobs)}", done / len(jobs))
    started = [fresh(job) for job in todo]
    results = _results((_clip(job, settings) for job in todo), options)
    try:
        for number, made in results:
            entry = _finish(todo[number], started[number], made, options)
            entries[entry.audio] = entry
            book.write(entry)
            done += 1
            progress(f"{done}/{len(jobs)}", done / len(jobs))
    except KeyboardInterrupt:
        words = f"Stopped after {done} of {len(jobs)} recordings; run the same command again to go on from there."
        raise Cancelled(words) from None
    return [found for job in jobs if (found := entries[job.name]) is not None]


def _line(entry: Entry) -> str:
    """What became of a file, for people; a name that is no text is written as well as it can be."""
    facts = {
        "made": f"{entry.out}, {entry.frames} frames", "kept": f"{entry.out}, made earlier", "failed": entry.error, "left_out": entry.note,
    }  # fmt: skip
    line = f"{entry.status.replace('_', ' '):9} {entry.audio}: {facts[entry.status]}"
    return line.encode("utf-8", "replace").decode("utf-8")


def run(options: Namespace) -> int:
    """Animate a folder, or the lines of a table, and say of every file what became of it; exit status 1 when one failed."""
    if options.takes or is_table(options.folder):
        from app.commands.batches.lines import run_table

        return run_table(options)
    ending, options.key = format_named(options.format)
    if options.jobs < 1:
        raise PreviewError(f"--jobs is at least 1, not {options.jobs}.")
    source = source_or_default(options.source)
    tuning, how = tuning_of_options(options, source), sound_options(options)
    settings = _Settings(source, options.fps, tuning, how, options.in_fps, write_options(options))
    make_source(settings.source, settings.fps, settings.in_fps)  # a source that does not exist is said once, not for every recording
    found = find_jobs(options.folder, options.out, ending)
    avatar = named_avatar(options)
    begun_s = time.monotonic()
    book = Book(options.out)
    try:
        entries = _work(found.jobs, settings, options, book)
    finally:
        book.close()
    entries = sorted([*entries, *found.others], key=lambda entry: entry.audio)
    document = {**_document(settings, entries, time.monotonic() - begun_s), **face_report(avatar)}
    write_report(options.out, document)
    _tell(entries, document, options)
    return 1 if document["failed"] else 0


def _document(settings: _Settings, entries: list[Entry], took_s: float) -> dict[str, object]:
    """The report."""
    counts = Counter(entry.status for entry in entries)
    made_s = sum(entry.duration_s for entry in entries if entry.status == "made")
    return {
        "source": str(settings.source), "fps": settings.fps,
        **{status: counts[status] for status in ("made", "kept", "failed", "left_out")},
        "took_s": round(took_s, 3), "sound_s": round(made_s, 3), "entries": [asdict(entry) for entry in entries],
    }  # fmt: skip


def _tell(entries: list[Entry], document: dict[str, object], options: Namespace) -> None:
    """Failures on standard error; on standard output the report, or every file and a summary."""
    for entry in entries:
        for sentence in (*([entry.error] if entry.error else []), *entry.notes):
            print(f"{entry.audio}: {sentence}".encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)
    if options.json:
        print(json.dumps(document))
        return
    for entry in entries:
        print(_line(entry))
    mock = " (MOCK: not driven by the sound)" if any(entry.mock for entry in entries) else ""
    counts = f"{document['made']} made, {document['kept']} kept, {document['failed']} failed, {document['left_out']} left out"
    print(f"{counts} in {document['took_s']:.1f} s{mock}; {options.out / REPORT}")
