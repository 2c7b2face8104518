"""``batch FOLDER -o FOLDER``: animate many recordings; the same command again goes on where it was stopped."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from functools import partial

from app.commands.batch_book import REPORT, Book, Entry, Recording, find_jobs, fresh_entry, write_report
from app.commands.batch_work import AnimatedClip, BatchClip, animate_clip
from app.commands.face import face_report, named_avatar
from app.commands.pipeline import AS_IT_IS, source_or_default
from app.commands.progress import Progress
from app.commands.sound import SoundOptions, advice_of, sound_options
from app.commands.tuned import tuning_of_options
from app.core.errors import Cancelled, PreviewError, ServiceError
from app.core.source_spec import SourceSpec
from app.core.tuning import Tuning
from app.formats.registry import check_writable, write_track
from app.lipsync.registry import make_source


@dataclass(frozen=True)
class _Settings:
    source: SourceSpec
    fps: float
    tuning: Tuning
    how: SoundOptions
    in_fps: float | None = None

    @property
    def words(self) -> str:
        """All that a track depends on besides its recording, in one line."""
        how = "" if self.how == AS_IT_IS else f" channel {self.how.channel or 'any'}, {1000 * self.how.encoder_delay_s:g} ms off the start"
        stated = "" if self.in_fps is None else f" read at {self.in_fps:g} fps"
        return f"{self.source}{stated} {self.fps:g} fps {json.dumps(asdict(self.tuning), sort_keys=True, default=str)}{how}"


def _clip(job: Recording, settings: _Settings) -> BatchClip:
    """A job with everything that is needed to do it elsewhere."""
    text = job.audio.with_suffix(".txt")
    transcript = text.read_text("utf-8-sig", errors="replace").strip() if text.is_file() else ""
    return BatchClip(
        job.name, job.audio.read_bytes(), transcript, settings.source, settings.fps, settings.tuning, settings.how, settings.in_fps
    )


def _one_thread_each(workers: int) -> None:
    """In a worker: share the processors instead of fighting for them; Ctrl+C is the first process's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = str(max((os.cpu_count() or 1) // workers, 1))


def _in_processes(clips: Iterable[BatchClip], workers: int) -> Iterator[tuple[int, AnimatedClip | str]]:
    """As cluster.work.spread, on this machine; few clips lie in memory at once."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _one_thread_each, (workers,)) as pool:
        running: dict[Future[AnimatedClip | str], int] = {}

        def finished() -> Iterator[tuple[int, AnimatedClip | str]]:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()

        try:
            for number, clip in enumerate(clips):
                running[pool.submit(animate_clip, clip)] = number
                if len(running) > workers + 1:
                    yield from finished()
            while running:
                yield from finished()
        except BrokenProcessPool as error:
            raise ServiceError(
                "A worker process died, perhaps for lack of memory; run the same command again with fewer --jobs."
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _results(clips: Iterable[BatchClip], options: Namespace) -> Iterator[tuple[int, AnimatedClip | str]]:
    """Number and result of every clip, as they are done."""
    if options.cluster:
        from app.remote.cluster.work import spread

        return spread(animate_clip, clips, options.cluster)
    if options.jobs > 1:
        return _in_processes(clips, options.jobs)
    return ((number, animate_clip(clip)) for number, clip in enumerate(clips))


def _finish(job: Recording, entry: Entry, made: AnimatedClip | str) -> Entry:
    """Write a clip's track."""
    if isinstance(made, str):
        return replace(entry, error=made)
    try:
        job.out.parent.mkdir(parents=True, exist_ok=True)
        write_track(job.out, made.track)
    except PreviewError as error:
        return replace(entry, error=str(error))
    except OSError as error:
        return replace(entry, error=f"{job.out.name} cannot be written ({error.strerror}); make room, or choose another folder with -o.")
    return replace(
        entry, status="made", frames=len(made.track), duration_s=round(made.duration_s, 4), label=made.label, mock=made.is_mock,
        notes=[advice_of(note) for note in made.notes],
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
            entry = _finish(todo[number], started[number], made)
            entries[entry.audio] = entry
            book.write(entry)
            done += 1
            progress(f"{done}/{len(jobs)}", done / len(jobs))
    except KeyboardInterrupt:
        words = f"Stopped after {done} of {len(jobs)} recordings; run the same command again to go on from there."
        raise Cancelled(words) from None
    return [found for job in jobs if (found := entries[job.name]) is not None]


def run(options: Namespace) -> int:
    """Animate a folder; exit status 1 when a recording failed."""
    ending = f".{options.format.lstrip('.')}"
    check_writable(f"x{ending}")  # the ending; the folder is made below
    if options.jobs < 1:
        raise PreviewError(f"--jobs is at least 1, not {options.jobs}.")
    source = source_or_default(options.source)
    settings = _Settings(source, options.fps, tuning_of_options(options, source), sound_options(options), options.in_fps)
    make_source(settings.source, settings.fps, settings.in_fps)  # a source that does not exist is said once, not for every recording
    jobs = find_jobs(options.folder, options.out, ending)
    avatar = named_avatar(options)
    begun_s = time.monotonic()
    book = Book(options.out)
    try:
        entries = _work(jobs, settings, options, book)
    finally:
        book.close()
    took_s = time.monotonic() - begun_s
    counts = Counter(entry.status for entry in entries)
    made_s = sum(entry.duration_s for entry in entries if entry.status == "made")
    document: dict[str, object] = {
        "source": str(settings.source), "fps": settings.fps, "made": counts["made"], "kept": counts["kept"], "failed": counts["failed"],
        "took_s": round(took_s, 3), "sound_s": round(made_s, 3), "entries": [asdict(entry) for entry in entries],
        **face_report(avatar),
    }  # fmt: skip
    write_report(options.out, document)
    for entry in entries:
        for sentence in (*([entry.error] if entry.error else []), *entry.notes):
            print(f"{entry.audio}: {sentence}", file=sys.stderr)
    mock = " (MOCK: not driven by the sound)" if any(entry.mock for entry in entries) else ""
    summary = f"{counts['made']} made, {counts['kept']} kept, {counts['failed']} failed in {took_s:.1f} s{mock}; {options.out / REPORT}"
    print(json.dumps(document) if options.json else summary)
    return 1 if counts["failed"] else 0
