"""``batch TABLE -o FOLDER``: lines of a table to takes; the same command again does only what changed, and keeps what a hand did."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from app import __version__
from app.commands.batches.casting import Casting, LineCast
from app.commands.batches.folder_table import folder_table
from app.commands.batches.line_order import LineOrder, MadeLine
from app.commands.batches.line_work import close_studio, make_line
from app.commands.batches.processes import in_processes
from app.commands.options.writing import write_motion
from app.commands.pipeline import DEFAULT_AVATAR, source_or_default
from app.commands.progress import Progress
from app.commands.sound import sound_options
from app.core.beside import write_whole
from app.core.errors import Cancelled, PreviewError, ProjectError
from app.core.source_spec import SourceSpec
from app.formats.dialogue.characters import Characters, find_characters, read_characters
from app.formats.dialogue.sheet import is_table
from app.formats.dialogue.table import DialogueRow, DialogueTable, read_table
from app.formats.performance import performance_of
from app.formats.plain import plain
from app.formats.registry import format_named
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING, SavedTake
from app.formats.takes.writing import write_take
from app.lipsync.registry import make_source
from app.review.batch.journal import (
    FILMS,
    REPORT,
    TAKES,
    TRACKS,
    BatchCommand,
    BatchDocument,
    LineJournal,
    read_choices,
    write_document,
)  # fmt: skip
from app.review.batch.report import write_report
from app.review.batch.stamp import film_key, key_of, stamp_of
from app.review.batch.summary import LineSummary, plain_counts, score_of, summary_of

BUNDLED = DEFAULT_AVATAR.parent


class _Batch:
    """One run over a table.

    Args:
        table: read.
        casting: looks up what rows name.
        options: of the command line.
    """

    def __init__(self, table: DialogueTable, casting: Casting, options: Namespace) -> None:
        self._table, self._casting, self._options = table, casting, options
        self._out: Path = options.out
        self._journal = LineJournal(self._out)
        self._orders: dict[int, tuple[DialogueRow, LineOrder]] = {}
        self._settled: dict[int, LineSummary] = {}
        self._progress = Progress(options.progress)

    def lines(self) -> list[LineSummary]:
        """Do what is not done yet; every result is in the journal at once.

        Raises:
            Cancelled: Ctrl+C.
        """
        for folder in (TAKES, TRACKS, *((FILMS,) if self._options.films else ())):
            (self._out / folder).mkdir(parents=True, exist_ok=True)
        try:
            for number, made in self._results():
                row, order = self._orders.pop(number)
                self._settle(row, made if isinstance(made, str) else self._written(row, order, made))
        except KeyboardInterrupt:
            done, n = len(self._settled), len(self._table.rows)
            raise Cancelled(f"Stopped after {done} of {n} lines; run the same command again to go on from there.") from None
        finally:
            self._journal.close()
            close_studio()
        return [self._settled[row.row] for row in self._table.rows]

    def _results(self) -> Iterator[tuple[int, MadeLine | str]]:
        orders, options = self._to_do(), self._options
        if options.cluster:
            from app.remote.cluster.work import spread

            return spread(make_line, orders, options.cluster)
        if options.jobs > 1:
            return in_processes(orders, options.jobs, make_line)
        return ((number, make_line(order)) for number, order in enumerate(orders))

    # -- what is to be done

    def _to_do(self) -> Iterable[LineOrder]:
        """Orders of the rows that changed, one after the other as there is room for them; the others are settled meanwhile."""
        number = 0
        for row in self._table.rows:
            try:
                order = self._order(row)
            except PreviewError as error:
                self._settle(row, str(error))
                continue
            except OSError as error:
                self._settle(row, f"It cannot be worked on ({error.strerror or error}); check the files that it names.")
                continue
            if isinstance(order, LineSummary):
                self._settle(row, order)
                continue
            self._orders[number] = (row, order)
            number += 1
            yield order

    def _order(self, row: DialogueRow) -> LineOrder | LineSummary:
        """What is to be done for a row, or how it stands where nothing is.

        Raises:
            PreviewError: the row is bad.
        """
        if row.error:
            raise ProjectError(row.error)
        options, cast = self._options, self._casting.of(row)
        film: tuple[int, int] | None = options.films_size if options.films else None
        key = self._key(row, cast, film)
        path, known = self._take(row), self._journal.known.get(row.line)
        seen = _stat(path)
        has_film = self._film(row).is_file()
        has_track = self._track(row).is_file()
        there = has_track and (film is None or has_film)
        if known is not None and known.key == key and seen and (known.size, known.changed_ns) == seen and there and not known.error:
            return replace(known, fate="kept", row=row.row)
        former = _former(path) if seen else None
        stamp = None if former is None else stamp_of(former.unknown)
        shown = former is not None and stamp is not None and (film is None or (has_film and stamp.film == _film_of(former, cast, film)))
        if former is not None and stamp is not None and stamp.line == key and shown:
            if not has_track:
                self._write_motion(row, former)
            return self._about(row, replace(summary_of(former), fate="kept", remarks=[] if known is None else known.remarks))
        return LineOrder(
            row.name, row.line, row.row, self._table.path.name, row.character, cast.heard, cast.source, options.fps, cast.preset,
            cast.tuning, row.marks, cast.face, key, options.in_fps, row.others, film, has_film, former, seen or (0, 0),
        )  # fmt: skip

    def _key(self, row: DialogueRow, cast: LineCast, film: tuple[int, int] | None) -> str:
        options = self._options
        facts = [row.line, row.character, [repr(mark) for mark in row.marks], dict(row.others), options.fps, options.in_fps, film]
        return key_of("line", __version__, facts, cast.facts)

    def _take(self, row: DialogueRow) -> Path:
        return self._out / TAKES / f"{row.stem}{ENDING}"

    def _film(self, row: DialogueRow) -> Path:
        return self._out / FILMS / f"{row.stem}.mp4"

    def _track(self, row: DialogueRow) -> Path:
        return self._out / TRACKS / f"{row.stem}{self._options.ending}"

    # -- what was done

    def _written(self, row: DialogueRow, order: LineOrder, made: MadeLine) -> LineSummary | str:
        """Write a line's files; how it stands, or why it failed."""
        path = self._take(row)
        if (_stat(path) or (0, 0)) != order.seen:
            return f"{path.name} was saved by somebody while it was made anew, and stays as it was saved; run the same command again."
        try:
            gone = write_take(path, made.take, BUNDLED)
            gone = (*gone, *self._write_motion(row, made.take))
            if made.film:
                write_whole(self._film(row), made.film)
        except PreviewError as error:
            return str(error)
        except OSError as error:
            return f"{row.stem} cannot be written ({error.strerror}); make room, or choose another folder with -o."
        return self._about(row, replace(made.summary, remarks=[*made.summary.remarks, *gone]))

    def _write_motion(self, row: DialogueRow, take: SavedTake) -> tuple[str, ...]:
        """Write a line's motion in the format of the options; what it left out."""
        avatar = None if take.avatar is None else take.avatar.path
        performance = performance_of(take.lanes["A"].tuned, take.speech, Path(row.audio).name if row.audio else "", avatar)
        return write_motion(self._track(row), performance, self._options)

    def _about(self, row: DialogueRow, summary: LineSummary) -> LineSummary:
        """A summary with where its files are."""
        size, changed_ns = _stat(self._take(row)) or (0, 0)
        film = f"{FILMS}/{row.stem}.mp4" if self._film(row).is_file() else ""
        return replace(summary, take=f"{TAKES}/{row.stem}{ENDING}", film=film, size=size, changed_ns=changed_ns, row=row.row, line=row.line)

    def _settle(self, row: DialogueRow, summary: LineSummary | str) -> None:
        """Note how a row stands; of one that failed its former take stays, and is told."""
        if isinstance(summary, str):
            failed = LineSummary(row.line, row.row, row.character, row.text or row.audio, "failed", summary, columns=dict(row.others))
            failed.score = score_of(failed)
            summary = self._about(row, failed) if row.stem and not row.error and _stat(self._take(row)) else failed
        self._settled[row.row] = summary
        known = self._journal.known.get(row.line)
        if row.line and not row.error and (known is None or known != replace(summary, fate=known.fate)):
            self._journal.write(summary)
        done, n = len(self._settled), len(self._table.rows)
        self._progress(f"{done}/{n}", done / n)


def _stat(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, None where there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns


def _film_of(take: SavedTake, cast: LineCast, size: tuple[int, int]) -> str:
    """Key of the film that a take should have."""
    return film_key(take.lanes["A"].tuned, cast.face.sha256, size) if "A" in take.lanes else ""


def _former(path: Path) -> SavedTake:
    """The take that lies where a line's take goes.

    Raises:
        ProjectError: it is none, or none of a batch: nothing of it may be lost.
    """
    take = read_take(path, BUNDLED)
    if stamp_of(take.unknown) is None:
        raise ProjectError(f"{path.name} is a take that no batch made, and stays as it is; move it away, or give the line another id.")
    return take


def run_table(options: Namespace) -> int:
    """Make the takes of a table and say of every line what became of it; exit status 1 when one failed.

    Raises:
        PreviewError: the table or an option is wrong.
    """
    options.ending, options.key = format_named(options.format)
    if options.jobs < 1:
        raise PreviewError(f"--jobs is at least 1, not {options.jobs}.")
    begun_s = time.monotonic()
    source = source_or_default(options.source)
    make_source(source, options.fps, options.in_fps)  # a source that does not exist is said once, not for every line
    table = read_table(options.folder) if is_table(options.folder) else folder_table(options.folder, options.out)
    place = options.characters or find_characters(table.path)
    characters = (read_characters(place) if place else Characters()).with_presets(read_choices(options.out))
    casting = Casting(table.path.parent, characters, source, sound_options(options), options)
    lines = _Batch(table, casting, options).lines()
    document = BatchDocument(table.path.name, _command(options), __version__, round(time.monotonic() - begun_s, 3), lines)
    write_document(options.out, document)
    write_report(options.out / REPORT, document)
    _tell(table, document, options)
    return 1 if any(line.error for line in lines) else 0


def _command(options: Namespace) -> BatchCommand:
    """The command, to be given again from the board."""
    try:
        table = os.path.relpath(options.folder.resolve(), options.out.resolve())
    except ValueError:  # another drive
        table = str(options.folder.resolve())
    source = options.source and SourceSpec.parse(options.source)
    if source and source.kind in ("file", "nvidia") and source.argument:
        source = replace(source, argument=str(Path(source.argument).absolute()))
    tuning = options.tuning
    if tuning and Path(tuning).is_file():
        tuning = Path(tuning).resolve()
    given = {
        "--source": source, "--fps": f"{options.fps:g}", "--in-fps": options.in_fps, "--tuning": tuning,
        "--voice": options.voice, "--avatar": options.avatar and options.avatar.resolve(), "--format": options.format,
        "--characters": options.characters and options.characters.resolve(), "--channel": options.channel,
        "--encoder-delay": f"{1000 * options.encoder_delay:g}" if options.encoder_delay else None,
        "--films-size": "x".join(map(str, options.films_size)) if options.films else None,
        "--max-error": options.max_error or None, "--cue-fps": options.cue_fps,
        "--jobs": options.jobs if options.jobs > 1 else None, "--cluster": options.cluster,
    }  # fmt: skip
    words = [str(word) for option, value in given.items() if value for word in (option, value)]
    flags = [f"--{name.replace('_', '-')}" for name in ("films", "outside", "takes", "basic_cues") if getattr(options, name)]
    return BatchCommand(Path(table).as_posix(), [*words, *flags])


def _tell(table: DialogueTable, document: BatchDocument, options: Namespace) -> None:
    """Failures on standard error; on standard output all lines as JSON, or every line and a summary."""
    counts = plain_counts(document.lines)

    def say(text: str, stream: TextIO | None = None) -> None:
        print(text.encode("utf-8", "replace").decode("utf-8"), file=stream or sys.stdout)

    for sentence in table.notes:
        say(sentence, sys.stderr)
    for line in document.lines:
        name = f"row {line.row} ({line.line})" if line.line else f"row {line.row}"
        for sentence in (*([line.error] if line.error else []), *line.conflicts, *line.remarks):
            say(f"{name}: {sentence}", sys.stderr)
        if not options.json:
            facts = line.error or f"{line.take}, {line.duration_s:.2f} s, {line.errors} errors, {line.warnings} warnings, {line.status}"
            say(f"{line.fate:9} {name}: {facts}")
    if options.json:
        print(
            json.dumps(
                {
                    **counts,
                    "report": str(options.out / REPORT),
                    **plain(replace(document, lines=[_without_picture(x) for x in document.lines])),
                }
            )
        )
        return
    mock = " (MOCK: not driven by the sound)" if any(line.mock for line in document.lines) else ""
    say(f"{counts['made']} made, {counts['kept']} kept, {counts['failed']} failed in {document.took_s:.1f} s{mock}; {options.out / REPORT}")


def _without_picture(line: LineSummary) -> LineSummary:
    return replace(line, thumb="")
