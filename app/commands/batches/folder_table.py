"""A folder of recordings as a table, so that it gets takes, a report and a board as well."""

from __future__ import annotations

from pathlib import Path

from app.commands.batches.book import WORDS_ENDING, find_jobs
from app.formats.dialogue.table import DialogueRow, DialogueTable, file_stem


def folder_table(folder: Path, out: Path) -> DialogueTable:
    """A row for each recording, by name; ``NAME.txt`` beside ``NAME.wav`` is its text.

    Args:
        folder: of the recordings, with the folders in it.
        out: what a batch wrote there is no recording.

    Raises:
        AudioError: there is no such folder, or no recording in it.
    """
    found = find_jobs(folder, out, ".take")
    apart = out.resolve() != folder.resolve()
    rows: list[DialogueRow] = []
    for job in found.jobs:
        if apart and job.audio.resolve().is_relative_to(out.resolve()):
            continue
        line = job.out.relative_to(out).as_posix().removesuffix(".take")
        text = job.audio.with_suffix(WORDS_ENDING)
        transcript = text.relative_to(folder).as_posix() if text.is_file() else ""
        rows.append(DialogueRow(len(rows) + 1, line, file_stem(line), audio=job.name, transcript=transcript))
    return DialogueTable(folder / folder.name, tuple(rows), tuple(f"{entry.audio}: {entry.error}" for entry in found.others if entry.error))
